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

LEAST = 40  # lines that must be shared
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
    """A method that several methods call.

    Attributes:
        name: its name, with the underscore.
        owners: what calls it.
        arguments: what it takes besides ``self``.
        text: its statements.
    """

    name: str
    owners: tuple[str, ...]
    arguments: tuple[str, ...]
    text: str

    @property
    def call(self) -> str:
        """The call, the same in all."""
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
        for group in _groups(list(rows), lambda names: _start([rows[name] for name in names])):
            text = "".join(rows[group[0]][: _start([rows[name] for name in group])])
            given = ("s", *(name for name in arguments[group[0]] if _mentions(text, name)))
            shared = Shared(f"_{self.namer.fresh('common')}", tuple(group), given, text)
            self.starts.update(dict.fromkeys(group, shared))

    def find_layouts(self, layouts: Sequence[Layout]) -> None:
        """Find buffers that are alike, and take them out of their families."""
        of = {layout.family: layout for layout in layouts}

        def same(names: Sequence[str]) -> list[str]:
            return _same([of[name] for name in names])

        for group in _groups(list(of), lambda names: "".join(same(names)).count("\n")):
            units = same(group)
            text = "".join(units)
            first = of[group[0]]
            known = [*_assigned(first.head), *first.arguments]
            given = tuple(dict.fromkeys(["s", *(n for n in known if _mentions(text, n))]))
            shared = Shared(f"_{self.namer.fresh('plan_common')}", tuple(group), given, text)
            for name in group:
                self.layouts[name] = shared
                of[name].units = [unit for unit in of[name].units if unit not in units]


def _groups(names: Sequence[str], shared: Callable[[Sequence[str]], int]) -> list[list[str]]:
    """Those that share enough: pairs that share most, and what makes a pair save more."""
    lengths = {pair: shared(pair) for pair in combinations(names, 2)}
    found: list[list[str]] = []
    for pair in sorted(lengths, key=lambda pair: -lengths[pair]):
        free = [name for name in names if not any(name in group for group in found)]
        if lengths[pair] < LEAST or not set(pair) <= set(free):
            continue
        group, length = list(pair), lengths[pair]
        for name in free:
            more = shared([*group, name]) if name not in group else 0
            if more >= LEAST and more * len(group) > length * (len(group) - 1):
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


def _same(layouts: Sequence[Layout]) -> list[str]:
    """The units that families have in common, without those that need others."""
    every = set.intersection(*(set(layout.units) for layout in layouts))
    units = [unit for unit in layouts[0].units if unit in every]
    sizes = set.intersection(*(set(_sizes(layout.head)) for layout in layouts))
    while True:
        made = {name for unit in units for name in re.findall(r"^ +s\.(\w+) = ", unit, re.M)}
        left = [unit for unit in units if set(re.findall(r"\bs\.(\w+)", unit)) <= made | sizes]
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
    return re.search(rf"(?<![\w.]){name}\b(?!=[^=])", code_of(text)) is not None
