"""Conditionals without what nobody reads, and without what both branches leave as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, toposort
from graphc.ops.bodies import substitute
from graphc.ops.cond import COND
from graphc.ops.cond.parts import BOTH, SIDES, Choice
from graphc.ops.leaf import constant, scalar_of
from graphc.ops.shape import broadcast_to


def tidy_branches(graph: Graph, hits: Counter[str]) -> Graph:
    """Take a branch that is known to be taken alone, drop results that nobody reads, hand on what
    both branches leave as it is, and give constants to the branches themselves."""
    if not any(node.op is COND for node in graph.nodes):
        return graph
    live = _live(graph)

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.op is not COND:
            return None
        choice = Choice.of(node, inputs)
        decided = scalar_of(choice.predicate)
        if decided is not None:
            hits["branch that is always taken"] += 1
            outside = {inside: given for given, inside in choice.operands}
            return substitute(choice.results["then" if decided else "otherwise"], outside)
        _tidy_operands(choice, hits)
        return _tidy_results(choice, node, live, hits)

    return rewrite(graph, change)


def _live(graph: Graph) -> set[Tensor]:
    """What some root depends on, through those results of conditionals alone that are read."""
    live = set(graph.roots)
    for node in reversed(graph.nodes):
        wanted = [k for k, t in enumerate(node.outputs) if t in live]
        if not wanted:
            continue
        if node.op is not COND:
            live.update(node.inputs)
            continue
        choice = Choice.of(node)
        live.add(choice.predicate)
        inner = _inputs([choice.results[side][k] for side in SIDES for k in wanted])
        live.update(outside for outside, inside in choice.operands if inside in inner)
    return live


def _inputs(roots: Sequence[Tensor]) -> set[Tensor]:
    """The placeholders that some results depend on."""
    return {node.outputs[0] for node in toposort(roots) if node.op.name == "input"}


def _tidy_operands(choice: Choice, hits: Counter[str]) -> None:
    """Give constants to the branches, and each operand once."""
    table: dict[Tensor, Tensor] = {}
    once: dict[Tensor, Tensor] = {}
    for outside, inside in choice.operands:
        if not outside.node.rooted:
            hits["constant given to branches"] += 1
            table[inside] = outside
        elif outside in once:
            table[inside] = once[outside]
        else:
            once[outside] = inside
    choice.replace(table)
    choice.operands = list(once.items())


def _tidy_results(
    choice: Choice, node: Node, live: set[Tensor], hits: Counter[str]
) -> list[Tensor]:
    """The results of a conditional, of which those that are left are computed."""
    outside = {inside: given for given, inside in choice.operands}
    pairs = list(zip(*(choice.results[side] for side in SIDES), choice.sides, strict=True))
    handed: dict[int, Tensor] = {}
    place: dict[int, int] = {}
    left: dict[tuple[Tensor, Tensor, str], int] = {}
    for k, (then, otherwise, side) in enumerate(pairs):
        if node.outputs[k] not in live:
            hits["dead result of a branch dropped"] += 1
            handed[k] = broadcast_to(constant(0, then.dtype), then.shape)
        elif side == BOTH and then is otherwise and (then in outside or not then.node.rooted):
            hits["result that is the same in both branches"] += 1
            handed[k] = outside.get(then, then)
        else:
            place[k] = left.setdefault((then, otherwise, side), len(left))
    choice.results = {side: [key[i] for key in left] for i, side in enumerate(SIDES)}  # type: ignore[misc]
    choice.sides = [side for _, _, side in left]
    inner = _inputs(choice.roots)
    choice.operands = [(o, i) for o, i in choice.operands if i in inner]
    made = choice.close().outputs if left else ()
    return [handed[k] if k in handed else made[place[k]] for k in range(len(pairs))]
