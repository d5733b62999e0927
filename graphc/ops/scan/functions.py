"""``gx.scan``: a loop over sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphc.errors import GraphError, ShapeError, TypeMismatchError, describe
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Stream, Tensor, builders, operand_line
from graphc.ops.bodies import placeholder
from graphc.ops.leaf import constant, dimension, iota
from graphc.ops.scan.loop import (
    Carried,
    Loop,
    after,
    before,
    element_type,
    last,
)
from graphc.ops.scan.trace import enclose, frozen, masked, parameter_names


def scan(
    step: Callable[..., Any],
    init: Any,
    sequences: Any = (),
    length: Any = None,
    reverse: bool = False,
    truncate: int | None = None,
    *,
    mask: Tensor | None = None,
    axis: int = 0,
    recompute: bool = False,
) -> tuple[Any, Any]:
    """Apply a step once for each element of sequences, carrying states from one to the next.

        def step(h, x):
            h = gx.tanh(x @ W + h @ U + b)
            return h, h                       # the new state, and what the step leaves

        h_last, hs = gx.scan(step, h0, xs)    # xs (T, N, 8), h0 (N, 16) -> (N, 16), (T, N, 16)

    The step is called once, when the network is declared, whatever the length: it becomes the body
    of a loop.  What it uses from outside (parameters, other tensors) is the same in every step.
    The derivative is backpropagation through time, a loop that runs the other way.

    Args:
        step: called with the states and then one element of each sequence; returns the new states
            (one tensor if `init` is one tensor, else as many as there are states) and what it
            leaves: a tensor, several in a list, tuple or dict, or None.
        init: what the states are before the first step: a tensor, or a list or tuple of tensors.
        sequences: a tensor, or several in a list or tuple, with one length along `axis`.
        length: the number of steps, an int or a dimension's name; needed where there is no
            sequence.
        reverse: run from the last element to the first; results stay in the order of the sequences.
        truncate: cut derivatives between stretches of so many steps, in the order in which they
            run (truncated backpropagation through time).
        mask: a boolean tensor ``(T, ...)`` over the leading axes of the elements, True where there
            is data: elsewhere the states stay as they are and what the step leaves is zero.
        axis: the axis of the sequences, and of what the steps leave, that the loop runs over.
        recompute: whether derivatives compute each step again from the states before it, so that of
            all steps only the states are kept (T. Chen et al., "Training deep nets with sublinear
            memory cost", 2016).

    Returns:
        The states after the last step, as `init` is given; and what the steps left, as the step
        returns it, stacked along `axis`.

    Raises:
        ShapeError, TypeMismatchError: when lengths differ, or a state changes its type in a step.
        GraphError: when the step returns something else, changes a state of the program, or no
            length is known.
    """
    where = f"scan at {origins.current()}"
    single = not isinstance(init, (list, tuple))
    first = [constant(t) for t in ([init] if single else init)]
    given = list(sequences) if isinstance(sequences, (list, tuple)) else [sequences]
    given = [_time_first(where, constant(t), axis) for t in given if t is not None]
    size = _length(where, given, length, mask)
    loop = Loop(size, bool(reverse), name=getattr(step, "__name__", "step").strip("<>"))
    loop.recompute = bool(recompute)
    names = parameter_names(step, len(first) + len(given))
    for name, tensor in zip(names, first, strict=False):
        state = placeholder(name, tensor.type)
        loop.carried.append(Carried(tensor, state, state))
    for name, tensor in zip(names[len(first) :], given, strict=True):
        loop.elements.append((tensor, placeholder(name, element_type(tensor.type))))
    states = [c.inside for c in loop.carried]
    streams = Stream.count
    seen = states if truncate is None else _cut(where, loop, truncate)
    result = step(*seen, *(inside for _, inside in loop.elements[: len(given)]))
    news, left, layout = _read(where, result, states, single)
    if mask is not None:
        inside = loop.read(mask, "mask")
        news = [masked(inside, new, old) for new, old in zip(news, states, strict=True)]
        left = [masked(inside, t, _zeros(t)) for t in left]
    for carried, new in zip(loop.carried, news, strict=True):
        carried.new = new
    loop.outputs = left
    enclose(loop, streams)
    finals, stacks = _closed(loop)
    stacks = [builders["moveaxis"](t, 0, axis) for t in stacks]
    return (finals[0] if single else type(init)(finals)), layout(stacks)


def _zeros(like: Tensor) -> Tensor:
    zeros: Tensor = builders["broadcast_to"](constant(0, like.dtype), like.shape)
    return zeros


def _time_first(where: str, sequence: Tensor, axis: int) -> Tensor:
    if not -sequence.ndim <= axis < sequence.ndim:
        raise ShapeError(
            f"{where}: a sequence needs an axis {axis} to run over: {operand_line(sequence)}"
        )
    moved: Tensor = builders["moveaxis"](sequence, axis, 0)
    return moved


def _length(where: str, sequences: Sequence[Tensor], length: Any, mask: Tensor | None) -> DimLike:
    """The number of steps, on which everything must agree."""
    size = None if length is None else dims.dim(length)
    for tensor in [*sequences, *([] if mask is None else [mask])]:
        size = tensor.shape[0] if size is None else size
        if tensor.shape[0] != size:
            lines = [f"length={length}"] if length is not None else []
            lines += [operand_line(t) for t in sequences]
            raise ShapeError(describe(f"{where}: the sequences differ in length", lines))
    if size is None:
        raise GraphError(
            f"{where}: without a sequence the number of steps is not known: say length="
        )
    if mask is not None and mask.dtype != "bool":
        raise TypeMismatchError(f"{where}: the mask is to be bool: {operand_line(mask)}")
    return size


def _cut(where: str, loop: Loop, truncate: int) -> list[Tensor]:
    """The states as a truncated step sees them."""
    if isinstance(truncate, bool) or not isinstance(truncate, int) or truncate < 1:
        raise GraphError(f"{where}: truncate is a number of steps from 1 up, not {truncate!r}")
    count = iota((loop.length,))
    if loop.reverse:
        count = dimension(loop.length) - 1 - count
    inside = loop.read(count, "step")
    floats = types.is_float
    return [
        frozen(truncate, c.inside, inside) if floats(c.inside.dtype) else c.inside
        for c in loop.carried
    ]


def _read(
    where: str, result: Any, states: Sequence[Tensor], single: bool
) -> tuple[list[Tensor], list[Tensor], Callable[[list[Tensor]], Any]]:
    """What a step returned: new states, what it leaves, and how to lay out the stacks of that."""
    if not isinstance(result, tuple) or len(result) != 2:
        raise GraphError(
            f"{where}: a step returns two things, the new states and what it leaves (or None), "
            f"not {_kind(result)}"
        )
    news, left = result
    made = checked_states(where, news, states)
    if left is None:
        return made, [], lambda stacks: None
    if isinstance(left, dict):
        keys = list(left)
        outputs = [_output(where, v) for v in left.values()]
        return made, outputs, lambda stacks: dict(zip(keys, stacks, strict=True))
    if isinstance(left, (list, tuple)):
        kind = type(left)
        return made, [_output(where, v) for v in left], lambda stacks: kind(stacks)
    return made, [_output(where, left)], lambda stacks: stacks[0]


def checked_states(where: str, news: Any, states: Sequence[Tensor]) -> list[Tensor]:
    """New states as tensors, in number and types those of the old ones."""
    if not isinstance(news, (list, tuple)):
        news = [] if news is None else [news]
    if len(news) != len(states):
        raise GraphError(
            f"{where}: there are {len(states)} states ({', '.join(t.name for t in states)}), but the "
            f"step returns {len(news)} new ones"
        )
    return [_state(where, new, old) for new, old in zip(news, states, strict=True)]


def _kind(value: Any) -> str:
    several = isinstance(value, tuple)
    return f"{len(value)} things" if several else type(value).__name__


def _output(where: str, value: Any) -> Tensor:
    if isinstance(value, (Tensor, bool, int, float)) or hasattr(value, "dtype"):
        return constant(value)
    raise GraphError(f"{where}: a step leaves tensors, not {type(value).__name__}: {value!r}")


def _state(where: str, new: Any, old: Tensor) -> Tensor:
    """A new state, in the type of the old one."""
    if isinstance(new, (bool, int, float)):
        wide: Tensor = builders["broadcast_to"](constant(new, old.dtype), old.shape)
        return wide
    if not isinstance(new, Tensor):
        raise GraphError(f"{where}: state '{old.name}' becomes {type(new).__name__}, not a tensor")
    if new.type == old.type:
        return new
    headline = (
        f"{where}: state '{old.name}' is {old.type} but becomes {new.type} in a step; it is given "
        "back in the type that init has"
    )
    kind = ShapeError if new.shape != old.shape else TypeMismatchError
    raise kind(describe(headline, [operand_line(new)]))


def _closed(loop: Loop) -> tuple[list[Tensor], list[Tensor]]:
    """The results of a loop: the last states, and the stacks of what steps leave.

    What is a state before or after the step is not stacked a second time.
    """
    asked, loop.outputs = loop.outputs, []
    position: dict[Tensor, int] = {}
    new = {c.new: k for k, c in reversed(list(enumerate(loop.carried)))}
    old = {c.inside: k for k, c in enumerate(loop.carried)}
    given = {inside: outside for outside, inside in loop.elements}
    for tensor in asked:
        if not (tensor in new or tensor in old or tensor in given or tensor in position):
            position[tensor] = len(loop.outputs)
            loop.outputs.append(tensor)
    node = loop.close()
    count = len(loop.carried)
    for k, carried in enumerate(loop.carried):
        node.outputs[k].name = node.outputs[k].name or carried.inside.name
    for tensor, k in position.items():
        node.outputs[count + k].name = node.outputs[count + k].name or tensor.name
    stacks = []
    for tensor in asked:
        if tensor in new:
            stacks.append(after(node, new[tensor]))
        elif tensor in old:
            stacks.append(before(node, old[tensor]))
        else:
            stacks.append(
                given[tensor] if tensor in given else node.outputs[count + position[tensor]]
            )
    return [last(node, k) for k in range(count)], stacks
