"""The buffers of repeated blocks: one object for each place, filled by loops over the places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphc.codegen import tables
from graphc.codegen.labels import Labels
from graphc.codegen.names import Namer, string
from graphc.codegen.numpy.blocks import held
from graphc.codegen.numpy.joins import Joins
from graphc.codegen.outline import LOCAL, NUMBER, SLOTS, Hole, Piece, pieces, spaced
from graphc.codegen.repeats import Group, Scope, lists
from graphc.codegen.writer import LINE_WIDTH, LineTooLong, Writer

# Names of columns: of sizes, and of steps.
_LETTERS = "abcdefghijklmnopqrs"
_STEP_LETTERS = "tuvwxyz"

BUFFER = "_Buffer("  # what the text of a buffer begins with
_STEPS = (1, 3)  # its pieces that are steps
_MAKER = re.compile(r"_Buffer\((.*), np\.(\w+), (\([^()]*\))\)")


@dataclass(frozen=True)
class Slot:
    """What a name in the buffers stands for: an expression, and whether that is a buffer."""

    text: str
    buffer: bool = False


class Makers:
    """Functions for buffers, one for each type that several have, where there are many buffers.

    Args:
        texts: what makes the buffers.
    """

    def __init__(self, labels: Labels, texts: Iterable[str]) -> None:
        self._fresh = labels.namer.fresh
        self._counts = Counter(match[2] for text in texts if (match := _MAKER.fullmatch(text)))
        self.names: dict[str, str] = {}

    def shortened(self, text: str) -> str:
        """A text in which a buffer is made by the function for its type."""
        match = _MAKER.fullmatch(text)
        if match is None or self._counts[match[2]] < 2:
            return text
        counts, dtype, shape = match.groups()
        if dtype not in self.names:
            self.names[dtype] = self._fresh(dtype)
        return f"{self.names[dtype]}({counts}, {shape})"

    def write(self, w: Writer) -> None:
        """Print what makes the functions."""
        for dtype, name in self.names.items():
            w.assign(name, f"_buffers(np.{dtype})")


@dataclass
class Loop:
    """A loop over places: the parts that it makes in each, with their expressions."""

    places: tuple[int, ...]
    texts: dict[str, str] = field(default_factory=dict)


@dataclass
class Column:
    """Numbers in which places differ."""

    name: str
    numbers: dict[Scope, str]

    def takes(self, numbers: Mapping[Scope, str]) -> bool:
        """Whether others are the same in all places that have both, which are most of either."""
        both = self.numbers.keys() & numbers.keys()
        enough = 2 * len(both) >= min(len(numbers), len(self.numbers))
        return enough and all(self.numbers[scope] == numbers[scope] for scope in both)

    def text(self, scopes: Sequence[Scope]) -> str:
        """The name and the numbers of all places; those that lack the part take the number before, or
        after."""
        found = []
        for order in (scopes, scopes[::-1]):
            value = next(self.numbers[scope] for scope in order if scope in self.numbers)
            column = [value := self.numbers.get(scope, value) for scope in order]
            found.append(tables.numbers(column if order is scopes else column[::-1]))
        return f"{self.name} {min(found, key=len)}"


class Bundle:
    """The buffers of one group in one family.

    Attributes:
        used: the buffers of the family that it refers to.
        held: loops that make buffers.
        loops: loops that make what is made of buffers that have their memory.
    """

    def __init__(self, group: Group, family: str, slots: Mapping[str, Slot], taken: set[str]):
        self.group = group
        self.family = family
        self.slots = slots
        self.table = group.table(SLOTS)
        self.used: set[str] = set()
        self.shared: dict[str, str] = {}  # what is one thing for all places
        self.held: list[Loop] = []
        self.loops: list[Loop] = []
        self.columns: list[Column] = []  # sizes that differ
        self.steps: dict[str, dict[Scope, int]] = {}  # steps that differ, each with its name
        self._names = Namer()
        self._letters, self._step_letters = iter(_LETTERS), iter(_STEP_LETTERS)
        self._fresh = Namer(taken).fresh  # names of variables
        self._number, self._each, self._at = (self._fresh(text) for text in ("k", "b", "at"))
        self._rows, self._list = "", self._fresh("places")
        self._loop_of: dict[str, int] = {}  # the last loop that makes each part
        self._settle()
        for name in self._own():
            if self._values(name):
                self._resolve(name)

    @property
    def empty(self) -> bool:
        """Whether the family has no such blocks."""
        return not any(self._values(name) for name in self.table.names)

    def _own(self) -> list[str]:
        """The parts that are no places of inner blocks."""
        return [name for name, values in self.table.names.items() if lists(values) is None]

    def _values(self, name: str) -> dict[Scope, str]:
        """What a part is called in each place, in order."""
        known = self.table.names[name]
        return {
            scope: known[self.family, scope]
            for scope in self.group.scopes
            if (self.family, scope) in known
        }

    def _settle(self) -> None:
        """Take in what parts are made of, until nothing is missing."""
        done: dict[str, int] = {}
        waiting = self._own()
        while waiting:
            for name in waiting:
                values = self._values(name)
                done[name] = len(values)
                for columns in self._kinds_of(values):
                    for column in columns:
                        self._part(column)
            waiting = [n for n in self._own() if done.get(n) != len(self._values(n))]

    def _kinds_of(self, values: Mapping[Scope, str]) -> list[list[dict[Scope, Piece]]]:
        """The pieces of a part's expressions side by side, those together that fit together."""
        if _shared(values):
            return []
        kinds: dict[tuple[object, ...], dict[Scope, list[Piece]]] = {}
        for scope, label in values.items():
            slot = self.slots.get(label)
            row = pieces(label.removeprefix(NUMBER) if slot is None else slot.text)
            kinds.setdefault(tuple(map(_skeleton, row)), {})[scope] = row
        return [
            [{scope: row[i] for scope, row in rows.items()} for i in range(len(skeleton))]
            for skeleton, rows in kinds.items()
        ]

    def _part(self, column: Mapping[Scope, Piece]) -> str:
        """The name of the part that an expression mentions, "" for what is one for all."""
        holes = {scope: p for scope, p in column.items() if isinstance(p, Hole)}
        if len(set(holes.values())) < 2:
            return ""
        kind = next(iter(holes.values())).kind
        if kind in (LOCAL, NUMBER):
            return ""
        values = {
            (self.family if kind == SLOTS else "", scope): hole.name
            for scope, hole in holes.items()
        }
        return self.group.table(kind).add(values, self.group.stem_of(values))

    def _resolve(self, name: str) -> None:
        """Put a part into a loop, after what it is made of."""
        if name in self._loop_of:
            return
        values = self._values(name)
        if _shared(values):
            label = next(iter(values.values()))
            self.shared[name] = label
            self.used.add(label)
            self._loop_of[name] = 0
            return
        self._loop_of[name] = 0
        latest = 0
        for columns in self._kinds_of(values):
            buffer = BUFFER in columns[0].values()
            parts = []
            least = 0
            for i, column in enumerate(columns):
                step = buffer and i in _STEPS
                text, loop = (self._step(column), 0) if step else self._shown(column)
                parts.append(text)
                least = max(least, loop)
            places = tuple(self.group.index[scope] for scope in columns[0])
            if buffer:
                self._hold(places, name, "".join(parts))
            else:
                text = spaced("".join(parts))
                latest = max(latest, _add(self.loops, places, least, name, text))
        self._loop_of[name] = latest

    def _hold(self, places: tuple[int, ...], name: str, text: str) -> None:
        """Let a part be a buffer, or another name of one."""
        loop = self.held[_add(self.held, places, 0, name, text)]
        same = next(other for other, known in loop.texts.items() if known == text)
        if same != name:
            loop.texts[name] = f"{self._each}.{same}"

    def _step(self, column: Mapping[Scope, Piece]) -> str:
        """A step in a loop: by how much it is after one in the table."""
        own = {scope: int(hole.name) for scope, hole in column.items() if isinstance(hole, Hole)}
        if len(set(own.values())) == 1:
            return str(next(iter(own.values())))
        for name, known in self.steps.items():
            more = {own[scope] - known[scope] for scope in own if scope in known}
            if len(more) != 1:
                continue
            (difference,) = more
            rest = {scope: own[scope] - difference for scope in own if scope not in known}
            if len(own) - len(rest) > 1 and all(step >= 0 for step in rest.values()):
                known.update(rest)
                sign = "-" if difference < 0 else "+"
                return (
                    f"{self._at}.{name} {sign} {abs(difference)}"
                    if difference
                    else f"{self._at}.{name}"
                )
        name = self._names.fresh(next(self._step_letters, "t"))
        self.steps[name] = own
        return f"{self._at}.{name}"

    def _shown(self, column: Mapping[Scope, Piece]) -> tuple[str, int]:
        """A piece of an expression in a loop, and the loop that makes what it mentions."""
        first = next(iter(column.values()))
        if isinstance(first, str):
            return first, 0
        if part := self._part(column):
            if first.kind != SLOTS:
                return f"{held(first.kind, self.group)}[{self._number}].{part}", 0
            self._resolve(part)
            return f"{self._each}.{part}", self._loop_of[part]
        if first.kind != NUMBER or len(set(column.values())) == 1:
            if first.kind == SLOTS:
                self.used.add(first.name)
            inside = first.kind in (LOCAL, NUMBER)
            return first.name if inside else f"{first.kind}.{first.name}", 0
        numbers = {scope: p.name for scope, p in column.items() if isinstance(p, Hole)}
        return f"{self._at}.{self._column(numbers)}", 0

    def _column(self, numbers: Mapping[Scope, str]) -> str:
        """The column that has these numbers: one that agrees where both say something, or a new one."""
        for column in self.columns:
            if column.takes(numbers):
                column.numbers.update(numbers)
                return column.name
        self.columns.append(Column(self._names.fresh(next(self._letters, "size")), dict(numbers)))
        return self.columns[-1].name

    def shorten(self, makers: Makers) -> None:
        """Make buffers by functions for their types."""
        for loop in self.held:
            for name, text in loop.texts.items():
                loop.texts[name] = makers.shortened(text)

    def tabulate(self, joins: Joins) -> None:
        """Put the numbers that differ from place to place into a table of the module."""
        steps = [
            Column(name, {scope: str(step) for scope, step in known.items()})
            for name, known in self.steps.items()
        ]
        lines: list[str] = []
        for column in [*steps, *self.columns]:
            text = column.text(self.group.scopes)
            room = LINE_WIDTH - 3 - len(text)
            k = next((k for k, line in enumerate(lines) if len(line) <= room), len(lines))
            lines[k:] = [f"{lines[k]}   {text}", *lines[k + 1 :]] if k < len(lines) else [text]
        if lines:
            self._rows = joins.rows(f"{self.family}_{self.group.stem}", lines)

    def write_buffers(self, w: Writer) -> None:
        """Print what makes the objects, ``s.<stem>``, with their buffers."""
        early = {n: t for n, t in self.shared.items() if not self._is_view(t)}
        for loop in [*self._objects(early, w), *self.held]:
            self._loop(loop, w)

    def write_views(self, w: Writer, joins: Joins) -> None:
        """Print what makes the rest of the objects, once buffers have their memory."""
        if self.held:
            late = {n: t for n, t in self.shared.items() if self._is_view(t)}
            first = self._everywhere(late)
        else:
            first = self._objects(self.shared, w)
        for loop in [*first, *self.loops]:
            self._loop(loop, w)
        here = {name for name in self.table.names if self._values(name)}
        joins.write(self.group, SLOTS, SLOTS, w, here)

    def _is_view(self, label: str) -> bool:
        return label in self.slots and not self.slots[label].buffer

    def _objects(self, shared: Mapping[str, str], w: Writer) -> list[Loop]:
        """Print what makes the objects; the loop that gives them what they share, if need be."""
        target, count = f"s.{self.group.stem}", f"range({len(self.group.scopes)})"
        given = ", ".join(f"{name}=s.{label}" for name, label in shared.items())
        if w.fits(f"{target} = [SimpleNamespace({given}) for _ in {count}]"):
            w.assign(target, f"[SimpleNamespace({given}) for _ in {count}]")
            return []
        w.assign(target, f"[SimpleNamespace() for _ in {count}]")
        return self._everywhere(shared)

    def _everywhere(self, shared: Mapping[str, str]) -> list[Loop]:
        """The loop that gives all objects what they share."""
        everywhere = tuple(range(len(self.group.scopes)))
        return [Loop(everywhere, {n: f"s.{t}" for n, t in shared.items()})] if shared else []

    def _loop(self, loop: Loop, w: Writer) -> None:
        """Print a loop over places; for one place its statements."""
        if len(loop.places) == 1:
            self._fill(loop, str(loop.places[0]), w)
            return
        k, b, texts = self._number, self._each, loop.texts.values()
        objects = f"s.{self.group.stem}"
        everywhere = len(loop.places) == len(self.group.scopes)
        head = f"for {b} in {objects}:"
        if self._varies(loop):
            head = f"for {b}, {self._at} in zip({objects}, {self._rows}, strict=True):"
        if everywhere and w.fits(head) and not any(f"[{k}]" in text for text in texts):
            w.line(head)
            with w.indent():
                self._make(loop, k, w)
            return
        places = _places(loop.places)
        if not w.fits(f"for {k} in {places}:"):
            w.line(f'{self._list} = """')
            tables.wrapped(_listed(loop.places), w)
            w.line('"""')
            places = f"_numbers({self._list})"
        w.loop([k], places)
        with w.indent():
            self._fill(loop, k, w)

    def _fill(self, loop: Loop, number: str, w: Writer) -> None:
        """Print the statements of a loop for the place of that number."""
        b, place = self._each, f"s.{self.group.stem}[{number}]"
        if self._varies(loop):
            w.line(f"{b}, {self._at} = {place}, {self._rows}[{number}]")
        else:
            w.assign(b, place)
        self._make(loop, number, w)

    def _varies(self, loop: Loop) -> bool:
        """Whether a loop takes numbers from the table."""
        varies = re.compile(rf"(?<![\w.]){self._at}\.")
        return any(varies.search(text) for text in loop.texts.values())

    def _make(self, loop: Loop, number: str, w: Writer) -> None:
        """Print what makes the parts of one place."""
        for names, whole in self._chained(loop, w):
            text = whole.replace(f"[{self._number}]", f"[{number}]")
            try:
                w.assign(names, text)
            except LineTooLong:
                w.assign_in_steps(names, text, self._fresh)

    def _chained(self, loop: Loop, w: Writer) -> list[tuple[str, str]]:
        """The parts that a loop makes, the names of one buffer together, as far as they fit."""
        found: list[tuple[str, str]] = []
        at: dict[str, int] = {}
        for name, text in loop.texts.items():
            own = f"{self._each}.{name}"
            k = at.get(text, -1)
            if k >= 0 and w.fits(f"{found[k][0]} = {own} = {found[k][1]}"):
                found[k] = f"{found[k][0]} = {own}", found[k][1]
                continue
            at[own] = len(found)
            found.append((own, text))
        return found


def _add(loops: list[Loop], places: tuple[int, ...], least: int, name: str, text: str) -> int:
    """Put an expression into a loop that comes no earlier than `least`; which one."""
    for i, loop in enumerate(loops):
        if i >= least and loop.places == places:
            loop.texts[name] = text
            return i
    loops.append(Loop(places, {name: text}))
    return len(loops) - 1


def _shared(values: Mapping[Scope, str]) -> bool:
    """Whether a part is the same buffer in all places."""
    labels = set(values.values())
    return len(labels) == 1 and not labels.pop().startswith(NUMBER)


def _skeleton(piece: Piece) -> object:
    """What pieces that stand side by side have in common."""
    if isinstance(piece, str) or piece.kind == LOCAL:
        return piece
    return piece.kind, piece.name.isdigit()


def _places(places: tuple[int, ...]) -> str:
    """Numbers in order as something to loop over."""
    first, last = places[0], places[-1] + 1
    if len(places) < last - first:
        return f"_numbers({string(_listed(places))})"
    return f"range({first}, {last})" if first else f"range({last})"


def _listed(places: tuple[int, ...]) -> str:
    """Numbers as a text of words."""
    return tables.numbers([str(place) for place in places])
