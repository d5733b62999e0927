"""Row kernels: what is computed over the same rows, in one launch.

In: the kernels of a schedule, in an order in which they may run. Out: the same with clusters of them
made one.  A *row* is what a reduction over the last axes reduces to one number, or a column of a
matrix for one over the first.  The cluster grows from a reduction along what it reads and what reads
it: elementwise steps over the rows, steps over the numbers of rows, more reductions.  Softmax is
max, exp, sum, divide; nothing here knows its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from graphc.ir.node import Node, Tensor
from graphc.ops.layout import contiguous
from graphc.ops.shape import Reshape
from graphc.schedule.kernel import (
    POINTWISE,
    REDUCTION,
    REDUCTIONS,
    ROWS,
    Kernel,
    base_of,
    is_pointwise,
    role_of,
    whole_operands,
)
from graphc.schedule.order import Kind, Schedule
from graphc.schedule.row import Rows, label_of, reduced

_NEAR = 8  # units: so far apart, forward and backward steps may share a kernel
_MOST = 32  # operands and results of a kernel
_ALLOWED = ("bool", "int32", "int64", "uint8", "float16", "bfloat16", "float32", "float64")


class Clusters:
    """The units of a schedule, and which of them become one.

    Attributes:
        kind: of the kernels that they become.
    """

    kind = ROWS

    def __init__(self, schedule: Schedule, units: Sequence[Kernel | Node], inner: set[Node]):
        self.schedule = schedule
        self.replayed = inner
        parts = [(part, unit) for unit in units for part in self.parts(unit)]
        self.units = [part for part, _ in parts]
        self.given = {id(part): unit for part, unit in parts}
        self.at = {n: k for k, u in enumerate(self.units) for n in nodes_of(u)}
        self.before: list[set[int]] = []
        known: dict[Node, set[int]] = {}
        for unit in self.units:
            found: set[int] = set()
            for node in nodes_of(unit):
                for tensor in node.inputs:
                    found |= self._needed(tensor.node, known)
            self.before.append(found - {len(self.before)})
        self.after: list[set[int]] = [set() for _ in self.units]
        for k, found in enumerate(self.before):
            for j in found:
                self.after[j].add(k)
        self.home: dict[int, frozenset[int]] = {}

    def _needed(self, node: Node, known: dict[Node, set[int]]) -> set[int]:
        """The units that a node is computed by, or, where it is no unit's, that it needs."""
        stack = [node]
        while stack:
            top = stack[-1]
            if top in self.at:
                known[top] = {self.at[top]}
            waiting = [t.node for t in top.inputs if t.node not in known]
            if top not in known and waiting:
                stack += waiting
                continue
            if top not in known:
                known[top] = set().union(*(known[t.node] for t in top.inputs))
            stack.pop()
        return known[node]

    def find(self) -> None:
        """Grow a cluster from each reduction that is in none yet."""
        for k, unit in enumerate(self.units):
            if not isinstance(unit, Kernel) or unit.kind != REDUCTION or k in self.home:
                continue
            reduction = unit.reduction
            assert reduction is not None
            rows = self.domain(reduction)
            if rows is None or not self._valid({k}, rows):
                continue
            cluster = self._grow(k, rows)
            if self.pays(cluster, rows):
                self.home.update((j, frozenset(cluster)) for j in cluster)

    def domain(self, reduction: Node) -> Rows | None:
        """What a kernel with a reduction runs over; None where there is none such."""
        return reduced(reduction)

    def near(self, cluster: set[int]) -> set[int]:
        """The units beside a cluster: those that it reads from, those that read from it."""
        return {j for k in cluster for j in (*self.before[k], *self.after[k])}

    def parts(self, unit: Kernel | Node) -> list[Kernel | Node]:
        """A unit, or the parts of it that a kernel may take."""
        return _parts(unit)

    def _grow(self, start: int, rows: Rows) -> set[int]:
        cluster, refused = {start}, True
        while refused:
            refused = False
            for j in sorted(self.near(cluster) - cluster):
                if j in self.home or not self.alike(j, start, cluster, rows):
                    continue
                if self._is_operand(self.units[j], rows):
                    continue  # as it is they need not be stored
                if self._convex(cluster | {j}) and self._valid(cluster | {j}, rows):
                    cluster.add(j)
                    refused = True  # what did not fit may do now
        return cluster

    def _is_operand(self, unit: Kernel | Node, rows: Rows) -> bool:
        """Whether a unit is the elements that a reduction of all of them makes for itself."""
        whole = self.given[id(unit)]
        parted = whole is not unit and isinstance(whole, Kernel)
        return parted and nodes_of(unit)[-1].outputs[0].shape == rows.shape

    def alike(self, j: int, start: int, cluster: set[int], rows: Rows) -> bool:
        """Whether nothing is kept longer, or made earlier, than a kernel of the way there or back
        by itself would."""
        mine, theirs = (role_of(nodes_of(self.units[k])[0]) for k in (j, start))
        return mine == theirs or min(cluster) - _NEAR <= j <= max(cluster) + _NEAR

    def _convex(self, cluster: set[int]) -> bool:
        """Whether no unit, and no other cluster, has to run between units of a cluster."""
        last = max(cluster)
        others = sorted({(min(other), max(other)) for other in self.home.values()})
        for begin, end in others:
            last = max(last, end) if begin < last else last
        stack = [j for k in cluster for j in self.after[k] if j not in cluster]
        seen: set[int] = set()
        while stack:
            found = stack.pop()
            if found in seen or found > last:
                continue  # what comes after all of them
            together = self.home.get(found, frozenset({found}))
            seen |= together
            after = {j for k in together for j in self.after[k]} - together
            if after & cluster:
                return False
            stack += after
        return True

    # ---- what fits ------------------------------------------------------------------------

    def nodes(self, cluster: Iterable[int]) -> list[Node]:
        """The steps of a cluster, in order."""
        return [n for k in sorted(cluster) for n in nodes_of(self.units[k])]

    def _valid(self, cluster: set[int], rows: Rows) -> bool:
        """Whether every step computes elements of rows, or numbers of them, from such."""
        nodes = self.nodes(cluster)
        members = set(nodes)
        outside: set[Tensor] = set()
        if any(len(node.outputs) > 1 for node in nodes):
            return False  # a loop
        for node in nodes:
            (out,) = node.outputs
            if any(t.dtype not in _ALLOWED for t in (out, *node.inputs)):
                return False
            if not self.computes(node, rows):
                return False
            for tensor in self._operands(node, rows):
                if not self.lies(tensor, node, members, rows):
                    return False
                if tensor.ndim and tensor.node not in members:
                    outside.add(tensor)
        small = len(outside) + len(nodes) <= 2 * _MOST and len(outside) <= _MOST
        return small and self.fits(nodes)

    def fits(self, nodes: Sequence[Node]) -> bool:
        """Whether steps, each of which could be in a kernel, can be in one."""
        return True

    def computes(self, node: Node, rows: Rows) -> bool:
        """Whether a step makes elements of rows, or numbers of them."""
        (out,) = node.outputs
        if node.op.name in REDUCTIONS and node.inputs[0].ndim:
            return reduced(node) == rows
        label = label_of(node)
        if label is not None:
            shape = node.inputs[0].shape if node.op.name == "take" else out.shape
            return label.fits(rows) and shape == rows.shape
        if not is_pointwise(node) or whole_operands(node):
            return False
        return out.shape == rows.shape or rows.is_number(out.shape)

    def _operands(self, node: Node, rows: Rows) -> Iterator[Tensor]:
        """The tensors that a step reads by row and by place in it."""
        label = label_of(node)
        for tensor in node.inputs:
            if label is None or tensor.node.op.name != "position":
                yield tensor

    def lies(self, tensor: Tensor, node: Node, members: set[Node], rows: Rows) -> bool:
        """Whether an operand can be read where it lies, or is computed in the same thread."""
        (out,) = node.outputs
        target = rows.shape if node.op.name in (*REDUCTIONS, "take") else out.shape
        if node.op.name == "scatter_elements" and tensor is node.inputs[1]:
            target = tensor.shape  # a number for each row
        number = rows.is_number(tensor.shape)
        if tensor.node in members:
            if target == rows.shape:
                return (
                    tensor.shape in (rows.shape, rows.with_axes)
                    or not tensor.ndim
                    or (rows.columns and number)
                )
            return tensor.shape == target
        if tensor.node in self.replayed:
            known = all(
                self.schedule.kind(t) in (Kind.LITERAL, Kind.HOST)
                or (rows.reads(t.shape, target) and self.side_by_side(t))
                for t in self.leaves(tensor.node)
                if t.node not in members
            )
            return known and tensor.shape == target == rows.shape
        kind = self.schedule.kind(tensor)
        if base_of(tensor).node in members:
            alias = number and _reshaped(tensor, members) and target != rows.shape
            return alias and tensor.shape == target and self._only_within(tensor, members)
        if kind in (Kind.LITERAL, Kind.HOST) or not tensor.ndim:
            return not tensor.ndim
        return rows.reads(tensor.shape, target) and self.side_by_side(tensor)

    def leaves(self, node: Node) -> Iterator[Tensor]:
        """What a step reads, through what is computed again."""
        for tensor in node.inputs:
            if tensor.node in self.replayed:
                yield from self.leaves(tensor.node)
            else:
                yield tensor

    def _only_within(self, tensor: Tensor, members: set[Node]) -> bool:
        """Whether a view is read by some steps alone: it is in memory otherwise, too late for them."""
        users = self.schedule.graph.users.get(tensor, [])
        root = any(r is tensor for r in self.schedule.graph.roots)
        return not root and all(u in members for u in users)

    def side_by_side(self, tensor: Tensor) -> bool:
        """Whether an array lies in memory in row-major order, without gaps."""
        if self.schedule.kind(base_of(tensor)) is Kind.STATIC and tensor.ndim > 1:
            return False  # CuPy's functions may lay out their results like their operands
        return contiguous(tensor)

    def pays(self, cluster: set[int], rows: Rows) -> bool:
        """Whether elements are computed from a number of their row: else each kernel by itself reads
        and writes as much."""
        nodes = self.nodes(cluster)
        numbers = {n for n in nodes if n.op.name in REDUCTIONS}
        for node in nodes:
            if any(base_of(t).node in numbers for t in node.inputs):
                numbers.add(node)
        return any(n.outputs[0].shape == rows.shape for n in numbers)

    # ---- what becomes of it ---------------------------------------------------------------

    def result(self) -> list[Kernel | Node]:
        """All units, each after those that it needs."""
        units: list[Kernel | Node] = []
        place: dict[int, int] = {}
        rejoined: dict[int, int] = {}
        for k, unit in enumerate(self.units):
            whole = self.given[id(unit)]
            if k in self.home:
                continue
            if whole is not unit and id(whole) not in rejoined and self._alone(whole):
                rejoined[id(whole)] = len(units)
                units.append(whole)
                place[k] = len(units) - 1
            elif id(whole) in rejoined:
                place[k] = rejoined[id(whole)]
            else:
                units.append(unit)
                place[k] = len(units) - 1
        for cluster in dict.fromkeys(self.home.values()):
            nodes = self._with_views(self.nodes(cluster))
            reduction = next(r for n in nodes if (r := self.domain(n)) is not None)
            place.update((k, len(units)) for k in cluster)
            units.append(Kernel(self.kind, reduction.shape, nodes, axes=reduction.axes))
        return self._sorted(units, place)

    def _with_views(self, nodes: list[Node]) -> list[Node]:
        """The steps of a cluster, and the views of numbers of rows that these alone read."""
        members, roots = dict.fromkeys(nodes), set(self.schedule.graph.roots)
        result: dict[Node, None] = {}
        for node in nodes:
            for tensor in node.inputs:
                users = self.schedule.graph.users.get(tensor, [])
                view = self.schedule.kinds[tensor.node] is Kind.VIEW
                made = view and tensor.node.inputs[0].node in members
                if made and tensor not in roots and all(u in members for u in users):
                    result[tensor.node] = None
            result[node] = None
        return list(result)

    def _alone(self, whole: Kernel | Node) -> bool:
        """Whether no part of a unit went elsewhere."""
        return not any(
            k in self.home for k, part in enumerate(self.units) if self.given[id(part)] is whole
        )

    def _sorted(self, units: list[Kernel | Node], place: dict[int, int]) -> list[Kernel | Node]:
        first: dict[int, int] = {}
        needs: dict[int, dict[int, None]] = {}
        for k in range(len(self.units)):
            first.setdefault(place[k], k)
            found = needs.setdefault(place[k], {})
            found.update((place[j], None) for j in sorted(self.before[k]) if place[j] != place[k])
        done: dict[int, None] = {}
        for start in sorted(first, key=first.__getitem__):
            stack = [start]
            while stack:
                waiting = [j for j in needs[stack[-1]] if j not in done]
                if waiting and stack[-1] not in done:
                    stack += waiting
                else:
                    done[stack.pop()] = None
        return [units[k] for k in done]


