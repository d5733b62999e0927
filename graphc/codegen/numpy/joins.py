"""Blocks inside of blocks, in the objects that have their parts: ``s.block[3].norm_1``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphc.codegen import tables
from graphc.codegen.names import Namer
from graphc.codegen.numpy.blocks import listing
from graphc.codegen.repeats import Group, Scope, lists
from graphc.codegen.writer import Writer


@dataclass(eq=False)
class Join:
    """Which places of an inner group each place of a group has.

    Attributes:
        group, stem: the group, and the list of the inner one.
        constant: the table of the module that says so.
        columns: by name, the number in that list, for each place.
    """

    group: Group
    stem: str
    constant: str
    columns: dict[str, dict[Scope, str]] = field(default_factory=dict)

    def takes(self, name: str, column: Mapping[Scope, str]) -> bool:
        """Whether another column agrees with what is known under its name."""
        known = self.columns.get(name, {})
        return all(known.get(scope, number) == number for scope, number in column.items())

    def rows(self) -> dict[str, list[str]]:
        """The numbers of all places, by name; a place without a part has what the one before has."""
        found = {}
        for name, column in self.columns.items():
            number = next(iter(column.values()))
            found[name] = [number := column.get(scope, number) for scope in self.group.scopes]
        return found


class Joins:
    """What groups have of inner ones: one table for each pair, whatever the object; and the tables
    in which places differ."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.every: list[Join] = []
        self._rows: dict[tuple[str, ...], str] = {}
        self._namer = Namer()
        self.of: dict[tuple[str, str], list[Join]] = {}  # by list and kind
        for group in groups:
            for kind, table in group.tables.items():
                for name, values in table.names.items():
                    if (found := lists(values)) is not None:
                        column = {scope: number for (_, scope), number in found[1].items()}
                        self._add(group, kind, found[0], name, column)

    def _add(self, group: Group, kind: str, stem: str, name: str, column: dict[Scope, str]) -> None:
        mine = self.of.setdefault((group.stem, kind), [])
        fits = [
            join
            for join in self.every
            if join.group is group and join.stem == stem and join.takes(name, column)
        ]
        if fits:
            join = fits[0]
        else:
            join = Join(group, stem, self._constant(f"{group.stem}_{stem}"))
            self.every.append(join)
        join.columns.setdefault(name, {}).update(column)
        if join not in mine:
            mine.append(join)

    def write(
        self, group: Group, kind: str, whole: str, w: Writer, here: Collection[str] | None = None
    ) -> None:
        """Print what gives each place of a group its inner places.

        Args:
            kind: what methods call the object that has the lists.
            whole: the object as an expression.
            here: the parts that are of use; all if None.
        """
        for join in self.of.get((group.stem, kind), ()):
            if here is not None and not join.columns.keys() & here:
                continue
            ends = (listing(whole, kind, stem) for stem in (group.stem, join.stem))
            w.call("", "_join", [*ends, join.constant])

    def rows(self, name: str, lines: Sequence[str]) -> str:
        """The constant that holds the rows of a table of columns; as near to `name` as is free for a
        new one."""
        key = tuple(lines)
        if key not in self._rows:
            self._rows[key] = self._constant(name)
        return self._rows[key]

    def _constant(self, name: str) -> str:
        return f"_{self._namer.fresh(name).upper()}"

    def text(self) -> str:
        """The tables of inner blocks."""
        return _constants(
            (join.constant, [f"{n} {tables.numbers(c)}" for n, c in join.rows().items()])
            for join in self.every
        )

    def rows_text(self) -> str:
        """The tables in which places differ, as lists of rows."""
        return _constants(((name, lines) for lines, name in self._rows.items()), "_rows(", ")")


def _constants(
    texts: Iterable[tuple[str, Sequence[str]]], before: str = "", after: str = ""
) -> str:
    w = Writer()
    for name, lines in texts:
        if len(lines) == 1 and w.fits(f'{name} = {before}"{lines[0]}"{after}'):
            w.line(f'{name} = {before}"{lines[0]}"{after}')
            continue
        w.line(f'{name} = {before}"""')
        for line in lines:
            tables.wrapped(line, w)
        w.line(f'"""{after}')
    return w.text()
