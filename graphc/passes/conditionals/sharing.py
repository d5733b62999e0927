"""Branches computed once: what the way back computes of a branch again is kept as results of the
conditional.

What is kept for one branch lies where what is kept for the other does, if their types agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from graphc.ir.body import body_of
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, toposort
from graphc.ops.bodies import placeholder, substitute
from graphc.ops.cond import COND
from graphc.ops.cond.parts import BOTH, SIDES, Choice
from graphc.ops.leaf import constant
from graphc.ops.scan import SCAN
from graphc.ops.scan.loop import Loop, before
from graphc.ops.shape import broadcast_to
from graphc.passes.loops.sharing import steps_alike
from graphc.passes.sharing import share_between, values_to_keep

_HIT = "value of a branch kept for the way back"
_Values = dict[str, list[Tensor]]  # what is kept of the branches of a conditional, by its side
_Reads = dict[Node, dict[Node, _Values]]  # what conditionals read of which others


def share_branches(graph: Graph, hits: Counter[str]) -> Graph:
    """Keep what two conditionals on one predicate both compute as results of the first one."""

    def shared(graph: Graph, first: Node, found: Mapping[Node, _Values]) -> tuple[Graph, Node]:
        change = _Change({node: {first: values} for node, values in found.items()}, hits)
        graph = rewrite(graph, change)
        return graph, change.made[first]

    return share_between(graph, COND, _kept, shared)


def keep_branches(graph: Graph, hits: Counter[str]) -> Graph:
    """Let conditionals in the steps of a loop leave what steps on the way back compute of their
    branches again; `share_steps` then finds these results in both loops, and stacks them."""

    def shared(graph: Graph, first: Node, found: Mapping[Node, _Reads]) -> tuple[Graph, Node]:
        change = _Change({k: v for reads in found.values() for k, v in reads.items()}, hits)
        made: list[tuple[Node, Loop]] = []

        def replace(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
            if node is not first and node not in found:
                return None
            loop = Loop.of(node, inputs)
            body = body_of(node)
            assert body is not None
            loop.become(rewrite(body.graph, change).roots)
            if node is not first:
                _read_too(loop, *made[0])
            closed = loop.close()
            if node is first:
                made.append((closed, loop))
            return closed.outputs

        graph = rewrite(graph, replace)
        return graph, made[0][0]

    return share_between(graph, SCAN, _kept_in_steps, shared)


def _kept(first: Node, other: Node) -> _Values:
    """For each side, the tensors of `first` that `other`, which computes them too, should read."""
    source, target = Choice.of(first), Choice.of(other)
    if source.predicate is not target.predicate:
        return {}
    known = {outside: inside for outside, inside in source.operands}
    matched = [i for o, i in target.operands if known.get(o) is i]
    found = {}
    for side in SIDES:
        free = {
            t
            for t, own in zip(source.results[side], source.sides, strict=True)
            if own in (side, BOTH)
        }
        found[side] = values_to_keep(source.results[side], target.results[side], matched, free)
    return found if any(found.values()) else {}


def _kept_in_steps(first: Node, other: Node) -> _Reads:
    """What conditionals in the steps of a loop should read of those in the steps of an earlier one
    that are on the same predicates."""
    parts = steps_alike(first, other)
    if parts is None or parts[0].recompute:
        return {}
    source, target, _ = parts
    passing = {c.inside for c in source.carried if not c.stacked}
    given = [n for n in toposort(source.roots) if n.op is COND]
    given = [n for n in given if passing.isdisjoint(_inputs(n.inputs))]
    found: _Reads = {}
    for node in toposort(target.roots):
        if node.op is COND and node not in given:
            reads = {c: values for c in given if (values := _kept(c, node))}
            if reads:
                found[node] = dict(list(reads.items())[:1])
    return found


def _inputs(roots: Sequence[Tensor]) -> set[Tensor]:
    """The placeholders that some tensors depend on."""
    return {node.outputs[0] for node in toposort(roots) if node.op.name == "input"}


def _read_too(loop: Loop, node: Node, source: Loop) -> None:
    """Let a loop read what an earlier one reads, as far as it needs it now."""
    missing = _inputs(loop.roots).difference(loop.placeholders)
    loop.elements += [(o, i) for o, i in source.elements if i in missing]
    loop.constants += [(o, i) for o, i in source.constants if i in missing]
    for k, carried in enumerate(source.carried):
        if carried.inside in missing:
            loop.elements.append((before(node, k), carried.inside))


class _Change:
    """A change of graphs in which conditionals leave values of their branches, and others read them.

    Attributes:
        reads: what each of the others reads of which conditional.
        made: what the conditionals become that leave values.
    """

    def __init__(self, reads: _Reads, hits: Counter[str]) -> None:
        self.reads = reads
        self.hits = hits
        self.wanted: dict[Node, _Values] = {}
        for values in reads.values():
            for node, kept in values.items():
                every = self.wanted.setdefault(node, {side: [] for side in SIDES})
                for side in SIDES:
                    every[side] += [t for t in kept[side] if t not in set(every[side])]
        self.made: dict[Node, Node] = {}
        self._results: dict[Node, dict[str, dict[Tensor, Tensor]]] = {}

    def __call__(self, node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node in self.wanted:
            return self._leaving(node, Choice.of(node, inputs))
        if node in self.reads:
            return self._reading(node, Choice.of(node, inputs))
        return None

    def _leaving(self, node: Node, choice: Choice) -> Sequence[Tensor]:
        place = {side: _place(choice, side, self.wanted[node][side]) for side in SIDES}
        made = choice.close()
        if node not in self.made and len(made.outputs) > len(node.outputs):
            self.hits[_HIT] += len(made.outputs) - len(node.outputs)
        self.made[node] = made
        self._results[node] = {
            side: {t: made.outputs[k] for t, k in place[side].items()} for side in SIDES
        }
        for results in self._results[node].values():
            for tensor, result in results.items():
                result.name = result.name or tensor.name
        return made.outputs[: len(node.outputs)]

    def _reading(self, node: Node, choice: Choice) -> Sequence[Tensor]:
        for first, values in self.reads[node].items():
            inside: dict[Tensor, Tensor] = {}
            for side in SIDES:
                table = {}
                for tensor in values[side]:
                    result = self._results[first][side][tensor]
                    if result not in inside:
                        inside[result] = placeholder(result.name, result.type)
                        choice.operands.append((result, inside[result]))
                    table[tensor] = inside[result]
                choice.results[side] = substitute(choice.results[side], table)
        return choice.close().outputs


def _place(choice: Choice, side: str, wanted: Sequence[Tensor]) -> dict[Tensor, int]:
    """Which result each wanted tensor of a branch is, where need be a new one."""
    place: dict[Tensor, int] = {}
    for tensor in wanted:
        for k, (result, own) in enumerate(zip(choice.results[side], choice.sides, strict=True)):
            if k in place.values():
                continue
            if own in (side, BOTH) and result is tensor:
                place[tensor] = k
                break
            if own not in (side, BOTH) and result.type == tensor.type:
                place[tensor] = k  # beside what the other branch keeps
                choice.results[side][k] = tensor
                choice.sides[k] = BOTH
                break
        else:
            place[tensor] = len(choice.sides)
            filler = broadcast_to(constant(0, tensor.dtype), tensor.shape)
            for other in SIDES:
                choice.results[other].append(tensor if other == side else filler)
            choice.sides.append(side)
    return place
