"""What one body computes and another one computes again is kept: the search for such pairs, and
what is worth keeping.

The way back through a loop or a branch is declared so that it computes the forward values again.
Which of them are kept instead is a minimum cut: the fewest bytes from which the rest can be
computed by additions, multiplications and the like, without another product, exponential or root
(after P. Jain et al., "Checkmate", 2020, and min-cut rematerialisation in general).  What is there
anyway costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from graphc.ir import dims
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor, toposort
from graphc.ops.base import Op

_Kept = TypeVar("_Kept")

# What is computed again rather than kept: it reads and writes memory as fast as a stack does.
CHEAP = frozenset(
    {
        *("abs", "add", "apply_mask", "cast", "equal", "greater", "greater_equal", "less"),
        *("less_equal", "logical_and", "logical_not", "logical_or", "maximum", "minimum"),
        *("multiply", "negative", "not_equal", "sign", "square", "subtract", "where"),
    }
)
TYPICAL = 32  # what symbolic sizes are taken to be, to compare stacks


def share_between(
    graph: Graph,
    op: Op,
    wanted: Callable[[Node, Node], _Kept],
    shared: Callable[[Graph, Node, Mapping[Node, _Kept]], tuple[Graph, Node]],
) -> Graph:
    """Let each node of an op keep what later ones compute again.

    Args:
        graph: what is searched, its nodes of that op in their order.
        op: loops, or conditionals.
        wanted: what the first of two nodes should keep for the other; empty for nothing.
        shared: the graph in which a node keeps what others read, and what that node becomes.
    """
    done: set[Node] = set()
    while True:
        nodes = [node for node in graph.nodes if node.op is op]
        first = next((n for n in nodes if n not in done), None)
        if first is None:
            return graph
        done.add(first)
        later = nodes[nodes.index(first) + 1 :]
        found = {n: kept for n in later if (kept := wanted(first, n))}
        if found:
            graph, made = shared(graph, first, found)
            done.add(made)


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
