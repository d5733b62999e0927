"""``gx.while_loop``: a loop that ends when a condition fails, after a bounded number of steps."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from graphc.errors import TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor, builders, operand_line
from graphc.ops.scan.functions import checked_states, scan


def while_loop(
    condition: Callable[..., Any], body: Callable[..., Any], init: Any, max_steps: Any
) -> Any:
    """Apply `body` to states as long as `condition` holds of them, `max_steps` times at most.

        root = gx.while_loop(
            lambda r: gx.abs(r * r - a) > 1e-6 * a,    # a number: do the steps go on?
            lambda r: (r + a / r) / 2,
            init=a,
            max_steps=50,
        )

    It is a `scan` that leaves the states as they are from the first step on in which the condition
    fails.  The emitted loop ends there, but where derivatives need the states of every step: then
    the bound is the number of steps.  The derivative is that of the steps that were made; `body`
    is also computed once for the states at the end, and should have finite derivatives there.

    Args:
        condition: called with the states; gives a boolean tensor without axes.
        body: called with the states; gives the new ones, as many and of the same types: one tensor
            if `init` is one tensor, else a list or tuple.
        init: what the states are at first: a tensor, or a list or tuple of tensors.
        max_steps: the bound, an int or a dimension's name.

    Returns:
        The states at the end, as `init` is given.

    Raises:
        TypeMismatchError: when `condition` gives anything but one boolean.
        ShapeError, GraphError: as `scan`, when a state changes its type.
    """
    where = f"while_loop at {origins.current()}"
    single = not isinstance(init, (list, tuple))

    @functools.wraps(body)
    def step(*states: Tensor) -> tuple[list[Tensor], None]:
        goes_on = condition(*states)
        if not isinstance(goes_on, Tensor) or goes_on.dtype != "bool" or goes_on.ndim:
            shown = operand_line(goes_on) if isinstance(goes_on, Tensor) else repr(goes_on)
            raise TypeMismatchError(
                f"{where}: a condition is one boolean, such as gx.any(x > 0) gives, not {shown}"
            )
        found = body(*states)
        news = checked_states(where, found, states)
        return [
            builders["where"](goes_on, new, old) for new, old in zip(news, states, strict=True)
        ], None

    with suppress(TypeError, ValueError):
        step.__signature__ = inspect.signature(body)  # type: ignore[attr-defined]
    finals, _ = scan(step, [init] if single else init, (), max_steps)
    return finals[0] if single else finals
