"""Column kernels: sums down all rows of arrays whose last axes are kept, in one launch.

In: the kernels of a schedule, in an order in which they may run. Out: the same with sums over the
leading axes of the same shape made one kernel, with the elementwise steps that make their operands and the
steps over what they come to.  Such are the statistics of batch normalisation, the sums on its way
back, gradients of biases.  A variance needs no pass of its own: mean and squared distances from it
are found together (:func:`moments`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from graphc.ir.node import Node, Tensor
from graphc.schedule.kernel import (
    COLUMNS,
    Kernel,
    base_of,
    is_pointwise,
    whole_operands,
)
from graphc.schedule.order import Kind, Schedule
from graphc.schedule.row import Rows, size_of
from graphc.schedule.rows import Clusters, nodes_of

_FLOATS = ("float16", "float32", "float64")
_MOST = 8  # sums of a kernel


def summed(node: Node) -> Rows | None:
    """What a sum down the rows runs over; None for anything else."""
    if node.op.name != "sum":
        return None
    axes, shape = node.attrs["axes"], node.inputs[0].shape
    if not axes or len(axes) == len(shape) or 0 in shape:
        return None
    if node.inputs[0].dtype not in _FLOATS or axes != tuple(range(len(axes))):
        return None
    found = Rows(shape, tuple(axes))
    return None if 1 in (found.size, found.count) else found


def moments(node: Node) -> tuple[Tensor, Node] | None:
    """What a sum of squares is taken of, if these are the distances from the mean of all rows, and the
    sum that the mean is made of."""
    rows = summed(node)
    square = node.inputs[0].node
    if rows is None or square.op.name != "square":
        return None
    distance = square.inputs[0].node
    if distance.op.name != "subtract" or distance.inputs[0].shape != rows.shape:
        return None
    x, mean = distance.inputs
    if mean.node.op.name != "divide" or not rows.is_number(mean.shape):
        return None
    total, count = mean.node.inputs
    same = summed(total.node) == rows and total.node.inputs[0] is x
    return (x, total.node) if same and size_of(count) == rows.size else None


def standardises(node: Node, again: Collection[Node]) -> bool:
    """Whether a step takes the mean of all rows from an array, or multiplies what such a step left by
    a number for each column: sooner computed again than stored and read."""
    out = node.outputs[0]
    if out.ndim < 3 or out.dtype not in _FLOATS or len(node.inputs) != 2:
        return False
    x, number = node.inputs
    rows = Rows(out.shape, tuple(range(out.ndim - number.ndim)))
    if x.shape != out.shape or not rows.axes or not number.ndim or number.shape != rows.kept:
        return False
    if node.op.name == "multiply":
        return x.node in again
    if node.op.name != "subtract" or number.node.op.name != "divide":
        return False
    total = number.node.inputs[0].node
    return summed(total) == rows and total.inputs[0] is x


class _Columns(Clusters):
    """Which units of a schedule become column kernels."""

    kind = COLUMNS

    def domain(self, reduction: Node) -> Rows | None:
        return summed(reduction)

    def parts(self, unit: Kernel | Node) -> list[Kernel | Node]:
        return [unit]

    def near(self, cluster: set[int]) -> set[int]:
        """Those that read what it reads, too."""
        found = super().near(cluster)
        for node in self.nodes(cluster):
            for tensor in self.leaves(node):
                found |= self.readers.get(tensor, set())
        return found

    @cached_property
    def readers(self) -> dict[Tensor, set[int]]:
        """The units that read each array."""
        found: dict[Tensor, set[int]] = {}
        for j, unit in enumerate(self.units):
            for node in nodes_of(unit):
                for tensor in self.leaves(node):
                    if tensor.ndim:
                        found.setdefault(tensor, set()).add(j)
        return found

    def alike(self, j: int, start: int, cluster: set[int], rows: Rows) -> bool:
        small = all(rows.is_number(n.outputs[0].shape) for n in nodes_of(self.units[j]))
        return small or super().alike(j, start, cluster, rows)

    # ---- what fits ------------------------------------------------------------------------

    def computes(self, node: Node, rows: Rows) -> bool:
        if summed(node) is not None:
            return summed(node) == rows
        (out,) = node.outputs
        if not is_pointwise(node) or whole_operands(node):
            return False
        return out.shape == rows.shape or rows.is_number(out.shape)

    def lies(self, tensor: Tensor, node: Node, members: set[Node], rows: Rows) -> bool:
        (out,) = node.outputs
        target = rows.shape if summed(node) == rows else out.shape
        if tensor.node in members:
            return tensor.shape == target
        if tensor.node in self.replayed:
            return target == rows.shape == tensor.shape and self._known(tensor, node, members)
        if base_of(tensor).node in members:
            return False
        if self.schedule.kind(tensor) in (Kind.LITERAL, Kind.HOST) or not tensor.ndim:
            return not tensor.ndim
        return self.side_by_side(tensor)

    def _known(self, tensor: Tensor, node: Node, members: set[Node]) -> bool:
        """Whether what is computed again can be in the loop over rows: it depends on no sum of the same
        kernel, but for distances of which a kernel takes the squares."""
        leaves = list(self.leaves(tensor.node))
        numbers = [t for t in leaves if t.node in members and t.shape != tensor.shape]
        if not numbers:
            return all(self.side_by_side(t) for t in leaves if t.node not in members)
        users = self.schedule.graph.users.get(node.outputs[0], [])
        if node.op.name != "square" or len(users) != 1:
            return False
        found = moments(users[0])
        return found is not None and users[0] in members and found[1] in members

    def fits(self, nodes: Sequence[Node]) -> bool:
        sums = [n for n in nodes if summed(n) is not None]
        same = len({n.outputs[0].dtype for n in sums}) == 1
        return same and len(sums) <= _MOST and super().fits(nodes)

    def pays(self, cluster: set[int], rows: Rows) -> bool:
        """Whether an array is read less often, or is one of many rows."""
        return len(cluster) > 1 or len(rows.shape) > 2


def in_columns(
    schedule: Schedule, units: Sequence[Kernel | Node], replayed: set[Node]
) -> list[Kernel | Node]:
    """Units with those in one that add up the rows of the same shape."""
    clusters = _Columns(schedule, units, replayed)
    clusters.find()
    return clusters.result() if clusters.home else list(units)
