"""The functions that repeated blocks become, and the calls in their places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from graphc.codegen import names
from graphc.codegen.names import Namer
from graphc.codegen.nested import Nest, Shortened, where_of
from graphc.codegen.numpy.common import Shared
from graphc.codegen.outline import LOCAL, NUMBER, SLOTS, Hole, Stretch, Text, spaced
from graphc.codegen.repeats import Function, Group
from graphc.codegen.writer import Writer

_PART = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?(?:e-?\d+)?|[^\w]+|\w")
_WHERE = re.compile(r".*:\d+")
_LETTERS = "ABCDEFGHIJKLM"  # sizes that differ from place to place
_DEPTH = 2  # of the statements in a method


@dataclass
class Printed:
    """A text with calls in it.

    Attributes:
        text: the statements.
        lines: for each event, where it is printed: a function's name ("" for this text) and its
            first and last line.
        start: a method that it calls first.
    """

    text: str
    lines: list[tuple[str, int, int]] = field(default_factory=list)
    start: Shared | None = None

    def begin(self, start: Shared) -> None:
        """Call a method for the first statements."""
        cut = start.text.count("\n")
        owners = [f"_{name}" for name in start.owners]
        title = f"# what {', '.join(owners[:-1])} and {owners[-1]} begin with"
        self.text = f"        {title}\n        {start.call}\n\n{self.text[len(start.text) :]}"
        self.start = start
        for i, (name, first, last) in enumerate(self.lines):
            if not name and last <= cut:
                self.lines[i] = start.name, first, last
            elif not name:
                self.lines[i] = name, first - cut + 3, last - cut + 3

    @property
    def whole(self) -> str:
        """All statements."""
        return (self.start.text if self.start else "") + self.text


class Blocks:
    """Prints the functions of groups, and their calls."""

    def __init__(self, nest: Nest) -> None:
        self.groups = nest.groups
        self.lines: dict[str, list[tuple[int, int]]] = {}  # of each function's statements
        self.functions: dict[str, str] = {}  # their texts, by name
        self._nest = nest
        for group in nest.groups:
            for function in group.functions:
                self.functions[function.name] = self._define(group, function)

    def rewritten(self, text: Text) -> Printed:
        """A text with a call for each stretch that has a function."""
        w = Writer()
        printed = Printed("", [("", 0, 0)] * len(text.events))
        shortened = self._nest.texts.get(text)
        events: Text = text if shortened is None else shortened
        position = 0
        for run in self._runs(text):
            self._copy(events, position, run[0].first, w, printed)
            with w.at(run[0].depth):
                self._call(run, text, w)
            for stretch in run:
                self._locate(stretch, printed)
            position = run[-1].last
        self._copy(events, position, len(events.events), w, printed)
        printed.text = w.text()
        return printed

    def _locate(self, stretch: Stretch, printed: Printed) -> None:
        """Note where the statements of a stretch that is called are printed."""
        text = stretch.text
        assert isinstance(text, Shortened)
        name = self._nest.of[stretch][1].name
        statements = [
            i for i in range(stretch.first, stretch.last) if text.events[i].kind != "comment"
        ]
        for i, lines in zip(statements, self.lines[name], strict=True):
            if i in text.calls:
                self._locate(text.calls[i].place, printed)
            else:
                printed.lines[text.spans[i][0]] = (name, *lines)

    def _runs(self, text: Text) -> Iterator[list[Stretch]]:
        """The stretches of a text that phases call, those together that one loop calls."""
        run: list[Stretch] = []
        for stretch in sorted(self._nest.outer.get(text, ()), key=lambda s: s.first):
            if run and not self._continues(run, stretch):
                yield run
                run = []
            run.append(stretch)
        if run:
            yield run

    def _continues(self, run: list[Stretch], stretch: Stretch) -> bool:
        group, function = self._nest.of[run[-1]]
        if self._nest.of[stretch][1] is not function or not run[-1].precedes(stretch):
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
            at = text.spans[i][0] if isinstance(text, Shortened) else i
            printed.lines[at] = ("", start, w.count)

    def _call(self, run: list[Stretch], text: Text, w: Writer) -> None:
        group, function = self._nest.of[run[0]]
        titles = [".".join(s.scope) for s in (run[0], run[-1])]
        title = titles[0] if len(run) == 1 else " to ".join(titles)
        self._title(title, where_of(run[0]), w)
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
            headers = [comments.header(i) for i in range(comments.count)]
            if legend := comments.legend():
                w.comment(legend)
        lines = []
        number = iter(function.numbers)
        part_of = iter(function.repeat.parts)
        header, line = iter(headers), ""
        for event, parts in zip(first.events, first.parts, strict=True):
            if event.kind == "comment":
                continue
            with w.at(_DEPTH + event.depth - first.depth):
                for row in next(header):
                    line = _aligned(row, w, line)
                start = w.count
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
        return spaced("".join(found))


def held(kind: str, group: Group) -> str:
    """Where the parts of a group that an object has are listed, by place."""
    return listing(kind, kind, group.stem)


def listing(whole: str, kind: str, stem: str) -> str:
    """The list of places of that name that an object has.

    Args:
        whole: the object as an expression.
        kind: what methods call it.
    """
    if kind.startswith("self."):
        return f"self._{stem}_{kind.removeprefix('self.')}"
    return f"{whole}.{stem}"


@dataclass
class _Row:
    """A line of a header: its parts from left to right, and how far it is indented."""

    parts: list[str]
    indent: int


def _aligned(row: _Row, w: Writer, above: str) -> str:
    """A line of a header: the first part to the left, the others to the right.

    The user's line is left out where there is no room for it and the header `above` has the same.

    Returns:
        The user's line, or that of the header above.
    """
    left, *others = row.parts
    width = w.room() - 2 - row.indent
    line = above
    if others and _WHERE.fullmatch(others[-1]):
        line = others[-1]
        same = above.endswith(line) or (above and line.endswith(above))  # `:12` has no file
        if same and len("   ".join(row.parts)) > width:
            others.pop()
    right = "   ".join(others)
    gap = max(width - len(left) - len(right), 3)
    w.comment(f"{left}{'':{gap}}{right}" if right else left, row.indent)
    return line


class _Comments:
    """The headers of a function, over the names of its parts; sizes that differ from place to
    place are letters.

    Attributes:
        count: the number of statements; each may have a header.
    """

    def __init__(self, group: Group, function: Function) -> None:
        self.group = group
        self.function = function
        self.places = function.repeat.places
        self._headers = [self._split(place) for place in self.places]
        self.count = len(self._headers[0])
        self.letters: dict[str, dict[int, str]] = {}
        taken = {
            word
            for place in self.places
            for event in place.events
            for word in re.findall(r"\b[A-Z]\b", event.parts[0])
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
                found.setdefault(own.name, []).append(text.partition(".")[2] or text)
        return found

    def _split(self, place: Stretch) -> list[list[_Row]]:
        """What is above each statement of a place."""
        found: list[list[_Row]] = [[]]
        scope = ".".join(place.scope)
        for event in place.events:
            if event.kind != "comment":
                found.append([])
                continue
            parts = re.split(r" {3,}", event.parts[0].strip())
            if parts[0] == scope or parts[0].startswith(f"{scope}: "):
                parts[0] = self.group.stem + parts[0][len(scope) :]
            elif parts[0].startswith(f"{scope}."):
                parts[0] = parts[0][len(scope) + 1 :]
            found[-1].append(_Row(parts, len(event.parts[1])))
        return found[:-1]

    def header(self, position: int) -> list[_Row]:
        """The lines above a statement, as most places have them."""
        above = [headers[position] for headers in self._headers]
        if len({len(rows) for rows in above}) > 1:
            above = [_two(rows) for rows in above]
        split = [[[_PART.findall(part) for part in row.parts] for row in rows] for rows in above]
        shapes = [
            tuple(
                (row.indent, *(tuple(map(_shape, p)) for p in ps))
                for row, ps in zip(*pair, strict=True)
            )
            for pair in zip(above, split, strict=True)
        ]
        usual = Counter(shapes).most_common(1)[0][0]
        places = [i for i, shape in enumerate(shapes) if shape == usual]
        return [
            self._line(row, {i: split[i][j] for i in places})
            for j, row in enumerate(above[places[0]])
        ]

    def _line(self, row: _Row, split: Mapping[int, list[list[str]]]) -> _Row:
        """One line for several places, whose words differ."""
        result = []
        for j, part in enumerate(row.parts):
            if _WHERE.fullmatch(part):
                result.append(part)
                continue
            columns = zip(*[words[j] for words in split.values()], strict=True)
            tokens = [dict(zip(split, column, strict=True)) for column in columns]
            result.append("".join(self._token(token, j > 0) for token in tokens))
        return _Row(result, row.indent)

    def _token(self, column: Mapping[int, str], is_shape: bool) -> str:
        """A word, which is another in each place; `is_shape` if it is to the right of a formula."""
        own = [self._known[i].get(token, []) for i, token in column.items()]
        for name in own[0]:
            if all(name in names_ for names_ in own):
                return name
        words = list(column.values())
        if words[0][0].isdigit():
            return self._number(column, is_shape)
        if len(set(words)) == 1:
            return words[0]
        values = {
            (self.places[i].text.family, self.places[i].scope): token for i, token in column.items()
        }
        slots = self.group.table(SLOTS)
        if name := slots.like(values):
            return name
        if words[0].startswith("d_"):
            name = slots.like({place: label.removeprefix("d_") for place, label in values.items()})
            if name:
                return f"d_{name}"
        return self.group.stem_of(values)

    def _number(self, column: Mapping[int, str], is_shape: bool) -> str:
        """A number, or a letter for one that differs from place to place."""
        same = len(set(column.values())) == 1
        if same and (not is_shape or len(column) == len(self.places)):
            return next(iter(column.values()))
        for letter, known in self.letters.items():
            both = known.keys() & column.keys()
            if both and all(known[i] == column[i] for i in both):
                known.update(column)
                return letter
        if same:
            return next(iter(column.values()))
        letter = next(self._free, "_")
        self.letters.setdefault(letter, {}).update(column)
        return letter

    def legend(self) -> str:
        """What the letters stand for."""
        return "; ".join(
            f"{letter} = {', '.join(dict.fromkeys(values[i] for i in sorted(values)))}"
            for letter, values in self.letters.items()
        )


def _two(rows: list[_Row]) -> list[_Row]:
    """A header of one line as the same in two: what it is of, and the formula."""
    match = re.fullmatch(r"([\w.]+): (.+)", rows[0].parts[0]) if len(rows) == 1 else None
    if match is None:
        return rows
    *shape, where = rows[0].parts[1:]
    return [_Row([match[1], where], 0), _Row([match[2], *shape], 0)]


def _shape(token: str) -> str:
    return "name" if token[0].isalpha() else "number" if token[0].isdigit() else token
