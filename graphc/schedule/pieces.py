"""Pieces of arrays that are computed where they lie, not beside it and then copied there.

A concatenation copies its operands, and so does what brings a transposed array into another order. Where
such an operand is the result of one statement that writes wherever it is told, it is written
there at once.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

from graphc.ir.node import Node, Tensor
from graphc.ops.base import Op
from graphc.ops.joining import CONCAT
from graphc.ops.linalg import MATMUL
from graphc.ops.shape import COPY, TRANSPOSE
from graphc.schedule.fuse import is_elementwise
from graphc.schedule.order import Kind, Schedule


@dataclass(frozen=True)
class Piece:
    """Where the result of a node is a piece.

    Attributes:
        whole: the concatenation or the copy.
        operand: which operand of it.
        axes: the order of axes in which the result is that operand; () if they are the same.
    """

    whole: Node
    operand: int
    axes: tuple[int, ...] = ()

    @property
    def where(self) -> str:
        """What follows the name of the whole, to make it that of the piece."""
        text = stretches(self.whole)[self.operand] if self.whole.op is CONCAT else ""
        if self.axes:
            back = sorted(range(len(self.axes)), key=self.axes.__getitem__)
            text += f".transpose({', '.join(map(str, back))})"
        return text


def in_pieces(schedule: Schedule) -> Schedule:
    """Let what nothing reads but a copy of it have no memory of its own, in bodies too."""
    kinds, pieces = dict(schedule.kinds), {}
    for node in schedule.order:
        for position, operand in enumerate(node.inputs if _copies(node) else ()):
            axes: tuple[int, ...] = ()
            source = operand
            if operand.node.op is TRANSPOSE and _is_read_once(operand, schedule):
                axes, (source,) = operand.node.attrs["axes"], operand.node.inputs
            if (axes or node.op is CONCAT) and _is_piece(source, axes, schedule):
                pieces[source.node] = Piece(node, position, axes)
                kinds[source.node] = kinds[operand.node] = Kind.INNER
    inner = {
        node: tuple((body, in_pieces(inside)) for body, inside in bodies)
        for node, bodies in schedule.inner.items()
    }
    return replace(schedule, kinds=kinds, pieces=pieces, inner=inner)


def stretches(node: Node) -> list[str]:
    """Where each operand of a concatenation lies in it, as a subscript."""
    axis, out = node.attrs["axis"], node.outputs[0]
    before = "..., " if 1 < axis == out.ndim - 1 else ":, " * axis
    stops = list(itertools.accumulate(t.shape[axis] for t in node.inputs))
    starts = ["", *stops[:-1]]
    return [f"[{before}{a}:{b}]" for a, b in zip(starts, [*stops[:-1], ""], strict=True)]


def _copies(node: Node) -> bool:
    sized = node.op is CONCAT and isinstance(node.outputs[0].shape[node.attrs["axis"]], int)
    return sized or node.op is COPY


def _is_piece(tensor: Tensor, axes: tuple[int, ...], schedule: Schedule) -> bool:
    """Whether a result can be written anywhere, and as fast as into memory of its own."""
    node, last = tensor.node, tensor.ndim - 1
    if schedule.kinds[node] is not Kind.COMPUTE or not _is_read_once(tensor, schedule):
        return False
    if node.op is MATMUL:  # BLAS wants the elements of rows, or of columns, side by side
        return last > 1 and (not axes or axes[-1] in (last, last - 1))
    assert isinstance(node.op, Op)
    simple = not node.op.scratch(node) and not getattr(node.op, "helpers", ())
    return is_elementwise(node.op) and simple and (not axes or axes[-1] == last)


def _is_read_once(tensor: Tensor, schedule: Schedule) -> bool:
    users = schedule.graph.users.get(tensor, [])
    times = sum(t is tensor for user in users for t in user.inputs)
    return len(users) == times == 1 and not any(root is tensor for root in schedule.graph.roots)
