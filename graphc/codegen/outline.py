"""Stretches of statements that repeat: the same text but for names and numbers.

In: the statements of all phases, as the writer noted them, with the scopes that they belong to.
Out: what is worth printing once, with the places where it stands. Two stretches are the same where
their statements are equal token by token but for names and numbers. What has one name in one place may
have two in another (a result that lies over its operand here and not there), as long as a few names
more will do for all: the function has a name for each.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from graphc.codegen.writer import Event

_CALL = 6  # lines that a call takes, with what comes before it

SLOTS = "s"  # the object that has the buffers
NUMBER = "#"  # the kind of a hole that is a number
LOCAL = ""  # the kind of a hole that is a variable
_HOLDERS = (SLOTS, "p", "d", "stats")
_WORDS = frozenset(keyword.kwlist) | {"cp", "np", "math"}
# A slice that has an attribute at either end.
_SLICE = re.compile(r"(?<=[\[ ])(?=[^:,\]]*\.|[^:,\]]*:[^:,\]]*\.)([\w.]*):([\w.]*)(?=[,\]])")
_LOOP = re.compile(r"for (\w+) in .*:")
_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
    r"|(?<![\w.])(?P<chain>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?<![\w.])(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"
)


@dataclass(frozen=True)
class Hole:
    """A part of a statement that may differ from place to place.

    Attributes:
        kind: the object whose attribute it is (``"s"``, ``"self.state"``), `LOCAL` or `NUMBER`.
        name: the attribute, the variable, or the number.
    """

    kind: str
    name: str


Piece = str | Hole


def pieces(text: str) -> list[Piece]:
    """A text as what is fixed in it and its holes, in order."""
    found: list[Piece] = []
    end = 0
    for match in _TOKEN.finditer(text):
        hole, rest = None, ""
        if number := match["number"]:
            hole = Hole(NUMBER, number)
        elif chain := match["chain"]:
            hole, rest = _hole(chain, text[match.end() : match.end() + 2])
        if hole is not None:
            found += [text[end : match.start()], hole]
            end = match.end() - len(rest)
    found.append(text[end:])
    return [piece for piece in found if piece]


def _hole(chain: str, after: str) -> tuple[Hole | None, str]:
    """The hole that a dotted name begins with, and what of it comes after the hole."""
    first, *rest = chain.split(".")
    if first == "self":
        first, rest = ".".join([first, *rest[:1]]), rest[1:]
        holder = True
    else:
        holder = first in _HOLDERS
    if holder:
        if not rest or rest[0] == "flat" or (len(rest) == 1 and after[:1] == "("):
            return None, ""
        return Hole(first, rest[0]), "".join(f".{name}" for name in rest[1:])
    keyword = after[:1] == "=" and after != "=="
    called = not rest and after[:1] == "("
    if first in _WORDS or called or keyword:
        return None, ""
    return Hole(LOCAL, first), "".join(f".{name}" for name in rest)


def spaced(text: str) -> str:
    """A text as formatters write it once attributes stand in slices: ``x[s.a : s.b]``."""
    return _SLICE.sub(lambda found: f"{found[1]} : {found[2]}".strip(), text)


@dataclass(frozen=True, eq=False)
class Text:
    """The statements of one phase.

    Attributes:
        family, phase: whose they are.
        events: what was written, in order.
        starts: for each block the number of its first line, with its role and scope (None for what
            is in no block).
    """

    family: str
    phase: str
    events: Sequence[Event]
    starts: Sequence[tuple[int, tuple[str, tuple[str, ...]] | None]]

    @cached_property
    def pieces(self) -> list[list[list[Piece]]]:
        """The pieces of each part of each event; none of comments."""
        return [
            [] if event.kind in ("comment", "header") else [pieces(part) for part in event.parts]
            for event in self.events
        ]

    @cached_property
    def blocks(self) -> list[tuple[int, int, str, tuple[str, ...]]]:
        """The first event of each block, the one after its last, its role and scope."""
        found = []
        position = 0
        for i, (line, place) in enumerate(self.starts):
            while position < len(self.events) and self.events[position].start < line:
                position += 1
            end = self.starts[i + 1][0] if i + 1 < len(self.starts) else None
            last = position
            while last < len(self.events) and (end is None or self.events[last].start < end):
                last += 1
            while last > position and self.separates(self.events[last - 1]):
                last -= 1
            if place is not None and last > position:
                found.append((position, last, *place))
        return found

    @staticmethod
    def separates(event: Event) -> bool:
        """Whether something stands between blocks only."""
        return event.kind == "header" or (event.kind == "line" and not event.parts[0].strip())

    @cached_property
    def statements(self) -> list[int]:
        """The events that are no comments."""
        return [i for i, event in enumerate(self.events) if event.kind != "comment"]

    @cached_property
    def uses(self) -> dict[str, int]:
        """How often each variable occurs."""
        count: dict[str, int] = {}
        for event in self.pieces:
            for part in event:
                for piece in part:
                    if isinstance(piece, Hole) and piece.kind == LOCAL:
                        count[piece.name] = count.get(piece.name, 0) + 1
        return count


@dataclass(eq=False)
class Stretch:
    """Consecutive events of one text, all of one role and under one scope.

    Attributes:
        text: where they are.
        first, last: the first event, and the one after the last.
        role: ``"forward"``, ``"backward"``, ...
        scope: what all their scopes begin with.
        holes: what is in each hole, in order; each as often as it occurs.
        numbers: the numbers, in order.
        assigned: the variables that it assigns; counters, those that count the steps of its loops.
        arguments: the variables that it reads only.
        shape: what is left without holes, with variables numbered; equal for equal stretches.
        eligible: whether it can be a function.
    """

    text: Text
    first: int
    last: int
    role: str
    scope: tuple[str, ...]
    holes: list[Hole] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    assigned: set[str] = field(default_factory=set)
    counters: set[str] = field(default_factory=set)
    arguments: list[str] = field(default_factory=list)
    shape: tuple[object, ...] = ()
    eligible: bool = True

    def __post_init__(self) -> None:
        variables: dict[str, int] = {}
        inside: dict[str, int] = {}
        base = min(event.depth for event in self.events)
        shape: list[object] = []
        for event, parts in zip(self.events, self.parts, strict=True):
            if not parts:
                continue
            self._assign(event)
            shape.append((event.depth - base, event.kind))
            for part in parts:
                for piece in part:
                    if isinstance(piece, str):
                        shape.append(piece)
                        continue
                    if piece.kind == NUMBER:
                        self.numbers.append(piece.name)
                        shape.append((NUMBER, piece.name.isdigit()))
                        continue
                    self.holes.append(piece)
                    number = -1
                    if piece.kind == LOCAL:
                        inside[piece.name] = inside.get(piece.name, 0) + 1
                        number = variables.setdefault(piece.name, len(variables))
                    shape.append((piece.kind, number))
        self.arguments = [name for name in variables if name not in self.assigned]
        self.shape = tuple(shape)
        known = self.assigned - self.counters
        own = all(inside[n] == self.text.uses[n] for n in known if n in inside)
        self.eligible = own and self.closed

    @property
    def events(self) -> Sequence[Event]:
        """The events themselves."""
        return self.text.events[self.first : self.last]

    @property
    def parts(self) -> list[list[list[Piece]]]:
        """The pieces of each part of each event."""
        return self.text.pieces[self.first : self.last]

    @property
    def depth(self) -> int:
        """The least indentation."""
        return min(event.depth for event in self.events)

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return self.events[-1].stop - self.events[0].start

    @property
    def closed(self) -> bool:
        """Whether it has all of each loop that it has a part of, but for the loops around it."""
        statements = [
            e for e in self.events if e.kind not in ("comment", "header") and any(e.parts)
        ]
        if not statements:
            return False
        after = self.text.events[self.last :]
        rest = next((e for e in after if e.kind != "comment" and any(e.parts)), None)
        depth = self.depth
        whole = statements[0].depth == depth and (rest is None or rest.depth <= depth)
        leaves = any(event.parts[0] == "break" for event in statements)
        return whole and not (leaves and not self.counters)

    @property
    def code(self) -> int:
        """How many lines its statements take."""
        kept = (e for e in self.events if e.kind != "comment" and not self.text.separates(e))
        return sum(event.stop - event.start for event in kept)

    @cached_property
    def buffers(self) -> int:
        """How many buffers it mentions."""
        return len({hole.name for hole in self.holes if hole.kind == SLOTS})

    def moved(self, text: Text, first: int, last: int) -> Stretch:
        """The same statements in another text."""
        other = copy(self)
        other.text, other.first, other.last = text, first, last
        return other

    def precedes(self, other: Stretch) -> bool:
        """Whether another stretch comes next."""
        if self.text is not other.text or self.depth != other.depth:
            return False
        between = self.text.events[self.last : other.first]
        return self.arguments == other.arguments and all(map(self.text.separates, between))

    def _assign(self, event: Event) -> None:
        if event.kind == "loop":
            self.assigned.update(event.parts[:-1])
        elif match := _LOOP.match(event.parts[0]):
            self.counters.add(match[1])
            self.assigned.add(match[1])
        elif match := re.match(r"([A-Za-z_]\w*(?:, [A-Za-z_]\w*)*) [-+*/]?= ", event.parts[0]):
            self.assigned.update(match[1].split(", "))


@dataclass(eq=False)
class Repeat:
    """A stretch that stands in several places.

    Attributes:
        places: where.
    """

    places: list[Stretch]

    @cached_property
    def parts(self) -> list[int]:
        """For each hole the number of the part that it mentions: holes that hold the same in every
        place mention one part. Parts are numbered in the order of their first holes."""
        numbers: dict[tuple[Hole, ...], int] = {}
        columns = zip(*[place.holes for place in self.places], strict=True)
        return [numbers.setdefault(column, len(numbers)) for column in columns]

    def named(self, place: Stretch) -> list[Hole]:
        """What each part is in one place."""
        return list(dict(zip(self.parts, place.holes, strict=True)).values())

    def take(self, place: Stretch) -> None:
        """Let it stand in one more place."""
        self.places.append(place)
        for name in ("parts", "saving"):
            self.__dict__.pop(name, None)

    @property
    def count(self) -> int:
        """The number of places in the network; each may be in several phases."""
        return len({place.scope for place in self.places})

    @cached_property
    def saving(self) -> int:
        """The lines that are saved by printing it once: a call stands for all places that
        follow each other; a buffer that is not in a function takes a line of its
        own to make it."""
        lines = max((place.lines + place.buffers for place in self.places), default=0)
        return (len(self.places) - 1) * lines - self.calls * _CALL

    @property
    def calls(self) -> int:
        """How many calls, or loops over calls, stand for it."""
        ordered = sorted(self.places, key=lambda place: (id(place.text), place.first))
        return len(ordered) - sum(a.precedes(b) for a, b in pairwise(ordered))
