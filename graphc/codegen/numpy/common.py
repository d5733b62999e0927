"""What families have in common, as a method of all: how their phases begin, and buffers.

In: statements as they were printed, one text for each phase, and the buffers of each family. Out: the
same with calls in them, and the methods that are called. What is shared is equal to the last
character, so a call does what the statements did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, takewhile

from graphc.codegen.names import Namer, code_of
from graphc.codegen.writer import LINE_WIDTH

LEAST = 40  # lines that must be shared
LEAST_BUFFERS = 20  # lines that make buffers
_BODY = "        "  # the indentation of statements in a method
_MADE = re.compile(r"( +(?:s\.\w+ = )*(s\.\w+) = )(.+)\n")  # a line that makes a buffer
_ASSIGNED = re.compile(r"^ +((?:\w+, )*\w+) [-+*/]?= ", re.M)


@dataclass
class Layout:
    """What makes the buffers of a family.

    Attributes:
        family: whose they are.
        head: the statements before: checks of the arguments, sizes.
        arguments: the names of the family's arguments.
        buffers: the statements that make each buffer, or all buffers of a repeated block.
        middle: the statement that gives all of them their memory.
        views: the statements that make what else there is, of buffers and without.
        tail: the statements after.
    """

    family: str
    head: str
    arguments: Sequence[str]
    buffers: list[str] = field(default_factory=list)
    middle: str = ""
    views: list[str] = field(default_factory=list)
    tail: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join([self.head, chained(self.buffers), self.middle, *self.views, self.tail])


@dataclass(frozen=True)
class Shared:
    """A method that several methods call.

    Attributes:
        name: its name, with the underscore.
        owners: what calls it.
        arguments: what it takes besides ``self``.
        text: its statements.
        doc: what it makes.
    """

    name: str
    owners: tuple[str, ...]
    arguments: tuple[str, ...]
    text: str
    doc: str

    @property
    def call(self) -> str:
        """The call, the same in all."""
        return f"self.{self.name}({', '.join(self.arguments)})"


@dataclass
class Common:
    """Finds what is shared.

    Attributes:
        starts: by phase, the method that it begins with.
        layouts: by family, the methods that make some of its buffers and views.
    """

    namer: Namer
    starts: dict[str, Shared] = field(default_factory=dict)
    layouts: dict[str, list[Shared]] = field(default_factory=dict)

    def find_starts(self, texts: Mapping[str, str], arguments: Mapping[str, Sequence[str]]) -> None:
        """Find phases that begin alike.

        Args:
            texts: the statements of each phase.
            arguments: the names of the arguments of each.
        """
        rows = {phase: text.splitlines(keepends=True) for phase, text in texts.items()}
        for group in _groups(list(rows), lambda names: _start([rows[name] for name in names])):
            text = "".join(rows[group[0]][: _start([rows[name] for name in group])])
            given = ("s", *(name for name in arguments[group[0]] if _mentions(text, name)))
            doc = f"How {' and '.join(group)} begin."
            shared = Shared(f"_{self.namer.fresh('common')}", tuple(group), given, text, doc)
            self.starts.update(dict.fromkeys(group, shared))

    def find_layouts(self, layouts: Sequence[Layout]) -> None:
        """Find buffers and views that are alike, and put calls in their place."""
        known = {x.family: {*_sizes(x.head), *_made(x.buffers)} for x in layouts}
        sizes = {x.family: set(_sizes(x.head)) for x in layouts}
        self._find_units({x.family: x.buffers for x in layouts}, layouts, sizes, "The buffers")
        self._find_units({x.family: x.views for x in layouts}, layouts, known, "The views")

    def _find_units(
        self,
        units_of: Mapping[str, list[str]],
        layouts: Sequence[Layout],
        known: Mapping[str, set[str]],
        what: str,
    ) -> None:
        of = {layout.family: layout for layout in layouts}

        def same(names: Sequence[str]) -> list[str]:
            return _same([units_of[n] for n in names], set.intersection(*(known[n] for n in names)))

        def lines(names: Sequence[str]) -> int:
            return chained(same(names)).count("\n")

        for group in _groups(list(of), lines, LEAST_BUFFERS):
            units = same(group)
            text = chained(units)
            first = of[group[0]]
            variables = [*_assigned(first.head), *first.arguments]
            given = tuple(dict.fromkeys(["s", *(n for n in variables if _mentions(text, n))]))
            doc = f"{what} that {' and '.join(group)} have alike."
            shared = Shared(f"_{self.namer.fresh('plan_common')}", tuple(group), given, text, doc)
            for name in group:
                self.layouts.setdefault(name, []).append(shared)
                rest = [unit for unit in units_of[name] if unit not in units]
                units_of[name][:] = [f"{_BODY}{shared.call}\n", *rest]


def chained(units: Iterable[str]) -> str:
    """Statements that make buffers, the names of one buffer as one: ``s.z = s.h = ...``."""
    found: list[str] = []
    at: dict[str, int] = {}
    for unit in units:
        match = _MADE.fullmatch(unit)
        if match is not None:
            name, known = match[2], at.get(match[3])
            if known is not None and (made := _MADE.fullmatch(found[known])) is not None:
                both = f"{made[1]}{name} = {made[3]}\n"
                if len(both) <= LINE_WIDTH + 1:
                    found[known] = both
                    at[name] = known
                    continue
            at[name] = len(found)
        found.append(unit)
    return "".join(found)


def _groups(
    names: Sequence[str], shared: Callable[[Sequence[str]], int], least: int = LEAST
) -> list[list[str]]:
    """Those that share enough: pairs that share most, and what makes a pair save more."""
    lengths = {pair: shared(pair) for pair in combinations(names, 2)}
    found: list[list[str]] = []
    for pair in sorted(lengths, key=lambda pair: -lengths[pair]):
        free = [name for name in names if not any(name in group for group in found)]
        if lengths[pair] < least or not set(pair) <= set(free):
            continue
        group, length = list(pair), lengths[pair]
        for name in free:
            more = shared([*group, name]) if name not in group else 0
            if more >= least and more * len(group) > length * (len(group) - 1):
                group, length = [*group, name], more
        found.append(sorted(group, key=names.index))
    return found


def _start(texts: Sequence[Sequence[str]]) -> int:
    """How many lines texts begin with alike, up to the end of a block whose variables nobody needs
    afterwards."""
    count = sum(1 for _ in takewhile(lambda lines: len(set(lines)) == 1, zip(*texts, strict=False)))
    for cut in range(min(count, *(len(text) - 1 for text in texts)), 0, -1):
        ends = all(text[cut].startswith((f"{_BODY}# ", f"{_BODY}return ")) for text in texts)
        if ends and not texts[0][cut - 1].strip():
            names = set(_assigned("".join(texts[0][:cut])))
            rests = ["".join(text[cut:]) for text in texts]
            if not any(_mentions(rest, name) for rest in rests for name in names):
                return cut
    return 0


def _same(lists: Sequence[Sequence[str]], known: set[str]) -> list[str]:
    """The units that lists have in common, without those that need others than `known`."""
    every = set.intersection(*map(set, lists))
    units = [unit for unit in lists[0] if unit in every]
    while True:
        reach = known.union(_made(units))
        left = [unit for unit in units if reach.issuperset(re.findall(r"\bs\.(\w+)", unit))]
        if left == units:
            return units
        units = left


def _made(units: Iterable[str]) -> set[str]:
    """The buffers and views that statements make."""
    return {name for unit in units for name in re.findall(r"^ +s\.(\w+) = ", unit, re.M)}


def _sizes(head: str) -> list[str]:
    """The sizes that buffers are made with."""
    match = re.search(r"\bs = SimpleNamespace\(([^()]*)\)", head)
    return re.findall(r"(\w+)=", match[1]) if match else []


def _assigned(text: str) -> Iterable[str]:
    """The variables that a text assigns, in order."""
    return dict.fromkeys(name for found in _ASSIGNED.findall(text) for name in found.split(", "))


def _mentions(text: str, name: str) -> bool:
    """Whether a text reads a variable."""
    return re.search(rf"(?<![\w.]){name}\b(?!=[^=])", code_of(text)) is not None
