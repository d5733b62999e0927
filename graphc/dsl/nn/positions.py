"""Where in a sequence something stands: what attention, which sees a set, is told of the order."""

from __future__ import annotations

import math
from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.variables import parameter
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops.catalogue import cos, exp, sin
from graphc.ops.elementwise import cast
from graphc.ops.flat import take
from graphc.ops.leaf import constant, iota
from graphc.ops.shape import concat, expand_dims, reshape, stack


def angles(positions: Tensor, width: int, base: float, dtype: str) -> Tensor:
    """``position / base**(2 i / width)`` for i from 0 to ``width / 2 - 1``: ``(..., width / 2)``."""
    rates = exp(iota((width // 2,), dtype=dtype) * (-2 * math.log(base) / width))
    return expand_dims(cast(positions, dtype), -1) * rates


def sinusoidal_positions(length: Any, width: int, dtype: Any = None, start: Any = 0) -> Tensor:
    """Positions as waves (A. Vaswani et al., "Attention is all you need", 2017, section 3.5)::

        PE[t, 2 i] = sin(t / 10000**(2 i / width)),  PE[t, 2 i + 1] = cos(t / 10000**(2 i / width))

    Args:
        length: how many positions, an int or a dimension.
        width: how many features; even.
        dtype: float32 or float64.
        start: the first position, a number or an integer tensor of shape ().

    Returns:
        Shape ``(length, width)``.

    Raises:
        GraphError: for a width that is odd or not above 0.
        TypeMismatchError: for an element type that is not floating.
    """
    width, dtype = _even("sinusoidal_positions", width), types.dtype_name(dtype)
    if not types.is_float(dtype):
        raise TypeMismatchError(f"sinusoidal_positions: a floating type is expected, not {dtype}")
    turns = angles(_from(start, length), width, 10000.0, dtype)
    waves = stack([sin(turns), cos(turns)], axis=-1)
    return reshape(waves, (dims.dim(length), width))


def rotary(x: Tensor, start: Any = 0, base: float = 10000.0, interleaved: bool = True) -> Tensor:
    """Pairs of features turned by angles that grow with the position (J. Su et al., "RoFormer:
    enhanced transformer with rotary position embedding", 2021, eqs. 15 and 34): the inner product of
    two vectors turned like this depends on the distance of their positions.

    Args:
        x: floating, ``(..., T, D)``, D even.
        start: the position of the first, a number or an integer tensor of shape ().
        base: pair i at position t is turned by ``t / base**(2 i / D)``.
        interleaved: whether features 2 i and 2 i + 1 are a pair, as in the paper, or i and
            i + D / 2, as in models of the Llama family.

    Returns:
        The shape and the element type of `x`.

    Raises:
        GraphError: for an odd D.
        TypeMismatchError: when `x` is not floating.
        ShapeError: when `x` has fewer than two axes.
    """
    x = constant(x)
    if not types.is_float(x.dtype):
        raise TypeMismatchError(f"rotary: floating numbers are expected, not {x.dtype}")
    if x.ndim < 2:
        raise ShapeError(f"rotary: (..., positions, features) is expected, not {x.type}")
    width = _even("rotary", x.shape[-1])
    turns = angles(_from(start, x.shape[-2]), width, base, x.dtype)
    c, s = cos(turns), sin(turns)
    if interleaved:
        pairs = reshape(x, (*x.shape[:-1], width // 2, 2))
        a, b = pairs[..., 0], pairs[..., 1]
        return reshape(stack([a * c - b * s, b * c + a * s], axis=-1), x.shape)
    a, b = x[..., : width // 2], x[..., width // 2 :]
    return concat([a * c - b * s, b * c + a * s], axis=-1)


def _from(start: Any, length: Any) -> Tensor:
    positions = iota((dims.dim(length),))
    return positions if isinstance(start, int) and start == 0 else positions + constant(start)


def _even(what: str, width: Any) -> int:
    if not isinstance(width, int) or width <= 0 or width % 2:
        raise GraphError(
            f"{what} at {origins.current()}: the number of features is even and above 0, "
            f"not {width!r}"
        )
    return width


class SinusoidalPositions(Layer):
    """``x + PE`` for ``(..., T, features)``, PE as in :func:`gx.sinusoidal_positions`; no parameters.

    Raises GraphError when called on an odd number of features.
    """

    def forward(self, x: Tensor, start: Any = 0) -> Tensor:
        """`x` with the waves added, the first of them at the position `start`."""
        x = self._input(x, rank=2)
        with self._here():
            waves = sinusoidal_positions(
                x.shape[-2], _even("positions", x.shape[-1]), x.dtype, start
            )
            y = x + waves
        self._labels.after(x, y, "placed")
        return y


class LearnedPositions(Layer):
    """``x + W[:T]`` for ``(..., T, features)``: a vector for each position (J. Gehring et al.,
    "Convolutional sequence to sequence learning", 2017, section 3.1).

    ``W`` has shape ``(length, features)``.  A longer sequence is refused when a function runs.

    Args:
        length: how many positions there are.
        init: what ``W`` starts from; normal with standard deviation 0.02 unless said, as in GPT-2.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for a length that is no whole number above 0.
        ShapeError: when called on another number of features than before, or on more positions.
    """

    W: Tensor

    def __init__(self, length: int, init: Any = None, name: str | None = None) -> None:
        super().__init__(name)
        self.length = positive("LearnedPositions", "length", length)
        self.init = inits.normal(std=0.02) if init is None else init

    def build(self, x: Any, start: Any = 0) -> None:
        """Declare ``W`` for the features of `x`."""
        x = self._input(x, rank=2)
        if not isinstance(x.shape[-1], int):
            raise self._error(ShapeError, f"needs a last size that is a number: {x.shape[-1]}", x)
        shape = (self.length, x.shape[-1])
        with self._here():
            self.W = parameter("W", inits.draw(self.init, shape, x.dtype, f"{self._label}: W"))

    def forward(self, x: Tensor, start: Any = 0) -> Tensor:
        """`x` with the vectors of its positions added, the first of them at the position `start`."""
        x = self._input(x, rank=2)
        length, width = x.shape[-2:]
        if width != self.W.shape[1]:
            raise self._error(ShapeError, f"takes {self.W.shape[1]} features, not {width}", x)
        if isinstance(length, int) and length > self.length:
            raise self._error(ShapeError, f"has {self.length} positions, not {length}", x)
        with self._here():
            y = x + take(self.W, _from(start, length))
        self._labels.after(x, y, "placed")
        return y
