"""Recurrent layers: what one step of each computes.

Sequences have shape ``(T, N, features)``: time first, as the loop runs over it; `axis` says
otherwise.  Each layer is one loop in the emitted code, whatever the length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.activations import activation_of
from graphc.dsl.nn.core import positive
from graphc.dsl.nn.recurrent import Recurrent
from graphc.dsl.variables import parameter
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.ops.catalogue import equal, sigmoid, tanh
from graphc.ops.leaf import constant, iota
from graphc.ops.linalg import matmul
from graphc.ops.phases import in_training
from graphc.ops.shape import broadcast_to, concat, expand_dims, reshape, split


class RNN(Recurrent):
    """``h = activation(x W + b + h U)`` (J. Elman, "Finding structure in time", 1990).

    Of an order k above 1 it sees the k states before, of order 3 for instance
    ``h_t = activation(x_t W + b + h_(t-1) U + h_(t-2) U_2 + h_(t-3) U_3)`` (R. Soltani and H. Jiang,
    "Higher order recurrent neural networks", 2016, eq. 5).  It then has k states, the latest first.

    Args:
        units: the size of the state ``h``.
        activation: a name in `ACTIVATIONS` or a function of a tensor.
        order: how many states before an element a step sees.

    The other arguments are those of :class:`Recurrent`.
    """

    older: list[Tensor]

    def __init__(
        self,
        units: int,
        activation: str | Callable[[Tensor], Tensor] = "tanh",
        order: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(units, **options)
        self.activation = _activation("RNN", activation)
        self.order = positive("RNN", "order", order)
        self.state_names = ("h", *(f"h_{k}" for k in range(2, self.order + 1)))

    def _settings(self) -> dict[str, Any]:
        return {**super()._settings(), "activation": self.activation, "order": self.order}

    def _declare(self, width: int, dtype: str) -> None:
        super()._declare(width, dtype)
        self.older = [
            parameter(name, self._weight(self.recurrent_init, self.units, dtype, name))
            for name in (f"U_{k}" for k in range(2, self.order + 1))
        ]

    def step(self, h: Tensor, *others: Tensor) -> tuple[Any, Tensor]:
        """One step, of the states and an element."""
        *past, x = others
        z = self._from_input(x.named("x")) + self._from_state(h, self.U)
        for name, before, u in zip(self.state_names[1:], past, self.older, strict=True):
            z = z + self._from_state(before.named(name), u)
        new = self._activated(self.activation, z.named("z"))
        return [new, h, *past][: self.order], new


class SecondOrderRNN(Recurrent):
    """``h_k = activation(sum over i, j of h_i x_j W[i, j, k] + b_k)``: products of the state and the
    element, by which each element chooses how the state moves on (C. L. Giles et al., "Learning and
    extracting finite state automata with second-order recurrent neural networks", 1992, eq. 1).

    ``W`` has shape ``(units, in, units)``.  A state of zeros hears no element: the paper starts from
    ``(1, 0, ..., 0)``, given as `state`, and so does this layer where none is given.

    Args:
        units: the size of the state ``h``.
        activation: a name in `ACTIVATIONS` or a function of a tensor.

    The other arguments are those of :class:`Recurrent`, but for `recurrent_init`, as there is no
    ``U``.
    """

    def __init__(
        self,
        units: int,
        activation: str | Callable[[Tensor], Tensor] = "sigmoid",
        **options: Any,
    ) -> None:
        if "recurrent_init" in options:
            raise GraphError(
                f"SecondOrderRNN at {origins.current()}: it has no U: recurrent_init has no use"
            )
        super().__init__(units, **options)
        self.activation = _activation("SecondOrderRNN", activation)

    def _settings(self) -> dict[str, Any]:
        settings = {**super()._settings(), "activation": self.activation}
        del settings["recurrent_init"]
        return settings

    def _declare(self, width: int, dtype: str) -> None:
        shape, what = (self.units, width, self.units), f"{self._label}: W"
        if isinstance(self.init, str) or callable(
            self.init
        ):  # every product is an input of its own
            flat = inits.draw(self.init, (self.units * width, self.units), dtype, what)
            self.W = parameter("W", reshape(flat, shape))
        else:
            self.W = parameter("W", inits.draw(self.init, shape, dtype, what))
        if self.use_bias:
            self.b = parameter("b", self._bias(dtype))

    def _width(self) -> DimLike:
        return self.W.shape[1]

    def _first(self, x: Tensor, state: Any) -> list[Tensor]:
        if state is not None:
            return super()._first(x, state)
        (zeros,) = super()._first(x, None)
        one = equal(iota((self.units,)), 0).astype(x.dtype)
        return [broadcast_to(one, zeros.shape)]

    def step(self, h: Tensor, x: Tensor) -> tuple[Any, Tensor]:
        """One step."""
        h = h if self._keep is None else in_training(h * self._keep, h)
        pairs = expand_dims(h, 2) * expand_dims(x, 1)  # (N, units, in)
        count = self.units * self._width()
        flat = reshape(self.W, (count, self.units)).named("W_flat")
        z = matmul(reshape(pairs, (x.shape[0], count)).named("h_x"), flat)
        z = z if self.b is None else z + self.b
        new = self._activated(self.activation, z.named("z"))
        return [new], new


def _activation(kind: str, given: Any) -> Callable[[Tensor], Tensor]:
    function = activation_of(kind, given)
    if function is None:
        raise GraphError(f"{kind} at {origins.current()}: an activation is needed")
    return function


class LSTM(Recurrent):
    """Long short-term memory (S. Hochreiter and J. Schmidhuber, 1997; with the forget gate of F.
    Gers et al., 2000), the states being ``h`` and ``c``:

        i, f, o = sigmoid(x W + b + h U)     input, forget and output gate
        g       = tanh(x W + b + h U)
        c       = f c + i g
        h       = o tanh(c)

    The gates lie in the order i, f, o, g.  The forget gate's bias starts from 1 (R. Jozefowicz et
    al., 2015), so that a cell keeps what it has until it learns otherwise.

    With `peepholes` the gates see the cells, each its own: i and f are told ``c P_i`` and ``c P_f`` of
    the cells before the step, o is told ``c P_o`` of those after it (F. Gers and J. Schmidhuber,
    "Recurrent nets that time and count", 2000).  ``P_i``, ``P_f`` and ``P_o`` have shape ``(units,)``
    and start from zeros.

    Args:
        units: the size of each state.
        peepholes: whether gates see the cells.

    The other arguments are those of :class:`Recurrent`.
    """

    gates = 4
    state_names = ("h", "c")
    P_i: Tensor
    P_f: Tensor
    P_o: Tensor

    def __init__(
        self,
        units: int,
        return_sequences: bool = False,
        *,
        peepholes: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(units, return_sequences, **options)
        self.peepholes = bool(peepholes)

    def _settings(self) -> dict[str, Any]:
        return {**super()._settings(), "peepholes": self.peepholes}

    def _declare(self, width: int, dtype: str) -> None:
        super()._declare(width, dtype)
        if self.peepholes:
            for name in ("P_i", "P_f", "P_o"):
                zeros = broadcast_to(constant(0, dtype), (self.units,))
                setattr(self, name, parameter(name, zeros))

    def _bias(self, dtype: str) -> Tensor:
        zeros, ones = (broadcast_to(constant(v, dtype), (self.units,)) for v in (0, 1))
        return concat([zeros, ones, zeros, zeros])

    def step(self, h: Tensor, c: Tensor, x: Tensor) -> tuple[Any, Tensor]:
        """One step."""
        n = self.units
        z = (self._from_input(x) + self._from_state(h, self.U)).named("z")
        g = tanh(z[:, 3 * n :]).named("g")
        if self.peepholes:
            i = sigmoid(z[:, :n] + c * self.P_i).named("i")
            f = sigmoid(z[:, n : 2 * n] + c * self.P_f).named("f")
            c = (f * c + i * g).named("c")
            o = sigmoid(z[:, 2 * n : 3 * n] + c * self.P_o).named("o")
        else:
            gates = sigmoid(z[:, : 3 * n]).named("gates")
            i, f, o = (t.named(s) for t, s in zip(split(gates, 3, axis=1), "ifo", strict=True))
            c = (f * c + i * g).named("c")
        h = (o * tanh(c).named("c_tanh")).named("h")
        return [h, c], h


class GRU(Recurrent):
    """The gated recurrent unit (K. Cho et al., 2014), with the reset gate after the product:

        r, z = sigmoid(x W + b + h U)        reset and update gate
        n    = tanh(x W + b + r (h U + bn))
        h    = (1 - z) n + z h

    The gates lie in the order r, z, n; ``bn`` has shape ``(units,)``.  Arguments are those of
    :class:`Recurrent`.
    """

    gates = 3
    bn: Tensor | None = None

    def _declare(self, width: int, dtype: str) -> None:
        super()._declare(width, dtype)
        if self.use_bias:
            self.bn = parameter("bn", broadcast_to(constant(0, dtype), (self.units,)))

    def step(self, h: Tensor, x: Tensor) -> tuple[Any, Tensor]:
        """One step."""
        k = 2 * self.units
        from_x, from_h = self._from_input(x), self._from_state(h, self.U).named("h_in")
        gates = sigmoid(from_x[:, :k] + from_h[:, :k]).named("gates")
        r, z = (t.named(s) for t, s in zip(split(gates, 2, axis=1), "rz", strict=True))
        candidate = from_h[:, k:] if self.bn is None else from_h[:, k:] + self.bn
        n = tanh(from_x[:, k:] + r * candidate.named("n_h")).named("n")
        h = (n + z * (h - n)).named("h")
        return [h], h
