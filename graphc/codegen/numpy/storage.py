"""Where states live in an emitted module, and how emitted code refers to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphc.codegen import constants, tables
from graphc.codegen.names import Namer, identifier, path, string
from graphc.codegen.numpy.blocks import listing
from graphc.codegen.numpy.body import Names
from graphc.codegen.numpy.joins import Joins
from graphc.codegen.outline import SLOTS
from graphc.codegen.program import Unit
from graphc.codegen.repeats import Group, Table, lists
from graphc.codegen.writer import Writer, mapping
from graphc.ir import types
from graphc.ir.node import Node, State, Tensor
from graphc.ops.leaf import value_of
from graphc.schedule.flatten import GRADIENTS, PARAMETERS, STATISTICS, TRANSIENT, Segment, Vector

ATTRIBUTE = 34  # the longest name of an attribute
LONG_ATTRIBUTE = 48  # where there are many, so that names still say what they are of
MANY = 64
_MOST_OTHERS = 2  # names that end so, but are left out
_LONGEST_WORD = 76  # of a table: a line has room for it
ALIASES = {PARAMETERS: "p", GRADIENTS: "d", STATISTICS: "stats"}  # local names in methods


class Storage:
    """The attributes of an emitted class that hold its states, and the tables that say so."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.large: dict[str, np.ndarray[Any, Any]] = {}  # constants that go to the end of the file
        self.names = self._names()

    def _names(self) -> Names:
        layout = self.unit.layout
        owners = [s for v in layout.vectors for s, _ in v.members if s.trainable]
        namer = Namer(("flat", "shapes", "self"), _longest(owners))
        self.attribute: dict[State, str] = {}
        for state in owners:
            self.attribute[state] = namer.fresh(self.unit.saved_name(state))
        for vector in layout.vectors:
            for state, _ in vector.members:
                if state not in self.attribute:
                    owner = state.of if state.of in self.attribute else None
                    shown = self.unit.saved_name(state)
                    self.attribute[state] = self.attribute[owner] if owner else namer.fresh(shown)
        single = Namer(("self",), _longest(layout.singles))
        for state in layout.singles:
            self.attribute[state] = single.fresh(self.unit.saved_name(state))
        fields = Namer(("state", "rng", "memory"))
        self.field: dict[str, str] = {}
        for vector in layout.vectors:
            self.field[vector.name] = fields.fresh(vector.name)
        table: dict[State, str] = {}
        for vector in layout.vectors:
            for state, _ in vector.members:
                table[state] = f"{self.holder(vector)}.{self.attribute[state]}"
        for state in layout.singles:
            table[state] = f"self.state.{self.attribute[state]}"
        streams = {stream: f"self.rng.{name}" for stream, name in self.unit.streams}
        return Names(_Segments(table, self), streams, {})

    def holder(self, vector: Vector) -> str:
        """The object that has a vector and the windows on it."""
        return ALIASES.get(vector.name, f"self.{self.field[vector.name]}")

    def segment(self, segment: Segment) -> str:
        """A stretch of a flat vector as an expression."""
        vector = next(v for v in self.unit.layout.vectors if v.name == segment.vector)
        whole = segment.start == 0 and segment.stop == vector.size
        text = f"{self.holder(vector)}.flat"
        return text if whole else f"{text}[{segment.start}:{segment.stop}]"

    def fields(self, states: Iterable[State]) -> list[str]:
        """The attributes that hold some states, but for what each step makes anew."""
        home = {s: v.name for v in self.unit.layout.vectors for s, _ in v.members}
        names = [s.vector if isinstance(s, Segment) else home.get(s, "") for s in states]
        fields = [self.field.get(n, "state") for n in names if not n.startswith(TRANSIENT)]
        return list(dict.fromkeys(fields))

    def renamed(self, names: Mapping[State, str]) -> Names:
        """The names in a method that has names of its own for some states."""
        if not names:
            return self.names
        return replace(self.names, state=_Segments({**self.names.state, **names}, self))

    def layout(self, tables_: Tables | None = None) -> str:
        """The flat vectors and single states, for ``__init__``.

        Args:
            tables_: the tables of shapes, where they are not to be written out.
        """
        w = Writer()
        layout = self.unit.layout
        with w.indent(), w.indent():
            shapes: dict[str, str] = {}
            for vector in layout.vectors:
                items = [(self.attribute[s], shape_text(s)) for s, _ in vector.members]
                text = ", ".join(f"{k}={v}" for k, v in items)
                field = f"self.{self.field[vector.name]}"
                flat = f"_vector({vector.size}, np.{vector.dtype})"
                if text in shapes:
                    w.assign(field, f"_Views({flat}, {shapes[text]}.shapes)")
                    continue
                shapes[text] = field
                if tables_ is not None:
                    w.assign(field, f"_Views({flat}, _shapes({tables_.shapes(vector)}))")
                    continue
                names_shapes = ", ".join(f'"{k}": {v}' for k, v in items)
                w.call(f"{field} = ", "_Views", [flat, "{" + names_shapes + "}"])
            if layout.singles and tables_ is not None:
                arrays = [f"**_zeros(np.{d}, {n})" for d, n in tables_.singles.items()]
                w.call("self.state = ", "SimpleNamespace", arrays)
            elif layout.singles:
                arrays = []
                for state in layout.singles:
                    dtype = state.type.dtype.replace("bool", "bool_")
                    arrays.append(
                        f"{self.attribute[state]}=np.zeros({shape_text(state)}, dtype=np.{dtype})"
                    )
                w.call("self.state = ", "SimpleNamespace", arrays)
            if self.unit.streams:
                self.streams(tables_ is not None, w)
        return w.text() if layout.states or self.unit.streams else ""

    def streams(self, short: bool, w: Writer) -> None:
        """The random streams, for ``__init__``; `short` if their names are not to be written out."""
        names = [name for _, name in self.unit.streams]
        if short:
            arguments = [f"**_generators(seed, {tables.series(names)})"]
        else:
            arguments = [f"{name}=_generator(seed, {k + 1})" for k, name in enumerate(names)]
        w.call("self.rng = ", "SimpleNamespace", arguments)

    def parts(self, groups: Sequence[Group], joins: Joins) -> str:
        """The states of repeated blocks by place, for ``__init__``.

        Args:
            groups: the blocks, inner ones first.
            joins: which inner ones each has.
        """
        w = Writer()
        with w.indent(), w.indent():
            for group in groups:
                kinds = [k for k, table in group.tables.items() if k != SLOTS and table.names]
                heads = self._heads(group)
                alike = [kind for kind in kinds if _follows(group, group.tables[kind])]
                if len(alike) > 1:
                    w.assign("places", heads)
                    heads = "places"
                for kind in kinds:
                    self._parts(group, kind, heads if kind in alike else "", w)
                    joins.write(group, kind, _whole(kind), w)
        return w.text()

    def _heads(self, group: Group) -> str:
        """What the names of states in each place begin with, as an expression."""
        heads = [path(scope) for scope in group.scopes]
        shortest = tables.series(heads)
        vectors = [v for v in self.unit.layout.vectors if v.name == PARAMETERS]
        every = [self.attribute[state] for vector in vectors for state, _ in vector.members]
        for own in group.tables["p"].names if "p" in group.tables else ():
            if text := ending(
                [f"{head}_{own}" for head in heads], own, every, "self.params.shapes"
            ):
                shortest = min(shortest, f"_before({text})", key=len)
        return shortest

    def _parts(self, group: Group, kind: str, heads: str, w: Writer) -> None:
        """The states of one kind; `heads` are the names of places if all names begin so."""
        target = listing(_whole(kind), kind, group.stem)
        rows = {
            n: values for n, values in group.tables[kind].names.items() if lists(values) is None
        }
        if not rows:
            w.assign(target, f"[SimpleNamespace() for _ in range({len(group.scopes)})]")
        elif heads:
            w.call(f"{target} = ", "_parts", [_whole(kind), heads])
        else:
            texts = [
                f"{own}={tables.series([names.get(('', scope), '') for scope in group.scopes])}"
                for own, names in rows.items()
            ]
            w.call(f"{target} = ", "_named", [_whole(kind), *texts])

    def state_table(self, tables_: Tables | None = None) -> str:
        """What is saved: the name of each state, and where it is; `tables_` as in `layout`."""
        w = Writer()
        rows: list[tuple[str, str]] = []
        for vector in self.unit.layout.vectors:
            if vector.name.startswith(TRANSIENT):
                continue
            field = self.field[vector.name]
            if tables_ is not None:
                rows.append(("", f"**_states({tables_.states(vector, field)})"))
                continue
            rows += [
                (self.names.key(self.unit.saved_name(s)), f'("{field}", "{self.attribute[s]}")')
                for s, _ in vector.members
            ]
        if tables_ is not None:
            rows += [("", f'**_states("state", {n})') for n in tables_.singles.values()]
        else:
            rows += [
                (self.names.key(self.unit.saved_name(s)), f'("state", "{self.attribute[s]}")')
                for s in self.unit.layout.singles
            ]
        with w.indent():
            mapping(w, "STATES = {", rows, "}")
        return w.text()

    def register_constant(self, node: Node) -> None:
        """Give a constant that is too large to write in place a name at the end of the file."""
        array = value_of(node.outputs[0])
        if array is None or array.ndim == 0:
            return
        if constants.array(array) is None and id(array) not in self.names.constant:
            name = f"_CONSTANT_{len(self.large) + 1}"
            self.names.constant[id(array)] = name
            self.large[name] = array


