"""Loops without what nobody reads: dead results and states, stacks of which only the end is read,
and what is the same in every step but computed in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, toposort
from graphc.ops.bodies import substitute
from graphc.ops.leaf import constant
from graphc.ops.scan import SCAN
from graphc.ops.scan.loop import Carried, Loop, after
from graphc.ops.shape import broadcast_to, reshape


def tidy_loops(graph: Graph, hits: Counter[str]) -> Graph:
    """Drop what no result depends on, stack no state of which only the last value is read, stack
    nothing twice, and move what is the same in every step out of the loop."""
    if not any(node.op is SCAN for node in graph.nodes):
        return graph
    live, ends = _live(graph)
    last: dict[Tensor, Tensor] = {}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.op.name == "slice" and node.inputs[0] in last and takes_last(node, node.inputs[0]):
            return (last[node.inputs[0]],)
        if node.op is not SCAN:
            return None
        loop = Loop.of(node, inputs)
        whole, count = list(loop.carried), len(loop.carried)
        wanted = [k for k, t in enumerate(node.outputs) if t in live]
        for carried, stack in zip(whole, node.outputs, strict=False):
            if carried.stacked and (stack not in live or stack in ends):
                carried.stacked = False
                hits["only the last state kept"] += stack in live
        left = _without_dead(loop, wanted, hits)
        steady = _without_steady(loop, hits)
        _unchanging(loop, hits)
        made = loop.close() if loop.roots else None
        found: list[Tensor] = []
        for k, old in enumerate(node.outputs):
            new: Tensor | None = None
            if k < count and whole[k] in steady:
                new = _always(whole[k], old)
            elif made and k < count and whole[k] in loop.carried:
                new = made.outputs[loop.carried.index(whole[k])]
                new.name = new.name or old.name
            elif made and k in left:
                place = left[k]
                new = (
                    after(made, loop.carried.index(place))
                    if isinstance(place, Carried)
                    else made.outputs[len(loop.carried) + place]
                )
            if new is not None and new.type != old.type:
                last[old] = new
            found.append(_nothing(old) if new is None or new.type != old.type else new)
        return found

    result = rewrite(graph, change)
    for name in [name for name, number in hits.items() if not number]:
        del hits[name]
    return result


def _nothing(like: Tensor) -> Tensor:
    """What takes the place of a result that nobody reads."""
    return broadcast_to(constant(0, like.dtype), like.shape)


def _always(carried: Carried, old: Tensor) -> Tensor:
    """The result of a state that no step changes."""
    first = carried.first
    return broadcast_to(first, old.shape) if carried.stacked else first


def _without_dead(
    loop: Loop, wanted: Sequence[int], hits: Counter[str]
) -> dict[int, int | Carried]:
    """Leave out what no wanted result depends on, and outputs that are new states; for each output
    that is wanted, its place among those that are left, or the state that it is."""
    count, results = len(loop.carried), len(loop.roots)
    inner = _needed(loop, wanted)
    loop.carried = [c for c in loop.carried if c.inside in inner]
    loop.elements = [(o, i) for o, i in loop.elements if i in inner]
    loop.constants = [(o, i) for o, i in loop.constants if i in inner]
    hits["dead state of a loop dropped"] += count - len(loop.carried)
    outputs = [k for k in wanted if k >= count]
    hits["dead result of a loop dropped"] += results - count - len(outputs)
    stacked = {c.new: c for c in reversed(loop.carried) if c.stacked and c.new is not c.inside}
    left: dict[int, int | Carried] = {}
    kept: dict[Tensor, int] = {}
    for k in outputs:
        tensor = loop.outputs[k - count]
        if tensor in stacked:
            left[k] = stacked[tensor]
            hits["result of a loop stacked once"] += 1
        else:
            left[k] = kept.setdefault(tensor, len(kept))
    loop.outputs = list(kept)
    return left


def _without_steady(loop: Loop, hits: Counter[str]) -> list[Carried]:
    """Make constants of the states that no step changes; these."""
    steady = [c for c in loop.carried if c.new is c.inside]
    if steady:
        hits["state that stays as it is"] += len(steady)
        loop.carried = [c for c in loop.carried if c.new is not c.inside]
        loop.replace({c.inside: loop.use(c.first, c.inside.name) for c in steady})
    return steady


def _live(graph: Graph) -> tuple[set[Tensor], set[Tensor]]:
    """The tensors that results depend on, through loops part by part; and the stacks of states
    of which only the end is read."""
    live = set(graph.roots)
    ends: set[Tensor] = set()
    whole = {t for t in graph.roots}
    for node in reversed(graph.nodes):
        wanted = [k for k, t in enumerate(node.outputs) if t in live]
        if not wanted:
            continue
        if node.op is not SCAN:
            live.update(node.inputs)
            whole.update(t for t in node.inputs if not takes_last(node, t))
            continue
        ends.update(t for k, t in enumerate(node.outputs) if k in wanted and t not in whole)
        loop = Loop.of(node)
        inner = _needed(loop, wanted)
        pairs = [(c.first, c.inside) for c in loop.carried]
        for outside, inside in (*pairs, *loop.elements, *loop.constants):
            if inside in inner:
                live.add(outside)
                whole.add(outside)
    return live, {t for t in ends if t.index < t.node.attrs["states"]}


def takes_last(node: Node, stack: Tensor) -> bool:
    """Whether a node takes the last state alone from a loop's stack."""
    owner = stack.node
    if node.op.name != "slice" or owner.op is not SCAN or stack.index >= owner.attrs["states"]:
        return False
    place = 0 if owner.attrs["reverse"] else owner.attrs["length"]
    return bool(node.attrs["drop"] == (0,) and node.attrs["region"][0][0] == place)


