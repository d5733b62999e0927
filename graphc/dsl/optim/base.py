"""What all optimisers share: the contract with the compiler, and the frame of a descent step.

Parameters and gradients go in, what every state becomes comes out, as ordinary nodes.  Numbers
that depend only on the step (rates, bias corrections) are scalars of their own, each multiplied
once into the vectors; and every parameter's update is the same expression, so that all of them can
be computed as one flat vector.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, TypedDict, Unpack

import numpy as np

from graphc.dsl import schedules
from graphc.dsl.optim.clipping import clipped, clipped_by_value
from graphc.dsl.variables import state
from graphc.errors import GraphError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir.node import State, Tensor, operand_line, state_of
from graphc.ops.leaf import constant, state_tensor
from graphc.ops.shape import broadcast_to

Updates = dict[Tensor, Tensor]
Constraint = Callable[[Tensor, Tensor], Any]


class Optimizer:
    """The contract of optimisers: parameters and gradients in, updates of states out.

    A subclass defines `step`.  An optimiser holds no values: each call of `updates` makes states
    of its own.

    Attributes:
        remark: what readers of the emitted update should know besides its formulas.

    Args:
        name: the scope of its nodes and the start of its own states' names, as ``adam.step``.
    """

    remark: ClassVar[str] = ""

    def __init__(self, name: str) -> None:
        self.name = name
        self._origin = origins.current()

    def __repr__(self) -> str:
        shown = []
        for key, part in inspect.signature(type(self)).parameters.items():
            value = getattr(self, key, part.default)
            if key in ("name", "options"):
                continue
            if part.default is part.empty or key == "learning_rate":
                shown.append(as_text(value))
            elif value != part.default:
                shown.append(f"{key}={as_text(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _require(
        self, what: str, value: Any, low: float, high: float, open_below: bool = False
    ) -> None:
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not number or not (low < value if open_below else low <= value) or not value < high:
            top = "" if high == math.inf else f" and below {high}"
            raise GraphError(
                f"{type(self).__name__} at {origins.current()}: {what} is a number "
                f"{'above' if open_below else 'from'} {low}{top}, not {value!r}"
            )

    def takes(self, parameter: Tensor) -> bool:
        """Whether it would change this parameter; what it leaves alone needs no gradient."""
        return True

    def select(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """The parameters that it changes, of those that there are."""
        return [p for p in parameters if self.takes(p)]

    def updates(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> Updates:
        """What one step makes of every state it changes.

        Args:
            parameters: tensors of trainable states, as `nn.Module.parameters` lists them.
            gradients: the loss's derivative by each, in its shape and element type.

        Returns:
            The new value of each parameter, then of each value kept beside it, then of the step
            counter if there is one; the keys are tensors of states.

        Raises:
            GraphError: when a parameter is none, or is there twice, or gradients are missing.
            TypeMismatchError: when a gradient does not have the type of its parameter, or a
                parameter's new value does not.
        """
        self._check(parameters, gradients)
        with self.placed():
            return self.step(list(parameters), list(gradients))

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Everything made inside is an update in this optimiser's scope, and of its line."""
        scope = (*origins.current_scope(), self.name)
        place = replace(self._origin, scope=scope, remark=self.remark)
        with origins.scope(self.name), origins.role("update"), origins.derived_from(place):
            yield

    def step(self, parameters: list[Tensor], gradients: list[Tensor]) -> Updates:
        """What `updates` returns, for arguments that have been checked."""
        raise NotImplementedError

    def _check(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        what = f"{type(self).__name__} at {self._origin}"
        if not parameters:
            raise GraphError(f"{what}: there are no parameters to update")
        if len(parameters) != len(gradients):
            raise GraphError(f"{what}: {len(parameters)} parameters but {len(gradients)} gradients")
        seen: set[State] = set()
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter_state = state_of(parameter)
            if not parameter_state.trainable:
                raise GraphError(f"{what}: not trainable: {operand_line(parameter)}")
            if parameter_state in seen:
                raise GraphError(f"{what}: there twice: {operand_line(parameter)}")
            seen.add(parameter_state)
            if gradient.type != parameter.type:
                raise TypeMismatchError(
                    describe(
                        f"{what}: a gradient has another type than its parameter",
                        map(operand_line, (parameter, gradient)),
                    )
                )

    def _check_rate(self, learning_rate: Any) -> None:
        if not callable(learning_rate):
            self._require("learning_rate", learning_rate, 0, math.inf, open_below=True)


class Options(TypedDict, total=False):
    """What every :class:`Descent` takes by keyword; it says what each means."""

    weight_decay: float
    decoupled: bool
    decay_biases: bool
    clip_norm: float | None
    clip_value: float | None
    constraint: Constraint | None
    name: str


_USUAL: Options = {
    "weight_decay": 0.0,
    "decoupled": False,
    "decay_biases": True,
    "clip_norm": None,
    "clip_value": None,
    "constraint": None,
}


class Descent(Optimizer):
    """An optimiser that changes every parameter by the same expression of it, of its gradient and of
    what is kept beside it.

    A subclass defines `change`, the update of one parameter, and `scalars`, what all parameters
    of one element type share.  Clipping comes first, then weight decay, the step, the constraint.

    Args:
        learning_rate: a number, or a schedule: a function from the number of updates done so far (a
            floating tensor of shape ``()``) to a rate; see :mod:`graphc.dsl.schedules`.
        weight_decay: the factor of the penalty on weights.
        decoupled: whether weights shrink by ``p (1 - lr weight_decay)`` before the step (I. Loshchilov
            and F. Hutter, "Decoupled weight decay regularization", 2019) instead of the L2
            penalty's ``weight_decay p`` in the gradient.
        decay_biases: whether parameters with fewer than two axes decay too.
        clip_norm: gradients whose joint Euclidean norm is above this are scaled down to it, by
            ``min(1, c / (norm + 1e-6))`` (R. Pascanu et al., "On the difficulty of training
            recurrent neural networks", 2013, algorithm 1).
        clip_value: every element of a gradient is brought into ``[-clip_value, clip_value]``; instead
            of `clip_norm`.
        constraint: a function of a parameter and its new value (tensors of one type) that returns
            the value it takes instead, such as the nearest one that is allowed.
        name: the scope of its nodes and the start of its own states' names, as ``adam.step``; the
            name of the class if it is not given.

    Attributes:
        counts_steps: whether `scalars` needs the number of updates done.
        defaults: where a subclass has other options unless they are given.

    Raises:
        GraphError: for a number out of range, or both kinds of clipping.
    """

    counts_steps = False
    defaults: ClassVar[Options] = {}

    def __init__(self, learning_rate: Any, **options: Unpack[Options]) -> None:
        chosen: dict[str, Any] = {**self._options(), **options}
        for key in chosen:
            if key not in Options.__annotations__:
                known = [*inspect.signature(type(self)).parameters][:-1] + list(
                    Options.__annotations__
                )
                raise TypeError(
                    f"{type(self).__name__}() has no argument '{key}'; it takes {', '.join(known)}"
                )
        super().__init__(chosen["name"])
        self.learning_rate = learning_rate
        self.weight_decay: float = chosen["weight_decay"]
        self.decoupled = chosen["decoupled"]
        self.decay_biases = chosen["decay_biases"]
        self.clip_norm: float | None = chosen["clip_norm"]
        self.clip_value: float | None = chosen["clip_value"]
        self.constraint: Constraint | None = chosen["constraint"]
        self._check_rate(learning_rate)
        self._require("weight_decay", self.weight_decay, 0, math.inf)
        for what in ("clip_norm", "clip_value"):
            if chosen[what] is not None:
                self._require(what, chosen[what], 0, math.inf, open_below=True)
        where = f"{type(self).__name__} at {origins.current()}"
        if self.clip_norm is not None and self.clip_value is not None:
            raise GraphError(f"{where}: clip by norm or by value, not both")
        if self.constraint is not None and not callable(self.constraint):
            raise GraphError(
                f"{where}: constraint is a function of a parameter and its new value, "
                f"not {self.constraint!r}"
            )

    @classmethod
    def _options(cls) -> dict[str, Any]:
        return {**_USUAL, "name": cls.__name__.lower(), **cls.defaults}

    def __repr__(self) -> str:
        shown = [super().__repr__()[:-1]]
        for key, usual in self._options().items():
            if key != "name" and getattr(self, key) != usual:
                shown.append(f"{key}={as_text(getattr(self, key))}")
        return ", ".join(shown) + ")"

    def step(self, parameters: list[Tensor], gradients: list[Tensor]) -> Updates:
        """The new values of parameters, of what is kept beside them, and of the step counter."""
        if self.clip_norm is not None:
            gradients = clipped(gradients, self.clip_norm)
        if self.clip_value is not None:
            gradients = clipped_by_value(gradients, self.clip_value)
        count = None
        if self.counts_steps or callable(self.learning_rate):
            count = state("step", np.int64(0))
        kept = self.counters(count)
        shared: dict[str, dict[str, Any]] = {}
        first: Updates = {}
        slots: Updates = {}
        for p, g in zip(parameters, gradients, strict=True):
            if p.dtype not in shared:
                shared[p.dtype] = self._scalars(count, kept, p.dtype)
            decays = self.weight_decay > 0 and (self.decay_biases or p.ndim >= 2)
            numbers, old = shared[p.dtype], p
            if decays and self.decoupled:
                p = numbers["keep"] * p
            elif decays:
                g = g + self.weight_decay * p
            first[old] = self._allowed(old, self.change(old, p, g, numbers, slots))
        result = {**first, **slots, **kept}
        if count is not None:
            result[count] = count + 1
        return result

    def _allowed(self, parameter: Tensor, value: Tensor) -> Tensor:
        if self.constraint is None:
            return value
        allowed = constant(self.constraint(parameter, value))
        if allowed.type != parameter.type:
            raise TypeMismatchError(
                describe(
                    f"{type(self).__name__} at {self._origin}: the constraint "
                    f"{as_text(self.constraint)} gives {allowed.type}",
                    [operand_line(parameter)],
                )
            )
        return allowed

    def _scalars(self, count: Tensor | None, kept: Updates, dtype: str) -> dict[str, Any]:
        done = None if count is None else count.astype(dtype)
        rate = rate_of(self.learning_rate, done)
        counters = {state_of(t).name.split(".")[-1]: new.astype(dtype) for t, new in kept.items()}
        found = self.scalars(rate, done, **counters)
        if self.decoupled and self.weight_decay:
            found["keep"] = 1 - rate * self.weight_decay
        return found

    def counters(self, count: Tensor | None) -> Updates:
        """States of its own that all parameters share, and what they become."""
        return {}

    def scalars(self, rate: Any, done: Tensor | None, **counters: Tensor) -> dict[str, Any]:
        """The numbers that all parameters share.

        Args:
            rate: the learning rate of this step, a number or a tensor ``()``.
            done: the number of updates done before, a floating tensor ``()``, if it is counted.
            counters: the new values of the states of `counters`, by name.
        """
        return {"rate": rate}

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """The new value of one parameter; those of values kept beside it go into `slots`.

        Args:
            parameter: the parameter itself, for :func:`slot`.
            p: its value, after decoupled weight decay.
            g: its gradient, clipped and with the penalty on weights in it.
            shared: the numbers that `scalars` gives.
        """
        raise NotImplementedError


def rate_of(learning_rate: Any, done: Tensor | None) -> Any:
    """The learning rate of a step: a number, or a tensor ``()`` named for printing."""
    if not callable(learning_rate):
        return learning_rate
    assert done is not None
    rate = schedules.rate_at(learning_rate, done)
    if rate.node.rooted and not rate.name:
        rate.named("learning_rate")
    return rate


def slot(parameter: Tensor, name: str, start: float = 0) -> Tensor:
    """A value kept beside a parameter, in its type, that starts from one number everywhere."""
    owner = state_of(parameter)
    values = broadcast_to(constant(start, parameter.dtype), parameter.shape)
    return state_tensor(State(f"{owner.name}.{name}", owner.type, values, slot=name, of=owner))


def as_text(value: Any) -> str:
    """How an argument prints: functions by name, and nothing by its address in memory."""
    if inspect.isroutine(value):
        return value.__name__
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
