"""A unit as the source of one NumPy module."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from graphc.codegen import constants, names, templates
from graphc.codegen.names import identifier, string
from graphc.codegen.numpy.binding import index_ranges, sizes_from_zero
from graphc.codegen.numpy.initial import Initial
from graphc.codegen.numpy.methods import Methods, Phrased
from graphc.codegen.numpy.storage import Storage, Tables, type_text
from graphc.codegen.program import Unit
from graphc.codegen.writer import Writer, mapping
from graphc.ir.node import Tensor
from graphc.passes.precision import DESCRIPTIONS
from graphc.schedule.fuse import BLOCK

_TABLES = (
    *(
        "before",
        "buffers",
        "ending",
        "generators",
        "join",
        "named",
        "numbers",
        "parts",
        "rows",
        "series",
        "shapes",
    ),
    *("states", "zeros"),
)
PIECE = 70  # characters of a long text in one line


@dataclass
class Module:
    """The emission of one unit in one style."""

    unit: Unit
    style: str
    version: str
    check_nan: bool = False
    outlines: bool = True

    target = "numpy"

    def __post_init__(self) -> None:
        self.storage = self.make_storage()
        self.names = self.storage.names
        self.printed: dict[str, Phrased] = {}  # each phase as it was printed

    def make_storage(self) -> Storage:
        """Where states live."""
        return Storage(self.unit)

    def methods(self) -> Methods:
        """What prints the methods."""
        return Methods(self.storage, self.style, self.check_nan, self.outlines)

    def initial(self) -> Initial:
        """What prints the first values of states."""
        return Initial(self.storage)

    def more(self, body: str) -> dict[str, object]:
        """What else the template of the target is given."""
        return {}

    def source(self) -> str:
        """The whole module."""
        methods = self.methods()
        body = methods.text()
        self.printed = methods.printed
        unit = self.unit
        every = [m for f in unit.families for m in f.methods] if unit.inputs else []
        scripted = {m.name: m.result for m in every}
        short = bool(methods.groups)
        start = self.initial()
        initial = start.text(short)
        tables = Tables.of(self.storage) if short else None
        states = self.storage.state_table(tables)
        layout = self.storage.layout(tables) + self.storage.parts(methods.groups, methods.joins)
        rows = methods.joins.rows_text()
        early = templates.helpers(self.target, _called(states + rows))
        lays_out = "self._lay_out(s" in body
        used = methods.helpers | start.helpers | _called(layout + initial + body)
        late = templates.helpers(self.target, used | ({"places"} if lays_out else set()))
        source = templates.render(
            f"{self.target}/module.py.j2",
            unit=unit,
            version=self.version,
            style=self.style,
            name=names.doc(unit.name, 40),
            class_name=names.class_name(unit.name),
            module_name=names.module_name(unit.name),
            summary=self._summary(),
            optimizer=names.doc(unit.optimizer, 70, fallback="-"),
            methods=body,
            layout=layout,
            namespaces="SimpleNamespace(" in layout + body,
            constants=self._constants(),
            states=states,
            initial=initial,
            families=[f.name for f in unit.families],
            buffers=self._buffers(),
            early=early,
            patterns=any("re." in helper for helper in early),
            divided=bool(methods.divisions),
            functools=any("functools." in helper for helper in late),
            team="@_processors" in body,
            tables=tables.text() if tables else "",
            joins=methods.joins.text(),
            rows=rows,
            helpers=[helper for helper in late if helper not in early],
            guard=methods.guards,
            blocks=methods.blocks,
            block=BLOCK,
            ranges=any(index_ranges(f) for f in unit.families),
            empty=any(sizes_from_zero(f) for f in unit.families),
            planned=self.style == "planned",
            lays_out=lays_out,
            check_nan=self.check_nan,
            fingerprint=unit.fingerprint,
            trains="train_step" in scripted,
            predicts="predict" in scripted,
            by_name=scripted.get("predict") == "dict",
            types=self._types(),
            streams=[name for _, name in unit.streams],
            singles=bool(unit.layout.singles),
            large=self._large(),
            math=re.search(r"\bmath\.", names.code_of(body)) is not None,
            calls=self._calls(scripted),
            long=self._long(),
            **self.more(layout + body),
        )
        return source.rstrip("\n") + "\n"

    def _long(self) -> str:
        """The constants for names that are too long to write where they are used."""
        w = Writer()
        for text, name in self.names.long.items():
            w.line(f'{name} = "".join(')  # formatters would put adjacent literals together
            with w.indent():
                w.line("[")
                with w.indent():
                    start = 0
                    while start < len(text):
                        stop = start + PIECE
                        while len(string(text[start:stop])) > PIECE + 2:
                            stop -= 1
                        w.line(f"{string(text[start:stop])},")
                        start = stop
                w.line("]")
            w.line(")")
        return w.text()

    def _buffers(self) -> str:
        """The buffers of all families, if there are several that fit in a line."""
        names_ = [f"self._{family.name}" for family in self.unit.families]
        text = f"({', '.join(names_)})"
        w = Writer()
        with w.indent(), w.indent():
            return text if len(names_) > 1 and w.fits(f"for buffers in {text}:") else ""

    def _summary(self) -> list[str]:
        lines = []
        unit = self.unit
        for title, tensors in (("Inputs", unit.inputs), ("Targets", unit.targets)):
            for i, t in enumerate(tensors):
                lead = title if i == 0 else ""
                lines.append(f"{lead:<10} {names.doc(f'{t.name}   {type_text(t)}', 73)}")
        for i, (name, t) in enumerate(unit.outputs):
            lead = "Outputs" if i == 0 else ""
            lines.append(f"{lead:<10} {names.doc(f'{name}   {type_text(t)}', 73)}")
        trainable = [s for s in unit.layout.states if s.trainable]
        if trainable:
            count = sum(int(str(s.type.size)) for s in trainable)
            lines.append(f"{'Parameters':<10} {count:,} in {len(trainable)} arrays")
        if unit.optimizer:
            lines.append(names.doc(f"{'Optimiser':<10} {unit.optimizer}", 84))
        if unit.precision:
            lines.append(names.doc(f"{'Precision':<10} {DESCRIPTIONS[unit.precision]}", 84))
        return lines

    def _calls(self, scripted: Collection[str]) -> list[str]:
        """How the module is used: its step and prediction, or each method with what it does."""
        unit = self.unit
        if scripted:
            step = [_shown("loss = m.train_step", [*unit.inputs, *unit.targets])]
            prediction = [_shown("m.predict", unit.inputs)]
            return step * ("train_step" in scripted) + prediction * ("predict" in scripted)
        methods = [m for family in unit.families for m in family.methods]
        shown = [(_shown(f"m.{m.name}", m.inputs), m.doc) for m in methods]
        width = max((len(call) for call, _ in shown), default=0) + 2
        lines = [f"{call:{width}}# {names.doc(doc, 60)}" for call, doc in shown]
        return [
            line if len(line) <= 84 else call for line, (call, _) in zip(lines, shown, strict=True)
        ]

    def _types(self) -> str:
        w = Writer()
        with w.indent():
            for title, pairs in (
                ("INPUTS", [(t.name, t) for t in self.unit.inputs]),
                ("TARGETS", [(t.name, t) for t in self.unit.targets]),
                ("OUTPUTS", list(self.unit.outputs)),
            ):
                items = [(self.names.key(n), self._spec(t)) for n, t in pairs]
                mapping(w, f"{title} = {{", items, "}")
        return w.text()

    def _spec(self, tensor: Tensor) -> str:
        sizes = [str(d) if isinstance(d, int) else self.names.key(str(d)) for d in tensor.shape]
        inner = f"{sizes[0]}," if len(sizes) == 1 else ", ".join(sizes)
        return f'("{tensor.dtype}", ({inner}))'

    def _large(self) -> str:
        return "\n".join(constants.pack(self.storage.large)) if self.storage.large else ""

    def _constants(self) -> str:
        return constants.UNPACK_SOURCE if self.storage.large else ""


def _called(text: str) -> set[str]:
    """The helpers for tables that a text calls."""
    return {name for name in _TABLES if re.search(rf"(?<!\w)_{name}\(", text)}


def _shown(call: str, arguments: Sequence[Tensor]) -> str:
    """A call with the arguments' names, or dots if they do not fit in a line."""
    text = f"{call}({', '.join(identifier(t.name) for t in arguments)})"
    return text if len(text) <= 80 else f"{call}(...)"
