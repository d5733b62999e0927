"""A unit as the source of one NumPy module."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from graphc.codegen import constants, names, templates
from graphc.codegen.labels import Labels
from graphc.codegen.names import Namer, identifier, string
from graphc.codegen.numpy.binding import Binding, index_ranges, write_checks, write_key
from graphc.codegen.numpy.body import Body, Names, PlainBody, PlannedBody
from graphc.codegen.program import Family, Method, Phase, Unit
from graphc.codegen.writer import Writer, mapping
from graphc.ir import types
from graphc.ir.node import State, Tensor
from graphc.schedule.flatten import GRADIENTS, PARAMETERS, Segment, Vector
from graphc.schedule.order import Kind, schedule
from graphc.schedule.plan import plan
from graphc.schedule.fuse import BLOCK, SHARES, fuse

_ALIASES = {PARAMETERS: "p", GRADIENTS: "d"}


@dataclass
class Module:
    """The emission of one unit in one style."""

    unit: Unit
    style: str
    version: str
    check_nan: bool = False

    def __post_init__(self) -> None:
        self.helpers: set[str] = set()
        self.large: dict[str, np.ndarray] = {}
        self.uses_guard = False
        self.uses_blocks = False
        self.names = self._names()

    # ---- names that outlive a call ------------------------------------------------------------

    def _names(self) -> Names:
        layout = self.unit.layout
        namer = Namer(("flat", "self"))
        self.attribute: dict[State, str] = {}
        owners = [s for v in layout.vectors for s, _ in v.members if s.trainable]
        for state in owners:
            self.attribute[state] = namer.fresh(self.unit.saved_name(state))
        for vector in layout.vectors:
            for state, _ in vector.members:
                if state not in self.attribute:
                    owner = state.of if state.of in self.attribute else None
                    name = self.attribute[owner] if owner else namer.fresh(self.unit.saved_name(state))
                    self.attribute[state] = name
        single = Namer(("flat", "self"))
        for state in layout.singles:
            self.attribute[state] = single.fresh(self.unit.saved_name(state))
        fields = Namer(("state", "rng", "memory"))
        self.field: dict[str, str] = {}
        for vector in layout.vectors:
            self.field[vector.name] = fields.fresh(vector.name)
        table: dict[State, str] = {}
        for vector in layout.vectors:
            for state, _ in vector.members:
                table[state] = f"{self._holder(vector)}.{self.attribute[state]}"
        for state in layout.singles:
            table[state] = f"self.state.{self.attribute[state]}"
        streams = {stream: f"self.rng.{name}" for stream, name in self.unit.streams}
        return Names(_Segments(table, self), streams, {})

    def _holder(self, vector: Vector) -> str:
        return _ALIASES.get(vector.name, f"self.{self.field[vector.name]}")

    def segment(self, segment: Segment) -> str:
        """A stretch of a flat vector as an expression."""
        vector = next(v for v in self.unit.layout.vectors if v.name == segment.vector)
        whole = segment.start == 0 and segment.stop == vector.size
        text = f"{self._holder(vector)}.flat"
        return text if whole else f"{text}[{segment.start}:{segment.stop}]"

    # ---- the parts of the file ----------------------------------------------------------------

    def source(self) -> str:
        """The whole module."""
        families = [self._family(f) for f in self.unit.families]
        initial = self._initial()
        unit = self.unit
        body = "\n".join(families)
        return templates.render(
            "numpy/module.py.j2",
            unit=unit,
            version=self.version,
            style=self.style,
            name=names.doc(unit.name, 60),
            class_name=names.class_name(unit.name),
            module_name=names.module_name(unit.name),
            summary=self._summary(),
            optimizer=names.doc(unit.optimizer, 70, fallback="-"),
            methods=body,
            layout=self._layout(),
            constants=self._constants(),
            states=self._state_table(),
            initial=initial,
            families=[f.name for f in unit.families],
            helpers=[templates.helper("numpy", name) for name in sorted(self.helpers)],
            guard=self.uses_guard,
            blocks=self.uses_blocks,
            block=BLOCK,
            shares=SHARES,
            ranges=any(index_ranges(f) for f in unit.families),
            planned=self.style == "planned",
            check_nan=self.check_nan,
            fingerprint=unit.fingerprint,
            trains=any(m.name == "train_step" for f in unit.families for m in f.methods),
            predicts=any(m.name == "predict" for f in unit.families for m in f.methods),
            types=self._types(),
            streams=[name for _, name in unit.streams],
            singles=bool(unit.layout.singles),
            large=self._large(),
            math=re.search(r"\bmath\.", body) is not None,
            arguments=[identifier(t.name) for t in unit.inputs],
            targets=[identifier(t.name) for t in unit.targets],
            keys=[string(t.name) for t in unit.inputs],
            target_keys=[string(t.name) for t in unit.targets],
        )

    def _summary(self) -> list[str]:
        lines = []
        unit = self.unit
        for title, tensors in (("Inputs", unit.inputs), ("Targets", unit.targets)):
            for i, t in enumerate(tensors):
                lead = title if i == 0 else ""
                lines.append(names.doc(f"{lead:<10} {t.name}   {_type(t)}", 84))
        for i, (name, t) in enumerate(unit.outputs):
            lines.append(names.doc(f"{'Outputs' if i == 0 else '':<10} {name}   {_type(t)}", 84))
        trainable = [s for s in unit.layout.states if s.trainable]
        if trainable:
            count = sum(int(str(s.type.size)) for s in trainable)
            lines.append(f"{'Parameters':<10} {count:,} in {len(trainable)} arrays")
        if unit.optimizer:
            lines.append(names.doc(f"{'Optimiser':<10} {unit.optimizer}", 84))
        return lines

    def _types(self) -> str:
        w = Writer()
        with w.indent():
            for title, pairs in (
                ("INPUTS", [(t.name, t) for t in self.unit.inputs]),
                ("TARGETS", [(t.name, t) for t in self.unit.targets]),
                ("OUTPUTS", list(self.unit.outputs)),
            ):
                items = [(string(n), _spec(t)) for n, t in pairs]
                mapping(w, f"{title} = {{", items, "}")
        return w.text()

    def _layout(self) -> str:
        """The flat vectors and single states, for ``__init__``."""
        w = Writer()
        layout = self.unit.layout
        with w.indent(), w.indent():
            shapes: dict[str, str] = {}
            for vector in layout.vectors:
                items = [(self.attribute[s], _shape(s)) for s, _ in vector.members]
                text = ", ".join(f"{k}={v}" for k, v in items)
                field = f"self.{self.field[vector.name]}"
                flat = f"np.zeros({vector.size}, dtype=np.{vector.dtype})"
                if text in shapes:
                    w.assign(field, f"_Views({flat}, {shapes[text]}.shapes)")
                    continue
                shapes[text] = field
                names_shapes = ", ".join(f'"{k}": {v}' for k, v in items)
                w.call(f"{field} = ", "_Views", [flat, "{" + names_shapes + "}"])
            if layout.singles:
                items = []
                for state in layout.singles:
                    dtype = state.type.dtype.replace("bool", "bool_")
                    items.append(f"{self.attribute[state]}=np.zeros({_shape(state)}, dtype=np.{dtype})")
                w.call("self.state = ", "SimpleNamespace", items)
            if self.unit.streams:
                items = [f"{n}=_generator(seed, {k + 1})" for k, (_, n) in enumerate(self.unit.streams)]
                w.call("self.rng = ", "SimpleNamespace", items)
        return w.text() if layout.states or self.unit.streams else ""

    def _state_table(self) -> str:
        """What is saved: the name of each state, and where it is."""
        w = Writer()
        rows = []
        for vector in self.unit.layout.vectors:
            if vector.name.startswith(GRADIENTS):
                continue
            field = self.field[vector.name]
            rows += [(string(self.unit.saved_name(s)), f'("{field}", "{self.attribute[s]}")') for s, _ in vector.members]
        rows += [(string(self.unit.saved_name(s)), f'("state", "{self.attribute[s]}")') for s in self.unit.layout.singles]
        with w.indent():
            mapping(w, "STATES = {", rows, "}")
        return w.text()

    def _initial(self) -> str:
        """The statements that give states their first values."""
        unit = self.unit
        pairs = [(s, t) for s, t in unit.initial.items() if not _all_zero(t)]
        if not pairs:
            return ""
        from graphc.ir.graph import Graph
        from graphc.passes.pipeline import Passes

        graph = Graph("initialise", (), (), tuple(pairs))
        graph = Passes().run(graph)
        scheduled = schedule(graph)
        phase = Phase("initialise", "", plan(scheduled, fuse(scheduled, False), False))
        labels = Labels((), [phase.plan], self.unit.prefix)
        streams = {n.attrs["stream"]: "rng" for n in graph.nodes if "stream" in n.attrs}
        here = Names(self.names.state, {**self.names.stream, **streams}, self.names.constant)
        for node in graph.nodes:
            self._register_constant(node)
        w = Writer()
        with w.indent(), w.indent():
            if streams:
                w.line("rng = _generator(seed, 0)")
            lines = Writer()
            body = _InitialBody(phase, labels, here, lines)
            with lines.indent(), lines.indent():
                body.write()
            text = lines.text()
            for alias, field in (("p", "params"), ("d", "grads")):
                if re.search(rf"\b{alias}\.", text):
                    w.line(f"{alias} = self.{field}")
        return w.text() + text

    def _register_constant(self, node: object) -> None:
        literal = getattr(node, "attrs", {}).get("value")
        array = getattr(literal, "array", None)
        if array is None or array.ndim == 0:
            return
        if constants.array(array) is None and id(array) not in self.names.constant:
            name = f"_CONSTANT_{len(self.large) + 1}"
            self.names.constant[id(array)] = name
            self.large[name] = array

    def _large(self) -> str:
        return "\n".join(constants.pack(self.large)) if self.large else ""

    def _constants(self) -> str:
        return constants.UNPACK_SOURCE if self.large else ""

    # ---- methods ------------------------------------------------------------------------------

    def _family(self, family: Family) -> str:
        for phase in family.phases:
            for node in phase.plan.schedule.order:
                self._register_constant(node)
        labels = Labels(family.inputs, [p.plan for p in family.phases], self.unit.prefix)
        parts: list[str] = []
        bodies: list[Body] = []
        phase_texts: list[str] = []
        for phase in family.phases:
            body, text = self._phase(family, phase, labels)
            bodies.append(body)
            phase_texts.append(text)
        for method in family.methods:
            parts.append(self._method(family, method, labels))
        parts += phase_texts
        if self.style == "planned":
            parts.append(self._slots_method(family, labels))
            parts.append(self._binding(
                    family, labels, [b for b in bodies if isinstance(b, PlannedBody)], phase_texts
                ))
        return "\n".join(parts)

    def _arguments(self, family: Family, labels: Labels) -> list[str]:
        return [labels.of[t] for t in family.inputs]

    def _phase(self, family: Family, phase: Phase, labels: Labels) -> tuple[Body, str]:
        inner = Writer()
        kind = PlannedBody if self.style == "planned" else PlainBody
        with inner.indent(), inner.indent():
            body = kind(phase, labels, self.names, inner, self.check_nan)
            body.write()
            self._return(body, phase, inner)
        text = inner.text() if inner.text().strip() else "        pass\n"
        self.helpers |= {name for name in body.helpers if f"_{name}(" in text}
        self.uses_guard |= "with _Whole()" in text
        self.uses_blocks |= "_in_parallel(" in text
        used = [labels.of[t] for t in self._phase_inputs(family, phase)]
        arguments = ["self", *(["s"] if self.style == "planned" else []), *used]
        w = Writer()
        with w.indent():
            w.define(f"_{phase.name}", arguments)
            with w.indent():
                w.line(f'"""{names.doc(phase.doc, 70)}"""')
                w.lines(self._aliases(text))
                if self.style == "plain":
                    self._sizes(phase, labels, w, text)
        return body, w.text() + text

    def _phase_inputs(self, family: Family, phase: Phase) -> list[Tensor]:
        nodes = {n for n in phase.plan.schedule.order}
        return [t for t in family.inputs if t.node in nodes or self._sizes_from(t, phase)]

    @staticmethod
    def _sizes_from(tensor: Tensor, phase: Phase) -> bool:
        return False

    def _aliases(self, text: str) -> list[str]:
        pairs = [
            (alias, f"self.{field}")
            for field, alias in _ALIASES.items()
            if re.search(rf"(?<![\w.]){alias}\.", text)
        ]
        if not pairs:
            return []
        return [f"{', '.join(a for a, _ in pairs)} = {', '.join(f for _, f in pairs)}"]

    def _sizes(self, phase: Phase, labels: Labels, w: Writer, text: str) -> None:
        for symbol, name in labels.dimension.items():
            if not re.search(rf"\b{name}\b", text):
                continue
            for node in phase.plan.schedule.order:
                if node.op.name != "input":
                    continue
                sizes = [str(d) for d in node.outputs[0].shape]
                if symbol in sizes:
                    w.line(f"{name} = {labels.of[node.outputs[0]]}.shape[{sizes.index(symbol)}]")
                    break

    def _return(self, body: Body, phase: Phase, w: Writer) -> None:
        outputs = phase.plan.schedule.graph.outputs
        if not outputs:
            return
        texts = []
        for _, tensor in outputs:
            text = body.text(tensor)[0]
            if body.schedule.kind(tensor) is Kind.STATE:
                text = body.state_text(tensor.node.attrs["state"])
                text += "[()]" if tensor.ndim == 0 else ""
            elif tensor.ndim == 0 and body.style == "planned" and body.schedule.kind(tensor) is Kind.COMPUTE:
                text += "[()]"  # a number, not a window on the buffer
            texts.append(text)
        w.blank()
        result = ", ".join(texts)
        w.statement("return ", result if w.fits(f"return {result}") else f"({result})")

    def _method(self, family: Family, method: Method, labels: Labels) -> str:
        arguments = self._arguments(family, labels)
        w = Writer()
        with w.indent():
            w.define(method.name, ["self", *arguments])
            with w.indent():
                _docstring(w, method.doc, [f"{t.name}: {_type(t)}" for t in method.inputs], method)
                if self.style == "planned":
                    w.call("s = ", f"self._{family.name}_slots", arguments)
                elif arguments:
                    w.call("", f"self._check_{family.name}", arguments)
                self._run(family, method, labels, w)
        text = w.text()
        if self.style == "plain" and arguments and method is family.methods[0]:
            text += "\n" + self._check_method(family, labels)
        return text

    def _run(self, family: Family, method: Method, labels: Labels, w: Writer) -> None:
        phases = {p.name: p for p in family.phases}
        result = ""
        for name in method.phases:
            used = [labels.of[t] for t in self._phase_inputs(family, phases[name])]
            call = f"self._{name}({', '.join((['s'] if self.style == 'planned' else []) + used)})"
            outputs = phases[name].plan.schedule.graph.outputs
            if outputs and name != method.phases[-1]:
                w.assign("loss", call)
                result = "loss"
            elif outputs:
                result = call
            else:
                w.statement("", call)
        if method.result == "gradients":
            if result:
                if result != "loss":
                    w.statement("", result)
            self._gradients(method, w)
        elif method.result == "dict":
            fresh = self._copies(method)
            names_ = self._results(result, len(fresh), w)
            items = [(string(n), f"{v}{c}") for (n, _), v, c in zip(method.outputs, names_, fresh, strict=True)]
            mapping(w, "return {", items, "}")
        elif method.result == "list":
            fresh = self._copies(method)
            if not fresh:
                w.line("return []")
            elif len(fresh) == 1:
                w.statement("return ", f"[{_array(result, fresh[0], method.outputs[0][1])}]")
            else:
                names_ = self._results(result, len(fresh), w)
                tensors = [t for _, t in method.outputs]
                arrays = [_array(*parts) for parts in zip(names_, fresh, tensors, strict=True)]
                mapping(w, "return [", [("", text) for text in arrays], "]")
        elif method.result == "array":
            w.statement("return ", f"{result}{self._copies(method)[0]}")
        elif method.result == "scalar":
            w.statement("return ", result)

    @staticmethod
    def _results(call: str, count: int, w: Writer) -> list[str]:
        """What the results of a call are called, after a statement that makes it."""
        names_ = [f"out_{k + 1}" for k in range(count)] if count > 1 else ["out"]
        if count > 1 and not w.fits(f"{', '.join(names_)} = {call}"):
            names_ = [f"out[{k}]" for k in range(count)]
            w.assign("out", call)
        else:
            w.assign(", ".join(names_), call)
        return names_

    def _copies(self, method: Method) -> list[str]:
        """What makes each result independent of the buffers."""
        return [".copy()" if t.ndim else "" for _, t in method.outputs]

    def _gradients(self, method: Method, w: Writer) -> None:
        w.line("d = self.grads")
        vector = [v for v in self.unit.layout.vectors if v.name.startswith(GRADIENTS)]
        rows = [
            (string(self.unit.saved_name(s.of)), f"{self._holder(v)}.{self.attribute[s]}.copy()")
            for v in vector
            for s, _ in v.members
            if s.of is not None
        ]
        if len(vector) != 1:
            rows = [(k, v.replace("d.", "self.", 1) if not v.startswith("self") else v) for k, v in rows]
        mapping(w, "return {", rows, "}")

    def _check_method(self, family: Family, labels: Labels) -> str:
        w = Writer()
        with w.indent():
            w.define(f"_check_{family.name}", ["self", *self._arguments(family, labels)])
            with w.indent():
                w.line('"""Refuse arguments that do not fit, before anything changes."""')
                inner = Writer()
                with inner.indent(), inner.indent():
                    write_checks(family.inputs, labels, inner)
                    self._range_checks(family, labels, inner)
        lines = inner.text().splitlines(keepends=True)
        ranges = "".join(line for line in lines if "_check_range(" in line)
        for name in labels.dimension.values():
            if not re.search(rf", {name}\)", ranges):
                lines = [line for line in lines if not line.strip().startswith(f"{name} = sizes[")]
        return w.text() + "".join(lines)

    def _range_checks(self, family: Family, labels: Labels, w: Writer) -> None:
        for tensor, size in index_ranges(family):
            renamed = str(size)
            if not isinstance(size, int):
                renamed = f"s.{labels.dimension[str(size)]}" if self.style == "planned" else labels.dimension[str(size)]
            w.line(f"_check_range({string(tensor.name)}, {labels.of[tensor]}, {renamed})")

    def _slots_method(self, family: Family, labels: Labels) -> str:
        arguments = self._arguments(family, labels)
        w = Writer()
        with w.indent():
            w.define(f"_{family.name}_slots", ["self", *arguments])
            with w.indent():
                w.line('"""The buffers for these shapes; planned, and checked, at their first use."""')
                w.line("try:")
                with w.indent():
                    key = write_key(family, labels, w)
                    w.line(f"s = self._{family.name}[{key}]")
                w.line("except (AttributeError, KeyError, TypeError):")
                with w.indent():
                    w.call("s = ", f"self._plan_{family.name}", arguments)
                self._range_checks(family, labels, w)
                w.line("return s")
        return w.text()

    def _binding(
        self, family: Family, labels: Labels, bodies: list[PlannedBody], phase_texts: list[str]
    ) -> str:
        inner = Writer()
        with inner.indent(), inner.indent():
            used = set(re.findall(r"\bs\.(\w+)", "\n".join(phase_texts)))
            Binding(family, labels, self.names, bodies, inner).write(used)
        w = Writer()
        with w.indent():
            w.define(f"_plan_{family.name}", ["self", *self._arguments(family, labels)])
            with w.indent():
                w.line('"""Check the arguments and lay out every buffer for their shapes."""')
                w.lines(self._aliases(inner.text()))
        return w.text() + inner.text()


class _InitialBody(PlainBody):
    """Initial values: no headers, each state on its line."""

    def enter(self, node: object) -> None:
        return


class _Segments(dict[State, str]):
    """The expression of each state; stretches of flat vectors are found on demand."""

    def __init__(self, table: dict[State, str], module: Module) -> None:
        super().__init__(table)
        self.module = module

    def __missing__(self, state: State) -> str:
        if isinstance(state, Segment):
            return self.module.segment(state)
        raise KeyError(state)


def _all_zero(tensor: Tensor) -> bool:
    from graphc.ops.leaf import scalar_of

    return scalar_of(tensor) == 0


def _array(text: str, suffix: str, tensor: Tensor) -> str:
    # A number may have been computed by Python, in a type of its own.
    return f"{text}{suffix}" if suffix else f"np.asarray({text}, dtype=np.{_numpy(tensor.dtype)})"


def _numpy(dtype: str) -> str:
    return "bool_" if dtype == "bool" else dtype


def _type(tensor: Tensor) -> str:
    return f"{tensor.dtype} {types.shape_text(tensor.shape)}"


def _spec(tensor: Tensor) -> str:
    sizes = [str(d) if isinstance(d, int) else string(str(d)) for d in tensor.shape]
    inner = f"{sizes[0]}," if len(sizes) == 1 else ", ".join(sizes)
    return f'("{tensor.dtype}", ({inner}))'


def _shape(state: State) -> str:
    shape = state.type.shape
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def _docstring(w: Writer, doc: str, arguments: list[str], method: Method) -> None:
    head = names.doc(doc, 72)
    if not arguments:
        w.line(f'"""{head}"""')
        return
    w.line(f'"""{head}')
    w.blank()
    for text in arguments:
        w.line(names.doc(text, 70))
    w.line('"""')


