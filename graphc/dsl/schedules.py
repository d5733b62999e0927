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

import numpy as np

from graphc.dsl.variables import state
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor, operand_line
from graphc.ops.catalogue import cos, log, maximum, minimum, where
from graphc.ops.catalogue import floor as floor_
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
        lambda step: initial * factor ** floor_(step / every),
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
    _check_floor("cosine", floor, initial)

    def rule(step: Tensor) -> Tensor:
        angle = minimum(step, steps) * (math.pi / steps)
        return floor + 0.5 * (initial - floor) * (1 + cos(angle))

    return Schedule(f"cosine({initial}, {steps}, floor={floor})", rule)


def cosine_restarts(initial: float, period: int, growth: int = 1, floor: float = 0.0) -> Schedule:
    """Cosines from `initial` down to `floor`, one after the other: the first takes `period` updates,
    each further one `growth` times as many (I. Loshchilov and F. Hutter, "SGDR: stochastic gradient
    descent with warm restarts", 2017, eq. 5, with ``T_mult`` the growth)."""
    _check("cosine_restarts", initial=initial, period=period, growth=growth)
    _check_floor("cosine_restarts", floor, initial)

    def rule(step: Tensor) -> Tensor:
        if growth == 1:
            part = step / period - floor_(step / period)
        else:
            # Cycle n begins at period (growth^n - 1) / (growth - 1); the addend outweighs rounding.
            done = log(step * ((growth - 1) / period) + 1) / math.log(growth)
            length = growth ** floor_(done + 1e-9)
            part = (step / period - (length - 1) / (growth - 1)) / length
        return floor + 0.5 * (initial - floor) * (1 + cos(math.pi * part))

    text = f"cosine_restarts({initial}, {period}, growth={growth}, floor={floor})"
    return Schedule(text, rule)


def polynomial(initial: float, steps: int, power: float = 1.0, floor: float = 0.0) -> Schedule:
    """``floor + (initial - floor) (1 - step / steps) ** power``, and `floor` after that many updates;
    a straight line for power 1."""
    _check("polynomial", initial=initial, steps=steps, power=power)
    _check_floor("polynomial", floor, initial)

    def rule(step: Tensor) -> Tensor:
        left = 1 - minimum(step, steps) / steps
        return floor + (initial - floor) * (left if power == 1 else left**power)

    return Schedule(f"polynomial({initial}, {steps}, power={power}, floor={floor})", rule)


def inverse_time(initial: float, factor: float) -> Schedule:
    """``initial / (1 + factor step)`` (H. Robbins and S. Monro, "A stochastic approximation method",
    1951: rates whose sum diverges, but not that of their squares)."""
    _check("inverse_time", initial=initial, factor=factor)
    return Schedule(
        f"inverse_time({initial}, {factor})", lambda step: initial / (1 + factor * step)
    )


def one_cycle(
    peak: float,
    steps: int,
    rise: float = 0.3,
    start: float | None = None,
    end: float | None = None,
    linear: bool = False,
) -> Schedule:
    """Up to `peak` and down again, once: half a cosine (or a line) from `start` to `peak` in the first
    ``rise * steps`` updates, and another down to `end` at update ``steps - 1`` (L. Smith and N. Topin,
    "Super-convergence", 2018, in the two-phase form usual since).

    Args:
        start: the first rate; ``peak / 25`` if it is not given.
        end: the last rate; ``start / 10_000`` if it is not given.
    """
    _check("one_cycle", peak=peak, steps=steps)
    top = rise * steps - 1
    if not 0 < top < steps - 1:
        raise GraphError(
            f"one_cycle at {origins.current()}: the rise takes more than one of the {steps} steps "
            f"and less than all, not {rise} of them"
        )
    low = peak / 25 if start is None else start
    last = low / 1e4 if end is None else end
    _check("one_cycle", start=low, end=last)

    def between(a: float, b: float, part: Tensor) -> Tensor:
        return a + (b - a) * (part if linear else 0.5 * (1 - cos(math.pi * part)))

    def rule(step: Tensor) -> Tensor:
        up = between(low, peak, minimum(step / top, 1))
        down = between(peak, last, minimum((step - top) / (steps - 1 - top), 1))
        return where(step <= top, up.named("rise"), down.named("fall"))

    shown = f"one_cycle({peak}, {steps}, rise={rise}, start={low}, end={last}"
    return Schedule(shown + (", linear=True)" if linear else ")"), rule)


def plateau(then: Any, floor: float = 0.0, name: str = "learning_rate_scale") -> Schedule:
    """`then` (a number or a schedule) times a scale that lives in the trained module, but not below
    `floor`.

    The scale is a state ``()`` that starts from 1 and is saved with the rest; the callback
    :class:`~graphc.runtime.plateau.ReduceOnPlateau` lowers it when a figure stops improving.
    """
    rest = then if callable(then) else constant(then)
    if floor:
        _check("plateau", floor=floor)
    scale = state(name, np.float64(1))

    def rule(step: Tensor) -> Tensor:
        rate = rate_at(rest, step) * scale.astype(step.dtype)
        return maximum(rate, floor) if floor else rate

    return Schedule(f"plateau({then}{f', floor={floor}' if floor else ''})", rule)


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


def _check_floor(name: str, floor: Any, initial: float) -> None:
    if isinstance(floor, bool) or not isinstance(floor, (int, float)) or not 0 <= floor <= initial:
        raise GraphError(
            f"{name} at {origins.current()}: its floor lies from 0 to {initial}, not at {floor!r}"
        )


def _check(name: str, **numbers: Any) -> None:
    for what, value in numbers.items():
        whole = what in ("steps", "every", "period", "growth")
        kinds = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < math.inf:
            raise GraphError(
                f"{name} at {origins.current()}: {what} is a {'whole ' if whole else ''}number "
                f"above 0, not {value!r}"
            )
