"""Which tensors share memory: in-place reuse, states written directly, live ranges in one arena.

Which buffers there are, and from which step to which each is needed, holds for all sizes.  Where
they lie in the arena depends on how sizes compare, and is found when sizes are known (`places`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from graphc.ir import dims, types
from graphc.ir.body import nodes_within
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, State, Tensor
from graphc.ir.types import TensorType
from graphc.ops.base import Op
from graphc.schedule.arena import Block, lower_bound, pack
from graphc.schedule.branches import Branch
from graphc.schedule.flatten import TRANSIENT
from graphc.schedule.fuse import BLOCK, Fusion, Group, inplace_operands
from graphc.schedule.order import Kind, Schedule, state_inputs
from graphc.schedule.places import LINE, alignment, places
from graphc.schedule.steps import Steps

HINT = 64  # every symbolic size, where an order of putting buffers down is looked for
MISSED = 1.02  # times the lower bound: from there on it is


@dataclass(eq=False)
class Storage:
    """One piece of memory, shared by tensors that are never live at the same time.

    Attributes:
        type: its element type and shape.
        intervals: for each tensor in it, the steps ``[born, last read]``.
        state: the state whose storage it is, or None for a piece of the arena.
        delay: when the body begins that it belongs to: its intervals count from there.
        first, last: the steps that it is needed from and up to. Each step begins with another piece
            of a plan and its bodies: the first is also its number.
    """

    type: TensorType
    intervals: dict[Tensor, tuple[int, int]]
    state: State | None = None
    delay: int = 0
    first: int = -1
    last: int = -1

    def holds(self, tensor: Tensor) -> bool:
        """Whether a tensor in it is there as a whole, not a block at a time."""
        return self.type.size == tensor.size

    def reshapes(self, tensor: Tensor) -> bool:
        """Whether a tensor in it has another shape."""
        return self.holds(tensor) and self.type.shape != tensor.shape

    @property
    def live(self) -> tuple[int, int]:
        """The positions in the schedule at which it first and last holds something needed."""
        return (
            self.delay + min((a for a, _ in self.intervals.values()), default=0),
            self.delay + max((b for _, b in self.intervals.values()), default=0),
        )


@dataclass(frozen=True)
class Plan:
    """The memory of one scheduled graph.

    Attributes:
        schedule: what is planned.
        fusion: its elementwise groups.
        place: the storage of every computed tensor.
        scratch: further buffers of a node's statements.
        commits: states whose new value is copied (or computed on the host) at the end.
        inner: the memory of the bodies that nodes hold, in the same arena.
        order: the numbers of the pieces in an order of putting them down that packs better than those
            that are tried for every plan; () where these do.
    """

    schedule: Schedule
    fusion: Fusion
    place: dict[Tensor, Storage]
    scratch: dict[Node, list[Storage]]
    commits: tuple[tuple[State, Tensor], ...]
    inner: dict[Node, tuple[Plan, ...]] = field(default_factory=dict)
    order: tuple[int, ...] = ()

    @cached_property
    def every(self) -> list[Plan]:
        """This plan and those of all bodies in it."""
        bodies = (body for plans in self.inner.values() for body in plans)
        return [self, *(plan for body in bodies for plan in body.every)]

    @cached_property
    def own(self) -> list[Storage]:
        """The pieces of the arena but for those of bodies, each once, in order of first use."""
        found: dict[int, Storage] = {}
        for node in self.schedule.order:
            for tensor in node.outputs:
                if (storage := self.place.get(tensor)) is not None and storage.state is None:
                    found.setdefault(id(storage), storage)
            for storage in self.scratch.get(node, ()):
                found.setdefault(id(storage), storage)
        return list(found.values())

    @cached_property
    def pieces(self) -> list[Storage]:
        """The pieces of the arena, those of bodies last."""
        return [storage for plan in self.every for storage in plan.own]

    def nbytes(self, sizes: Mapping[str, int]) -> list[int]:
        """The size of each piece for given symbolic sizes."""
        return [dims.evaluate(storage.type.nbytes, sizes) for storage in self.pieces]

    def planned_bytes(self, sizes: Mapping[str, int]) -> int:
        """The size of the arena for given symbolic sizes."""
        return arena([self], sizes)[1]

    def lower_bound_bytes(self, sizes: Mapping[str, int]) -> int:
        """The most bytes that are live at once: no plan for this order can do with less."""
        return lower_bound(self.blocks(sizes))

    def blocks(self, sizes: Mapping[str, int]) -> list[Block]:
        """The pieces as a problem of packing for given symbolic sizes."""
        return [
            Block(piece.first, size, piece.first, piece.last + 1)
            for piece, size in zip(self.pieces, self.nbytes(sizes), strict=True)
        ]

    def symbols(self) -> tuple[str, ...]:
        """The symbolic sizes that the plan depends on, in shapes and in attributes."""
        found: list[DimLike] = []
        for node in nodes_within(self.schedule.order):
            found += [d for t in node.outputs for d in t.shape]
            stack = list(node.attrs.values())
            while stack:
                value = stack.pop()
                if isinstance(value, tuple):
                    stack += value
                elif isinstance(value, dims.Dim):
                    found.append(value)
        return dims.symbols(found)


def arena(plans: Sequence[Plan], sizes: Mapping[str, int]) -> tuple[list[int], int]:
    """Where the pieces of plans that run one after the other lie, for given symbolic sizes.

    Returns the byte that each begins at, plan by plan, and the size of the arena.
    """
    rows: list[tuple[int, ...]] = []
    order: list[int] = []
    for plan in plans:
        start = len(rows)
        for p, size in zip(plan.pieces, plan.nbytes(sizes), strict=True):
            align = alignment(size, types.itemsize(p.type.dtype))
            rows.append((start + p.first, start + p.last, size, align))
        order += [start + k for k in plan.order or range(len(plan.pieces))]
    if not rows:
        return [], 0
    numbers = [first for first, *_ in rows]
    first, last, size, align = np.array(sorted(rows), np.int64).T
    starts, total = places(first, last, size, align, order if has_order(plans) else None)
    return starts[numbers].tolist(), total


def has_order(plans: Sequence[Plan]) -> bool:
    """Whether an order of putting pieces down was found for one of them."""
    return any(plan.order for plan in plans)


@dataclass
class _Builder:
    """The plan while it is made."""

    schedule: Schedule
    fusion: Fusion
    in_place: bool
    body: Steps | Branch | None = None
    place: dict[Tensor, Storage] = field(default_factory=dict)

    def build(self) -> Plan:
        schedule = self.schedule
        for node in schedule.order:
            if schedule.kinds[node] is Kind.COMPUTE:
                for tensor in node.outputs:
                    interval = (schedule.born[tensor], schedule.last_read[tensor])
                    self.place[tensor] = Storage(self.held_type(tensor), {tensor: interval})
        commits = self.pin_states()
        if self.in_place:
            for node in schedule.order:
                if schedule.kinds[node] is Kind.COMPUTE:
                    self.overwrite_operand(schedule.start[node], node)
        scratch = {
            node: [Storage(t, {node.outputs[0]: (i, i)}) for t in node.op.scratch(node)]
            for node, i in schedule.start.items()
            if schedule.kinds[node] is Kind.COMPUTE and isinstance(node.op, Op)
        }
        scratch = {node: pieces for node, pieces in scratch.items() if pieces}
        inner = {
            node: tuple(
                _Builder(scheduled, Fusion(()), self.in_place, body).build()
                for body, scheduled in bodies
            )
            for node, bodies in schedule.inner.items()
        }
        for group in self.fusion.groups:
            if group.blocked:
                self.share_blocks(group)
                self.keep_through(group)
        return Plan(schedule, self.fusion, self.place, scratch, commits, inner)

    def held_type(self, tensor: Tensor) -> TensorType:
        """The type of the memory a tensor needs: inside a blocked group, a block of it."""
        if self.fusion.tiled(self.schedule, tensor):
            return tensor.type.with_shape((BLOCK,))
        return tensor.type

    def pin_states(self) -> tuple[tuple[State, Tensor], ...]:
        """Compute new values directly into the states' storage where nothing reads the old value
        afterwards; return the updates that must be copied at the end instead."""
        schedule = self.schedule
        old = state_inputs(schedule) if self.body is None else self.body.old
        commits: list[tuple[State, Tensor]] = []
        for state, value in schedule.graph.updates:
            before = old.get(state)
            if value is before:
                continue  # it becomes itself
            final, value = value, self.reshaped(state, value) if before is None else value
            storage = self.place.get(value)
            number = (
                value.ndim == 0
                and value.node not in schedule.kernels
                and not isinstance(self.body, Branch)
            )
            if storage is None or storage.state is not None or number:
                commits.append((state, final))
                continue
            born = schedule.born[value]
            last = schedule.last_read.get(before, -1) if before is not None else -1
            if last > born or (last == born and not self.may_overwrite(value.node, before)):
                commits.append((state, final))
                continue
            storage.state = state
            storage.intervals[value] = (born, schedule.end)
            if before is not None:
                storage.intervals[before] = (-1, last)
                self.place[before] = storage
        for _, value in commits:
            if (storage := self.place.get(value)) is not None:
                storage.intervals[value] = (schedule.born[value], schedule.end)
        return tuple(commits)

    def reshaped(self, state: State, value: Tensor) -> Tensor:
        """What a transient state's new value is a reshape of, if it can be computed in its place."""
        source = self.schedule.laid_out(value)
        storage = self.place.get(source)
        group = self.fusion.group_of.get(source.node)
        fits = storage is not None and storage.state is None and storage.type == source.type
        whole = group is None or not group.blocked
        return source if fits and whole and state.slot in TRANSIENT else value

    def may_overwrite(self, node: Node, operand: Tensor | None) -> bool:
        """Whether a node's result may lie where one of its operands does."""
        if not self.in_place or operand is None:
            return False
        if (kernel := self.schedule.kernels.get(node)) is not None:
            return kernel.may_overwrite(operand, node.outputs[0])
        allowed = {node.inputs[i] for i in inplace_operands(node)}
        alike = {t for t in allowed if self.schedule.laid_out(t) is operand}
        readers = [t for t in node.inputs if self.schedule.base[t] is operand]
        return bool(alike) and all(t in alike for t in readers)

    def disjoint(self, a: Storage, b: Storage) -> bool:
        """Whether no two live ranges overlap, but where a result may lie over its operand."""
        for s, (first, last) in a.intervals.items():
            for t, (begin, end) in b.intervals.items():
                if last < begin or end < first:
                    continue
                if last == begin and self.may_overwrite(t.node, s):
                    continue
                if end == first and self.may_overwrite(s.node, t):
                    continue
                return False
        return True

    def candidates(self, node: Node) -> list[Tensor]:
        """The operands that a result may lie over."""
        if (kernel := self.schedule.kernels.get(node)) is None:
            return [self.schedule.laid_out(node.inputs[i]) for i in inplace_operands(node)]
        out = node.outputs[0]
        return [t for t in kernel.inputs if t.type == out.type and kernel.may_overwrite(t, out)]

    def share_blocks(self, group: Group) -> None:
        """Let scratch for one block serve again in its group, once nobody needs what is in it."""
        found: list[Storage] = []
        for node in group.nodes:
            mine = self.place[node.outputs[0]]
            if mine.state is not None or mine.holds(node.outputs[0]) or mine in found:
                continue
            free = (s for s in found if s.type == mine.type and s.live[1] < mine.live[0])
            if (kept := next(free, None)) is None:
                found.append(mine)
                continue
            kept.intervals.update(mine.intervals)
            for tensor in mine.intervals:
                self.place[tensor] = kept

    def keep_through(self, group: Group) -> None:
        """Let whatever is no scratch live from the first statement of a loop over blocks to its
        last: the next block needs it again."""
        span = self.schedule.start[group.nodes[0]], self.schedule.start[group.nodes[-1]]
        for node in group.nodes:
            for tensor in (*node.inputs, *node.outputs):
                base = self.schedule.base[tensor]
                storage = self.place.get(base)
                if storage is not None and storage.holds(base):
                    first, last = storage.intervals[base]
                    storage.intervals[base] = min(first, span[0]), max(last, span[1])

    def overwrite_operand(self, step: int, node: Node) -> None:
        """Let a result share memory with an operand that nobody reads afterwards."""
        out = node.outputs[0]
        for operand in self.candidates(node):
            mine, theirs = self.place[out], self.place.get(operand)
            if theirs is None or mine is theirs:
                continue
            stateful = [s for s in (mine, theirs) if s.state is not None]
            alike = len({t.shape for s in (mine, theirs) for t in s.intervals}) == 1
            if len(stateful) == 2 or (stateful and not alike):
                continue
            if self.schedule.last_read[operand] != step or not self.disjoint(mine, theirs):
                continue
            # Block by block, what needs only a block may use the vector it came from.
            larger = theirs.state is not None or (mine.state is None and theirs.holds(operand))
            kept, lost = (theirs, mine) if larger else (mine, theirs)
            if mine.reshapes(operand) and kept.state is None:
                kept.type = mine.type  # of what most results are that come to lie there
            kept.intervals.update(lost.intervals)
            for tensor in lost.intervals:
                self.place[tensor] = kept
            return


