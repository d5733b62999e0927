"""Functions that functions call: texts in which inner stretches are calls already.

Groups are named from the innermost out. What a place of an outer group needs of an inner one is one
part: the object of a place of the inner group, ``norm[3]``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from graphc.codegen.names import Namer
from graphc.codegen.outline import LOCAL, NUMBER, SLOTS, Hole, Piece, Repeat, Stretch, Text
from graphc.codegen.repeats import Function, Group, Scope, groups_of, listed
from graphc.codegen.writer import Event

_WHERE = re.compile(r".+:\d+")
_HEADER = 2  # lines above a call


@dataclass(frozen=True, eq=False)
class Call:
    """A call of one function in another.

    Attributes:
        place: what it stands for, in the text that the function is made of.
        parts: the pieces of the statement.
    """

    place: Stretch
    parts: list[Piece]


@dataclass(frozen=True, eq=False)
class Shortened(Text):
    """A text with calls for stretches inside of others.

    Attributes:
        spans: for each event the first event of the whole text that it stands for, and the one after
            the last.
        calls: what is called, by event.
        whole: the text itself.
    """

    whole: Text
    spans: Sequence[tuple[int, int]] = ()
    calls: Mapping[int, Call] = field(default_factory=dict)

    @cached_property
    def pieces(self) -> list[list[list[Piece]]]:
        """The pieces of each part of each event; none of comments."""
        return [
            [[], self.calls[i].parts]
            if i in self.calls
            else self.whole.pieces[first]
            if last > first
            else []  # a title
            for i, (first, last) in enumerate(self.spans)
        ]

    @cached_property
    def firsts(self) -> list[int]:
        """The first event of the whole text for each event."""
        return [first for first, _ in self.spans]

    def at(self, stretch: Stretch) -> Stretch:
        """A stretch of the whole text in this one."""
        first, last = (bisect_left(self.firsts, i) for i in (stretch.first, stretch.last))
        if any(first <= i < last for i in self.calls):
            return Stretch(self, first, last, stretch.role, stretch.scope)
        return stretch.moved(self, first, last)


@dataclass
class Nest:
    """The groups of a module, and the texts that their functions are made of.

    Attributes:
        groups: inner ones first.
        outer: the stretches that phases call, by text; stretches of what `texts` has for it.
        texts: each text with calls inside of functions.
        of: the group and the function of each stretch.
    """

    groups: list[Group] = field(default_factory=list)
    outer: dict[Text, list[Stretch]] = field(default_factory=dict)
    texts: dict[Text, Shortened] = field(default_factory=dict)
    of: dict[Stretch, tuple[Group, Function]] = field(default_factory=dict)


def nest(
    repeats: Sequence[Repeat],
    texts: Sequence[Text],
    order: Sequence[Scope],
    reserved: Iterable[str],
) -> Nest:
    """Make groups of repeats.

    Args:
        texts: what the repeats are of.
        order: every scope, in the order in which places are counted.
        reserved: what no list of places may be called.
    """
    found = Nest(texts={text: _shortened(text, ()) for text in texts})
    repeats = _apart(_agreeing(repeats))
    inner = _inner(repeats)
    stems = Namer(reserved)
    methods = Namer({place.text.phase for repeat in repeats for place in repeat.places})
    calls: dict[Text, list[tuple[Stretch, Call]]] = {text: [] for text in texts}
    places: dict[str, tuple[Group, Scope]] = {}
    called: dict[Stretch, tuple[Group, Function]] = {}
    for depth in sorted({len(r.places[0].scope) for r in repeats}, reverse=True):
        mine = [repeat for repeat in repeats if len(repeat.places[0].scope) == depth]
        now = {s: found.texts[s.text].at(s) for repeat in mine for s in repeat.places}
        moved = [Repeat([now[s] for s in repeat.places]) for repeat in mine]
        for group in groups_of(moved, order, stems, methods, dict(places)):
            found.groups.append(group)
            places.update((listed(group, scope), (group, scope)) for scope in group.scopes)
            for function in group.functions:
                found.of.update((place, (group, function)) for place in function.repeat.places)
        for place, stretch in now.items():
            called[place] = found.of[stretch]
            if place in inner:
                call = Call(stretch, _parts(stretch, *found.of[stretch]))
                calls[place.text].append((place, call))
        found.texts = {text: _shortened(text, rows) for text, rows in calls.items()}
    for place, both in called.items():
        if place not in inner:
            stretch = found.texts[place.text].at(place)
            found.of[stretch] = both
            found.outer.setdefault(place.text, []).append(stretch)
    return found


def _agreeing(repeats: Sequence[Repeat]) -> list[Repeat]:
    """Repeats without the places that use other states, or other buffers of their family, than one
    before them with the same scope: a scope has one object for its parts."""
    left = []
    for repeat in repeats:
        known: dict[tuple[int, str, Scope], Hole] = {}
        places = []
        for place in repeat.places:
            own = {
                (part, place.text.family if hole.kind == SLOTS else "", place.scope): hole
                for part, hole in enumerate(repeat.named(place))
                if hole.kind not in (LOCAL, NUMBER)
            }
            if all(known.get(key, hole) == hole for key, hole in own.items()):
                known |= own
                places.append(place)
        left.append(repeat if len(places) == len(repeat.places) else Repeat(places))
    return left


def _apart(repeats: Sequence[Repeat]) -> list[Repeat]:
    """Repeats without the places that are inside of others of their own depth: of these one would be
    a call in some places of the other and not in all."""
    every: dict[tuple[Text, int], list[Stretch]] = {}
    for repeat in repeats:
        for place in repeat.places:
            every.setdefault((place.text, len(place.scope)), []).append(place)
    inside = {place for places in every.values() for place in _covered(places)}
    left = (
        Repeat([place for place in repeat.places if place not in inside])
        if inside.intersection(repeat.places)
        else repeat
        for repeat in repeats
    )
    return [repeat for repeat in left if len(repeat.places) > 1]


def _inner(repeats: Sequence[Repeat]) -> set[Stretch]:
    """The places that are inside of others."""
    every: dict[Text, list[Stretch]] = {}
    for repeat in repeats:
        for place in repeat.places:
            every.setdefault(place.text, []).append(place)
    return {place for places in every.values() for place in _covered(places)}


def _covered(places: Iterable[Stretch]) -> Iterator[Stretch]:
    """Those of a text's stretches that are inside of others."""
    end = 0
    for place in sorted(places, key=lambda place: (place.first, -place.last)):
        if place.last <= end:
            yield place
        end = max(end, place.last)


