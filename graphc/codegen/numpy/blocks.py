"""The functions that repeated blocks become, and the calls in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from graphc.codegen import names
from graphc.codegen.names import Namer
from graphc.codegen.outline import LOCAL, NUMBER, Hole, Stretch, Text
from graphc.codegen.repeats import SLOTS, Function, Group
from graphc.codegen.writer import Writer

_PART = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?(?:e-?\d+)?|[^\w]+|\w")
_WHERE = re.compile(r".+:\d+")
_LETTERS = "ABCDEFGHIJKLM"  # sizes that differ from place to place
_DEPTH = 2  # of the statements in a method


@dataclass
class Printed:
    """A text with calls in it.

    Attributes:
        text: the statements.
        lines: for each event, where it is printed: a function's name ("" for this text) and its
            first and last line.
    """

    text: str
    lines: list[tuple[str, int, int]] = field(default_factory=list)


class Blocks:
    """Prints the functions of groups, and their calls."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = groups
        self.lines: dict[str, list[tuple[int, int]]] = {}  # of each function's events
        self.functions: dict[str, str] = {}  # their texts, by name
        self._of: dict[Stretch, tuple[Group, Function]] = {}
        for group in groups:
            for function in group.functions:
                for place in function.repeat.places:
                    self._of[place] = group, function
                self.functions[function.name] = self._define(group, function)

    def rewritten(self, text: Text) -> Printed:
        """A text with a call for each stretch that has a function."""
        w = Writer()
        printed = Printed("", [("", 0, 0)] * len(text.events))
        position = 0
        for run in self._runs(text):
            self._copy(text, position, run[0].first, w, printed)
            with w.at(run[0].depth):
                self._call(run, text, w)
            name = self._of[run[0]][1].name
            for stretch in run:
                for i, lines in enumerate(self.lines[name]):
                    printed.lines[stretch.first + i] = (name, *lines)
            position = run[-1].last
        self._copy(text, position, len(text.events), w, printed)
        printed.text = w.text()
        return printed

    def _runs(self, text: Text) -> Iterator[list[Stretch]]:
        """The stretches of a text that have functions, those together that one loop calls."""
        mine = sorted((s for s in self._of if s.text is text), key=lambda s: s.first)
        run: list[Stretch] = []
        for stretch in mine:
            if run and not self._continues(run, stretch):
                yield run
                run = []
            run.append(stretch)
        if run:
            yield run

    def _continues(self, run: list[Stretch], stretch: Stretch) -> bool:
        group, function = self._of[run[-1]]
        if self._of[stretch][1] is not function or stretch.depth != run[-1].depth:
            return False
        if stretch.arguments != run[-1].arguments:
            return False
        between = stretch.text.events[run[-1].last : stretch.first]
        if any(e.kind != "line" or e.parts[0].strip() for e in between):
            return False
        numbers = [group.index[s.scope] for s in (*run[-2:], stretch)]
        steps = {b - a for a, b in pairwise(numbers)}
        return len(steps) == 1 and steps <= {1, -1}

    @staticmethod
    def _copy(text: Text, first: int, last: int, w: Writer, printed: Printed) -> None:
        for i in range(first, last):
            event, start = text.events[i], w.count
            with w.at(event.depth):
                event.write(w, event.parts)
            printed.lines[i] = ("", start, w.count)

    def _call(self, run: list[Stretch], text: Text, w: Writer) -> None:
        group, function = self._of[run[0]]
        titles = [".".join(s.scope) for s in (run[0], run[-1])]
        title = titles[0] if len(run) == 1 else " to ".join(titles)
        self._title(title, _where(run[0]), w)
        if len(run) == 1:
            w.call("", f"self.{function.name}", self._given(function, group, run[0]))
            return
        k = Namer(text.uses).fresh("k")
        first, last = (group.index[s.scope] for s in (run[0], run[-1]))
        low, high = min(first, last), max(first, last) + 1
        numbers = f"range({low}, {high})" if low else f"range({high})"
        w.loop([k], numbers if first < last else f"reversed({numbers})")
        with w.indent():
            w.call("", f"self.{function.name}", self._given(function, group, run[0], k))

    @staticmethod
    def _title(title: str, where: str, w: Writer) -> None:
        room = w.room() - 2 - len(where)
        if len(title) + 3 > room:
            title = names.comment(title, max(room - 3, 20))
        w.comment(f"{title:{max(room, len(title) + 3)}}{where}" if where else title)

    @staticmethod
    def _given(function: Function, group: Group, place: Stretch, number: str = "") -> list[str]:
        """The arguments of a call."""
        number = number or str(group.index[place.scope])
        return [
            *(f"{held(kind, group)}[{number}]" for kind in function.kinds),
            *place.arguments,
        ]

    def _define(self, group: Group, function: Function) -> str:
        """The text of a function."""
        w = Writer()
        first = function.first
        comments = _Comments(group, function)
        with w.at(_DEPTH - 1):
            w.define(function.name, ["self", *function.kinds.values(), *function.parameters])
        with w.at(_DEPTH):
            count = len({place.scope for place in function.repeat.places})
            scopes = sorted({p.scope for p in function.repeat.places}, key=group.index.__getitem__)
            ends = [".".join(scopes[0]), ".".join(scopes[-1])]
            what = f"{first.role.capitalize()}, one of {count}: {ends[0]} to {ends[1]}."
            w.line(f'"""{names.doc(what, 72)}"""')
            texts = [comments.text(i) for i in range(len(first.events))]
            if legend := comments.legend():
                w.comment(legend)
        lines = []
        number = iter(function.numbers)
        part_of = iter(function.repeat.parts)
        for i, (event, parts) in enumerate(zip(first.events, first.parts, strict=True)):
            start = w.count
            with w.at(_DEPTH + event.depth - first.depth):
                if event.kind == "comment":
                    _aligned(texts[i], len(event.parts[1]), w)
                else:
                    event.write(w, [self._filled(p, function, part_of, number) for p in parts])
            lines.append((start, w.count))
        self.lines[function.name] = lines
        return w.text()

    @staticmethod
    def _filled(
        text: Sequence[str | Hole], function: Function, part: Iterator[int], number: Iterator[str]
    ) -> str:
        found = []
        for piece in text:
            if isinstance(piece, str):
                found.append(piece)
            elif piece.kind == NUMBER:
                found.append(next(number))
            else:
                found.append(function.texts[next(part)])
        return "".join(found)


