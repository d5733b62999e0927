"""The first values of states: the method ``initialise``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from graphc.codegen import tables
from graphc.codegen.labels import RESERVED, Labels
from graphc.codegen.names import Namer, code_of, string
from graphc.codegen.numpy.body import Names
from graphc.codegen.numpy.plain import PlainBody
from graphc.codegen.numpy.storage import Storage, shape_text
from graphc.codegen.outline import NUMBER, Hole, Piece, pieces
from graphc.codegen.program import Phase
from graphc.codegen.writer import Writer
from graphc.ir.graph import Graph
from graphc.ir.node import Node, State, Tensor, toposort
from graphc.ops.base import Op
from graphc.ops.leaf import scalar_of
from graphc.passes.pipeline import Passes
from graphc.schedule.fuse import fuse
from graphc.schedule.order import Kind, schedule
from graphc.schedule.plan import plan

LEAST_ALIKE = 4  # states that one loop gives their values
_LETTERS = "abcdefghijklmnoqstuvwxyz"  # for numbers that differ
_ARRAY = "array"  # what a state is called in a loop
_NAMES = ("name", "names", "rng", _ARRAY, *_LETTERS)


class Initial:
    """Prints the statements that give states their first values.

    Attributes:
        helpers: the helpers that they call.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.helpers: set[str] = set()

    def text(self, short: bool) -> str:
        """The statements; `short` if states that are alike are given their values in loops."""
        unit = self.storage.unit
        pairs = [(s, t) for s, t in unit.initial.items() if scalar_of(t) != 0]
        if not pairs:
            return ""
        graph = Passes().run(Graph("initialise", (), (), tuple(pairs)))
        for node in graph.nodes:
            self.storage.register_constant(node)
        if short and not _share_draws(graph.updates):
            text = self._loops(graph.updates)
        else:
            text = self._statements(graph).text()
        w, code = Writer(), code_of(text)
        with w.indent(), w.indent():
            if re.search(r"\brng\.", code):
                w.line("rng = _generator(seed, 0)")
            for alias, name in (("p", "params"), ("d", "grads")):
                if re.search(rf"\b{alias}[.,]", code):
                    w.line(f"{alias} = self.{name}")
        return w.text() + text

    def _statements(self, graph: Graph, brief: bool = False) -> Writer:
        """The statements for some states; `brief` if names are as short as can be."""
        scheduled = schedule(graph)
        phase = Phase("initialise", "", plan(scheduled, fuse(scheduled, False), False))
        labels = Labels((), [phase.plan], self.storage.unit.prefix)
        if brief:
            namer = Namer((*RESERVED, *_NAMES))
            words = {label: label.rpartition("_")[2] for label in labels.of.values()}
            short = {label: namer.fresh(word) for label, word in words.items()}
            labels.of = {tensor: short[label] for tensor, label in labels.of.items()}
        names = self.storage.names
        streams = {n.attrs["stream"]: "rng" for n in graph.nodes if "stream" in n.attrs}
        here = Names(names.state, {**names.stream, **streams}, names.constant)
        w = Writer()
        body = _InitialBody(phase, labels, here, w)
        with w.indent(), w.indent():
            body.write()
        self.helpers |= body.helpers
        return w

    def _loops(self, pairs: Sequence[tuple[State, Tensor]]) -> str:
        """States that are alike in loops; what is drawn is drawn in the order of states."""
        runs: list[_Run] = []
        for state, value in pairs:
            draws = bool(_draws(value))
            alone = Graph("initialise", (), (), ((state, value),))
            single = _Single(state, alone, self._statements(alone, brief=True))
            for run in reversed(runs):
                if run.singles[0].shape == single.shape:
                    run.singles.append(single)
                    break
                if draws and run.draws:
                    runs.append(_Run(draws, [single]))
                    break
            else:
                runs.append(_Run(draws, [single]))
        w = Writer()
        with w.indent(), w.indent():
            for run in runs:
                if len(run.singles) < LEAST_ALIKE:
                    for single in run.singles:
                        for event in self._statements(single.graph).events:
                            event.write(w, event.parts)
                else:
                    run.write(w)
        return w.text()