def _parts(place: Stretch, group: Group, function: Function) -> list[Piece]:
    """The pieces of a call in another function."""
    label = listed(group, place.scope)
    given = [
        *(Hole(kind, label) for kind in function.kinds),
        *(Hole(LOCAL, name) for name in place.arguments),
    ]
    found: list[Piece] = [f"self.{function.name}("]
    for i, hole in enumerate(given):
        found += [", ", hole] if i else [hole]
    return [*found, ")"]


def _shortened(text: Text, calls: Iterable[tuple[Stretch, Call]]) -> Shortened:
    """A text with calls for stretches of it; those inside of others of them are left out."""
    events: list[Event] = []
    spans: list[tuple[int, int]] = []
    made: dict[int, Call] = {}
    end = 0

    def copy(stop: int) -> None:
        for i in range(end, stop):
            events.append(text.events[i])
            spans.append((i, i + 1))

    for place, call in sorted(calls, key=lambda pair: (pair[0].first, -pair[0].last)):
        if place.last <= end:
            continue
        copy(place.first)
        events += _title(place)
        spans += [(place.first, place.first)] * (len(events) - len(spans))
        first, last = place.events[0], place.events[-1]
        made[len(events)] = call
        events.append(Event(first.start, last.stop, place.depth, "statement", ("", "")))
        spans.append((place.first, place.last))
        end = place.last
    copy(len(text.events))
    return Shortened(text.family, text.phase, events, text.starts, text, spans, made)


def _title(place: Stretch) -> list[Event]:
    """What stands above a call: the header, or where that has more than one formula its beginning."""
    header = []
    for event in place.events:
        if event.kind != "comment":
            break
        header.append(event)
    if len(header) <= _HEADER:
        return header
    title, where = ".".join(place.scope), where_of(place)
    text = f"{title}   {where}" if where else title
    return [replace(header[0], parts=(text, ""))]


def where_of(stretch: Stretch) -> str:
    """The user's line in the first header of a stretch."""
    for event in stretch.events:
        if event.kind == "comment":
            last = re.split(r" {3,}", event.parts[0])[-1]
            return last if _WHERE.fullmatch(last) else ""
    return ""
