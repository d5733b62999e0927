"""Whether the batch of a phase is divided among processes, and from how many examples on.

In: the plan of a phase, and where states lie. Out: how it is divided, or why it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphc.ir import dims
from graphc.ir.body import bodies_of, body_of
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor
from graphc.ops.base import Op
from graphc.schedule.flatten import GRADIENTS, STATISTICS, Layout
from graphc.schedule.order import Kind
from graphc.schedule.plan import Plan
from graphc.schedule.shares import Parts, parts_of

# What a process must have to do, in operations: ten milliseconds, and so much between two steps of the
# interpreter, which each of them takes. Convolutions move much for each operation, and would share their
# loops over images otherwise, which is less. What a loop repeats are products of few rows, for which
# BLAS's own threads do least.
WORTH = 1_000_000_000
STEP = 2_000_000
CONVOLVED = 80_000_000
CONVOLVED_STEP = 1_250_000
REPEATED = 500_000_000
REPEATED_STEP = 500_000
MEETING = 8  # steps that a meeting takes
EACH = 200  # for each parameter, whose gradients are added up besides
LARGEST = 1 << 24  # parameters: each process has memory for gradients of its own
MOST = 256  # examples: what needs more has products of matrices that BLAS shares as well itself
NO_GRADIENTS = "it does not compute all gradients"
USUAL = 32  # what another symbolic size is taken to be


@dataclass(frozen=True)
class Division:
    """How a phase is divided.

    Attributes:
        parts: where the batch is, and how results are joined.
        least: the examples that are worth a process.
    """

    parts: Parts
    least: int


def division_of(plans: Sequence[Plan], inputs: Sequence[Tensor], layout: Layout) -> Division | str:
    """How the first phase of these arguments is divided, or why it is not."""
    plan, *later = plans
    graph = plan.schedule.graph
    vectors = [v for v in layout.vectors if v.name.startswith(GRADIENTS)]
    members = {state for v in vectors for state, _ in v.members}
    changed = {state for state, _ in graph.updates if state.slot != STATISTICS}
    if not graph.outputs or len(vectors) != 1 or changed != members:
        return NO_GRADIENTS
    if missing := [t.name for t in inputs if t.node not in set(plan.schedule.order)]:
        return f"'{missing[0]}' is not used"
    if vectors[0].size > LARGEST:
        return f"each process would need gradients of its own for {vectors[0].size:,} parameters"
    parts = parts_of(graph)
    if isinstance(parts, str):
        return parts
    if any(_counts(node, parts.symbol) for other in later for node in other.schedule.order):
        return f"a later phase computes with {parts.symbol}"
    if _filled(plan, parts):
        return f"an array is filled once with what {parts.symbol} makes"
    groups = [plan.fusion.group_of.get(tensor.node) for tensor in parts.meetings]
    if any(group is not None and group.blocked for group in groups):
        return "parts would meet within a loop over blocks"
    sizes = {name: 1 if name == parts.symbol else USUAL for name in plan.symbols()}
    ops = [(node.op, node) for node in graph.nodes if isinstance(node.op, Op)]
    each = sum(dims.evaluate(op.flops(node), sizes) for op, node in ops)
    steps = _steps(graph, sizes) + MEETING * len(parts.meetings)
    worth, step = WORTH, STEP
    if any(op.name.startswith("conv") for op, _ in ops):
        worth, step = CONVOLVED, CONVOLVED_STEP
    elif any(body_of(node) for node in graph.nodes):
        worth, step = REPEATED, REPEATED_STEP
    work = max(worth, step * steps, EACH * vectors[0].size)
    least = work // max(each, 1) + 1
    if least > MOST:
        return f"a process would need {least:,} of {parts.symbol} to be worth it"
    return Division(parts, least)


def _steps(graph: Graph, sizes: Mapping[str, int]) -> int:
    """The calls into the interpreter, those of each step of a loop and of both branches too."""
    count = 0
    for node in graph.nodes:
        assert isinstance(node.op, Op)
        count += bool(node.inputs) and not node.op.view
        times = dims.evaluate(node.attrs.get("length", 1), sizes)
        count += times * sum(_steps(body.graph, sizes) for body in bodies_of(node).values())
    return count


def _counts(node: Node, symbol: str) -> bool:
    """Whether a node is a size that depends on a symbol."""
    return node.op.name == "dimension" and symbol in dims.symbols([node.attrs["dim"]])


def _filled(plan: Plan, parts: Parts) -> bool:
    """Whether an array that is computed once depends on a size that is the batch's in all parts."""
    found, kinds = set(parts.whole), plan.schedule.kinds
    for node in plan.schedule.order:
        if kinds[node] in (Kind.HOST, Kind.STATIC) and any(t.node in found for t in node.inputs):
            found.add(node)
    return any(kinds[node] is Kind.STATIC for node in found)
