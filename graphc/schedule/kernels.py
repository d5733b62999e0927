"""Steps as kernels, for a target that has them: what runs in one launch.

In: a schedule. Out: the same schedule with the steps of each kernel side by side, and with what only
its own kernel reads marked as :attr:`Kind.INNER`: a variable of the kernel, never in memory.

A *pointwise* kernel is elementwise steps over one shape; parts of that shape that are put side by side
are written where they belong.  A *reduction* is a sum, product or
extreme, with the elementwise steps that make its operand, and those that change its result by
numbers alone.  A *rows* kernel is several of both over the same rows (:mod:`graphc.schedule.rows`).
A *columns* kernel is sums down all rows (:mod:`graphc.schedule.columns`).  A random draw is a function
of its counter, so it is computed again in each kernel that needs it instead of being stored; so is a
standardised array, from what it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.schedule.columns import in_columns, standardises, summed
from graphc.schedule.kernel import (
    POINTWISE,
    RANDOM,
    REDUCTION,
    REDUCTIONS,
    Kernel,
    is_pointwise,
    joins_parts,
    role_of,
    whole_operands,
)
from graphc.schedule.order import Kind, Schedule
from graphc.schedule.rows import in_rows

_FOLLOWING = ("add", "subtract", "multiply", "divide", "negative", "sqrt", "log", "exp", "power")
_NEAR = 8  # units: only so far back is a kernel looked for that reads the same
_SMALL = 4096  # elements: to compute so many takes less time than a launch
_FEW = 8  # operands of a kernel that what is small joins


@dataclass
class _Grouping:
    """The kernels of one schedule while they are found.

    `units` are kernels, and steps that are none, in an order in which they may run; `at` is the
    position of the unit that computes a node.  `repeated` if it is what a loop repeats.
    """

    schedule: Schedule
    repeated: bool = False
    units: list[Kernel | Node] = field(default_factory=list)
    at: dict[Node, int] = field(default_factory=dict)
    replay: dict[Node, bool] = field(default_factory=dict)  # whether it is or has a random draw

    def run(self) -> None:
        """Put every computed node in a unit."""
        kinds = self.schedule.kinds
        for node in self.schedule.order:
            if kinds[node] is not Kind.COMPUTE:
                self.at[node] = self._after(node.inputs)
                continue
            if self._replays(node):
                continue
            self._place(node)
        self._gather()

    def _gather(self) -> None:
        """Put a pointwise kernel into a later one that reads it, where nobody reads it before."""
        for later in range(len(self.units)):
            unit = self.units[later]
            if not isinstance(unit, Kernel) or unit.kind != POINTWISE:
                continue
            read = {self.at.get(t.node, later) for n in unit.nodes for t in n.inputs}
            for earlier in sorted(read - {later, -1}, reverse=True):
                other = self.units[earlier]
                if isinstance(other, Kernel) and self._may_wait(other, unit, later):
                    unit.nodes[:0] = other.nodes
                    for node in other.nodes:
                        self.at[node] = later
                    other.nodes = []

    def _may_wait(self, kernel: Kernel, unit: Kernel, position: int) -> bool:
        """Whether a kernel may run with a later one."""
        same = kernel.kind == POINTWISE and kernel.shape == unit.shape
        if not same or not kernel.nodes or not self._alike(kernel.nodes[0], unit.nodes[0]):
            return False
        stack = [node.outputs[0] for node in kernel.nodes]
        members = set(kernel.nodes)
        while stack:
            tensor = stack.pop()
            for user in self.schedule.graph.users.get(tensor, []):
                if user in members:
                    continue
                if self.schedule.kinds[user] is Kind.VIEW:
                    if self.at.get(user, -1) >= 0:
                        stack.append(user.outputs[0])
                    continue
                at = self.at.get(user, -1)
                viewed = tensor.node not in members or any(
                    t is tensor for t in whole_operands(user)
                )
                if at < position or (at == position and viewed):
                    return False
        return True

    def _alike(self, node: Node, other: Node) -> bool:
        """Whether two steps may run together: what the way back alone needs is not kept from the way
        there.  In a loop one step is as far as anything is kept."""
        return self.repeated or role_of(node) == role_of(other)

    def _after(self, inputs: Iterable[Tensor]) -> int:
        """The position of the last unit that some tensors need, -1 for none."""
        return max((self.at[t.node] for t in inputs if t.node in self.at), default=-1)

    def _replays(self, node: Node) -> bool:
        """Whether a node is a random draw, or made of one and of numbers, or a standardised array, for
        kernels alone."""
        if node.op.name not in RANDOM and not is_pointwise(node):
            return False
        users = self.schedule.graph.users.get(node.outputs[0], [])
        shape = node.outputs[0].shape
        own = node.op.name in RANDOM or any(self.replay.get(t.node) for t in node.inputs)
        known = all(
            t.node in self.replay or self.schedule.kind(t) in (Kind.LITERAL, Kind.HOST)
            for t in node.inputs
        )
        known = known and not whole_operands(node)
        others = [u for u in users if not is_pointwise(u) or u.outputs[0].shape != shape]
        rooted = any(root is node.outputs[0] for root in self.schedule.graph.roots)
        if not users or rooted or not shape:
            return False
        if own and known and not others:
            self.replay[node] = True
        elif len(users) > 1 and standardises(node, self.replay):
            if all(summed(u) is not None for u in others):
                self.replay[node] = False
        return node in self.replay

    def _place(self, node: Node) -> None:
        after = self._after(_settled(node.inputs, self.replay))
        parts = joins_parts(node)
        shape = node.inputs[0].shape if parts else node.outputs[0].shape
        if node.op.name in RANDOM or is_pointwise(node) or parts:
            if self._joined(node, after, shape) is None:
                self._begin(node, after, shape)
        elif node.op.name in REDUCTIONS:
            self._reduce(node)
        else:
            self._add(node, node)

    def _begin(self, node: Node, after: int, shape: tuple[DimLike, ...]) -> None:
        """A kernel that begins with a node, or with steps before it that are for it alone: where
        these read one array at most, reading that later takes no more memory than their result."""
        kernel = Kernel(POINTWISE, shape, [*self._pulled(node, after, shape), node])
        self._add(kernel, node)
        for member in kernel.nodes:
            self.at[member] = self.at[node]

    def _pulled(self, node: Node, place: int, shape: tuple[DimLike, ...]) -> list[Node]:
        """The steps in kernels before a place that are for a node alone, taken out of these."""
        found: list[Node] = []
        whole = set(whole_operands(node))
        for tensor in node.inputs:
            if tensor not in whole and 0 <= self.at.get(tensor.node, -1) < place:
                chain = self._alone(tensor, node, shape)
                skip = {*chain, *self.replay}
                read = {t for n in chain for t in n.inputs if t.node not in skip and t.ndim}
                if chain and len(read) <= 1 and self._alike(chain[-1], node):
                    self._take(chain)
                    found += chain
        return found

    def _take(self, nodes: Sequence[Node]) -> None:
        """Take nodes out of the kernel that they are in."""
        home = self.units[self.at[nodes[0]]]
        assert isinstance(home, Kernel)
        home.nodes = [n for n in home.nodes if n not in nodes]

    def _add(self, unit: Kernel | Node, node: Node) -> None:
        self.at[node] = len(self.units)
        self.units.append(unit)

    def _joined(self, node: Node, after: int, shape: tuple[DimLike, ...]) -> Kernel | None:
        """The kernel that a pointwise node joins: one that it reads from, else the last one over
        its shape that reads something that it reads."""
        for position in range(len(self.units) - 1, max(after, 0) - 1, -1):
            unit = self.units[position]
            if not isinstance(unit, Kernel):
                continue
            reads = position == after and any(self.at.get(t.node) == position for t in node.inputs)
            if unit.kind == REDUCTION:
                if reads and self._follows(node, unit):
                    self._extend(unit, node, position)
                    return unit
                continue
            if unit.shape != shape or not self._directly(node, unit, position):
                continue
            if not unit.nodes or not self._alike(unit.nodes[0], node):
                continue
            near = position >= len(self.units) - _NEAR
            shared = {t for n in unit.nodes for t in n.inputs} & set(node.inputs)
            beside = any(t.ndim for t in shared) or _small_of_one_scope(unit, node)
            if reads or not shape or (near and beside):
                self._extend(unit, node, position)
                return unit
        return None

    def _extend(self, unit: Kernel, node: Node, position: int) -> None:
        more = self._pulled(node, position, unit.shape) if unit.kind == POINTWISE else []
        unit.nodes += [*more, node]
        for member in (*more, node):
            self.at[member] = position

    def _directly(self, node: Node, unit: Kernel, position: int) -> bool:
        """Whether what a node reads of a kernel are its results themselves, no views of them."""
        whole = {t.node for t in whole_operands(node)}
        for tensor in node.inputs:
            view = self.schedule.kinds[tensor.node] is Kind.VIEW or tensor.node in whole
            if self.at.get(tensor.node) == position and view:
                return False
        return True

    def _follows(self, node: Node, unit: Kernel) -> bool:
        """Whether a node changes the result of a reduction, read by nobody else, by numbers."""
        last = unit.nodes[-1].outputs[0]
        users = self.schedule.graph.users.get(last, [])
        if len(users) != 1 or any(root is last for root in self.schedule.graph.roots):
            return False
        numbers = [t for t in node.inputs if t is not last]
        host = (Kind.LITERAL, Kind.HOST)
        return (
            node.op.name in _FOLLOWING
            and len(numbers) < len(node.inputs)
            and node.outputs[0].shape == last.shape
            and node.outputs[0].dtype == last.dtype
            and all(self.schedule.kind(t) in host for t in numbers)
        )

    def _reduce(self, node: Node) -> None:
        """A reduction, with the steps before it that are for it alone."""
        shape = node.inputs[0].shape
        kernel = Kernel(REDUCTION, shape, [node])
        taken = self._alone(node.inputs[0], node, shape)
        drawn = any(self.replay.get(t.node) for n in taken for t in n.inputs)
        if drawn or any(len(whole_operands(n)) > 1 for n in taken):
            taken = []  # these need their element's number, which a reduction does not tell
        axes = node.attrs.get("axes", (0,))
        if axes != tuple(range(len(axes))) and any(map(whole_operands, taken)):
            taken = []  # CuPy can't turn what the code indexes itself
        if taken:
            self._take(taken)
        kernel.nodes = [*taken, node]
        self._add(kernel, node)
        for member in taken:
            self.at[member] = self.at[node]

    def _alone(self, tensor: Tensor, user: Node, shape: tuple[DimLike, ...]) -> list[Node]:
        """The pointwise steps that a tensor is made of and that nobody else needs, in order."""
        roots = set(self.schedule.graph.roots)
        position = self.at.get(tensor.node, -1)
        home = self.units[position] if position >= 0 else None
        if not isinstance(home, Kernel) or home.kind != POINTWISE or home.shape != shape:
            return []
        taken: dict[Node, None] = {}
        for node in reversed(home.nodes):
            (out,) = node.outputs
            users = self.schedule.graph.users.get(out, [])
            if out in roots or not users or not all(u is user or u in taken for u in users):
                continue
            if any(t is out for u in users for t in whole_operands(u)):
                continue
            taken[node] = None
        return list(reversed(taken))


def _small_of_one_scope(unit: Kernel, node: Node) -> bool:
    """Whether a step and a kernel are of one layer, and take less time than a launch."""
    size = node.outputs[0].size
    origins = node.origin, unit.nodes[0].origin
    scopes = {origin.scope if origin else () for origin in origins}
    read = {t for n in unit.nodes for t in n.inputs}
    return isinstance(size, int) and size <= _SMALL and len(scopes) == 1 and len(read) < _FEW


def _settled(inputs: Iterable[Tensor], replay: dict[Node, bool]) -> Iterator[Tensor]:
    """The operands that are in memory, and those of what is computed again."""
    for tensor in inputs:
        if tensor.node in replay:
            yield from _settled(tensor.node.inputs, replay)
        else:
            yield tensor


def in_kernels(schedule: Schedule, repeated: bool = False) -> Schedule:
    """A schedule, and those of the loops and branches in it, with its kernels."""
    found = _Grouping(schedule, repeated)
    found.run()
    units = [u for u in found.units if not isinstance(u, Kernel) or u.nodes]
    units = in_columns(schedule, in_rows(schedule, units, found.replay), set(found.replay))
    kernels: dict[Node, Kernel] = {}
    kinds = dict(schedule.kinds)
    for unit in units:
        if isinstance(unit, Kernel):
            unit.replayed = _needed(unit.nodes, found.replay, schedule.order)
            kernels.update((node, unit) for node in unit.nodes)
    for node in found.replay:
        kinds[node] = Kind.INNER
    roots = set(schedule.graph.roots)
    for unit in units:
        if not isinstance(unit, Kernel):
            continue
        for node in unit.nodes:
            (out,) = node.outputs
            users = schedule.graph.users.get(out, [])
            if out not in roots and all(kernels.get(u) is unit for u in users):
                kinds[node] = Kind.INNER
    order = _ordered(schedule, units)
    inner = {
        node: tuple((body, in_kernels(scheduled, True)) for body, scheduled in bodies)
        for node, bodies in schedule.inner.items()
    }
    return replace(schedule, order=order, kinds=kinds, inner=inner, kernels=kernels)


def _needed(nodes: Sequence[Node], replay: dict[Node, bool], order: Sequence[Node]) -> list[Node]:
    """The random draws, and what is made of them, that some steps read."""
    wanted: set[Node] = set()
    stack = [t.node for node in nodes for t in node.inputs]
    while stack:
        node = stack.pop()
        if node in replay and node not in wanted:
            wanted.add(node)
            stack += [t.node for t in node.inputs]
    return [node for node in order if node in wanted]


def _ordered(schedule: Schedule, units: Sequence[Kernel | Node]) -> tuple[Node, ...]:
    """All nodes: the units in order, each after what it reads that is no unit."""
    done: dict[Node, None] = {}

    def bring(node: Node) -> None:
        stack = [node]
        while stack:
            top = stack[-1]
            waiting = [t.node for t in top.inputs if t.node not in done]
            if waiting and top not in done:
                stack += waiting
            else:
                done[stack.pop()] = None

    for unit in units:
        nodes = unit.steps if isinstance(unit, Kernel) else [unit]
        members = set(nodes)
        for node in nodes:
            for tensor in node.inputs:
                if tensor.node not in members:
                    bring(tensor.node)
        for node in nodes:
            done[node] = None
    for node in schedule.order:
        bring(node)
    return tuple(done)
