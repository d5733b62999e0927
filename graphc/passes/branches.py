"""Conditionals without what nobody reads, and with what both they and the way back compute once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, toposort
from graphc.ops.bodies import placeholder, substitute
from graphc.ops.cond import COND
from graphc.ops.cond.parts import BOTH, SIDES, Choice
from graphc.ops.leaf import constant, scalar_of
from graphc.ops.shape import broadcast_to
from graphc.passes.sharing import share_between, values_to_keep


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


def share_branches(graph: Graph, hits: Counter[str]) -> Graph:
    """Keep what two conditionals on one predicate both compute as results of the first one.

    What is kept for one branch lies where what is kept for the other does, if their types agree.
    """

    def shared(
        graph: Graph, first: Node, found: Mapping[Node, dict[str, list[Tensor]]]
    ) -> tuple[Graph, Node]:
        return _shared(graph, first, found, hits)

    return share_between(graph, COND, _kept, shared)


def _kept(first: Node, other: Node) -> dict[str, list[Tensor]]:
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


def _shared(
    graph: Graph,
    first: Node,
    found: Mapping[Node, dict[str, list[Tensor]]],
    hits: Counter[str],
) -> tuple[Graph, Node]:
    """The graph in which `first` keeps some tensors of its branches and others read them."""
    wanted = {
        side: list(dict.fromkeys(t for kept in found.values() for t in kept[side]))
        for side in SIDES
    }
    read: dict[str, dict[Tensor, Tensor]] = {side: {} for side in SIDES}
    keeping: list[Node] = []

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node is first:
            choice = Choice.of(node, inputs)
            place = {side: _place(choice, side, wanted[side]) for side in SIDES}
            if extra := len(choice.sides) - len(node.outputs):
                hits["value of a branch kept for the way back"] += extra
            made = choice.close()
            keeping.append(made)
            for side in SIDES:
                for tensor, k in place[side].items():
                    read[side][tensor] = made.outputs[k]
                    made.outputs[k].name = made.outputs[k].name or tensor.name
            return made.outputs[: len(node.outputs)]
        if node not in found:
            return None
        choice = Choice.of(node, inputs)
        inside: dict[Tensor, Tensor] = {}
        for side in SIDES:
            table = {}
            for tensor in found[node][side]:
                result = read[side][tensor]
                if result not in inside:
                    inside[result] = placeholder(result.name, result.type)
                    choice.operands.append((result, inside[result]))
                table[tensor] = inside[result]
            choice.results[side] = substitute(choice.results[side], table)
        return choice.close().outputs

    graph = rewrite(graph, change)
    return graph, keeping[0]


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
