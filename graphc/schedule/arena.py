"""Offsets for buffers whose live ranges are known: offline dynamic storage allocation.

In: blocks, each a size and a live range. Out: an offset for each, such that no two blocks that are
live together overlap, and the height of the arena. Pure functions that import nothing of graphc.
Equal input gives equal offsets on every run and machine: work is bounded by counts and not by a
clock, and nothing depends on hashing, on addresses or on a linear-algebra library.

The problem is NP-hard (Garey and Johnson, SR2), so `pack` does two things in turn, and stops as
soon as the height meets the lower bound:

1. *Greedy*: place the block that can lie lowest, for a few orders of priority. This alone meets
   the bound on nearly all schedules of networks, whose live ranges nest.
2. *Dives*: short depth-first searches for a packing within a target height, restarted with other
   priorities, since run times of such searches are heavy-tailed (Gomes, Selman and Kautz, AAAI
   1998). Branching and pruning follow MiniMalloc (Moffitt, ASPLOS 2023): offsets never decrease
   along a branch, a block is not placed where another would fit below it, and the unplaced load
   of every section must fit above its floor. Backtracking skips choices that share no time with
   the failure, and blocks that fail rise in priority.

Time is compressed to *sections*: each is a maximal set of blocks that are live together.
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

# Work is counted in steps of a dive through a small problem, about 30 microseconds each.
SMALL_COUNT, SMALL_WORK, WORK_PER_BLOCK, MOST_WORK = 100, 250, 1_500, 70_000
WIDE_GAP = 0.05  # the distance to the lower bound from which on all of that work is worth doing
CELLS_PER_STEP = 20_000  # pairs of section and block that take as long as the rest of a step
STEPS_PER_BLOCK = 2  # a dive that has not succeeded by then seldom does
TARGETS = (0.75, 0.0, 0.9, 0.5)  # parts of the gap to the bound that dives leave, in turn
SEED, NOISE, POWERS = 0, (0.9, 1.1), 3  # how the priorities vary from dive to dive
FAILURE_WEIGHT, FAILURE_MEMORY = 2.0, 0.9


@dataclass(frozen=True)
class Block:
    """One buffer: `size` units of memory, live during the half-open interval [`first`, `last`)."""

    id: int | str
    size: int
    first: int
    last: int


@dataclass(frozen=True)
class Packing:
    """Where every block lies, in the unit of the sizes.

    `height` is the end of the highest block, `lower_bound` the most units live at once.
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
    return max(accumulate(change[time] for time in sorted(change)), default=0)


def pack(blocks: Sequence[Block], *, alignment: int = 1, effort: float = 1.0) -> Packing:
    """Place `blocks` in one arena, as low as can be found.

    Every offset is a multiple of `alignment`, in the unit of the sizes. `effort` scales the search
    that follows where greedy placement misses the lower bound; 0 leaves it out. The search grows
    with the number of blocks and with the distance from the bound: at `effort=1` a hundred blocks
    take milliseconds at worst, and several hundred a few seconds.

    Raises `ValueError`, naming the block, for a negative size, an empty live range or an id used
    twice; and for an `alignment` below 1 or an `effort` that is negative or not finite.
    """
    if alignment < 1:
        raise ValueError(f"alignment {alignment} is below 1")
    if not 0 <= effort < float("inf"):
        raise ValueError(f"effort {effort} is not a finite number from 0 up")
    _validate(blocks)
    offsets: dict[int | str, int] = {block.id: 0 for block in blocks}
    sized = [block for block in blocks if block.size]
    if sized:
        units = _search(_Problem(sized, alignment), effort)
        offsets.update((b.id, int(u) * alignment) for b, u in zip(sized, units, strict=True))
    height = max((offsets[block.id] + block.size for block in sized), default=0)
    return Packing(offsets, height, lower_bound(blocks))


def check(blocks: Iterable[Block], packing: Packing) -> None:
    """Verify that `packing` places every block inside the arena, and no two in the same memory.

    Raises `ValueError` naming the block at fault, or two that overlap in time and space.
    """
    live: list[Block] = []
    for block in sorted(blocks, key=lambda block: block.first):
        if block.id not in packing.offsets:
            raise ValueError(f"block {block.id!r} has no offset")
        low = packing.offsets[block.id]
        high = low + block.size
        if low < 0 or high > packing.height:
            raise ValueError(
                f"block {block.id!r} at [{low}, {high}) leaves the arena [0, {packing.height})"
            )
        live = [other for other in live if other.last > block.first]
        for other in live:
            start = packing.offsets[other.id]
            stop = start + other.size
            if max(low, start) < min(high, stop):
                raise ValueError(
                    f"blocks {other.id!r} at [{start}, {stop}) and {block.id!r} at [{low}, {high}) "
                    f"overlap: both are live at {block.first}"
                )
        live.append(block)


