"""A matrix that every step multiplies by from its other side is turned once, before the loop.

BLAS reads a transposed matrix as it lies, but for the few rows of one step it is faster on one whose
rows are contiguous; over a loop the copy costs next to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, toposort
from graphc.ops.scan import SCAN
from graphc.ops.scan.loop import Loop
from graphc.ops.shape import copy, transpose


def transpose_once(graph: Graph, hits: Counter[str]) -> Graph:
    """Copy the transposed constants by which loops multiply."""

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.op is not SCAN:
            return None
        loop = Loop.of(node, inputs)
        outside = {inside: given for given, inside in loop.constants}
        table: dict[Tensor, Tensor] = {}
        for step in toposort(loop.roots):
            right = step.inputs[1] if step.op.name == "matmul" else None
            if right is None or right.node.op.name != "transpose" or right.ndim != 2:
                continue
            (matrix,) = right.node.inputs
            if matrix in outside and right not in table:
                hits["transposed once before a loop"] += 1
                name = f"{outside[matrix].name or matrix.name}_T"
                turned = copy(transpose(outside[matrix])).named(name)
                table[right] = loop.use(turned)
        if not table:
            return None
        loop.replace(table)
        inner = {n.outputs[0] for n in toposort(loop.roots) if n.op.name == "input"}
        loop.constants = [(o, i) for o, i in loop.constants if i in inner]
        return loop.close().outputs

    return rewrite(graph, change)
