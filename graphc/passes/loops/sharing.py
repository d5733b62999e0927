"""Steps computed once: what a loop computes again from the states of another is kept in stacks.

Backpropagation through time computes each step again before it pulls a cotangent through it.
Which of its values are kept instead is a minimum cut: the fewest bytes in stacks from which the
rest can be computed by additions, multiplications and the like, without another product,
exponential or root (after P. Jain et al., "Checkmate", 2020, and min-cut rematerialisation in
general).  What is stacked anyway costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from graphc.ir import dims
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, toposort
from graphc.ops.base import Op
from graphc.ops.scan import SCAN
from graphc.ops.scan.loop import Loop, after, before, placeholder

# What is computed again rather than kept: it reads and writes memory as fast as a stack does.
CHEAP = frozenset(
    {
        *("abs", "add", "apply_mask", "cast", "equal", "greater", "greater_equal", "less"),
        *("less_equal", "logical_and", "logical_not", "logical_or", "maximum", "minimum"),
        *("multiply", "negative", "not_equal", "sign", "square", "subtract", "where"),
    }
)
TYPICAL = 32  # what symbolic sizes are taken to be, to compare stacks


def share_steps(graph: Graph, hits: Counter[str]) -> Graph:
    """Keep what two loops both compute in stacks of the first one."""
    done: set[Node] = set()
    while True:
        loops = [node for node in graph.nodes if node.op is SCAN]
        first = next((n for n in loops if n not in done), None)
        if first is None:
            return graph
        done.add(first)
        later = loops[loops.index(first) + 1 :]
        found = {n: saved for n in later if (saved := _saved(first, n))}
        if found:
            graph = _shared(graph, first, found, hits, done)


def _shared(
    graph: Graph,
    first: Node,
    found: Mapping[Node, list[Tensor]],
    hits: Counter[str],
    done: set[Node],
) -> Graph:
    """The graph in which `first` keeps some tensors of its steps and others read them."""
    every = list(dict.fromkeys(t for saved in found.values() for t in saved))
    inside = {t: placeholder(t.name, t.type) for t in every}
    stacks: dict[Tensor, Tensor] = {}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node is first:
            loop = Loop.of(node, inputs)
            states = {c.new: k for k, c in enumerate(loop.carried) if c.stacked}
            place = {t: k for k, t in enumerate(loop.outputs)}
            extra = [t for t in every if t not in states and t not in place]
            place.update({t: len(loop.outputs) + k for k, t in enumerate(extra)})
            loop.outputs += extra
            made = loop.close()
            for t in every:
                if t in states:
                    stacks[t] = after(made, states[t])
                else:
                    stacks[t] = made.outputs[len(loop.carried) + place[t]]
                    stacks[t].name = stacks[t].name or t.name
            hits["value of a step kept for the way back"] += len(extra)
            done.add(made)
            return made.outputs[: len(node.outputs)]
        if node not in found:
            return None
        loop = Loop.of(node, inputs)
        for t in found[node]:
            loop.elements.append((stacks[t], inside[t]))
        loop.replace({t: inside[t] for t in found[node]})
        return loop.close().outputs

    return rewrite(graph, change)


def _matches(first: Loop, node: Node, other: Loop) -> dict[Tensor, Tensor]:
    """The placeholders of another loop that stand, in each step, for what those of `first` do."""
    stacks = {before(node, k): c.inside for k, c in enumerate(first.carried) if c.stacked} | dict(
        first.elements
    )
    same = dict(first.constants)
    pairs = [(inside, stacks.get(given)) for given, inside in other.elements]
    pairs += [(inside, same.get(given)) for given, inside in other.constants]
    return {inside: found for inside, found in pairs if found is not None}


def _saved(first: Node, other: Node) -> list[Tensor]:
    """The tensors of a step of `first` that `other`, which computes them too, should read."""
    if other.attrs["length"] != first.attrs["length"]:
        return []
    source, target = Loop.of(first), Loop.of(other)
    matched = _matches(source, first, target)
    if any(inside is not found for inside, found in matched.items()) or not matched:
        return []
    free = {c.new for c in source.carried if c.stacked} | set(source.outputs)
    return values_to_keep(source.roots, target.roots, list(matched), free, source.recompute)


def values_to_keep(
    source: Sequence[Tensor],
    target: Sequence[Tensor],
    matched: Sequence[Tensor],
    free: set[Tensor],
    nothing_else: bool = False,
) -> list[Tensor]:
    """What one body should keep for another, which computes it too.

    Args:
        source: the results of the one that runs first.
        target: the results of the other.
        matched: the placeholders that stand for the same in both.
        free: what the first one leaves anyway.
        nothing_else: whether only that may be kept.
    """
    known = {n for n in toposort(source) if n.op.name != "input" and n.rooted}
    order = toposort(target)
    if not any(n in known for n in order):
        return []
    again = {t.node for t in matched}  # computed in both, or from what is
    for node in order:
        if node.inputs and all(t.node in again or not t.node.rooted for t in node.inputs):
            if any(t.node in again for t in node.inputs):
                again.add(node)
    read = [*(t for n in order if n not in again for t in n.inputs), *target]
    demanded = [t for t in dict.fromkeys(read) if t.node in again and t.node.inputs]
    if nothing_else:
        known = {n for n in known if all(t in free for t in n.outputs)}
    return _cut(demanded, known, free)


def _cut(demanded: Sequence[Tensor], known: set[Node], free: set[Tensor]) -> list[Tensor]:
    """The tensors to keep: a minimum cut between what is costly to compute and what is asked for."""
    import networkx as nx

    order = [n for n in toposort(demanded) if n.rooted and n.inputs]
    number = {node: k for k, node in enumerate(order)}
    flow = nx.DiGraph()
    flow.add_node("source")
    flow.add_node("sink")
    for node, k in number.items():
        if node in known:
            stacked = all(t in free for t in node.outputs)
            size = 0 if stacked else sum(_bytes(t) for t in node.outputs)
            flow.add_edge((k, "in"), (k, "out"), capacity=size)
        else:
            flow.add_edge((k, "in"), (k, "out"))  # without a capacity: it can't be kept
        assert isinstance(node.op, Op)
        if node in known and node.op.name not in CHEAP and not node.op.view:
            flow.add_edge("source", (k, "in"))
        for tensor in node.inputs:
            if tensor.node in number:
                flow.add_edge((number[tensor.node], "out"), (k, "in"))
    for tensor in demanded:
        flow.add_edge((number[tensor.node], "out"), "sink")
    _, (reached, _) = nx.minimum_cut(flow, "source", "sink")
    chosen = {n for n, k in number.items() if (k, "in") in reached and (k, "out") not in reached}
    kept: dict[Tensor, None] = {}
    waiting, seen = list(demanded), set(demanded)
    while waiting:
        tensor = waiting.pop(0)
        if tensor.node in chosen:
            kept[tensor] = None
            continue
        for operand in tensor.node.inputs:
            if operand.node in number and operand not in seen:
                seen.add(operand)
                waiting.append(operand)
    return list(kept)


def _bytes(tensor: Tensor) -> int:
    """How large a tensor typically is."""
    size = tensor.type.nbytes
    return 1 + dims.evaluate(size, {name: TYPICAL for name in dims.symbols([size])})
