"""What layers share, and those that compute: dense, activations, flattening.

Each layer is a :class:`Module`.  The nodes that it makes carry the line on which the layer was
constructed, not the one on which the network was called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.activations import RELU_LIKE, activation_of
from graphc.dsl.module import Module
from graphc.dsl.variables import parameter
from graphc.errors import GraphError, ShapeError, TypeMismatchError, describe
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.node import Tensor, operand_line
from graphc.ops.linalg import matmul
from graphc.ops.shape import reshape


class Layer(Module):
    """A module with one tensor in and one out, whose nodes come from where it was constructed."""

    _needs_name = True

    def _input(self, x: Any, rank: int = 0, floating: bool = True) -> Tensor:
        if not isinstance(x, Tensor):
            raise TypeMismatchError(
                f"{self._label} was called at {origins.current()} on {type(x).__name__}: it takes "
                "a tensor, such as gx.input gives"
            )
        if x.ndim < rank:
            raise self._error(
                ShapeError,
                f"expects at least {rank} axes, (batch, ..., features), not "
                f"{types.shape_text(x.shape)}; declare a batch axis, as in ('N', 64)",
                x,
            )
        if floating and not types.is_float(x.dtype):
            raise self._error(
                TypeMismatchError,
                f"expects floating numbers, not {x.dtype}: use x.astype('float32')",
                x,
            )
        return x

    def _error(self, kind: type[Exception], text: str, *operands: Tensor) -> Exception:
        headline = f"{self._label} {text} (called at {origins.current()})"
        return kind(describe(headline, map(operand_line, operands)))

    def _activated(self, function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        y = function(x)
        if not isinstance(y, Tensor):
            raise self._error(
                TypeMismatchError, f"has an activation that gives {y!r}, not a tensor", x
            )
        return y


class Dense(Layer):
    """``activation(x W + b)`` over the last axis of `x`, of any rank from 2 on.

    ``W`` has shape ``(in, units)``, ``b`` has ``(units,)``; both have the element type of the first
    `x`, or the default floating type if `in_features` is given.

    Args:
        units: the size of the last axis of the result.
        activation: a name in `ACTIVATIONS`, a function of a tensor, or None.
        use_bias: whether there is a ``b``.
        init: what ``W`` starts from: an initialiser, its name or an array; by default ``he_normal``
            before ReLU and its kind, ``lecun_normal`` before SELU, else ``glorot_uniform``.
        bias_init: the same for ``b``.
        name: its name; see :class:`Module`.
        in_features: the size of the last axis of `x`; then the parameters exist at once.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, an unknown activation or
            initialiser.
        ShapeError, TypeMismatchError: when called on a vector or a scalar, another width than
            before, or integers.
    """

    W: Tensor | None = None
    b: Tensor | None = None

    def __init__(
        self,
        units: int,
        activation: str | Callable[[Tensor], Tensor] | None = None,
        use_bias: bool = True,
        init: Any = None,
        bias_init: Any = "zeros",
        name: str | None = None,
        in_features: int | None = None,
    ) -> None:
        super().__init__(name)
        self.units = positive("Dense", "units", units)
        self.activation = activation_of("Dense", activation)
        function = "" if activation is None else getattr(activation, "__name__", activation)
        self.use_bias = use_bias
        by_activation = {"selu": "lecun_normal", **dict.fromkeys(RELU_LIKE, "he_normal")}
        self.init = by_activation.get(str(function), "glorot_uniform") if init is None else init
        self.bias_init = bias_init
        if in_features is not None:
            self._declare(positive("Dense", "in_features", in_features), types.dtype_name(None))

    def _waits(self) -> bool:
        return self.W is None

    def _declare(self, width: int, dtype: str) -> None:
        what = f"Dense{f' {self.name!r}' if self.name else ''} at {origins.current()}"
        self.W = parameter("W", inits.draw(self.init, (width, self.units), dtype, f"{what}: W"))
        if self.use_bias:
            self.b = parameter("b", inits.draw(self.bias_init, (self.units,), dtype, f"{what}: b"))

    def build(self, x: Any) -> None:
        """Declare ``W`` and ``b`` for the width of `x`."""
        x = self._input(x, rank=2)
        if not isinstance(x.shape[-1], int):
            raise self._error(ShapeError, f"needs a last size that is a number: {x.shape[-1]}", x)
        if self.W is None:
            with self._here():
                self._declare(x.shape[-1], x.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """``activation(x W + b)``."""
        x = self._input(x, rank=2)
        assert self.W is not None
        if x.shape[-1] != self.W.shape[0]:
            raise self._error(
                ShapeError,
                f"takes {self.W.shape[0]} features, not {x.shape[-1]}",
                x,
                self.W,
            )
        with self._here():
            z = matmul(x, self.W)
            z = z if self.b is None else z + self.b
            h = z if self.activation is None else self._activated(self.activation, z)
        self._labels.layer(z, h)
        return h


def positive(what: str, size: str, value: Any) -> int:
    """A size as a whole number above 0; raises GraphError."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() <= 0:
        raise GraphError(
            f"{what} at {origins.current()}: {size} is a whole number above 0, not {value!r}"
        )
    return int(value)


class Activation(Layer):
    """A function of every element: a name in `ACTIVATIONS` or a function of a tensor.

    Raises GraphError for an unknown name.
    """

    def __init__(self, function: str | Callable[[Tensor], Tensor], name: str | None = None) -> None:
        super().__init__(name)
        found = activation_of("Activation", function)
        if found is None:
            raise GraphError(f"Activation at {origins.current()}: a function or its name is needed")
        self.function = found
        self._named = function if isinstance(function, str) else "activation"

    def _kind(self) -> str:
        return self._named

    def forward(self, x: Tensor) -> Tensor:
        """The function's result."""
        x = self._input(x)
        with self._here():
            y = self._activated(self.function, x)
        self._labels.activation(x, y, self._named)
        return y


class Flatten(Layer):
    """All axes after the first become one: ``(N, 8, 8)`` to ``(N, 64)``.

    Raises ShapeError when called on a vector or a scalar.
    """

    def forward(self, x: Tensor) -> Tensor:
        """`x` with two axes."""
        x = self._input(x, rank=2, floating=False)
        with self._here():
            y = reshape(x, (x.shape[0], dims.product(x.shape[1:])))
        self._labels.after(x, y, "flat")
        return y