class Tables:
    """All names and shapes of states as texts of words, for modules that have many.

    A word is a state's name and its shape, ``dense_1.W=64,10``. Its attribute is the name with
    underscores, from a mark on where there is one (``net.~dense_1.W=64,10``); another stands between
    them, ``name/attribute=shape``.

    Attributes:
        singles: the constants for single states, by their types.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.singles: dict[str, str] = {}
        self._texts: dict[tuple[str, ...], str] = {}
        by_type: dict[str, list[State]] = {}
        for state in storage.unit.layout.singles:
            by_type.setdefault(numpy_name(state.type.dtype), []).append(state)
        for dtype, states in by_type.items():
            words = [self._word(storage, state) for state in states]
            self.singles[dtype] = self._add(f"states_{dtype}", words)

    @classmethod
    def of(cls, storage: Storage) -> Tables | None:
        """The tables of a module; None if a name of a state is no word, or a long one."""
        layout = storage.unit.layout
        rows = [cls._words(storage, vector)[0] for vector in layout.vectors]
        words = [cls._word(storage, state) for state in layout.singles]
        words += [word for row in rows for word in row]
        names = [word.partition("=")[0] for word in words]
        fit = all(re.fullmatch(r"[A-Za-z0-9_.~/]+", name) for name in names)
        return cls(storage) if fit and max(map(len, words), default=0) <= _LONGEST_WORD else None

    def shapes(self, vector: Vector) -> str:
        """The constant that holds the names and shapes of a vector."""
        return self._vector(vector)[0]

    def states(self, vector: Vector, field: str) -> str:
        """The arguments that tell the states of a vector."""
        name, suffix = self._vector(vector)
        return f'"{field}", {name}' + (f', "{suffix}"' if suffix else "")

    def _vector(self, vector: Vector) -> tuple[str, str]:
        """The constant for a vector, and what it leaves out at the end of each name."""
        words, suffix = self._words(self.storage, vector)
        return self._add(vector.name, words), suffix

    @classmethod
    def _words(cls, storage: Storage, vector: Vector) -> tuple[list[str], str]:
        """The words for a vector, and what they leave out at the end of each name."""
        members = [state for state, _ in vector.members]
        suffix = f".{vector.name}"
        if not all(cls._name(storage, state).endswith(suffix) for state in members):
            suffix = ""
        return [cls._word(storage, state, suffix) for state in members], suffix

    @staticmethod
    def _name(storage: Storage, state: State) -> str:
        """What a state is called in a table: as in files, or as its attribute if it is in none."""
        transient = state.slot in TRANSIENT
        return storage.attribute[state] if transient else storage.unit.saved_name(state)

    @classmethod
    def _word(cls, storage: Storage, state: State, suffix: str = "") -> str:
        name = cls._name(storage, state).removesuffix(suffix)
        attribute, whole = storage.attribute[state], name.replace(".", "_")
        shape = ",".join(map(str, state.type.shape))
        start = len(name) - len(attribute)
        if attribute == whole:
            return f"{name}={shape}"
        if whole.endswith(attribute) and name[start - 1] in "._":
            return f"{name[:start]}~{name[start:]}={shape}"
        return f"{name}/{attribute}={shape}"

    def _add(self, name: str, words: list[str]) -> str:
        return self._texts.setdefault(tuple(words), f"_{identifier(name).upper()}")

    def text(self) -> str:
        """The constants."""
        w = Writer()
        for words, name in self._texts.items():
            w.line(f'{name} = """')
            tables.wrapped(" ".join(tables.packed(words)), w)
            w.line('"""')
        return w.text()