def held(kind: str, group: Group) -> str:
    """Where the parts of a group that an object has are listed, by place."""
    if kind.startswith("self."):
        return f"self._{group.stem}_{kind.removeprefix('self.')}"
    return f"{kind}.{group.stem}"


def _where(stretch: Stretch) -> str:
    """The user's line in the first header of a stretch."""
    for event in stretch.events:
        if event.kind == "comment":
            last = re.split(r" {3,}", event.parts[0])[-1]
            return last if _WHERE.fullmatch(last) else ""
    return ""


def _aligned(parts: list[str], indent: int, w: Writer) -> None:
    """A line of a header: the first part to the left, the others to the right."""
    left, *others = parts
    right = "   ".join(others)
    width = w.room() - 2 - indent
    gap = max(width - len(left) - len(right), 3)
    w.comment(f"{left}{'':{gap}}{right}" if right else left, indent)


class _Comments:
    """The headers of a function, over the names of its parts; sizes that differ from place to
    place are letters."""

    def __init__(self, group: Group, function: Function) -> None:
        self.group = group
        self.function = function
        kinds = [event.kind for event in function.first.events]
        self.places = [
            place for place in function.repeat.places if [e.kind for e in place.events] == kinds
        ]
        self.letters: dict[tuple[str, ...], str] = {}
        taken = {
            word for e in function.first.events for word in re.findall(r"\b[A-Z]\b", e.parts[0])
        }
        self._free = iter([letter for letter in _LETTERS if letter not in taken])
        self._known = [self._locals(place) for place in self.places]

    def _locals(self, place: Stretch) -> dict[str, list[str]]:
        """The names of parts by what they are called in one place: several, in order, where it has
        one name for several parts."""
        found: dict[str, list[str]] = {}
        function = self.function
        for own, text in zip(function.repeat.named(place), function.texts, strict=True):
            if own.kind in (SLOTS, LOCAL, "stats"):
                found.setdefault(own.name, []).append(text.rpartition(".")[2])
        return found

    def text(self, position: int) -> list[str]:
        """The parts of a line, from left to right; [] where there is no comment."""
        first = self.function.first
        if first.events[position].kind != "comment":
            return []
        places = range(len(self.places))
        rows = [self._parts(self.places[i], position) for i in places]
        split = [[_PART.findall(part) for part in row] for row in rows]
        shapes = [[[_shape(t) for t in part] for part in row] for row in split]
        alike = [i for i in places if shapes[i] == shapes[0]]
        result = []
        for j, part in enumerate(split[0]):
            if _WHERE.fullmatch(rows[0][j]):
                result.append(rows[0][j])
                continue
            columns = [[split[i][j][n] for i in alike] for n in range(len(part))]
            result.append("".join(self._token(column, alike) for column in columns))
        return result

    def _parts(self, place: Stretch, position: int) -> list[str]:
        text = place.events[position].parts[0].strip()
        parts = re.split(r" {3,}", text)
        scope = ".".join(place.scope)
        if parts[0] == scope or parts[0].startswith(f"{scope}: "):
            parts[0] = self.group.stem + parts[0][len(scope) :]
        elif parts[0].startswith(f"{scope}."):
            parts[0] = parts[0][len(scope) + 1 :]
        return parts

    def _token(self, column: list[str], places: list[int]) -> str:
        own = [self._known[i].get(token, []) for i, token in zip(places, column, strict=True)]
        for name in own[0]:
            if all(name in names_ for names_ in own):
                return name
        if len(set(column)) == 1:
            return column[0]
        if column[0][0].isdigit():
            key = tuple(column)
            if key not in self.letters:
                self.letters[key] = next(self._free, "_")
            return self.letters[key]
        values = {
            (self.places[i].text.family, self.places[i].scope): token
            for i, token in zip(places, column, strict=True)
        }
        slots = self.group.table(SLOTS)
        if name := slots.find(values):
            return name
        if column[0].startswith("d_"):
            name = slots.find({place: label.removeprefix("d_") for place, label in values.items()})
            if name:
                return f"d_{name}"
        return self.group.stem_of(values)

    def legend(self) -> str:
        """What the letters stand for."""
        return "; ".join(
            f"{letter} = {', '.join(dict.fromkeys(values))}"
            for values, letter in self.letters.items()
        )


def _shape(token: str) -> str:
    return "name" if token[0].isalpha() else "number" if token[0].isdigit() else token
