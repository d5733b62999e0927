"""Where every computed tensor lives: in-place reuse, states written directly, one arena.

Sizes are symbolic, so buffers are sorted into *size classes*: all sizes of a class are integer
multiples of one expression (``N``, ``N * T``, or 1 for fixed sizes).  Within a class offsets are
integers in units of that expression, found once, and hold for every value of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from graphc.ir import dims, types
from graphc.ir.body import nodes_within
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, State, Tensor
from graphc.ir.types import TensorType
from graphc.ops.base import Op
from graphc.ops.shape import Reshape
from graphc.schedule.arena import Block, lower_bound, pack
from graphc.schedule.flatten import TRANSIENT
from graphc.schedule.fuse import BLOCK, Fusion, inplace_operands
from graphc.schedule.order import Kind, Schedule, state_inputs
from graphc.schedule.steps import Steps

# Offsets stay aligned to 64 bytes: by symbolic sizes rounded up to so many units, or, where these
# would cost more memory than that is worth, by rounding what each tensor takes of a unit.
PADDING = 16
LARGE = 2**18  # bytes for each unit


@dataclass(eq=False)
class Storage:
    """One piece of memory, shared by tensors that are never live at the same time.

    Attributes:
        type: its element type and shape.
        intervals: for each tensor in it, the steps ``[born, last read]``.
        state: the state whose storage it is, or None for a piece of the arena.
        size_class: the expression that its size is a multiple of.
        units: its bytes for each unit of the class.
        offset: its place in the arena of its class, in bytes for each unit.
        arena: the position of that arena in `Plan.classes`.
        delay: when the loop begins that it belongs to: its intervals count from there.
    """

    type: TensorType
    intervals: dict[Tensor, tuple[int, int]]
    state: State | None = None
    size_class: DimLike = 1
    units: int = 0
    offset: int = -1
    arena: int = -1
    delay: int = 0

    @property
    def live(self) -> tuple[int, int]:
        """The first and last step at which it holds something that is needed."""
        return (
            self.delay + min((a for a, _ in self.intervals.values()), default=0),
            self.delay + max((b for _, b in self.intervals.values()), default=0),
        )


@dataclass(frozen=True)
class SizeClass:
    """One arena: `units` bytes for each unit of `size`, aligned to `alignment` bytes."""

    size: DimLike
    units: int
    alignment: int

    @property
    def padding(self) -> int:
        """The number of units that the size is rounded up to a multiple of."""
        return 1 if self.size == 1 or self.alignment >= 64 else PADDING

    def count(self, sizes: Mapping[str, int]) -> int:
        """The number of units for given symbolic sizes."""
        return -(-dims.evaluate(self.size, sizes) // self.padding) * self.padding

    def nbytes(self, sizes: Mapping[str, int]) -> int:
        """The bytes it takes for given symbolic sizes."""
        return self.units * self.count(sizes)


@dataclass(frozen=True)
class Plan:
    """The memory of one scheduled graph.

    Attributes:
        schedule: what is planned.
        fusion: its elementwise groups.
        place: the storage of every computed tensor.
        scratch: further buffers of a node's statements.
        commits: states whose new value is copied (or computed on the host) at the end.
        classes: the arenas, in the order in which they lie one after the other.
        loops: the memory of each loop's body, in the same arenas.
    """

    schedule: Schedule
    fusion: Fusion
    place: dict[Tensor, Storage]
    scratch: dict[Node, list[Storage]]
    commits: tuple[tuple[State, Tensor], ...]
    classes: tuple[SizeClass, ...] = ()
    loops: dict[Node, Plan] = field(default_factory=dict)

    @cached_property
    def every(self) -> list[Plan]:
        """This plan and those of all loops in it."""
        return [self, *(plan for inner in self.loops.values() for plan in inner.every)]

    @cached_property
    def own(self) -> list[Storage]:
        """The pieces of the arena but for those of loops, each once, in order of first use."""
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
        """The pieces of the arena, those of loops last."""
        return [storage for plan in self.every for storage in plan.own]

    def planned_bytes(self, sizes: Mapping[str, int]) -> int:
        """The size of the arena for given symbolic sizes."""
        return sum(c.nbytes(sizes) for c in self.classes)

    def lower_bound_bytes(self, sizes: Mapping[str, int]) -> int:
        """The most bytes that are live at once: no plan for this order can do with less."""
        blocks = []
        for i, storage in enumerate(self.pieces):
            first, last = storage.live
            size = dims.evaluate(storage.type.nbytes, sizes)
            blocks.append(Block(i, size, first, last + 1))
        return lower_bound(blocks)

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


@dataclass
class _Builder:
    """The plan while it is made."""

    schedule: Schedule
    fusion: Fusion
    in_place: bool
    steps: Steps | None = None
    place: dict[Tensor, Storage] = field(default_factory=dict)

    def build(self) -> Plan:
        schedule = self.schedule
        for node in schedule.order:
            if schedule.kinds[node] is Kind.COMPUTE:
                for tensor in node.outputs:
                    interval = (schedule.start[node], schedule.last_read[tensor])
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
        loops = {
            node: _Builder(inner, Fusion(()), self.in_place, steps).build()
            for node, (steps, inner) in schedule.loops.items()
        }
        return Plan(schedule, self.fusion, self.place, scratch, commits, (), loops)

    def held_type(self, tensor: Tensor) -> TensorType:
        """The type of the memory a tensor needs: inside a blocked group, a block of it."""
        if self.fusion.tiled(self.schedule, tensor):
            return tensor.type.with_shape((BLOCK,))
        return tensor.type

    def pin_states(self) -> tuple[tuple[State, Tensor], ...]:
        """Compute new values directly into the states' storage where nothing reads the old value
        afterwards; return the updates that must be copied at the end instead."""
        schedule = self.schedule
        old = state_inputs(schedule) if self.steps is None else self.steps.old
        commits: list[tuple[State, Tensor]] = []
        for state, value in schedule.graph.updates:
            before = old.get(state)
            if value is before:
                continue  # it becomes itself
            final, value = value, self.reshaped(state, value) if before is None else value
            storage = self.place.get(value)
            number = value.ndim == 0 and value.node not in schedule.kernels
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
        source = value
        while self.schedule.kind(source) is Kind.VIEW and isinstance(source.node.op, Reshape):
            source = source.node.inputs[0]
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
        readers = [t for t in node.inputs if self.schedule.base[t] is operand]
        return operand in allowed and all(t is operand for t in readers)

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
            return [node.inputs[i] for i in inplace_operands(node)]
        out = node.outputs[0]
        return [t for t in kernel.inputs if t.type == out.type and kernel.may_overwrite(t, out)]

    def overwrite_operand(self, step: int, node: Node) -> None:
        """Let a result share memory with an operand that nobody reads afterwards."""
        out = node.outputs[0]
        for operand in self.candidates(node):
            mine, theirs = self.place[out], self.place.get(operand)
            if theirs is None or mine is theirs:
                continue
            if mine.state is not None and theirs.state is not None:
                continue
            if self.schedule.last_read[operand] != step or not self.disjoint(mine, theirs):
                continue
            # Block by block, what needs only a block may use the vector it came from.
            larger = theirs.state is not None or (
                mine.state is None and theirs.type == operand.type
            )
            kept, lost = (theirs, mine) if larger else (mine, theirs)
            kept.intervals.update(lost.intervals)
            for tensor in lost.intervals:
                self.place[tensor] = kept
            return


def _arrange(pieces: list[Storage]) -> tuple[SizeClass, ...]:
    """Give every piece of the arena its offset; return the size classes."""
    by_class: dict[tuple[str, int], list[Storage]] = {}
    for storage in pieces:
        size = types.itemsize(storage.type.dtype)
        factor, primitive = dims.content(storage.type.size)
        if isinstance(primitive, int):
            units, alignment = factor * size, 64 if factor * size >= 64 else 8
        else:
            units, alignment = factor * size, 4
        storage.size_class = primitive
        storage.units = units
        by_class.setdefault((str(primitive), alignment), []).append(storage)
    classes: list[SizeClass] = []
    # Symbolic classes first: their padded sizes keep what follows aligned.
    for (unit, alignment), members in sorted(
        by_class.items(), key=lambda c: (c[0][0] == "1", -c[0][1])
    ):
        blocks = _blocks(members, alignment)
        if unit != "1" and lower_bound(blocks) >= LARGE:
            alignment = 64
            blocks = _blocks(members, alignment)
        packing = pack(blocks)
        for i, storage in enumerate(members):
            storage.offset, storage.arena = packing.offsets[i], len(classes)
        classes.append(SizeClass(members[0].size_class, packing.height, alignment))
    return tuple(classes)


def _blocks(members: list[Storage], alignment: int) -> list[Block]:
    """Pieces of one arena, with their sizes rounded up to the alignment."""
    blocks = []
    for i, storage in enumerate(members):
        storage.units = -(-storage.units // alignment) * alignment
        first, last = storage.live
        blocks.append(Block(i, storage.units, first, last + 1))
    return blocks


def plan(schedule: Schedule, fusion: Fusion, in_place: bool = True) -> Plan:
    """Place every computed tensor of a schedule."""
    built = _Builder(schedule, fusion, in_place).build()
    _delay(built, 0)
    return _arranged(built, _arrange(built.pieces))


def _delay(plan: Plan, time: int) -> None:
    """Let the time of every loop's pieces count from the beginning of the whole."""
    for node, inner in plan.loops.items():
        start = time + plan.schedule.start[node]
        for storage in inner.own:
            storage.delay = start
        _delay(inner, start)


def _arranged(plan: Plan, classes: tuple[SizeClass, ...]) -> Plan:
    loops = {node: _arranged(inner, classes) for node, inner in plan.loops.items()}
    return replace(plan, classes=classes, loops=loops)