def _validate(blocks: Sequence[Block]) -> None:
    seen: set[int | str] = set()
    for block in blocks:
        if block.size < 0:
            raise ValueError(f"block {block.id!r} has negative size {block.size}")
        if block.first >= block.last:
            raise ValueError(f"block {block.id!r} is never live: [{block.first}, {block.last})")
        if block.id in seen:
            raise ValueError(f"block id {block.id!r} is used twice")
        seen.add(block.id)


class _Problem:
    """Blocks as arrays: sizes in units of the alignment, live ranges [start, stop) in sections."""

    def __init__(self, blocks: Sequence[Block], alignment: int) -> None:
        sizes = [-(-block.size // alignment) for block in blocks]
        self.placed = 2 * sum(sizes)  # above every arena: marks the blocks placed already
        # Exact at any magnitude: Python's own integers where 64 bits might overflow.
        self.dtype: Any = np.int64 if self.placed < 2**61 else object
        self.size: _Ints = np.array(sizes, dtype=self.dtype)
        self.start, self.stop = _sections(blocks)
        self.length = self.stop - self.start
        self.count, self.sections = len(blocks), int(self.stop.max())
        change = np.zeros(self.sections + 1, self.dtype)
        np.add.at(change, self.start, self.size)
        np.subtract.at(change, self.stop, self.size)
        self.load: _Ints = np.cumsum(change)[:-1]  # units live in each section
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
        return np.array([int(self.load[start:stop].max()) / self.bound for start, stop in spans])


def _sections(blocks: Sequence[Block]) -> tuple[_Ints, _Ints]:
    """Return the sections in which each block's live range starts and stops.

    A section begins at the first start after an end: until then the live set only grows.
    """
    firsts = np.array([block.first for block in blocks], dtype=np.int64)
    lasts = np.array([block.last for block in blocks], dtype=np.int64)
    times = np.unique(firsts)
    ends = np.searchsorted(np.sort(lasts), times, side="right")
    section = np.cumsum(np.diff(ends, prepend=-1) > 0) - 1
    start = section[np.searchsorted(times, firsts)]
    return start, section[np.searchsorted(times, lasts) - 1] + 1


def _search(problem: _Problem, effort: float) -> _Ints:
    """Return the lowest offsets found, in units of the alignment."""
    best, height = _greedy(problem, _by_decreasing(problem.length, problem.size))
    if height > problem.bound:
        area = problem.length * problem.size
        for keys in ((problem.tallness, problem.length), (problem.tallness, area), (area,)):
            offsets, top = _greedy(problem, _by_decreasing(*keys))
            if top < height:
                best, height = offsets, top
    budget = effort * _worthwhile(problem.count, height / problem.bound - 1)
    width = min(problem.sections, 3 * problem.length.mean())  # a guess at what a step looks at
    straight = problem.count * (1 + width * problem.count / CELLS_PER_STEP)
    rng = random.Random(SEED)
    failures = np.zeros(problem.count)
    for number in count():
        if height == problem.bound or budget < straight:
            break
        share = TARGETS[number % len(TARGETS)] * (height - 1 - problem.bound)
        order = _priorities(problem, failures, number % POWERS, rng)
        dive = _Dive(problem, order, problem.bound + int(share), failures)
        found = dive.run(budget)
        budget -= dive.work
        failures *= FAILURE_MEMORY
        if found is not None:
            best, height = found, int((found + problem.size).max())
    return best


def _worthwhile(blocks: int, gap: float) -> float:
    """Return the work worth doing for so many blocks at a relative `gap` to the lower bound.

    Small networks should compile in milliseconds; and where little is left to gain, in little time.
    """
    most = min(MOST_WORK, SMALL_WORK + WORK_PER_BLOCK * max(0, blocks - SMALL_COUNT))
    return most * min(1.0, gap / WIDE_GAP) ** 2


def _by_decreasing(*keys: _Ints | _Floats) -> _Ints:
    """Return the blocks ordered by decreasing keys, the first of which matters most."""
    return np.lexsort([-key.astype(np.float64) for key in reversed(keys)])


def _priorities(problem: _Problem, failures: _Floats, power: int, rng: random.Random) -> _Ints:
    """Return a random order that favours long blocks, in tall sections, that failed of late."""
    weight = problem.length * np.array([rng.uniform(*NOISE) for _ in range(problem.count)])
    weight *= 1 + FAILURE_WEIGHT * failures / max(1.0, failures.max())
    tallness = problem.tallness
    for _ in range(power):
        weight *= tallness
        tallness = tallness * tallness * tallness  # libraries differ in the last bit of powers
    return _by_decreasing(weight)


def _greedy(problem: _Problem, order: _Ints) -> tuple[_Ints, int]:
    """Return offsets and height: the block that can lie lowest goes next, ties as in `order`."""
    start, stop, size = problem.start[order], problem.stop[order], problem.size[order]
    floor = np.zeros(problem.count, problem.dtype)
    offsets = np.zeros_like(floor)
    for _ in range(problem.count):
        block = int(floor.argmin())
        offsets[order[block]] = floor[block]
        top = floor[block] + size[block]
        floor[block] = problem.placed
        together = (start < stop[block]) & (stop > start[block])
        np.maximum(floor, top, out=floor, where=together)
    return offsets, int((offsets + problem.size).max())


@dataclass(slots=True)
class _Choice:
    """A node of the search: which block to place next.

    `floor` is the offset at which each block would come to lie now. In each section, `lowest` is
    the least floor of the unplaced blocks and `load` their total size. `options` are the blocks
    still to be tried, `block` the one tried last, and [`low`, `high`) the sections that the
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

    Counts its `work`, and adds to `failures` for each block of a section that ended a branch.
    """

    def __init__(self, problem: _Problem, order: _Ints, target: int, failures: _Floats) -> None:
        self.problem, self.order, self.target = problem, order, target
        self.failures, self.work = failures, 0.0
        self.start, self.stop = problem.start[order], problem.stop[order]
        self.size, self.live = problem.size[order], problem.live[:, order]

    def run(self, budget: float) -> _Ints | None:
        """Return the offsets, or None where none were found."""
        offsets = np.zeros(self.problem.count, self.problem.dtype)
        lowest = np.zeros(self.problem.sections, self.problem.dtype)
        choices = [self._choose(np.zeros_like(offsets), lowest, self.problem.load, 0, -1)]
        steps = 0
        while self.work < budget and steps < STEPS_PER_BLOCK * self.problem.count:
            choice = choices[-1]
            block = next(choice.options, None)
            if block is not None:
                choice.block = block
                offsets[self.order[block]] = choice.floor[block]
                if len(choices) == self.problem.count:
                    return offsets
                choices.append(self._place(choice, block))
                steps += 1
            elif not self._backtrack(choices):
                break
        return None

    def _backtrack(self, choices: list[_Choice]) -> bool:
        """Return to the last choice that shares time with the failure; False where none does."""
        failed = choices.pop()
        while choices:
            choice = choices[-1]
            if self.start[choice.block] < failed.high and failed.low < self.stop[choice.block]:
                choice.low = min(choice.low, failed.low)
                choice.high = max(choice.high, failed.high)
                return True
            choices.pop()
        return False

    def _place(self, choice: _Choice, block: int) -> _Choice:
        start, stop = int(self.start[block]), int(self.stop[block])
        level = int(choice.floor[block])
        top = level + self.size[block]
        raised = (self.start < stop) & (self.stop > start) & (choice.floor < top)
        floor = np.where(raised, top, choice.floor)
        floor[block] = self.problem.placed
        load = choice.load.copy()
        load[start:stop] -= self.size[block]
        low, high = int(self.start[raised].min()), int(self.stop[raised].max())
        lowest = choice.lowest.copy()
        lowest[low:high] = np.where(self.live[low:high], floor, self.problem.placed).min(axis=1)
        self.work += 1 + (high - low) * self.problem.count / CELLS_PER_STEP
        return self._choose(floor, lowest, load, level, block)

    def _choose(self, floor: _Ints, lowest: _Ints, load: _Ints, level: int, after: int) -> _Choice:
        """Return the blocks that may come next; none where the target is out of reach.

        Offsets go up from `level`, and positions in the order, on one level, up from `after`.
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
        fresh = (block for block in options.tolist() if floor[block] > level or block > after)
        return _Choice(floor, lowest, load, fresh, self.problem.sections, 0)