def plan(schedule: Schedule, fusion: Fusion, in_place: bool = True) -> Plan:
    """Place every computed tensor of a schedule."""
    built = _Builder(schedule, fusion, in_place).build()
    _delay(built, 0)
    _count_steps(built.pieces)
    return replace(built, order=_order(built))


def _delay(plan: Plan, time: int) -> None:
    """Let the time of every body's pieces count from the beginning of the whole."""
    for node, bodies in plan.inner.items():
        start = time + plan.schedule.start[node]
        for inner in bodies:
            for storage in inner.own:
                storage.delay = start
            _delay(inner, start)
            start += inner.schedule.end + 1


def _count_steps(pieces: list[Storage]) -> None:
    """Count live ranges in steps, each of which begins with another piece: the same overlap."""
    pieces = sorted(pieces, key=lambda storage: storage.live[0])
    starts = [storage.live[0] for storage in pieces]
    for number, storage in enumerate(pieces):
        storage.first, storage.last = number, bisect_right(starts, storage.live[1]) - 1


def _order(plan: Plan) -> tuple[int, ...]:
    """The order of putting pieces down that a search finds, if it packs better."""
    sizes = dict.fromkeys(plan.symbols(), HINT)
    planned = plan.planned_bytes(sizes)
    if planned <= MISSED * plan.lower_bound_bytes(sizes):
        return ()
    packing = pack(plan.blocks(sizes), alignment=LINE)
    if packing.height >= planned:
        return ()
    return tuple(sorted(range(len(plan.pieces)), key=lambda number: packing.offsets[number]))
