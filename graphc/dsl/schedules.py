"""Learning-rate schedules, as graphs of the step.

A schedule is anything that takes the number of updates done so far (a floating tensor of shape
``()``, 0 at the first update) and returns a tensor of shape ``()`` or a number; a plain function
will do.  Those here refuse nonsense with GraphError when they are made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor, operand_line
from graphc.ops.catalogue import cos, floor, maximum, minimum, where
from graphc.ops.leaf import constant as fixed


@dataclass(frozen=True)
class Schedule:
    """A learning rate that depends on the step.

    Attributes:
        text: how it prints.
        rule: from the step, a floating tensor ``()``, to the rate.
    """

    text: str
    rule: Callable[[Tensor], Any]

    def __call__(self, step: Tensor) -> Tensor:
        """The rate at that step: a tensor ``()`` of the step's element type."""
        return rate_at(self.rule, step, self.text)

    def __repr__(self) -> str:
        return self.text


def rate_at(schedule: Any, step: Tensor, what: str = "") -> Tensor:
    """What a schedule gives at a step, as a tensor ``()`` of the step's element type.

    Raises:
        TypeMismatchError, ShapeError: when it is no floating scalar.
    """
    rate = schedule(step)
    what = f"the schedule {what or getattr(schedule, '__name__', repr(schedule))}"
    if isinstance(rate, (int, float)) and not isinstance(rate, bool):
        return fixed(rate, step.dtype)
    if not isinstance(rate, Tensor) or not types.is_float(rate.dtype):
        shown = operand_line(rate) if isinstance(rate, Tensor) else repr(rate)
        raise TypeMismatchError(f"{what} at {origins.current()} gives no floating scalar: {shown}")
    if rate.shape != ():
        raise ShapeError(f"{what} at {origins.current()} gives {rate.type}, not a scalar")
    return rate.astype(step.dtype)


def constant(value: float) -> Schedule:
    """``value`` at every step."""
    _check("constant", value=value)
    return Schedule(f"constant({value})", lambda step: value)


def step_decay(initial: float, factor: float, every: int) -> Schedule:
    """``initial * factor ** floor(step / every)``: a drop after every so many updates."""
    _check("step_decay", initial=initial, factor=factor, every=every)
    return Schedule(
        f"step_decay({initial}, {factor}, every={every})",
        lambda step: initial * factor ** floor(step / every),
    )


def exponential(initial: float, factor: float, every: int = 1) -> Schedule:
    """``initial * factor ** (step / every)``: the same decay, without the steps."""
    _check("exponential", initial=initial, factor=factor, every=every)
    return Schedule(
        f"exponential({initial}, {factor}, every={every})",
        lambda step: initial * factor ** (step / every),
    )


def cosine(initial: float, steps: int, floor: float = 0.0) -> Schedule:
    """Half a cosine from `initial` down to `floor` in that many updates, `floor` from then on:
    ``floor + (initial - floor) (1 + cos(pi step / steps)) / 2`` (I. Loshchilov and F. Hutter,
    "SGDR: stochastic gradient descent with warm restarts", 2017, eq. 5)."""
    _check("cosine", initial=initial, steps=steps)
    if not 0 <= floor <= initial:
        raise GraphError(
            f"cosine at {origins.current()}: its floor lies from 0 to {initial}, not at {floor}"
        )

    def rule(step: Tensor) -> Tensor:
        angle = minimum(step, steps) * (math.pi / steps)
        return floor + 0.5 * (initial - floor) * (1 + cos(angle))

    return Schedule(f"cosine({initial}, {steps}, floor={floor})", rule)


def warmup(steps: int, then: Any) -> Schedule:
    """Up linearly in that many updates to what `then` (a number or a schedule) starts from, then
    `then`, counted from 0 at the end of the ramp (P. Goyal et al., "Accurate, large minibatch SGD",
    2017, section 2.2).

    The first update has ``1 / steps`` of the full rate, the last one of the ramp all of it.
    """
    _check("warmup", steps=steps)
    rest = then if callable(then) else constant(then)

    def rule(step: Tensor) -> Tensor:
        ramp = minimum((step + 1) / steps, 1)
        return rate_at(rest, maximum(step - steps, 0)) * ramp

    return Schedule(f"warmup({steps}, {then})", rule)


def piecewise(boundaries: Sequence[int], values: Sequence[float]) -> Schedule:
    """``values[0]`` for steps below ``boundaries[0]``, and so on; the last value from the last
    boundary on."""
    bounds, rates = list(boundaries), list(values)
    where_ = f"piecewise at {origins.current()}"
    if len(rates) != len(bounds) + 1:
        raise GraphError(
            f"{where_}: {len(bounds)} boundaries need {len(bounds) + 1} values, not {len(rates)}"
        )
    if any(b <= a for a, b in zip([0, *bounds], bounds, strict=False)):
        raise GraphError(f"{where_}: boundaries are above 0 and increase, unlike {bounds}")
    for value in rates:
        _check("piecewise", value=value)

    def rule(step: Tensor) -> Any:
        result = fixed(rates[-1], step.dtype)
        for bound, value in zip(reversed(bounds), reversed(rates[:-1]), strict=True):
            result = where(step < bound, value, result)
        return result

    return Schedule(f"piecewise({bounds}, {rates})", rule)


def _check(name: str, **numbers: Any) -> None:
    for what, value in numbers.items():
        whole = what in ("steps", "every")
        kinds = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < math.inf:
            raise GraphError(
                f"{name} at {origins.current()}: {what} is a {'whole ' if whole else ''}number "
                f"above 0, not {value!r}"
            )
