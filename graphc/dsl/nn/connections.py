"""How layers are put together: one after the other, and around one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphc.dsl.module import Module, tensors_in
from graphc.dsl.nn.core import Layer
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.shape import concat


class Sequential(Module):
    """One module after the other.

    In a network the outputs of its dense layers are called ``h1``, ``h2``, ... (``z1`` before the
    activation, ``h1_dropped`` after dropout); the last result is left for the user to name.

    Args:
        layers: modules, or one list of them; the same one may be there twice and then shares its
            parameters.
        name: its scope; without a name the outermost one opens none.

    Raises:
        GraphError: when the list is empty, or something in it is no module.
    """

    def __init__(self, *layers: Module | Iterable[Module], name: str | None = None) -> None:
        super().__init__(name)
        what = f"Sequential at {origins.current()}"
        listed = len(layers) == 1 and isinstance(layers[0], Iterable)
        self.layers: list[Module] = list(layers[0] if listed else layers)  # type: ignore[arg-type]
        for position, layer in enumerate(self.layers, 1):
            if not isinstance(layer, Module):
                advice = "; a function becomes one by nn.Activation" if callable(layer) else ""
                raise GraphError(f"{what}: layer {position} is {layer!r}, no module{advice}")
        if not self.layers:
            raise GraphError(f"{what}: it has no layers")

    def _children(self) -> list[tuple[str, Module]]:
        return [("", layer) for layer in self.layers]

    def forward(self, x: Any) -> Any:
        """The last module's result."""
        for layer in self.layers:
            x = layer(x)
        return x


class _Around(Layer):
    """A layer around others: unnamed `Sequential`s inside have no scope of their own."""

    def _part(self, module: Module) -> Module:
        if not isinstance(module, Module):
            kind = type(self).__name__
            raise GraphError(f"{kind} at {origins.current()}: it takes a module, not {module!r}")
        if isinstance(module, Sequential) and not module.name:
            module._unscoped = True  # its layers are this module's: residual_1.dense_1
        return module


class Residual(_Around):
    """``shortcut(x) + inner(x)`` (K. He et al., "Deep residual learning", 2016, eqs. 1 and 2).

    Args:
        inner: a module.
        shortcut: a module that brings `x` to the shape of ``inner(x)``, such as
            ``nn.Dense(units, use_bias=False)``; without one `x` is added as it is.
        name: its name; see :class:`Module`.

    Raises GraphError when one is no module; ShapeError, when called, if the two differ in shape.
    """

    def __init__(
        self, inner: Module, shortcut: Module | None = None, name: str | None = None
    ) -> None:
        super().__init__(name)
        self.inner = self._part(inner)
        self.shortcut = None if shortcut is None else self._part(shortcut)

    def _children(self) -> list[tuple[str, Module]]:
        found = [("", self.inner)]
        return found if self.shortcut is None else [*found, ("shortcut", self.shortcut)]

    def forward(self, x: Tensor) -> Tensor:
        """``shortcut(x) + inner(x)``."""
        x = self._input(x)
        y = self.inner(x)
        short = x if self.shortcut is None else self.shortcut(x)
        if not isinstance(y, Tensor) or not isinstance(short, Tensor) or y.shape != short.shape:
            found, added = (
                types.shape_text(t.shape) if isinstance(t, Tensor) else type(t).__name__
                for t in (y, short)
            )
            raise self._error(
                ShapeError,
                f"adds {added} to {found}, which is what the inner module "
                f"makes of it; let that end with {x.shape[-1]} features, or "
                "give a shortcut= that brings x to its shape",
                *tensors_in([short, y]),
            )
        with self._here():
            total = short + y
        self._labels.after(y, total, "sum")
        return total


class Concat(_Around):
    """What several modules make of one `x`, side by side: ``concat([m(x) for m in modules])``.

    Args:
        modules: a list of modules.
        axis: the axis along which the results are joined.
        name: its name; see :class:`Module`.

    Raises GraphError when the list is empty or something in it is no module; ShapeError, when
    called, if the results differ in another axis.
    """

    def __init__(self, modules: Sequence[Module], axis: int = -1, name: str | None = None) -> None:
        super().__init__(name)
        if isinstance(modules, Module) or not isinstance(modules, Iterable):
            raise GraphError(
                f"{type(self).__name__} at {origins.current()}: it takes a list of modules, "
                f"not {modules!r}"
            )
        self.modules = [self._part(m) for m in modules]
        if not self.modules:
            raise GraphError(f"{type(self).__name__} at {origins.current()}: it has no modules")
        self.axis = axis

    def _children(self) -> list[tuple[str, Module]]:
        return [("", module) for module in self.modules]

    def forward(self, x: Tensor) -> Tensor:
        """The results, joined."""
        x = self._input(x)
        return self._joined(x, [module(x) for module in self.modules])

    def _joined(self, x: Tensor, parts: list[Any]) -> Tensor:
        for part in parts:
            if not isinstance(part, Tensor):
                kind = type(part).__name__
                raise self._error(TypeMismatchError, f"joins tensors; a module gives a {kind}", x)
        with self._here():
            y = concat(parts, axis=self.axis)
        self._labels.after(x, y, "joined")
        return y


class SkipConcat(Concat):
    """``concat([x, inner(x)])``: `x` goes on beside what `inner` makes of it (G. Huang et al.,
    "Densely connected convolutional networks", 2017, eq. 2).

    Arguments and errors are those of :class:`Concat`, with one module in place of several.
    """

    def __init__(self, inner: Module, axis: int = -1, name: str | None = None) -> None:
        super().__init__([self._part(inner)], axis, name)

    def forward(self, x: Tensor) -> Tensor:
        """`x` and what `inner` makes of it, joined."""
        x = self._input(x)
        return self._joined(x, [x, self.modules[0](x)])
