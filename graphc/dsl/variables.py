"""Declaring what outlives a call: parameters and other states.

In: a name and what the value starts from.  Out: the tensor that reads it.  The full name is the
enclosing scopes and the name, joined by dots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import State, Tensor, toposort
from graphc.ops.leaf import constant, state_tensor


class Owned:
    """The states declared while something is constructed whose place is not known yet.

    Attributes:
        states: each with its name relative to the place where construction began.
    """

    def __init__(self) -> None:
        self.states: list[tuple[State, str]] = []
        self._depth = len(origins.current_scope())

    def add(self, state: State, name: str) -> None:
        """Take note of a state that was declared as `name` in the scope that is open."""
        self.states.append((state, ".".join((*origins.current_scope()[self._depth :], name))))

    def settle(self, scope: Sequence[str]) -> None:
        """Give every state its full name, now that the scope it belongs to is known."""
        for state, name in self.states:
            state.name = ".".join((*scope, name))
            state_tensor(state)  # names the tensor again
        self.states.clear()


_owners: list[Owned] = []


@contextmanager
def owned() -> Iterator[Owned]:
    """Collect the states that are declared inside, but not those of a nested collection."""
    _owners.append(Owned())
    try:
        yield _owners[-1]
    finally:
        _owners.pop()


def parameter(name: str, init: Any, *, trainable: bool = True) -> Tensor:
    """Declare a value that training changes.

    Args:
        name: its name within the enclosing scopes: ``"W"`` inside ``gx.scope("dense_1")`` is called
            ``"dense_1.W"``.
        init: what it starts from: an array, a number or nested lists of numbers (Python floats are
            float32), or a tensor that needs no input, such as ``init.he_normal((784, 128))``.
            Shape and element type are those of `init`.
        trainable: False for a parameter that optimisers leave alone.

    Raises:
        TypeMismatchError: when `init` is not floating, or no array at all.
        ShapeError: when `init` has a symbolic dimension.
        GraphError: when `init` depends on an input or a state, or the name is no text.
    """
    return _declare("parameter", name, init, trainable)


def state(name: str, init: Any) -> Tensor:
    """Declare a value of any element type that functions change by updates: a counter, running
    statistics, a carried hidden state.

    Arguments and errors are those of :func:`parameter`, except that any element type will do.
    """
    return _declare("state", name, init, False)


def _advice(init: Any) -> str:
    """What someone may have meant who gave whole numbers as a parameter's first value."""
    if isinstance(init, tuple) and len(init) <= 4:
        return f"if {init} is its shape, say how it starts: init.glorot_uniform({init})"
    return (
        "write 1.0 instead of 1, convert with .astype('float32'), or use gx.state for what is "
        "not trained"
    )


def _declare(kind: str, name: str, init: Any, trainable: bool) -> Tensor:
    where = origins.current()
    if not isinstance(name, str) or not name:
        raise GraphError(f"{kind} at {where}: its name is a text that is not empty, not {name!r}")
    full = ".".join((*origins.current_scope(), name))
    what = f"{kind} '{full}' at {where}"
    value = _initial(what, init)
    if kind == "parameter" and not types.is_float(value.dtype):
        raise TypeMismatchError(
            f"{what}: it starts from {value.type}, but a parameter has a floating type; "
            + _advice(init)
        )
    declared = State(full, value.type, value, trainable=trainable)
    if _owners:
        _owners[-1].add(declared, name)
    return state_tensor(declared)


def _initial(what: str, init: Any) -> Tensor:
    if callable(init) and not isinstance(init, (Tensor, np.ndarray)):
        raise TypeMismatchError(
            f"{what}: it starts from a value, not from the function {init!r}; call an initialiser "
            "with a shape, as in init.he_normal((784, 128))"
        )
    try:
        value = constant(init)
    except (TypeError, ValueError) as error:
        raise TypeMismatchError(f"{what}: it can't start from {init!r:.80}: {error}") from None
    if not all(isinstance(size, int) for size in value.shape):
        raise ShapeError(
            f"{what}: its shape {types.shape_text(value.shape)} has a symbolic dimension, but what "
            "outlives a call needs a size that is a number"
        )
    for node in toposort([value]):
        if node.op.name in ("input", "state"):
            variable = node.attrs.get("variable") or node.attrs["state"]
            raise GraphError(
                f"{what}: its initial value depends on '{variable.name}' and can't be computed "
                "before the first call; start from an array or an initialiser"
            )
    return value
