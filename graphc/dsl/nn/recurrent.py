"""What recurrent layers share: a cell is applied to each element of a sequence, by `gx.scan`.

Sequences have shape ``(T, N, features)``: time first, as the loop runs over it; `axis` says
otherwise.  Each layer is one loop in the emitted code, whatever the length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.module import Module
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.nn.regularization import rate_of
from graphc.dsl.variables import parameter
from graphc.errors import GraphError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.ops.leaf import constant
from graphc.ops.linalg import matmul
from graphc.ops.nn import dropout as dropped
from graphc.ops.phases import in_training
from graphc.ops.scan.functions import scan
from graphc.ops.shape import broadcast_to, concat, expand_dims


class Recurrent(Layer):
    """What recurrent layers share: their weights, how they are called, what they return.

    ``W`` has shape ``(in, gates * units)``, ``U`` has ``(units, gates * units)`` and ``b``
    ``(gates * units,)``, the gates side by side in the order that the layer says.

    Args:
        units: the size of the state.
        return_sequences: whether to return the state after every step, ``(T, N, units)``, not
            just after the last one, ``(N, units)``.
        return_state: whether to return the states after the last step besides.
        reverse: run from the last element to the first; results stay in the order of the sequence.
        use_bias: whether there are biases.
        init: what each gate's part of ``W`` starts from: an initialiser or its name; values are for
            all of ``W``.
        recurrent_init: the same for ``U``.
        truncate: cut derivatives every so many steps; see ``gx.scan``.
        recompute: keep only the states for the way back; see ``gx.scan``.
        axis: the axis of time, 0 for ``(T, N, features)``, 1 for ``(N, T, features)``.
        dropout: the rate at which features of the input are dropped while training, the same ones
            of a sequence at every step (Y. Gal and Z. Ghahramani, "A theoretically grounded
            application of dropout in recurrent neural networks", 2016, eq. 7).
        recurrent_dropout: the same for what ``U`` multiplies, the state before the step.
        cell: whether it makes one step only, for the step of a ``gx.scan``: called as
            ``layer(x, state)`` on ``(N, features)``, it returns the new states, ``(N, units)``, in a
            tuple where there are several.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, rates outside [0, 1), another axis, or
            a cell that is to do what only loops do.
        ShapeError, TypeMismatchError: when called on anything but a sequence of vectors of one
            width, or on states of another shape.
    """

    gates = 1
    state_names: tuple[str, ...] = ("h",)
    W: Tensor
    U: Tensor
    b: Tensor | None = None
    step: Callable[..., tuple[Any, Tensor]]  # states and an element to new states and what is left
    _keep: Tensor | None = None  # what the state before a step is multiplied by while training

    def __init__(
        self,
        units: int,
        return_sequences: bool = False,
        return_state: bool = False,
        reverse: bool = False,
        use_bias: bool = True,
        init: Any = "glorot_uniform",
        recurrent_init: Any = "orthogonal",
        truncate: int | None = None,
        axis: int = 0,
        recompute: bool = False,
        cell: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        kind = type(self).__name__
        self.units = positive(kind, "units", units)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.reverse = reverse
        self.use_bias = use_bias
        self.init = init
        self.recurrent_init = recurrent_init
        self.truncate = truncate
        self.recompute = recompute
        if axis not in (0, 1):
            raise GraphError(
                f"{kind} at {origins.current()}: the axis of time is 0 or 1, not {axis!r}"
            )
        self.axis = axis
        self.cell = cell
        self.dropout = rate_of(f"{kind}: dropout", dropout)
        self.recurrent_dropout = rate_of(f"{kind}: recurrent_dropout", recurrent_dropout)
        looping = return_sequences or return_state or reverse or truncate or recompute or axis
        if cell and (looping or dropout or recurrent_dropout):
            raise GraphError(
                f"{kind} at {origins.current()}: a cell makes one step and returns its states: "
                "return_sequences, return_state, reverse, truncate, recompute, axis, dropout and "
                "recurrent_dropout are for loops"
            )

    def _reversed(self) -> Recurrent:
        """A layer of its own that is set up alike and runs the other way."""
        return type(self)(reverse=not self.reverse, **self._settings())

    def _settings(self) -> dict[str, Any]:
        names = (
            "units return_sequences return_state use_bias init recurrent_init truncate axis "
            "recompute cell dropout recurrent_dropout"
        )
        return {name: getattr(self, name) for name in names.split()}

    def build(self, x: Any, state: Any = None, mask: Any = None) -> None:
        """Declare the weights for the width of `x`."""
        x = self._sequence(x)
        width = x.shape[-1]
        if not isinstance(width, int):
            raise self._error(ShapeError, f"needs a last size that is a number: {width}", x)
        with self._here():
            self._declare(width, x.dtype)

    def _declare(self, width: int, dtype: str) -> None:
        self.W = parameter("W", self._weight(self.init, width, dtype, "W"))
        self.U = parameter("U", self._weight(self.recurrent_init, self.units, dtype, "U"))
        if self.use_bias:
            self.b = parameter("b", self._bias(dtype))

    def _weight(self, init: Any, rows: int, dtype: str, name: str) -> Tensor:
        what = f"{self._label}: {name}"
        if not isinstance(init, str) and not callable(init):
            return inits.draw(init, (rows, self.gates * self.units), dtype, what)
        shape = (rows, self.units)
        return concat([inits.draw(init, shape, dtype, what) for _ in range(self.gates)], axis=1)

    def _bias(self, dtype: str) -> Tensor:
        return broadcast_to(constant(0, dtype), (self.gates * self.units,))

    def _sequence(self, x: Any) -> Tensor:
        given = self._input(x)
        if given.ndim != (2 if self.cell else 3):
            form = ("a sequence (T, N, features)", "a sequence (N, T, features)")[self.axis]
            form = "vectors (N, features)" if self.cell else form
            raise self._error(
                ShapeError, f"takes {form}, not {types.shape_text(given.shape)}", given
            )
        return given

    def forward(self, x: Tensor, state: Any = None, mask: Tensor | None = None) -> Any:
        """Run over a sequence, or make one step.

        Args:
            x: ``(T, N, features)``, or ``(N, T, features)`` where `axis` is 1; ``(N, features)`` for
                a cell.
            state: what the states are before the first step, each ``(N, units)``, in a tuple where
                there are several (default: zeros).
            mask: boolean ``(T, N)``, True where there is data; elsewhere states stay as they are.
                Not for a cell: the loop that it is in has one.
        """
        x = self._sequence(x)
        if x.shape[-1] != self._width():
            text = f"takes {self._width()} features, not {x.shape[-1]}"
            raise self._error(ShapeError, text, x, self.W)
        if self.cell:
            if mask is not None:
                raise self._error(GraphError, "makes one step: a mask is for gx.scan", x, mask)
            with self._here():
                new, _ = self.step(*self._first(x, state), x)
            return new[0] if len(new) == 1 else tuple(new)
        with self._here():
            first = self._first(x, state)
            x = self._masked(x)
            finals, outputs = scan(
                self.step,
                first,
                x,
                None,
                self.reverse,
                self.truncate,
                mask=mask,
                axis=self.axis,
                recompute=self.recompute,
            )
        result = outputs if self.return_sequences else finals[0]
        if not self.return_state:
            return result
        return result, finals[0] if len(finals) == 1 else tuple(finals)

    def _first(self, x: Tensor, state: Any) -> list[Tensor]:
        shape = (x.shape[0 if self.cell else 1 - self.axis], self.units)
        if state is None:
            return [broadcast_to(constant(0, x.dtype), shape)] * len(self.state_names)
        given = list(state) if isinstance(state, (list, tuple)) else [state]
        for tensor in given:
            if not isinstance(tensor, Tensor) or tensor.shape != shape:
                raise self._error(
                    ShapeError,
                    f"has states of shape {types.shape_text(shape)}",
                    *[t for t in given if isinstance(t, Tensor)],
                )
        if len(given) != len(self.state_names):
            raise self._error(ShapeError, f"has {len(self.state_names)} states, given {len(given)}")
        return given

    def _width(self) -> DimLike:
        """How many features an element has."""
        return self.W.shape[0]

    def _masked(self, x: Tensor) -> Tensor:
        """The sequence with the features left out that dropout takes; decides of the state, too."""
        batch = x.shape[1 - self.axis]
        if self.recurrent_dropout:
            with origins.scope("recurrent_dropout"):
                ones = broadcast_to(constant(1, x.dtype), (batch, self.units))
                self._keep = dropped(ones, self.recurrent_dropout).named("kept")
        if not self.dropout:
            return x
        with origins.scope("dropout"):
            ones = broadcast_to(constant(1, x.dtype), (batch, x.shape[-1]))
            keep = dropped(ones, self.dropout).named("x_kept")
        return in_training(x * expand_dims(keep, self.axis), x)

    def _from_state(self, h: Tensor, u: Tensor) -> Tensor:
        """``h U``, of the part of the state that dropout leaves."""
        return matmul(h if self._keep is None else in_training(h * self._keep, h), u)

    def _from_input(self, x: Tensor) -> Tensor:
        """What an element adds to the gates: it needs no state, so it is computed for all steps at
        once."""
        z = matmul(x, self.W)
        z = z if self.b is None else z + self.b
        return z.named("x_in")


class Bidirectional(Module):
    """Two recurrent layers over one sequence, one forwards and one backwards; their outputs side by
    side on the last axis (M. Schuster and K. Paliwal, 1997).

    Where the layer returns its state, so does this: those of the first, then those of the second.

    Args:
        layer: the layer that runs forwards; the other one is set up alike, with weights of its own.
        name: its name; see :class:`Module`.

    Raises GraphError when `layer` is no recurrent layer.
    """

    def __init__(self, layer: Recurrent, name: str | None = None) -> None:
        super().__init__(name)
        if not isinstance(layer, Recurrent):
            raise GraphError(
                f"Bidirectional at {origins.current()}: it takes a recurrent layer, not {layer!r}"
            )
        self.forwards = layer
        self.backwards = layer._reversed()

    def forward(self, x: Tensor, state: Any = None, mask: Tensor | None = None) -> Any:
        """Both results; `state` is a pair, of what each layer starts from."""
        first, second = (None, None) if state is None else state
        found = [
            layer(x, start, mask)
            for layer, start in ((self.forwards, first), (self.backwards, second))
        ]
        if not self.forwards.return_state:
            return concat(found, axis=-1)
        outputs, states = zip(*found, strict=True)
        return concat(outputs, axis=-1), states
