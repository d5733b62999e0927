"""From a step written in Python to the body of a loop: what it computes, and what it captures.

A step is called once, with placeholders.  What it computes from them is the body; what it uses
besides is computed outside, once, and is a constant of the loop; what it draws at random is drawn
outside for all steps, and is a sequence.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Node, Stream, Tensor, builders, make, toposort
from graphc.ops.base import Op
from graphc.ops.bodies import substitute
from graphc.ops.nn import DROPOUT, stop_gradient
from graphc.ops.phases import UPDATING, in_training
from graphc.ops.scan.loop import Loop


def parameter_names(step: Callable[..., Any], count: int) -> list[str]:
    """What a step calls its arguments."""
    try:
        parameters = list(inspect.signature(step).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names: list[str] = []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}_{k}" for k in range(1, count - len(names) + 1)]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
    names = names[:count]
    return names + [f"x_{k}" for k in range(len(names) + 1, count + 1)]


def enclose(loop: Loop, streams: int) -> None:
    """Make what a step has computed a body of its own: random draws and what it captures come in
    by placeholders.

    Args:
        loop: its parts, with new states and outputs over tensors of the surrounding graph.
        streams: how many random streams there were before the step was called.

    Raises:
        GraphError: when the step changes a state of the surrounding program.
    """
    _draw_before(loop, streams)
    given = {t.node for t in loop.placeholders}
    inside = _inside(loop)
    table: dict[Tensor, Tensor] = {}
    for node in toposort(loop.roots):
        if node not in inside:
            continue
        for tensor in node.inputs:
            if tensor.node not in inside and tensor.node.rooted:
                table[tensor] = loop.use(tensor)
    for tensor in loop.roots:
        if tensor.node not in inside and tensor.node.rooted:
            table[tensor] = loop.use(tensor)
    loop.replace(table)
    for carried in loop.carried:
        if not carried.new.name and carried.new.node not in given:
            carried.new.name = carried.inside.name if carried.new.node.rooted else ""


def _inside(loop: Loop) -> set[Node]:
    """The nodes of a step that belong to the body: those that depend on its placeholders, and
    transposed constants, which cost nothing."""
    given = {t.node for t in loop.placeholders}
    inside = set(given)
    order = toposort(loop.roots)
    for node in order:
        if any(t.node in inside for t in node.inputs):
            inside.add(node)
        if node.op is UPDATING and node in inside:
            raise GraphError(
                f"scan at {origins.current()}: the step changes the state "
                f"'{node.inputs[1].name}' ({node.origin}), but a step is a function of what it is "
                "given: carry the value as a state of the loop instead"
            )
    transposed = [n for n in order if n.op.name == "transpose" and n.outputs[0].ndim == 2]
    return inside.union(transposed)


def _draw_before(loop: Loop, streams: int) -> None:
    """Draw the random numbers of all steps before the loop."""
    table: dict[Tensor, Tensor] = {}
    given = {t.node for t in loop.placeholders}
    inside = set(given)
    for node in toposort(loop.roots):
        stream = node.attrs.get("stream")
        fresh = isinstance(stream, Stream) and stream.number > streams
        if fresh or any(t.node in inside for t in node.inputs):
            inside.add(node)
        if node not in inside or not isinstance(stream, Stream):
            continue
        with origins.derived_from(node.origin):
            if node.op is DROPOUT:
                op = node.op
                assert isinstance(op, Op)
                (dropped,) = op.lower(node) or ()
                draws = [n for n in toposort([dropped]) if n.attrs.get("stream") is stream]
                (dropped,) = substitute([dropped], {n.outputs[0]: _drawn(loop, n) for n in draws})
                table[node.outputs[0]] = in_training(dropped, node.inputs[0])
            else:
                table[node.outputs[0]] = _drawn(loop, node)
    # A mask may be applied to what another mask was applied to.
    for tensor, value in table.items():
        others = {t: v for t, v in table.items() if t is not tensor}
        table[tensor] = substitute([value], others)[0]
    loop.replace(table)


def _drawn(loop: Loop, node: Node) -> Tensor:
    """One step's part of the draws of all steps."""
    attrs = {**node.attrs, "shape": (loop.length, *node.attrs["shape"])}
    every = make(node.op, (), attrs).outputs[0]
    name = node.attrs["stream"].name.rpartition(".")[2]
    return loop.read(every, f"{name}_draw")


def frozen(every: int, state: Tensor, count: Tensor) -> Tensor:
    """A state through which no derivative passes at the start of each stretch of `every` steps."""
    starts = builders["equal"](builders["remainder"](count, every), 0)
    stopped: Tensor = builders["where"](starts, stop_gradient(state), state)
    return stopped


def masked(mask: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """`new` where a mask over the leading axes says so, `old` elsewhere."""
    wide = builders["reshape"](mask, (*mask.shape, *([1] * (new.ndim - mask.ndim))))
    chosen: Tensor = builders["where"](wide, new, old)
    return chosen