class _InitialBody(PlainBody):
    """Initial values: no headers, each state filled as soon as its value is known."""

    def enter(self, node: object) -> None:
        return

    def _statement(self, node: Node, kind: Kind) -> None:
        value = node.outputs[0]
        filled = node.op.name == "broadcast_to" and not self.graph.users.get(value)
        if filled and node.inputs[0].node.op.name == "constant":
            self.texts[value] = self.text(node.inputs[0])
        else:
            super()._statement(node, kind)
        self._store([(s, t) for s, t in self.graph.updates if t is value])

    def _inlines(self, tensor: Tensor, text: str, kind: Kind) -> bool:
        filled = [self.state_text(s) for s, value in self.graph.updates if value is tensor]
        if len(filled) == 1 and not self.graph.users.get(tensor):
            return self.w.fits(f"{filled[0]}[...] = {text}")
        return super()._inlines(tensor, text, kind)

    def _commit(self) -> None:
        """Fill those with a value that nothing has needed until here."""
        for _, value in self.graph.updates:
            self.text(value)
        kinds = self.schedule.kinds
        self._store([(s, t) for s, t in self.graph.updates if kinds[t.node] is Kind.LITERAL])


@dataclass
class _Single:
    """The statements for one state.

    Attributes:
        shape: what they have in common with those of others.
        numbers: the numbers in them, in order.
        target: the state.
        parts: the pieces of each statement.
    """

    state: State
    graph: Graph
    writer: Writer
    shape: tuple[object, ...] = ()
    numbers: list[str] = field(default_factory=list)
    target: Hole = field(default=Hole("", ""))
    parts: list[list[list[Piece]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = shape_text(self.state)
        found: list[object] = []
        for event in self.writer.events:
            split = [pieces(part.replace(own, f"{_ARRAY}.shape")) for part in event.parts]
            self.parts.append(split)
            found.append((event.kind, event.depth))
            if event.kind == "store":
                (self.target,) = [p for p in split[0] if isinstance(p, Hole)]
            for piece in [p for part in split for p in part]:
                if isinstance(piece, Hole) and piece.kind == NUMBER:
                    self.numbers.append(piece.name)
                    found.append((NUMBER, piece.name.isdigit()))
                else:
                    found.append(piece.kind if piece == self.target else piece)
        self.shape = tuple(found)


@dataclass
class _Run:
    """States that one loop gives their values."""

    draws: bool  # whether random numbers are drawn
    singles: list[_Single]

    def write(self, w: Writer) -> None:
        """Print the loop."""
        first = self.singles[0]
        columns: dict[tuple[str, ...], str] = {}
        texts = []
        for column in zip(*[single.numbers for single in self.singles], strict=True):
            if len(set(column)) > 1 and column not in columns:
                columns[column] = _LETTERS[len(columns)]
            texts.append(columns.get(column, column[0]))
        w.assign("names", tables.series([single.target.name for single in self.singles]))
        given = [f"_numbers({string(tables.numbers(column))})" for column in columns]
        heads = ["name", *columns.values()]
        over = f"zip({', '.join(['names', *given])}, strict=True)" if columns else "names"
        if not w.fits(f"for {', '.join(heads)} in {over}:"):
            for column, name in columns.items():
                w.line(f'every_{name} = """')
                tables.wrapped(tables.numbers(column), w)
                w.line('"""')
            given = [f"_numbers(every_{name})" for name in columns.values()]
            over = f"zip({', '.join(['names', *given])}, strict=True)"
        w.loop(heads, over)
        number = iter(texts)
        with w.indent():
            w.assign(_ARRAY, f"getattr({first.target.kind}, name)")
            for event, parts in zip(first.writer.events, first.parts, strict=True):
                event.write(w, [self._shown(part, first.target, number) for part in parts])

    @staticmethod
    def _shown(part: list[Piece], target: Hole, number: Iterator[str]) -> str:
        text = ""
        for piece in part:
            if isinstance(piece, str):
                text += piece
            elif piece.kind == NUMBER:
                text += next(number)
            else:
                text += _ARRAY if piece == target else piece.name
        return text


def _draws(value: Tensor) -> list[Node]:
    """The nodes that draw random numbers for a value."""
    return [n for n in toposort([value]) if isinstance(n.op, Op) and n.op.random]


def _share_draws(pairs: Sequence[tuple[State, Tensor]]) -> bool:
    """Whether two states start from the same draw."""
    seen: set[Node] = set()
    for _, value in pairs:
        draws = set(_draws(value))
        if seen & draws:
            return True
        seen |= draws
    return False
