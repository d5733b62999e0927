"""How layers are put together: one after the other, and around one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphc.dsl.module import Module, tensors_in
from graphc.dsl.nn.core import Layer
from graphc.errors import GraphError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor


class Sequential(Module):
    """One module after the other.

    In a network the outputs of its dense layers are called ``h1``, ``h2``, ... (``z1`` before the
    activation, ``h1_dropped`` after dropout); the last result is left for the user to name.

    Args:
        layers: a list of modules; the same one may be there twice and then shares its parameters.
        name: its scope; without a name the outermost one opens none.

    Raises:
        GraphError: when the list is empty, or something in it is no module.
    """

    def __init__(self, layers: Sequence[Module], name: str | None = None) -> None:
        super().__init__(name)
        what = f"Sequential at {origins.current()}"
        if isinstance(layers, Module) or not isinstance(layers, Iterable):
            raise GraphError(f"{what}: it takes a list of modules, not {layers!r}")
        self.layers = list(layers)
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


class Residual(Layer):
    """``x + inner(x)`` (K. He et al., "Deep residual learning", 2016, eq. 1).

    Raises GraphError when `inner` is no module; ShapeError, when called, if `inner` changes the
    shape.
    """

    def __init__(self, inner: Module, name: str | None = None) -> None:
        super().__init__(name)
        if not isinstance(inner, Module):
            raise GraphError(f"Residual at {origins.current()}: it takes a module, not {inner!r}")
        self.inner = inner
        if isinstance(inner, Sequential) and not inner.name:
            inner._unscoped = True  # its layers are this module's: residual_1.dense_1

    def _children(self) -> list[tuple[str, Module]]:
        return [("", self.inner)]

    def forward(self, x: Tensor) -> Tensor:
        """``x + inner(x)``."""
        x = self._input(x)
        y = self.inner(x)
        if not isinstance(y, Tensor) or y.shape != x.shape:
            found = types.shape_text(y.shape) if isinstance(y, Tensor) else type(y).__name__
            raise self._error(
                ShapeError,
                f"adds {types.shape_text(x.shape)} to {found}, which is what the inner module "
                f"makes of it; let that end with {x.shape[-1]} features, or "
                "bring x to its shape before",
                *tensors_in([x, y]),
            )
        with self._here():
            total = x + y
        self._labels.after(y, total, "sum")
        return total
