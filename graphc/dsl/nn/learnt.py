"""Layers whose activation is learnt: PReLU and maxout."""

from __future__ import annotations

from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.variables import parameter
from graphc.errors import ShapeError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops.activations import leaky_relu
from graphc.ops.linalg import matmul
from graphc.ops.reduce import max as reduce_max
from graphc.ops.shape import reshape


class PReLU(Layer):
    """``x`` above 0, ``slope * x`` below, with learnt slopes (K. He et al., "Delving deep into
    rectifiers", 2015, eq. 1).

    ``slope`` has shape ``(features,)``, one for each unit of the last axis, or ``()`` if shared; it
    has the element type of the first `x`. The derivative by `x` at 0 is the slope. Weight decay
    would pull the slopes to 0, so the paper uses none on them.

    Args:
        init: what the slopes start from: a number, an initialiser, its name or an array.
        shared: one slope for all units.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for an unknown initialiser.
        ShapeError, TypeMismatchError: when called on a vector or a scalar, another width than
            before, or integers.
    """

    slope: Tensor | None = None

    def __init__(self, init: Any = 0.25, shared: bool = False, name: str | None = None) -> None:
        super().__init__(name)
        self.init = inits.constant(float(init)) if isinstance(init, (int, float)) else init
        self.shared = shared

    def _kind(self) -> str:
        return "prelu"

    def _waits(self) -> bool:
        return self.slope is None

    def build(self, x: Any) -> None:
        """Declare the slopes for the width of `x`."""
        x = self._input(x, rank=2)
        if not self.shared and not isinstance(x.shape[-1], int):
            raise self._error(ShapeError, f"needs a last size that is a number: {x.shape[-1]}", x)
        if self.slope is None:
            what = f"PReLU{f' {self.name!r}' if self.name else ''} at {origins.current()}: slope"
            shape = () if self.shared else (x.shape[-1],)
            with self._here():
                self.slope = parameter("slope", inits.draw(self.init, shape, x.dtype, what))

    def forward(self, x: Tensor) -> Tensor:
        """``x`` above 0, ``slope * x`` below, in the shape of `x`."""
        x = self._input(x, rank=2)
        assert self.slope is not None
        if not self.shared and x.shape[-1] != self.slope.shape[0]:
            raise self._error(
                ShapeError,
                f"takes {self.slope.shape[0]} features, not {x.shape[-1]}",
                x,
                self.slope,
            )
        with self._here():
            y = leaky_relu(x, self.slope)
        self._labels.activation(x, y, "prelu")
        return y


class Maxout(Layer):
    """The largest of `pieces` affine functions of `x`, for each unit (I. Goodfellow et al., "Maxout
    networks", 2013, sec. 3).

    ``W`` has shape ``(in, units * pieces)``, ``b`` has ``(units * pieces,)``; the pieces of a unit are
    side by side. Pieces that tie share the derivative.

    Args:
        units: the size of the last axis of the result.
        pieces: how many affine functions each unit has.
        use_bias: whether there is a ``b``.
        init: what ``W`` starts from: an initialiser, its name or an array. ``lecun_normal`` keeps
            the second moment of what two pieces are given.
        bias_init: the same for ``b``.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, or an unknown initialiser.
        ShapeError, TypeMismatchError: when called on a vector or a scalar, another width than
            before, or integers.
    """

    W: Tensor | None = None
    b: Tensor | None = None

    def __init__(
        self,
        units: int,
        pieces: int = 2,
        use_bias: bool = True,
        init: Any = "lecun_normal",
        bias_init: Any = "zeros",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.units = positive("Maxout", "units", units)
        self.pieces = positive("Maxout", "pieces", pieces)
        self.use_bias = use_bias
        self.init = init
        self.bias_init = bias_init

    def _waits(self) -> bool:
        return self.W is None

    def build(self, x: Any) -> None:
        """Declare ``W`` and ``b`` for the width of `x`."""
        x = self._input(x, rank=2)
        if not isinstance(x.shape[-1], int):
            raise self._error(ShapeError, f"needs a last size that is a number: {x.shape[-1]}", x)
        if self.W is None:
            what = f"Maxout{f' {self.name!r}' if self.name else ''} at {origins.current()}"
            width = self.units * self.pieces
            with self._here():
                weights = inits.draw(self.init, (x.shape[-1], width), x.dtype, f"{what}: W")
                self.W = parameter("W", weights)
                if self.use_bias:
                    biases = inits.draw(self.bias_init, (width,), x.dtype, f"{what}: b")
                    self.b = parameter("b", biases)

    def forward(self, x: Tensor) -> Tensor:
        """The largest piece of each unit: `x` with a last axis of `units`."""
        x = self._input(x, rank=2)
        assert self.W is not None
        if x.shape[-1] != self.W.shape[0]:
            raise self._error(
                ShapeError, f"takes {self.W.shape[0]} features, not {x.shape[-1]}", x, self.W
            )
        with self._here():
            z = matmul(x, self.W)
            z = z if self.b is None else z + self.b
            h = reduce_max(reshape(z, (*x.shape[:-1], self.units, self.pieces)), axis=-1)
        self._labels.layer(z, h)
        return h