def _needed(loop: Loop, results: Iterable[int]) -> set[Tensor]:
    """The placeholders that some results depend on, over any number of steps."""
    roots = loop.roots
    states = {c.inside: k for k, c in enumerate(loop.carried)}
    waiting = list(results)
    seen = set(waiting)
    needed: set[Tensor] = {loop.carried[k].inside for k in seen if k < len(states)}
    while waiting:
        for node in toposort([roots[waiting.pop()]]):
            if node.op.name != "input":
                continue
            inside = node.outputs[0]
            needed.add(inside)
            k = states.get(inside)
            if k is not None and k not in seen:
                seen.add(k)
                waiting.append(k)
    return needed


def _unchanging(loop: Loop, hits: Counter[str]) -> None:
    """Move what is the same in every step out of the body."""
    table: dict[Tensor, Tensor] = {}
    for sequence, inside in list(loop.elements):
        every = _every(sequence)
        if every is None:
            continue
        hits["sequence of one value"] += 1
        loop.elements = [pair for pair in loop.elements if pair[1] is not inside]
        value = loop.use(every, inside.name) if every.node.rooted else every
        table[inside] = broadcast_to(value, inside.shape)
    loop.replace(table)
    same = {inside for _, inside in loop.constants}
    outside = {inside: given for given, inside in loop.constants}
    steady = {t.node for t in same}
    order = toposort(loop.roots)
    for node in order:
        if node.inputs and all(t.node in steady or not t.node.rooted for t in node.inputs):
            if any(t.node in steady for t in node.inputs):
                steady.add(node)
    cheap = {n for n in steady if n.op.name == "transpose" and n.inputs[0] in same}
    cheap |= {t.node for t in same}
    read = [t for n in order if n not in steady for t in n.inputs] + loop.roots
    table = {}
    for tensor in read:
        if tensor.node in steady and tensor.node not in cheap and tensor not in table:
            hits["loop-invariant work moved out"] += 1
            (value,) = substitute([tensor], outside)
            table[tensor] = loop.use(value, tensor.name)
    if table:
        loop.replace(table)
        inner = {n.outputs[0] for n in toposort(loop.roots) if n.op.name == "input"}
        loop.constants = [(o, i) for o, i in loop.constants if i in inner]


def _every(sequence: Tensor) -> Tensor | None:
    """The one value that all elements of a sequence are, if that can be seen."""
    if sequence.node.op.name != "broadcast_to":
        return None
    (value,) = sequence.node.inputs
    if value.ndim < sequence.ndim:
        return value
    return reshape(value, value.shape[1:]) if value.shape[0] == 1 else None
