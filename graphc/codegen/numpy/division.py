"""Methods that run a phase on parts of the batch, where a batch is large enough for threads to share it."""

from __future__ import annotations

from dataclasses import dataclass

from graphc.codegen import names
from graphc.codegen.labels import Labels
from graphc.codegen.numpy.storage import Storage
from graphc.codegen.program import Family
from graphc.codegen.writer import Writer
from graphc.ir import dims
from graphc.ir.body import body_of
from graphc.ops.base import Op
from graphc.schedule.flatten import GRADIENTS
from graphc.schedule.parts import Parts, parts_of

# What a thread must have to do, in operations: ten milliseconds, and so much between two steps of the
# interpreter, of which one thread at a time can be in.
WORTH = 1_000_000_000
STEP = 2_000_000
EACH = 200  # for each parameter, whose gradients are added up besides
MOST = 256  # examples: what needs more has products of matrices that BLAS shares as well itself
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


def division_of(family: Family, storage: Storage) -> Division | None:
    """How the first phase of a family, which computes gradients, is divided; None if it is not.

    Convolutions share their loops over images, which takes less of the interpreter; and the small
    steps of a recurrent layer take more of it than they would save.
    """
    phase = family.phases[0]
    graph = phase.plan.schedule.graph
    vectors = [v for v in storage.unit.layout.vectors if v.name.startswith(GRADIENTS)]
    changed = {state for state, _ in graph.updates}
    if (
        not graph.outputs
        or len(vectors) != 1
        or changed != {state for state, _ in vectors[0].members}
    ):
        return None
    if any(body_of(node) or node.op.name.startswith("conv") for node in graph.nodes):
        return None
    if any(t.node not in set(phase.plan.schedule.order) for t in family.inputs):
        return None
    parts = parts_of(graph)
    if isinstance(parts, str):
        return None
    sizes = {name: 1 if name == parts.symbol else USUAL for name in phase.plan.symbols()}
    ops = [(node.op, node) for node in graph.nodes if isinstance(node.op, Op)]
    each = sum(dims.evaluate(op.flops(node), sizes) for op, node in ops)
    steps = sum(bool(node.inputs) and not op.view for op, node in ops)
    work = max(WORTH, STEP * steps, EACH * vectors[0].size)
    least = work // max(each, 1) + 1
    return Division(parts, least) if least <= MOST else None


def method(family: Family, division: Division, labels: Labels) -> str:
    """The method that runs the first phase of a family on parts."""
    name, arguments = family.phases[0].name, [labels.of[t] for t in family.inputs]
    parts = division.parts
    w = Writer()
    with w.indent():
        w.define(f"_{name}_in_parts", ["self", *arguments])
        with w.indent():
            size = names.doc(parts.symbol, 20)
            w.line(f'"""_{name}, by a thread for each part of {size} if that is large.')
            w.blank()
            means = parts.joins[-1] == "mean"
            w.line(
                "Examples meet in the gradients alone: those of the batch are the "
                + ("means" if means else "sums")
            )
            w.line("of those of its parts. Returns the buffers of the first part, and the results.")
            w.line('"""')
            w.call(
                "return ",
                "_in_parts",
                [
                    "self",
                    f"type(self)._{family.name}_slots",
                    f"type(self)._{name}",
                    f"[{', '.join(arguments)}]",
                    f"axes={list(parts.axes)}",
                    f"joins={list(parts.joins)}".replace("'", '"'),
                    f"least={division.least}",
                ],
            )
    return w.text()
