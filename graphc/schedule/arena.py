"""Offsets for buffers whose live ranges are known: offline dynamic storage allocation.

In: blocks, each a size and a half-open live range. Out: an offset for each, such that no two blocks
that are live together overlap, and the height of the arena. Nothing is mutated, nothing else of
graphc is imported, and equal input gives equal offsets on every run and machine: work is bounded by
counts, never by a clock, and no result depends on hashing or on a linear-algebra library.

The problem is NP-hard (Garey and Johnson, SR2), so `pack` does two things in turn, and stops as
soon as the height meets the lower bound:

1. *Greedy*: place the block that can sit lowest, for a few priority orders. This alone meets the
   bound on nearly all schedules of networks, whose live ranges nest.
2. *Dives*: short depth-first searches for a packing within a target height, with randomised
   priorities and restarts, since run times of such searches are heavy-tailed (Gomes, Selman and
   Kautz, AAAI 1998). The branching and pruning follow the canonical solutions of MiniMalloc
   (Moffitt, ASPLOS 2023): offsets never decrease along a branch; a block is not placed where
   another would fit below it; the unplaced load of every section must fit above its floor.
   Backtracking jumps over decisions that share no time with the failure.

Time is compressed to *sections*: a section is a maximal set of blocks that are live together.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Ints: TypeAlias = NDArray[np.int64]
_Floats: TypeAlias = NDArray[np.float64]

SEED = 0
NOISE = (0.7, 1.3)
POWERS = 4
TARGETS = (0.5, 0.0, 0.75, 0.0)
STEPS_PER_BLOCK = 3
CELLS_PER_STEP = 20_000
MOST_WORK = 75_000
SMALL_WORK = 250
WORK_PER_BLOCK = 1_500
SMALL_COUNT = 100
WIDE_GAP = 0.05


@dataclass(frozen=True)
class Block:
    """One buffer: `size` units of memory, live during the half-open interval [`first`, `last`)."""

    id: int | str
    size: int
    first: int
    last: int


@dataclass(frozen=True)
class Packing:
    """Where every block lies, in the unit of the blocks' sizes.

    `height` is the end of the highest block; `lower_bound` the most units live at once, which no
    packing can be lower than.
    """

    offsets: dict[int | str, int]
    height: int
    lower_bound: int


def lower_bound(blocks: Iterable[Block]) -> int:
    """Return the most units live at once: no arena can be smaller. Zero where there are no blocks."""
    change: dict[int, int] = {}
    for block in blocks:
        change[block.first] = change.get(block.first, 0) + block.size
        change[block.last] = change.get(block.last, 0) - block.size
    return max(accumulate(change[t] for t in sorted(change)), default=0)


def pack(blocks: Sequence[Block], *, alignment: int = 1, effort: float = 1.0) -> Packing:
    """Place `blocks` in one arena, as low as can be found.

    Every offset is a multiple of `alignment`, in the unit of the sizes. `effort` scales the search
    that follows where the greedy orders miss the lower bound; 0 leaves it out. Its cost grows with
    the distance from the bound and with the number of blocks: with `effort=1` a hundred blocks take
    some milliseconds and hard instances of several hundred a few seconds.

    Raises `ValueError`, naming the block, for a negative size, an empty live range or an id seen
    before; and for an `alignment` below 1 or a negative `effort`.
    """
    if alignment < 1:
        raise ValueError(f"alignment {alignment} is below 1")
    if not effort >= 0:
        raise ValueError(f"effort {effort} is negative")
    _validate(blocks)
    offsets: dict[int | str, int] = {block.id: 0 for block in blocks}
    sized = [block for block in blocks if block.size]
    if sized:
        problem = _Problem(sized, alignment)
        units = _search(problem, effort)
        offsets.update((b.id, int(u) * alignment) for b, u in zip(sized, units, strict=True))
    height = max((offsets[block.id] + block.size for block in sized), default=0)
    return Packing(offsets, height, lower_bound(blocks))


def check(blocks: Sequence[Block], packing: Packing) -> None:
    """Verify that `packing` places all of `blocks`, none below 0, and within its height.

    Raises `ValueError` naming the block at fault, or two blocks that overlap in time and space.
    """
    live: list[Block] = []
    for block in sorted(blocks, key=lambda b: b.first):
        if block.id not in packing.offsets:
            raise ValueError(f"block {block.id!r} has no offset")
        low = packing.offsets[block.id]
        if low < 0 or low + block.size > packing.height:
            raise ValueError(
                f"block {block.id!r} at [{low}, {low + block.size}) leaves the arena "
                f"[0, {packing.height})"
            )
        live = [other for other in live if other.last > block.first]
        for other in live:
            start = packing.offsets[other.id]
            if max(low, start) < min(low + block.size, start + other.size):
                raise ValueError(
                    f"blocks {other.id!r} and {block.id!r} overlap: both are live at "
                    f"{block.first}, at offsets [{start}, {start + other.size}) and "
                    f"[{low}, {low + block.size})"
                )
        live.append(block)


def _validate(blocks: Sequence[Block]) -> None:
    seen: set[int | str] = set()
    for block in blocks:
        if block.size < 0:
            raise ValueError(f"block {block.id!r} has negative size {block.size}")
        if block.first >= block.last:
            raise ValueError(
                f"block {block.id!r} has an empty live range [{block.first}, {block.last})"
            )
        if block.id in seen:
            raise ValueError(f"block id {block.id!r} is used twice")
        seen.add(block.id)


class _Problem:
    """Blocks as arrays: sizes in units of the alignment, live ranges in sections."""

    def __init__(self, blocks: Sequence[Block], alignment: int) -> None:
        sizes = [-(-block.size // alignment) for block in blocks]
        #: An offset above every arena, which marks blocks that are placed already.
        self.placed = 2 * sum(sizes)
        # Exact at any magnitude: Python's own integers where 64 bits might overflow.
        self.dtype: Any = np.int64 if self.placed < 2**61 else object
        self.size: _Ints = np.array(sizes, dtype=self.dtype)
        self.start, self.stop = _sections(blocks)
        self.length = self.stop - self.start
        self.count = len(blocks)
        self.sections = int(self.stop.max())
        change = [0] * (self.sections + 1)
        for start, stop, size in zip(self.start.tolist(), self.stop.tolist(), sizes, strict=True):
            change[start] += size
            change[stop] -= size
        #: Units live in each section.
        self.load: _Ints = np.array(list(accumulate(change))[:-1], dtype=self.dtype)
        self.bound = int(self.load.max())

    @cached_property
    def covers(self) -> NDArray[np.bool_]:
        """Whether each block (row) is live in each section (column)."""
        section = np.arange(self.sections)
        return (self.start[:, None] <= section) & (section < self.stop[:, None])

    @property
    def dive_cost(self) -> float:
        """Work that a dive without backtracking takes."""
        return self.count * (1 + self.covers.size / 2 / CELLS_PER_STEP)

    @cached_property
    def tallness(self) -> _Floats:
        """The load of the fullest section that each block is live in, over the bound: (0, 1]."""
        spans = zip(self.start.tolist(), self.stop.tolist(), strict=True)
        return np.array([int(self.load[a:b].max()) / self.bound for a, b in spans])


def _sections(blocks: Sequence[Block]) -> tuple[_Ints, _Ints]:
    """Return each block's live range as [start, stop) in sections.

    A section begins at the first start after an end; in between, the live set only grows.
    """
    firsts = {block.first for block in blocks}
    lasts = {block.last for block in blocks}
    section_of: dict[int, int] = {}
    sections_until: dict[int, int] = {}
    count, shrunk = 0, True
    for time in sorted(firsts | lasts):
        if time in lasts:
            sections_until[time] = count
            shrunk = True
        if time in firsts:
            count += shrunk
            shrunk = False
            section_of[time] = count - 1
    start = np.array([section_of[block.first] for block in blocks], dtype=np.int64)
    stop = np.array([sections_until[block.last] for block in blocks], dtype=np.int64)
    return start, stop


def _search(problem: _Problem, effort: float) -> _Ints:
    """Return the lowest offsets found, in units of the alignment."""
    best, height = _greedy(problem, _by_decreasing(problem.length, problem.size))
    if height > problem.bound:
        area = problem.length * problem.size
        for keys in (
            (problem.tallness, problem.length),
            (problem.tallness, area),
            (area,),
        ):
            offsets, top = _greedy(problem, _by_decreasing(*keys))
            if top < height:
                best, height = offsets, top
    budget = effort * _budget(problem.count, height / problem.bound - 1)
    rng = random.Random(SEED)
    failures = np.zeros(problem.count)
    dives = 0
    while height > problem.bound and budget > problem.dive_cost:
        target = problem.bound + int((height - 1 - problem.bound) * TARGETS[dives % len(TARGETS)])
        dive = _Dive(problem, _priorities(problem, dives, failures, rng), target)
        found = dive.run(failures)
        budget -= dive.work
        dives += 1
        if found is not None:
            best, height = found, int((found + problem.size).max())
    return best


def _budget(count: int, gap: float) -> float:
    """Return the work, in steps of a dive, that packing may cost at a relative `gap` to the bound.

    Small networks compile in milliseconds, so they get about one dive; and a gap that is small
    already is not worth seconds.
    """
    most = min(MOST_WORK, SMALL_WORK + WORK_PER_BLOCK * max(0, count - SMALL_COUNT))
    return most * min(1.0, gap / WIDE_GAP) ** 2


def _by_decreasing(*keys: _Ints | _Floats) -> _Ints:
    """Return the blocks ordered by decreasing keys, the first key being the most significant."""
    return np.lexsort([-key for key in reversed(keys)])


def _priorities(problem: _Problem, dive: int, failures: _Floats, rng: random.Random) -> _Ints:
    """Return a randomised order: long blocks in tall sections, and those that failed lately."""
    weight = problem.length * np.array([rng.uniform(*NOISE) for _ in range(problem.count)])
    weight *= 1 + failures / max(1.0, failures.max())
    tallness = problem.tallness
    for power in range(dive % POWERS):
        weight *= tallness
        tallness = tallness**3
    return _by_decreasing(weight)


def _greedy(problem: _Problem, order: _Ints) -> tuple[_Ints, int]:
    """Place the block that can lie lowest, ties going to the earlier in `order`, until all are."""
    start, stop, size = problem.start[order], problem.stop[order], problem.size[order]
    floor = np.zeros(problem.count, problem.dtype)
    offsets = np.zeros(problem.count, problem.dtype)
    height = 0
    for _ in range(problem.count):
        block = int(floor.argmin())
        offsets[order[block]] = floor[block]
        top = int(floor[block] + size[block])
        floor[block] = problem.placed
        together = (start < stop[block]) & (stop > start[block])
        np.maximum(floor, top, out=floor, where=together)
        height = max(height, top)
    return offsets, height


@dataclass(slots=True)
class _Region:
    """Unplaced blocks that no unplaced block outside shares time with.

    `floor` is the offset at which each block would come to lie now, `load` the unplaced units in
    each of the sections [`first`, `end`). Blocks are to be placed at `level` or above; on `level`
    itself only those after block `latest`, so that every packing is met once.
    """

    blocks: _Ints
    floor: _Ints
    load: _Ints
    first: int
    end: int
    level: int
    latest: int


_Agenda: TypeAlias = "tuple[_Region, _Agenda] | None"


@dataclass(slots=True)
class _Choice:
    """A node of the search: which block to place next in a region.

    `options` are positions in the region's blocks, `block` the one tried last; [`low`, `high`) are
    the sections that the failures seen so far depend on. `rest` waits until the region is packed.
    """

    region: _Region
    rest: _Agenda
    options: Iterator[int]
    low: int
    high: int
    block: int = -1


class _Dive:
    """One depth-first search for a packing no higher than `target`, given up when it drags on."""

    def __init__(self, problem: _Problem, order: _Ints, target: int) -> None:
        self.problem, self.order, self.target = problem, order, target
        self.start, self.stop = problem.start[order], problem.stop[order]
        self.size = problem.size[order]
        self.covers = problem.covers[order]
        self.offsets = np.zeros(problem.count, problem.dtype)
        self.work = 0.0

    def run(self, failures: _Floats) -> _Ints | None:
        """Return the offsets, or None; adds to `failures` for each block that ended a branch."""
        problem = self.problem
        blocks = np.arange(problem.count)
        floor = np.zeros(problem.count, problem.dtype)
        root = _Region(blocks, floor, problem.load, 0, problem.sections, 0, -1)
        agenda = self._split(root, None)
        choices: list[_Choice] = []
        for _ in range(STEPS_PER_BLOCK * problem.count):
            if agenda is None:
                placed = np.zeros_like(self.offsets)
                placed[self.order] = self.offsets
                return placed
            choices.append(self._open(*agenda, failures))
            agenda = self._next(choices)
            if not choices:
                break
        return None

    def _open(self, region: _Region, rest: _Agenda, failures: _Floats) -> _Choice:
        """Return the blocks that may come next, none where the target is out of reach."""
        blocks, floor = region.blocks, region.floor
        covers = self.covers[blocks, region.first : region.end]
        self.work += 1 + covers.size / CELLS_PER_STEP
        # The lowest that a section's next block can lie; nothing is asked of empty sections.
        lowest = np.where(covers, floor[:, None], self.problem.placed).min(axis=0)
        too_high = np.maximum(lowest, region.level) + region.load > self.target
        too_high &= region.load > 0
        if too_high.any():
            culprits = blocks[covers[:, too_high.argmax()]]
            failures[self.order[culprits]] += 1
            low, high = int(self.start[culprits].min()), int(self.stop[culprits].max())
            return _Choice(region, rest, iter(()), low, high)
        # Where another block would fit below this one, a packing as low has that block first.
        next_top = (floor + self.size[blocks]).min()
        options = np.flatnonzero((floor >= region.level) & (floor < next_top))
        options = options[np.argsort(floor[options], kind="stable")]
        return _Choice(region, rest, iter(options.tolist()), region.end, region.first)

    def _next(self, choices: list[_Choice]) -> _Agenda:
        """Take the next option of the latest choice that has a part in the failure, if any."""
        low, high = 0, 0
        failed = False
        while choices:
            choice = choices[-1]
            if failed:
                block = choice.block
                if high <= self.start[block] or low >= self.stop[block]:
                    choices.pop()
                    continue
                choice.low, choice.high = min(choice.low, low), max(choice.high, high)
            for option in choice.options:
                region = choice.region
                block = int(region.blocks[option])
                if region.floor[option] > region.level or block > region.latest:
                    choice.block = block
                    return self._place(region, option, choice.rest)
            low, high, failed = choice.low, choice.high, True
            choices.pop()
        return None

    def _place(self, region: _Region, option: int, rest: _Agenda) -> _Agenda:
        block = int(region.blocks[option])
        start, stop = int(self.start[block]), int(self.stop[block])
        offset = int(region.floor[option])
        top = offset + int(self.size[block])
        self.offsets[block] = offset
        keep = np.ones(len(region.blocks), dtype=bool)
        keep[option] = False
        blocks, floor = region.blocks[keep], region.floor[keep]
        together = (self.start[blocks] < stop) & (self.stop[blocks] > start)
        np.maximum(floor, top, out=floor, where=together)
        load = region.load.copy()
        load[start - region.first : stop - region.first] -= self.size[block]
        left = _Region(blocks, floor, load, region.first, region.end, offset, block)
        return self._split(left, rest)

    def _split(self, region: _Region, rest: _Agenda) -> _Agenda:
        """Put `region` on the agenda, in parts that share no time, the one of fewest blocks first."""
        blocks, first = region.blocks, region.first
        if not len(blocks):
            return rest
        width = region.end - first + 1
        entering = np.bincount(self.start[blocks] - first + 1, minlength=width)
        leaving = np.bincount(self.stop[blocks] - first, minlength=width)
        crossing = np.cumsum(entering - leaving)[1:-1]
        cuts = (np.flatnonzero(crossing == 0) + first + 1).tolist()
        if not cuts:
            return region, rest
        parts = []
        for low, high in pairwise([first, *cuts, region.end]):
            inside = (self.start[blocks] >= low) & (self.stop[blocks] <= high)
            if inside.any():
                load = region.load[low - first : high - first]
                parts.append(
                    _Region(
                        blocks[inside],
                        region.floor[inside],
                        load,
                        low,
                        high,
                        region.level,
                        region.latest,
                    )
                )
        for part in sorted(parts, key=lambda p: -len(p.blocks)):
            rest = part, rest
        return rest
