"""The buffers of repeated blocks: one object for each place, filled by loops over the places."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from graphc.codegen import tables
from graphc.codegen.labels import Labels
from graphc.codegen.names import Namer, string
from graphc.codegen.numpy.blocks import held
from graphc.codegen.numpy.joins import Joins
from graphc.codegen.outline import LOCAL, NUMBER, SLOTS, Hole, Piece, pieces, spaced
from graphc.codegen.repeats import Group, Scope, lists
from graphc.codegen.writer import LINE_WIDTH, LineTooLong, Writer

_LETTERS = "abcdefghijklmnopqrstuvwxyz"  # for columns of numbers that are no offsets

LONGEST_COLUMN = 16  # characters of a name
LEAST_UNIT = 16  # a factor that a column is worth writing without


@dataclass(frozen=True)
class Slot:
    """What a name in the buffers stands for.

    Attributes:
        text: an expression.
        offset: for a window on the arena, the texts before and after its place in the arena, and
            that place with its unit ("" for bytes).
    """

    text: str
    offset: tuple[str, str, int, str] | None = None

    def placed(self, zero: bool) -> str:
        """The expression with its place in one form, whatever that is; `zero` if it is nothing."""
        if self.offset is None or zero:
            return self.text
        before, after, offset, unit = self.offset
        return f"{before}{offset}{f' * {unit}' if unit else ''}{after}"


class Windows:
    """Functions for windows on the arena, one for each type, where there are many windows."""

    def __init__(self, labels: Labels) -> None:
        self._fresh = labels.namer.fresh
        self.names: dict[str, str] = {}

    def shortened(self, text: str) -> str:
        """A text in which a window is made by the function for its type."""
        match = re.fullmatch(r"_window\(memory, (.*), np\.(\w+), (\([^()]*\))\)", text)
        if match is None:
            return text
        start, dtype, shape = match.groups()
        if dtype not in self.names:
            self.names[dtype] = self._fresh(dtype)
        return f"{self.names[dtype]}({start}, {shape})"

    def write(self, w: Writer) -> None:
        """Print what makes the functions."""
        for dtype, name in self.names.items():
            w.assign(name, f"_arrays_in(memory, np.{dtype})")


@dataclass
class Loop:
    """A loop over places: the parts that it makes in each, with their expressions."""

    places: tuple[int, ...]
    texts: dict[str, str] = field(default_factory=dict)


@dataclass
class Column:
    """Numbers in which places differ.

    Attributes:
        offset: whether they are places in the arena.
        numbers: what is known of them.
    """

    name: str
    offset: bool
    numbers: dict[Scope, str]

    def takes(self, numbers: Mapping[Scope, str]) -> bool:
        """Whether others are the same in all places that have both, which are most of either."""
        both = self.numbers.keys() & numbers.keys()
        enough = 2 * len(both) >= min(len(numbers), len(self.numbers))
        return enough and all(self.numbers[scope] == numbers[scope] for scope in both)

    def text(self, scopes: Sequence[Scope]) -> str:
        """The name and the numbers of all places, without what they have in common as a factor; those
        that lack the part take the number before, or after."""
        unit = 1
        if all(number.isdigit() for number in self.numbers.values()):
            unit = math.gcd(*map(int, self.numbers.values()))
        unit = unit if self.offset and unit >= LEAST_UNIT else 1
        known = {s: str(int(n) // unit) if unit > 1 else n for s, n in self.numbers.items()}
        found = []
        for order in (scopes, scopes[::-1]):
            value = next(known[scope] for scope in order if scope in known)
            column = [value := known.get(scope, value) for scope in order]
            found.append(tables.numbers(column if order is scopes else column[::-1]))
        name = f"{self.name}:{unit}" if unit > 1 else self.name
        return f"{name} {min(found, key=len)}"


class Bundle:
    """The buffers of one group in one family.

    Attributes:
        used: the buffers of the family that it refers to.
    """

    def __init__(self, group: Group, family: str, slots: Mapping[str, Slot], taken: set[str]):
        self.group = group
        self.family = family
        self.slots = slots
        self.table = group.table(SLOTS)
        self.used: set[str] = set()
        self.shared: dict[str, str] = {}  # what is one thing for all places
        self.loops: list[Loop] = []
        self.columns: list[Column] = []  # numbers that differ
        self._names = Namer()
        self._letters = iter(_LETTERS)
        self._fresh = Namer(taken).fresh  # names of variables
        self._number, self._each, self._at = (self._fresh(text) for text in ("k", "b", "at"))
        self._rows, self._list = self._fresh("rows"), self._fresh("places")
        self._windows: Collection[str] = ()  # the functions that make windows
        self._offsets: set[str] = set()  # the parts whose place in the arena has a column
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
        slots = [self.slots.get(label) for label in values.values()]
        zero = all(s is not None and s.offset is not None and not s.offset[2] for s in slots)
        kinds: dict[tuple[object, ...], dict[Scope, list[Piece]]] = {}
        for (scope, label), slot in zip(values.items(), slots, strict=True):
            text = label.removeprefix(NUMBER) if slot is None else slot.placed(zero)
            row = pieces(text)
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
            parts = []
            least = 0
            for column in columns:
                text, loop = self._shown(name, column)
                parts.append(text)
                least = max(least, loop)
            places = tuple(self.group.index[scope] for scope in columns[0])
            latest = max(latest, self._add(places, least, name, spaced("".join(parts))))
        self._loop_of[name] = latest

    def _add(self, places: tuple[int, ...], least: int, name: str, text: str) -> int:
        """Put an expression into a loop that comes no earlier than `least`; which one."""
        for i, loop in enumerate(self.loops):
            if i >= least and loop.places == places:
                loop.texts[name] = text
                return i
        self.loops.append(Loop(places, {name: text}))
        return len(self.loops) - 1

    def _shown(self, name: str, column: Mapping[Scope, Piece]) -> tuple[str, int]:
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
        return f"{self._at}.{self._column(name, numbers)}", 0

    def _column(self, name: str, numbers: Mapping[Scope, str]) -> str:
        """The column that has the numbers of a part: one that agrees where both say something, or a
        new one."""
        slot = self.slots.get(next(iter(self._values(name).values())))
        lies = slot is not None and slot.offset is not None and str(slot.offset[2])
        offset = name not in self._offsets and lies == next(iter(numbers.values()))
        self._offsets.add(name)
        for column in self.columns:
            if column.offset == offset and column.takes(numbers):
                column.numbers.update(numbers)
                return column.name
        short = name if len(name) <= LONGEST_COLUMN else "_".join(name.split("_")[-2:])
        own = self._names.fresh(short if offset else next(self._letters, "size"))
        self.columns.append(Column(own, offset, dict(numbers)))
        return own

    def _fill(self, loop: Loop, number: str, w: Writer) -> None:
        """Print the statements of a loop for the place of that number."""
        b, place = self._each, f"s.{self.group.stem}[{number}]"
        varies = re.compile(rf"(?<![\w.]){self._at}\.")
        if any(varies.search(text) for text in loop.texts.values()):
            w.line(f"{b}, {self._at} = {place}, {self._rows}[{number}]")
        else:
            w.assign(b, place)
        for names, whole in self._chained(loop, w):
            text = whole.replace(f"[{self._number}]", f"[{number}]")
            try:
                w.assign(names, text)
            except LineTooLong:
                w.assign_in_steps(names, text, self._fresh)

    def _chained(self, loop: Loop, w: Writer) -> list[tuple[str, str]]:
        """The parts that a loop makes, those for one piece of memory together, as far as they fit."""
        found: list[tuple[str, str]] = []
        at: dict[str, int] = {}
        for name, text in loop.texts.items():
            own = f"{self._each}.{name}"
            k = at.get(text, -1)
            if k >= 0 and w.fits(f"{found[k][0]} = {own} = {text}"):
                found[k] = f"{found[k][0]} = {own}", text
                continue
            if any(text.startswith(f"{window}(") for window in self._windows):
                at[text] = len(found)
            found.append((own, text))
        return found

    def _table(self) -> list[str]:
        """The columns as text, short ones together in a line."""
        lines: list[str] = []
        for column in self.columns:
            text = column.text(self.group.scopes)
            if lines and len(lines[-1]) + 3 + len(text) <= LINE_WIDTH:
                lines[-1] += f"   {text}"
            else:
                lines.append(text)
        return lines

    def shorten(self, windows: Windows) -> None:
        """Make windows by functions for their types."""
        self._windows = windows.names.values()
        for loop in self.loops:
            for name, text in loop.texts.items():
                loop.texts[name] = windows.shortened(text)

    def write(self, w: Writer, joins: Joins) -> None:
        """Print what makes the objects, ``s.<stem>``."""
        group, k = self.group, self._number
        if self.columns:
            table = joins.rows(f"{self.family}_{group.stem}", self._table())
            w.assign(self._rows, f"_rows({table})")
        target, count = f"s.{group.stem}", f"range({len(group.scopes)})"
        shared = ", ".join(f"{name}=s.{label}" for name, label in self.shared.items())
        loops = self.loops
        if not w.fits(f"{target} = [SimpleNamespace({shared}) for _ in {count}]"):
            everywhere = tuple(range(len(group.scopes)))
            loops = [Loop(everywhere, {n: f"s.{t}" for n, t in self.shared.items()}), *loops]
            shared = ""
        w.assign(target, f"[SimpleNamespace({shared}) for _ in {count}]")
        for loop in loops:
            if len(loop.places) == 1:
                self._fill(loop, str(loop.places[0]), w)
                continue
            places = _places(loop.places)
            if not w.fits(f"for {k} in {places}:"):
                w.line(f'{self._list} = """')
                tables.wrapped(_listed(loop.places), w)
                w.line('"""')
                places = f"_numbers({self._list})"
            w.loop([k], places)
            with w.indent():
                self._fill(loop, k, w)
        here = {name for name in self.table.names if self._values(name)}
        joins.write(group, SLOTS, SLOTS, w, here)


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
