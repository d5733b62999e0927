"""Which repeats become functions: those beside each other first, then those inside of them.

In: the statements of all phases. Out: repeats whose places do not overlap, but may lie within those of
others. What is inside a function counts as often as it is printed: once for all places of the function.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from graphc.codegen.outline import Repeat, Stretch, Text

LEAST_COUNT = 4  # places where a stretch stands before anything is outlined
LEAST_SAVING = 150  # lines that outlining must save in all
LEAST_SINGLE = 24  # lines that each function must save
LEAST_CODE = 2  # lines of statements in a function
LEAST_INNER = 4  # in one that functions call
_LOOSE = 10  # a function may have one name more for so many that its places have
# How much more an inner repeat must save to be taken before an outer one: 1 / this. Outer ones read
# better: the first of these is taken that saves nearly as much as the best.
_OUTER = (0.25, 0.5, 0.75, 1.0)
_NEARLY = 80  # lines

Kept = tuple[Repeat, int]  # what is left of a repeat, and the lines that it saves


def find(texts: Sequence[Text]) -> list[Repeat]:
    """The repeats that are worth a function, in order of their first places, outer ones first."""
    depths = range(1, max((_depth(text) for text in texts), default=0) + 1)
    stretches = [
        [s for text in texts for s in _stretches(text, depth) if s.code >= LEAST_CODE]
        for depth in depths
    ]
    found = _best(stretches, lambda places: (Repeat(places), Repeat(places).saving))
    most = max((r.count for r in found), default=0)
    if most < LEAST_COUNT or sum(repeat.saving for repeat in found) < LEAST_SAVING:
        return []
    inner = [
        [s for s in (*level, *_beginnings(texts, depth)) if s.code >= LEAST_INNER]
        for depth, level in zip(depths, stretches, strict=True)
    ]
    while True:
        inside = _Inside(found)
        free = [[s for s in level if inside.allows(s)] for level in inner]
        more = _best(free, inside.kept)
        if not more:
            break
        again = {_range(place) for repeat in more for place in repeat.places}
        found = [repeat for repeat in found if _range(repeat.places[0]) not in again] + more
    _take_others(found, [s for level in stretches for s in level if s.code >= LEAST_INNER])
    position = {text: i for i, text in enumerate(texts)}
    return sorted(
        found,
        key=lambda r: (position[r.places[0].text], r.places[0].first, len(r.places[0].scope)),
    )


def _take_others(found: Sequence[Repeat], stretches: Sequence[Stretch]) -> None:
    """Let functions stand for what is the same under scopes of other depths, beside all places."""
    places = [place for repeat in found for place in repeat.places]
    owner = {place.scope: place.scope for place in places}  # a scope of the same block
    for repeat in found:
        for place in repeat.places:
            old, new = owner[place.scope], owner[repeat.places[0].scope]
            owner.update((scope, new) for scope, block in owner.items() if block == old)
    nested = {scope[:k] for scope in owner for k in range(len(scope))}
    free = [s for s in stretches if s.eligible and s.scope not in nested and not _under(s, owner)]
    taken: dict[Text, list[tuple[int, int]]] = {}
    for place in places:
        taken.setdefault(place.text, []).append((place.first, place.last))
    alike: dict[object, list[Stretch]] = {}
    for stretch in free:
        if not _overlaps(stretch, taken.get(stretch.text, [])):
            alike.setdefault((stretch.role, stretch.shape), []).append(stretch)
    for repeat in found:
        first = repeat.places[0]
        for stretch in alike.get((first.role, first.shape), []):
            both = Repeat([*repeat.places, stretch])
            block = owner[first.scope]
            if (
                owner.get(stretch.scope, block) == block
                and len(_once(both.places)) == len(both.places)
                and _parts(both) <= _parts(repeat) + max(_parts(repeat) // _LOOSE, 1)
            ):
                owner[stretch.scope] = block
                repeat.take(stretch)


def _under(stretch: Stretch, scopes: Iterable[tuple[str, ...]]) -> bool:
    """Whether a stretch is a part of a scope among others."""
    known = set(scopes)
    return any(stretch.scope[:k] in known for k in range(1, len(stretch.scope)))


class _Inside:
    """Where stretches lie in the places of repeats.

    A stretch inside a place is of use only if all places of the repeat have it, for one function
    stands for all of them; it is printed once.
    """

    def __init__(self, repeats: Sequence[Repeat]) -> None:
        self.repeats = repeats
        self._places: dict[Text, list[tuple[int, int, int, Stretch]]] = {}
        for number, repeat in enumerate(repeats):
            for place in repeat.places:
                row = (place.first, place.last, number, place)
                self._places.setdefault(place.text, []).append(row)
        for rows in self._places.values():
            rows.sort(key=lambda row: (row[0], -row[1]))

    def allows(self, stretch: Stretch) -> bool:
        """Whether no place is but a part of a stretch."""
        return all(
            last <= stretch.first
            or first >= stretch.last
            or (first <= stretch.first and stretch.last <= last)
            for first, last, *_ in self._places.get(stretch.text, ())
        )

    def kept(self, places: Sequence[Stretch]) -> Kept:
        """What of the places can be called from functions and phases, and the lines that this saves."""
        alone: list[Stretch] = []
        inner: dict[tuple[int, int, int], list[Stretch]] = {}
        for stretch in places:
            if (key := self._key(stretch)) is None:
                alone.append(stretch)
            else:
                inner.setdefault(key, []).append(stretch)
        whole = [
            found for key, found in inner.items() if len(found) == len(self.repeats[key[0]].places)
        ]
        wanted = {stretch for found in whole for stretch in found}
        wanted.update(alone)
        printed = Repeat([*alone, *(found[0] for found in whole)])
        left = Repeat([stretch for stretch in places if stretch in wanted])
        return left, printed.saving if len(printed.places) > 1 else 0

    def _key(self, stretch: Stretch) -> tuple[int, int, int] | None:
        """The repeat that a stretch is inside of, and its first and last statement there."""
        key = None
        for first, last, number, place in self._places.get(stretch.text, ()):
            if first > stretch.first:
                break
            if stretch.last <= last:
                start, stop = (
                    _statements(place, stretch.first),
                    _statements(place, stretch.last),
                )
                key = number, start, stop
        return key


def _statements(place: Stretch, end: int) -> int:
    """How many statements of a place are before an event."""
    return bisect_left(place.text.statements, end) - bisect_left(place.text.statements, place.first)


def _best(
    stretches: Sequence[Sequence[Stretch]], kept: Callable[[list[Stretch]], Kept]
) -> list[Repeat]:
    """Repeats that do not overlap, for each role those that save most, or nearly, with the least
    preference for inner ones.

    Args:
        stretches: what there is, by depth.
        kept: what of the places of a repeat counts, and what it saves.
    """
    every = [(d, *kept(r.places)) for d, level in enumerate(stretches, 1) for r in _alike(level)]
    found: list[Repeat] = []
    for role in dict.fromkeys(repeat.places[0].role for _, repeat, _ in every if repeat.places):
        mine = [row for row in every if row[1].places and row[1].places[0].role == role]
        choices = [_chosen(mine, outer, kept) for outer in _OUTER]
        most = max(saving for _, saving in choices)
        found += next(repeats for repeats, saving in choices if saving >= most - _NEARLY)
    return found


def _chosen(
    every: Sequence[tuple[int, Repeat, int]], outer: float, kept: Callable[[list[Stretch]], Kept]
) -> tuple[list[Repeat], int]:
    """Repeats that do not overlap, and what they save: those that save most first, each level in
    counting for less."""
    waiting = [
        (-saving * outer**depth, depth, number, repeat)
        for number, (depth, repeat, saving) in enumerate(every)
    ]
    heapq.heapify(waiting)
    taken: dict[Text, list[tuple[int, int]]] = {}
    found = []
    total = 0
    while waiting:
        score, depth, number, repeat = heapq.heappop(waiting)
        left, saving = kept([s for s in repeat.places if not _overlaps(s, taken.get(s.text, []))])
        now = -saving * outer**depth
        if left.count < 2 or saving < LEAST_SINGLE:
            continue
        if now > score:
            heapq.heappush(waiting, (now, depth, number, left))
            continue
        for stretch in left.places:
            taken.setdefault(stretch.text, []).append((stretch.first, stretch.last))
        found.append(left)
        total += saving
    return found, total


def _depth(text: Text) -> int:
    return max((len(scope) for *_, scope in text.blocks), default=0)


def _stretches(text: Text, depth: int) -> list[Stretch]:
    """Runs of blocks of one role whose scopes begin alike."""
    found: list[tuple[int, int, str, tuple[str, ...]]] = []
    for first, last, role, scope in text.blocks:
        if len(scope) < depth:
            found.append((first, last, role, ()))
            continue
        start = scope[:depth]
        if found and found[-1][2:] == (role, start):
            found[-1] = (found[-1][0], last, role, start)
        else:
            found.append((first, last, role, start))
    return [Stretch(text, *run) for run in found if run[3]]


def _beginnings(texts: Sequence[Text], depth: int) -> Iterator[Stretch]:
    """Blocks without their last statements, which may be the block's own: what one gradient is added
    to."""
    for text in texts:
        for first, last, role, scope in text.blocks:
            end = text.statements[bisect_left(text.statements, last) - 1]
            if len(scope) == depth and text.statements[bisect_left(text.statements, first)] < end:
                yield Stretch(text, first, end, role, scope)


def _alike(stretches: Iterable[Stretch]) -> list[Repeat]:
    groups: dict[tuple[object, ...], dict[tuple[int, ...], list[Stretch]]] = {}
    for stretch in stretches:
        if stretch.eligible and stretch.shape:
            same = groups.setdefault((stretch.role, stretch.shape), {})
            same.setdefault(tuple(Repeat([stretch]).parts), []).append(stretch)
    found = [_unified([_once(places) for places in same.values()]) for same in groups.values()]
    return [repeat for repeats in found for repeat in repeats]


def _unified(exact: Iterable[list[Stretch]]) -> list[Repeat]:
    """Groups of stretches that differ in which of their holes hold the same, the largest first, those
    together that a few more names make one."""
    found: list[Repeat] = []
    for places in sorted(exact, key=len, reverse=True):
        own = Repeat(places)
        for i, other in enumerate(found):
            both = Repeat(_once([*other.places, *places]))
            most = max(_parts(own), _parts(other))
            if _parts(both) <= most + max(most // _LOOSE, 1):
                found[i] = both
                break
        else:
            found.append(own)
    return found


def _parts(repeat: Repeat) -> int:
    return max(repeat.parts, default=-1) + 1


def _once(stretches: Sequence[Stretch]) -> list[Stretch]:
    """One stretch for each scope in each family: places are told apart by these."""
    found: dict[tuple[str, tuple[str, ...]], Stretch] = {}
    for stretch in stretches:
        found.setdefault((stretch.text.family, stretch.scope), stretch)
    return list(found.values())


def _range(stretch: Stretch) -> tuple[Text, int, int]:
    return stretch.text, stretch.first, stretch.last


def _overlaps(stretch: Stretch, taken: list[tuple[int, int]]) -> bool:
    return any(first < stretch.last and stretch.first < last for first, last in taken)