def nodes_of(unit: Kernel | Node) -> list[Node]:
    """The steps of a unit."""
    return unit.nodes if isinstance(unit, Kernel) else [unit]


def _parts(unit: Kernel | Node) -> list[Kernel | Node]:
    """A unit, or the parts of it that a row kernel may take."""
    if isinstance(unit, Node):
        labelled = unit.op.name == "scatter_elements" and label_of(unit) is not None
        return [Kernel(POINTWISE, unit.outputs[0].shape, [unit])] if labelled else [unit]
    reduction = unit.reduction
    if reduction is None or reduction is unit.nodes[0] or reduced(reduction) is not None:
        return [unit]
    at = unit.nodes.index(reduction)
    before = Kernel(POINTWISE, unit.shape, unit.nodes[:at])
    return [before, Kernel(REDUCTION, unit.shape, unit.nodes[at:])]


def _reshaped(tensor: Tensor, members: set[Node]) -> bool:
    """Whether a tensor is what members compute in another shape."""
    while tensor.node not in members and isinstance(tensor.node.op, Reshape):
        tensor = tensor.node.inputs[0]
    return tensor.node in members


def in_rows(
    schedule: Schedule, units: Sequence[Kernel | Node], replayed: Iterable[Node]
) -> list[Kernel | Node]:
    """Units with those in one that compute over the same rows."""
    clusters = Clusters(schedule, units, set(replayed))
    clusters.find()
    return clusters.result() if clusters.home else list(units)
