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
from itertools import accumulate, count
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Ints: TypeAlias = NDArray[np.int64]
_Floats: TypeAlias = NDArray[np.float64]

SEED = 0
NOISE = (0.9, 1.1)
MEMORY = 0.9
FAILURE_WEIGHT = 2
POWERS = 4
TARGETS = (0.0, 0.5, 0.75, 0.9)
STEPS_PER_BLOCK = 2
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
    """Return the most units live at once, which no arena can be smaller than; 0 for no blocks."""
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
    def live(self) -> NDArray[np.bool_]:
        """Whether in each section (row) each block (column) is live."""
        section = np.arange(self.sections)[:, None]
        return (self.start <= section) & (section < self.stop)

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
        for keys in ((problem.tallness, problem.length), (problem.tallness, area), (area,)):
            offsets, top = _greedy(problem, _by_decreasing(*keys))
            if top < height:
                best, height = offsets, top
    budget = effort * _budget(problem.count, height / problem.bound - 1)
    rng = random.Random(SEED)
    failures = np.zeros(problem.count)
    for dive in count():
        if height == problem.bound or budget < problem.count:
            break
        share = TARGETS[dive % len(TARGETS)]
        target = problem.bound + int(share * (height - 1 - problem.bound))
        order = _priorities(problem, failures, dive % POWERS, rng)
        failures *= MEMORY
        search = _Dive(problem, order, target, failures)
        found = search.run()
        budget -= search.work
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


def _priorities(problem: _Problem, failures: _Floats, power: int, rng: random.Random) -> _Ints:
    """Return a randomised order: long blocks in tall sections, and those that failed lately."""
    weight = problem.length * np.array([rng.uniform(*NOISE) for _ in range(problem.count)])
    weight *= 1 + FAILURE_WEIGHT * failures / max(1.0, failures.max())
    tallness = problem.tallness
    for _ in range(power):
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
class _Choice:
    """A node of the search: which block to place next.

    `floor` is the offset at which each block would come to lie now. For each section, `lowest` is
    the least floor of the unplaced blocks there, and `load` their total size. `options` are the
    blocks still to be tried, `block` the one tried last, and [`low`, `high`) the sections that the
    failures met so far depend on.
    """

    floor: _Ints
    lowest: _Ints
    load: _Ints
    options: Iterator[int]
    low: int
    high: int
    block: int = -1


class _Dive:
    """One depth-first search for a packing no higher than `target`, given up when it drags on.

    It counts its `work`, and adds to `failures` for each block of a section that ends a branch.
    """

    def __init__(self, problem: _Problem, order: _Ints, target: int, failures: _Floats) -> None:
        self.problem, self.order, self.target = problem, order, target
        self.failures = failures
        self.start, self.stop = problem.start[order], problem.stop[order]
        self.size = problem.size[order]
        self.live = problem.live[:, order]
        self.work = 0.0

    def run(self) -> _Ints | None:
        """Return the offsets, or None where none were found."""
        count = self.problem.count
        offsets = np.zeros(count, self.problem.dtype)
        zeros = np.zeros(self.problem.sections, self.problem.dtype)
        choices = [self._choose(np.zeros_like(offsets), zeros, self.problem.load, 0, -1)]
        for _ in range(STEPS_PER_BLOCK * count):
            block = next(choices[-1].options, None)
            while block is None:
                failed = choices.pop()
                while choices and self._apart(choices[-1].block, failed.low, failed.high):
                    choices.pop()
                if not choices:
                    return None
                choice = choices[-1]
                choice.low = min(choice.low, failed.low)
                choice.high = max(choice.high, failed.high)
                block = next(choice.options, None)
            offsets[self.order[block]] = choices[-1].floor[block]
            if len(choices) == count:
                return offsets
            choices.append(self._place(choices[-1], block))
        return None

    def _apart(self, block: int, low: int, high: int) -> bool:
        """Whether `block` is live in none of the sections [`low`, `high`)."""
        return bool(self.start[block] >= high or self.stop[block] <= low)

    def _place(self, choice: _Choice, block: int) -> _Choice:
        choice.block = block
        start, stop = int(self.start[block]), int(self.stop[block])
        offset = int(choice.floor[block])
        raised = (
            (self.start < stop) & (self.stop > start) & (choice.floor < offset + self.size[block])
        )
        raised[block] = True
        floor = np.where(raised, offset + self.size[block], choice.floor)
        floor[block] = self.problem.placed
        load = choice.load.copy()
        load[start:stop] -= self.size[block]
        low, high = int(self.start[raised].min()), int(self.stop[raised].max())
        lowest = choice.lowest.copy()
        lowest[low:high] = np.where(self.live[low:high], floor, self.problem.placed).min(axis=1)
        self.work += 1 + (high - low) * self.problem.count / CELLS_PER_STEP
        return self._choose(floor, lowest, load, offset, block)

    def _choose(self, floor: _Ints, lowest: _Ints, load: _Ints, level: int, latest: int) -> _Choice:
        """Return the blocks that may come next, none where the target is out of reach.

        Offsets go up from `level`, and on one level the priority goes down from block `latest`.
        """
        too_high = (np.maximum(lowest, level) + load > self.target) & (load > 0)
        if too_high.any():
            culprits = self.live[too_high.argmax()] & (floor < self.problem.placed)
            self.failures[self.order[culprits]] += 1
            low, high = int(self.start[culprits].min()), int(self.stop[culprits].max())
            return _Choice(floor, lowest, load, iter(()), low, high)
        # Where another block fits below this one, a packing as low has that block there.
        options = np.flatnonzero((floor >= level) & (floor < (floor + self.size).min()))
        options = options[np.argsort(floor[options], kind="stable")]
        later = (i for i in options.tolist() if floor[i] > level or i > latest)
        return _Choice(floor, lowest, load, later, self.problem.sections, 0)
