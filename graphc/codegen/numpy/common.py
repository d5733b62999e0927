"""What two families have in common, as a method of both: how their phases begin, and buffers.

In: statements as they were printed, one text for each phase, and the buffers of each family. Out: the
same with calls in them, and the methods that are called. What is shared is equal to the last
character, so a call does what the statements did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, takewhile

from graphc.codegen.names import Namer

LEAST = 40  # lines that two must share
_BODY = "        "  # the indentation of statements in a method
_ASSIGNED = re.compile(r"^ +((?:\w+, )*\w+) [-+*/]?= ", re.M)


@dataclass
class Layout:
    """What makes the buffers of a family.

    Attributes:
        family: whose they are.
        head: the statements before: checks of the arguments, sizes, the arena.
        units: the statements that make each buffer, or all buffers of a repeated block.
        tail: the statements after.
        arguments: the names of the family's arguments.
    """

    family: str
    head: str
    units: list[str]
    tail: str
    arguments: Sequence[str]

    @property
    def text(self) -> str:
        """All of it."""
        return self.head + "".join(self.units) + self.tail


@dataclass(frozen=True)
class Shared:
    """A method that two methods call.

    Attributes:
        name: its name, with the underscore.
        owners: what calls it.
        arguments: what it takes besides ``self``.
        text: its statements.
    """

    name: str
    owners: tuple[str, str]
    arguments: tuple[str, ...]
    text: str

    @property
    def call(self) -> str:
        """The call, the same in both."""
        return f"self.{self.name}({', '.join(self.arguments)})"


@dataclass
class Common:
    """Finds what is shared.

    Attributes:
        starts: by phase, the method that it begins with.
        layouts: by family, the method that makes some of its buffers.
    """

    namer: Namer
    starts: dict[str, Shared] = field(default_factory=dict)
    layouts: dict[str, Shared] = field(default_factory=dict)

    def find_starts(self, texts: Mapping[str, str], arguments: Mapping[str, Sequence[str]]) -> None:
        """Find phases that begin alike.

        Args:
            texts: the statements of each phase.
            arguments: the names of the arguments of each.
        """
        rows = {phase: text.splitlines(keepends=True) for phase, text in texts.items()}
        lengths = {(a, b): _start(rows[a], rows[b]) for a, b in combinations(rows, 2)}
        for a, b in _pairs(lengths):
            text = "".join(rows[a][: lengths[a, b]])
            given = ("s", *(name for name in arguments[a] if _mentions(text, name)))
            name = f"_{self.namer.fresh('common')}"
            self.starts[a] = self.starts[b] = Shared(name, (a, b), given, text)

    def find_layouts(self, layouts: Sequence[Layout]) -> None:
        """Find buffers that are alike, and take them out of their families."""
        of = {layout.family: layout for layout in layouts}
        same = {(a, b): _same(of[a], of[b]) for a, b in combinations(of, 2)}
        lengths = {pair: "".join(units).count("\n") for pair, units in same.items()}
        for a, b in _pairs(lengths):
            text = "".join(same[a, b])
            known = [*_assigned(of[a].head), *of[a].arguments]
            given = tuple(dict.fromkeys(["s", *(n for n in known if _mentions(text, n))]))
            name = f"_{self.namer.fresh('plan_common')}"
            shared = Shared(name, (a, b), given, text)
            for layout in (of[a], of[b]):
                self.layouts[layout.family] = shared
                layout.units = [unit for unit in layout.units if unit not in same[a, b]]


def _pairs(lengths: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """Those that share enough, each with the one that it shares most with."""
    found: list[tuple[str, str]] = []
    for pair in sorted(lengths, key=lambda pair: -lengths[pair]):
        if lengths[pair] >= LEAST and not {x for other in found for x in other} & set(pair):
            found.append(pair)
    return found


def _start(a: Sequence[str], b: Sequence[str]) -> int:
    """How many lines two texts begin with alike, up to the end of a block whose variables nobody
    needs afterwards."""
    count = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))))
    for cut in range(count, 0, -1):
        at_block = cut < min(len(a), len(b)) and all(
            rows[cut].startswith(f"{_BODY}# ") or rows[cut].startswith(f"{_BODY}return ")
            for rows in (a, b)
        )
        if at_block and not a[cut - 1].strip():
            names = set(_assigned("".join(a[:cut])))
            rests = ["".join(rows[cut:]) for rows in (a, b)]
            if not any(_mentions(rest, name) for rest in rests for name in names):
                return cut
    return 0


def _same(a: Layout, b: Layout) -> list[str]:
    """The units that two families have in common, without those that need others."""
    units = [unit for unit in a.units if unit in set(b.units)]
    sizes = [set(_sizes(layout.head)) for layout in (a, b)]
    while True:
        made = {name for unit in units for name in re.findall(r"^ +s\.(\w+) = ", unit, re.M)}
        made |= sizes[0] & sizes[1]
        left = [unit for unit in units if set(re.findall(r"\bs\.(\w+)", unit)) <= made]
        if left == units:
            return units
        units = left


def _sizes(head: str) -> list[str]:
    """The sizes that buffers are made with."""
    match = re.search(r"\bs = SimpleNamespace\(([^()]*)\)", head)
    return re.findall(r"(\w+)=", match[1]) if match else []


def _assigned(text: str) -> Iterable[str]:
    """The variables that a text assigns, in order."""
    return dict.fromkeys(name for found in _ASSIGNED.findall(text) for name in found.split(", "))


def _mentions(text: str, name: str) -> bool:
    """Whether a text reads a variable."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return re.search(rf"(?<![\w.]){name}\b(?!=[^=])", code) is not None
