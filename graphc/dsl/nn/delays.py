"""Layers over sequences that see elements before and after each without a loop: tapped delay lines.

Sequences have shape ``(T, N, features)``, as for recurrent layers, or ``(N, T, features)`` where `axis`
is 1.  What lies outside a sequence counts as zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.activations import activation_of
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.variables import parameter
from graphc.errors import GraphError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.conv.functions import conv
from graphc.ops.linalg import matmul
from graphc.ops.shape import broadcast_to, concat, reshape
from graphc.ops.slicing import pad

Function = Callable[[Tensor], Tensor]


class _Delays(Layer):
    """What these layers share: sequences of vectors of a known width, and their axis of time."""

    def __init__(self, axis: int, name: str | None) -> None:
        super().__init__(name)
        if axis not in (0, 1):
            raise GraphError(
                f"{type(self).__name__} at {origins.current()}: the axis of time is 0 or 1, "
                f"not {axis!r}"
            )
        self.axis = axis

    def _sequence(self, x: Any, weight: Tensor | None = None, at: int = 0) -> tuple[Tensor, int]:
        """The sequence and its width, which is the size of a weight's axis `at`, if there is one."""
        x = self._input(x)
        width = x.shape[-1]
        if x.ndim != 3 or not isinstance(width, int):
            form = ("(T, N, features)", "(N, T, features)")[self.axis]
            raise self._error(
                ShapeError,
                f"takes a sequence {form} with a number of features, not "
                f"{types.shape_text(x.shape)}",
                x,
            )
        if weight is not None and weight.shape[at] != width:
            text = f"takes {weight.shape[at]} features, not {width}"
            raise self._error(ShapeError, text, x, weight)
        return x, width