class _Segments(dict[State, str]):
    """The expression of each state; stretches of flat vectors are found on demand."""

    def __init__(self, table: dict[State, str], storage: Storage) -> None:
        super().__init__(table)
        self.storage = storage

    def __missing__(self, state: State) -> str:
        if isinstance(state, Segment):
            return self.storage.segment(state)
        raise KeyError(state)


def _whole(kind: str) -> str:
    """The object that has states of a kind, as an attribute."""
    return {alias: f"self.{name}" for name, alias in ALIASES.items()}.get(kind, kind)


def _follows(group: Group, table: Table) -> bool:
    """Whether the names of states begin with those of their places; there are some."""
    rows = {own: names for own, names in table.names.items() if lists(names) is None}
    return bool(rows) and all(
        name == f"{path(scope)}_{own}"
        for own, names in rows.items()
        for (_, scope), name in names.items()
    )


def ending(names: Sequence[str], own: str, every: Sequence[str], holder: str) -> str:
    """The arguments that tell names by how they end, of `_ending`; "" if too many others do.

    Args:
        own: how they end.
        every: all names that there are, in order.
        holder: the same as an expression.
    """
    found = [name for name in every if name.endswith(f"_{own}")]
    others = [name for name in found if name not in names]
    if len(others) > _MOST_OTHERS or [n for n in found if n not in others] != list(names):
        return ""
    return ", ".join([holder, *map(string, (f"_{own}", *others))])


def _longest(states: Sequence[State]) -> int:
    """How long the names of so many attributes may be."""
    return ATTRIBUTE if len(states) < MANY else LONG_ATTRIBUTE


def shape_text(state: State) -> str:
    """The shape of a state as a tuple."""
    shape = state.type.shape
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def type_text(tensor: Tensor) -> str:
    """A tensor's type as documentation shows it: ``float32 (N, 64)``."""
    return f"{tensor.dtype} {types.shape_text(tensor.shape)}"


def numpy_name(dtype: str) -> str:
    """The attribute of NumPy that is called after an element type."""
    return "bool_" if dtype == "bool" else types.stored(dtype)
