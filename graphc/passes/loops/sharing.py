"""Steps computed once: what a loop computes again from the states of another is kept in stacks.

Backpropagation through time computes each step again before it pulls a cotangent through it; what
`passes.sharing` finds worth keeping is stacked instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor
from graphc.ops.bodies import placeholder
from graphc.ops.scan import SCAN
from graphc.ops.scan.loop import Loop, after, before
from graphc.passes.sharing import share_between, values_to_keep


def share_steps(graph: Graph, hits: Counter[str]) -> Graph:
    """Keep what two loops both compute in stacks of the first one."""

    def shared(graph: Graph, first: Node, found: Mapping[Node, list[Tensor]]) -> tuple[Graph, Node]:
        return _shared(graph, first, found, hits)

    return share_between(graph, SCAN, _saved, shared)


def _shared(
    graph: Graph,
    first: Node,
    found: Mapping[Node, list[Tensor]],
    hits: Counter[str],
) -> tuple[Graph, Node]:
    """The graph in which `first` keeps some tensors of its steps and others read them."""
    every = list(dict.fromkeys(t for saved in found.values() for t in saved))
    inside = {t: placeholder(t.name, t.type) for t in every}
    stacks: dict[Tensor, Tensor] = {}
    keeping: list[Node] = []

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
            keeping.append(made)
            return made.outputs[: len(node.outputs)]
        if node not in found:
            return None
        loop = Loop.of(node, inputs)
        for t in found[node]:
            loop.elements.append((stacks[t], inside[t]))
        loop.replace({t: inside[t] for t in found[node]})
        return loop.close().outputs

    graph = rewrite(graph, change)
    return graph, keeping[0]


def _matches(first: Loop, node: Node, other: Loop) -> dict[Tensor, Tensor]:
    """The placeholders of another loop that stand, in each step, for what those of `first` do."""
    stacks = {before(node, k): c.inside for k, c in enumerate(first.carried) if c.stacked} | dict(
        first.elements
    )
    same = dict(first.constants)
    pairs = [(inside, stacks.get(given)) for given, inside in other.elements]
    pairs += [(inside, same.get(given)) for given, inside in other.constants]
    return {inside: found for inside, found in pairs if found is not None}


def steps_alike(first: Node, other: Node) -> tuple[Loop, Loop, list[Tensor]] | None:
    """The parts of two loops whose steps compute alike from what both read, and the placeholders
    that stand for that; None where they don't."""
    if other.attrs["length"] != first.attrs["length"]:
        return None
    source, target = Loop.of(first), Loop.of(other)
    matched = _matches(source, first, target)
    if any(inside is not found for inside, found in matched.items()) or not matched:
        return None
    return source, target, list(matched)


def _saved(first: Node, other: Node) -> list[Tensor]:
    """The tensors of a step of `first` that `other`, which computes them too, should read."""
    parts = steps_alike(first, other)
    if parts is None:
        return []
    source, target, matched = parts
    free = {c.new for c in source.carried if c.stacked} | set(source.outputs)
    return values_to_keep(source.roots, target.roots, matched, free, source.recompute)