class TimeDelay(_Delays):
    """``y_t = activation(sum over d of x_(t-d) W_d + b)``, the layer of a time-delay network (A. Waibel et
    al., "Phoneme recognition using time-delay neural networks", 1989); where delays have gaps, that
    of V. Peddinti et al. (2015).

    The delayed sequences lie side by side in front of one product.  ``W`` has shape
    ``(len(delays), in, units)``, ``b`` has ``(units,)``.

    Args:
        units: features of the result, ``(T, N, units)``.
        delays: how many elements back each matrix looks; below 0 it looks ahead.
        activation: a name in `ACTIVATIONS`, a function of a tensor, or None.
        use_bias: whether there is a ``b``.
        init: what ``W`` starts from: an initialiser or its name, for a matrix of all that a unit sees,
            or values.
        axis: the axis of time.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, delays that are no different whole
            numbers, or another axis.
        ShapeError, TypeMismatchError: when called on anything but a sequence of vectors of one
            width.
    """

    W: Tensor
    b: Tensor | None = None

    def __init__(
        self,
        units: int,
        delays: Sequence[int] = (0, 1, 2),
        activation: str | Function | None = "relu",
        use_bias: bool = True,
        init: Any = "glorot_uniform",
        axis: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(axis, name)
        self.units = positive("TimeDelay", "units", units)
        self.delays = tuple(delays) if isinstance(delays, (list, tuple, range)) else ()
        numbers = [d for d in self.delays if isinstance(d, int) and not isinstance(d, bool)]
        if not numbers or len(set(numbers)) != len(self.delays):
            raise GraphError(
                f"TimeDelay at {origins.current()}: delays are whole numbers, each once, not {delays!r}"
            )
        self.activation = activation_of("TimeDelay", activation)
        self.use_bias = bool(use_bias)
        self.init = init

    def build(self, x: Any) -> None:
        """Declare ``W`` and ``b`` for the width of `x`."""
        x, width = self._sequence(x)
        count, what = len(self.delays), f"{self._label}: W"
        shape = (count, width, self.units)
        with self._here():
            if isinstance(self.init, str) or callable(self.init):
                flat = inits.draw(self.init, (count * width, self.units), x.dtype, what)
                self.W = parameter("W", reshape(flat, shape))
            else:
                self.W = parameter("W", inits.draw(self.init, shape, x.dtype, what))
            if self.use_bias:
                self.b = parameter("b", inits.draw("zeros", (self.units,), x.dtype, self._label))

    def forward(self, x: Tensor) -> Tensor:
        """``(T, N, units)`` of ``(T, N, features)``."""
        x, width = self._sequence(x, self.W, 1)
        with self._here():
            spliced = concat([self._delayed(x, d) for d in self.delays], axis=2)
            w = reshape(self.W, (len(self.delays) * width, self.units)).named("W_flat")
            z = matmul(spliced.named("spliced"), w)
            z = z if self.b is None else z + self.b
            h = z if self.activation is None else self._activated(self.activation, z)
        self._labels.layer(z, h)
        return h

    def _delayed(self, x: Tensor, delay: int) -> Tensor:
        """The sequence so many elements later, zeros at its start; earlier for a delay below 0."""
        sides = [(0, 0)] * 3
        sides[self.axis] = (max(delay, 0), max(-delay, 0))
        later = pad(x, sides)
        rows = slice(-delay, None) if delay < 0 else slice(-delay or None)
        return later[rows] if self.axis == 0 else later[:, rows]


class MemoryBlock(_Delays):
    """``m_t = sum over k of a_k x_(t - lookback + k)``, the memory of a feedforward sequential memory
    network (S. Zhang et al., "Feedforward sequential memory networks: a new structure to learn
    long-term dependency", 2015, eqs. 1-4): a filter over time with learnt taps.

    It is a depthwise convolution: a product and a sum for each tap.  ``a`` has shape
    ``(lookback + 1 + lookahead, features)``, the oldest first, or ``(lookback + 1 + lookahead,)``.

    Args:
        lookback: how many elements before each are seen.
        lookahead: how many after each.
        scalar: whether all features share their taps (eqs. 1 and 3), one number for each delay; else
            each has its own (eqs. 2 and 4).
        init: what ``a`` starts from: an initialiser or its name, or values.
        axis: the axis of time.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers from 0 on, or another axis.
        ShapeError, TypeMismatchError: when called on anything but a sequence of vectors of one
            width.
    """

    a: Tensor

    def __init__(
        self,
        lookback: int,
        lookahead: int = 0,
        scalar: bool = False,
        init: Any = "glorot_uniform",
        axis: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(axis, name)
        for what, size in (("lookback", lookback), ("lookahead", lookahead)):
            if isinstance(size, bool) or not isinstance(size, int) or size < 0:
                raise GraphError(
                    f"MemoryBlock at {origins.current()}: {what} is a whole number from 0 on, "
                    f"not {size!r}"
                )
        self.lookback, self.lookahead = lookback, lookahead
        self.scalar = bool(scalar)
        self.init = init

    def build(self, x: Any) -> None:
        """Declare ``a`` for the width of `x`."""
        x, width = self._sequence(x)
        taps, what = self.lookback + 1 + self.lookahead, f"{self._label}: a"
        drawn = isinstance(self.init, str) or callable(self.init)
        with self._here():
            if not self.scalar:
                self.a = parameter("a", inits.draw(self.init, (taps, width), x.dtype, what))
            elif drawn:
                column = inits.draw(self.init, (taps, 1), x.dtype, what)
                self.a = parameter("a", reshape(column, (taps,)))
            else:
                self.a = parameter("a", inits.draw(self.init, (taps,), x.dtype, what))

    def forward(self, x: Tensor) -> Tensor:
        """The memory of each element, in the shape of `x`."""
        x, width = self._sequence(x, None if self.scalar else self.a, 1)
        with self._here():
            around = (self.lookback, self.lookahead)
            taps = reshape(self.a, (self.a.shape[0], 1, 1 if self.scalar else width))
            taps = broadcast_to(taps, (self.a.shape[0], 1, width))
            if self.axis == 1:
                m = conv(x, taps, padding=(around,), groups=width).named("recalled")
            else:  # one image, time by sequences
                image = reshape(x, (1, *x.shape))
                kernel = reshape(taps, (taps.shape[0], 1, 1, width))
                m = conv(image, kernel, padding=(around, (0, 0)), groups=width).named("recalled")
                m = reshape(m, x.shape)
        return m


class FSMN(_Delays):
    """``activation(x_t W + m_t V + b)`` with ``m`` of :class:`MemoryBlock`, the layer above a memory
    (S. Zhang et al., 2015, eq. 5).

    Parameters are ``W`` and ``V`` ``(in, units)``, ``b`` ``(units,)`` and the memory's taps.

    Args:
        units: features of the result.
        lookback, lookahead, scalar: of the memory.
        activation: a name in `ACTIVATIONS`, a function of a tensor, or None.
        use_bias: whether there is a ``b``.
        init: what ``W`` and ``V`` start from: an initialiser or its name, or values.
        memory_init: what the taps start from.
        axis: the axis of time.
        name: its name; see :class:`Module`.

    Raises:
        GraphError, ShapeError, TypeMismatchError: as :class:`MemoryBlock`.
    """

    W: Tensor
    V: Tensor
    b: Tensor | None = None

    def __init__(
        self,
        units: int,
        lookback: int,
        lookahead: int = 0,
        scalar: bool = False,
        activation: str | Function | None = "relu",
        use_bias: bool = True,
        init: Any = "glorot_uniform",
        memory_init: Any = "glorot_uniform",
        axis: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(axis, name)
        self.units = positive("FSMN", "units", units)
        self.memory = MemoryBlock(lookback, lookahead, scalar, memory_init, axis)
        self.activation = activation_of("FSMN", activation)
        self.use_bias = bool(use_bias)
        self.init = init

    def build(self, x: Any) -> None:
        """Declare the parameters for the width of `x`."""
        x, width = self._sequence(x)
        with self._here():
            for name in ("W", "V"):
                w = inits.draw(self.init, (width, self.units), x.dtype, f"{self._label}: {name}")
                setattr(self, name, parameter(name, w))
            if self.use_bias:
                self.b = parameter("b", inits.draw("zeros", (self.units,), x.dtype, self._label))

    def forward(self, x: Tensor) -> Tensor:
        """``(T, N, units)`` of ``(T, N, features)``."""
        x, _ = self._sequence(x, self.W)
        m = self.memory(x)
        with self._here():
            z = matmul(x, self.W) + matmul(m, self.V)
            z = z if self.b is None else z + self.b
            h = z if self.activation is None else self._activated(self.activation, z)
        self._labels.layer(z, h)
        return h
