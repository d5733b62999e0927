"""Whether the batch of a phase is divided among threads, and from how many examples on.

In: the plan of a phase, and where states lie. Out: how it is divided, or why it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphc.ir import dims
from graphc.ir.body import body_of
from graphc.ir.node import Tensor
from graphc.ops.base import Op
from graphc.schedule.flatten import GRADIENTS, Layout
from graphc.schedule.plan import Plan
from graphc.schedule.shares import Parts, parts_of

# What a thread must have to do, in operations: ten milliseconds, and so much between two steps of the
# interpreter, of which one thread at a time can be in.
WORTH = 1_000_000_000
STEP = 2_000_000
EACH = 200  # for each parameter, whose gradients are added up besides
MOST = 256  # examples: what needs more has products of matrices that BLAS shares as well itself
NO_GRADIENTS = "it does not compute all gradients"
USUAL = 32  # what another symbolic size is taken to be


@dataclass(frozen=True)
class Division:
    """How a phase is divided.

    Attributes:
        parts: where the batch is, and how results are joined.
        least: the examples that are worth a thread.
    """

    parts: Parts
    least: int


def division_of(plan: Plan, inputs: Sequence[Tensor], layout: Layout) -> Division | str:
    """How a phase of these arguments is divided, or why it is not.

    Convolutions share their loops over images, which takes less of the interpreter; and the small
    steps of a recurrent layer take more of it than they would save.
    """
    graph = plan.schedule.graph
    vectors = [v for v in layout.vectors if v.name.startswith(GRADIENTS)]
    changed = {state for state, _ in graph.updates}
    if (
        not graph.outputs
        or len(vectors) != 1
        or changed != {state for state, _ in vectors[0].members}
    ):
        return NO_GRADIENTS
    if any(node.op.name.startswith("conv") for node in graph.nodes):
        return "convolutions share their images"
    if any(body_of(node) for node in graph.nodes):
        return "the steps of a loop are small"
    if missing := [t.name for t in inputs if t.node not in set(plan.schedule.order)]:
        return f"'{missing[0]}' is not used"
    parts = parts_of(graph)
    if isinstance(parts, str):
        return parts
    sizes = {name: 1 if name == parts.symbol else USUAL for name in plan.symbols()}
    ops = [(node.op, node) for node in graph.nodes if isinstance(node.op, Op)]
    each = sum(dims.evaluate(op.flops(node), sizes) for op, node in ops)
    steps = sum(bool(node.inputs) and not op.view for op, node in ops)
    work = max(WORTH, STEP * steps, EACH * vectors[0].size)
    least = work // max(each, 1) + 1
    if least > MOST:
        return f"a thread would need {least:,} of {parts.symbol} to be worth it"
    return Division(parts, least)
