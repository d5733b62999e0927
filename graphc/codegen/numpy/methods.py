"""The methods of an emitted class: what users call, the phases below, the plans for shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphc.codegen import names
from graphc.codegen.labels import LONGEST, RESERVED, Labels
from graphc.codegen.names import Namer
from graphc.codegen.numpy.binding import Binding, index_ranges, size_limits, write_checks, write_key
from graphc.codegen.numpy.blocks import Blocks, Printed
from graphc.codegen.numpy.body import Body
from graphc.codegen.numpy.plain import PlainBody
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.numpy.storage import ALIASES, Storage, numpy_name, type_text
from graphc.codegen.outline import Text, find
from graphc.codegen.program import Family, Method, Phase
from graphc.codegen.repeats import Group, groups_of
from graphc.codegen.writer import Writer, mapping
from graphc.ir import dims
from graphc.ir.node import Node, State, Tensor
from graphc.schedule.flatten import GRADIENTS, PARAMETERS, Segment, Vector
from graphc.schedule.order import Kind


@dataclass
class Draft:
    """A family whose phases are written, but not yet methods.

    Attributes:
        texts: the statements of each phase, with what wrote them.
        slices: by phase, the names for parts of flat vectors.
    """

    family: Family
    labels: Labels
    texts: dict[Text, Body] = field(default_factory=dict)
    slices: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Phrased:
    """A phase as it was printed: what wrote it, what it wrote, and what became of that."""

    body: Body
    draft: Text
    printed: Printed
    blocks: Blocks

    def lines(self, source: str) -> dict[Node, list[int]]:
        """The numbers of the lines in the module, from 1, that each node is printed on."""
        first = {"": _line_of(self.printed.text, source)}
        for name, text in self.blocks.functions.items():
            first[name] = _line_of(text, source)
        at = [
            [first[name] + line for line in range(start, stop)]
            for name, start, stop in self.printed.lines
        ]
        event_of = [i for i, e in enumerate(self.draft.events) for _ in range(e.start, e.stop)]
        return {
            node: sorted({number for line in lines for number in at[event_of[line]]})
            for node, lines in self.body.lines.items()
        }


class Methods:
    """Prints families; learns on the way what the module must bring along.

    Attributes:
        helpers: the helper functions that are called.
        guards: whether a change of states is guarded.
        blocks: whether something runs block by block.
        printed: each phase as it was printed.
        groups: the repeated blocks.
        functions: the text of each function that a repeated block became.
    """

    def __init__(
        self, storage: Storage, style: str, check_nan: bool, outlines: bool = True
    ) -> None:
        self.storage = storage
        self.unit = storage.unit
        self.names = storage.names
        self.style = style
        self.check_nan = check_nan
        self.outlines = outlines and not check_nan and style == "planned"
        self.helpers: set[str] = set()
        self.guards = False
        self.blocks = False
        self.printed: dict[str, Phrased] = {}
        self.groups: list[Group] = []
        self.functions: dict[str, str] = {}

    def text(self) -> str:
        """All methods of all families as text, and the functions that they call."""
        drafts = [self._draft(family) for family in self.unit.families]
        written = {text: body for draft in drafts for text, body in draft.texts.items()}
        blocks = Blocks(self._groups(drafts))
        self.groups, self.functions = list(blocks.groups), blocks.functions
        parts = [self._family(draft, blocks) for draft in drafts]
        text = "\n".join([*parts, *blocks.functions.values()])
        for body in written.values():
            self.helpers |= {name for name in body.helpers if f"_{name}(" in text}
        self.guards = "with _Whole()" in text
        self.blocks = "_blocks(" in text
        return text

    def _draft(self, family: Family) -> Draft:
        """The bodies of a family, not yet joined to methods."""
        for phase in family.phases:
            for plan in phase.plan.every:
                for node in plan.schedule.order:
                    self.storage.register_constant(node)
        labels = Labels(family.inputs, [p.plan for p in family.phases], self.unit.prefix)
        draft = Draft(family, labels)
        kind = PlannedBody if self.style == "planned" else PlainBody
        for phase in family.phases:
            stretches = self._stretches(phase, labels)
            here = self.storage.renamed({state: name for state, (name, _) in stretches.items()})
            inner = Writer()
            with inner.indent(), inner.indent():
                body = kind(phase, labels, here, inner, self.check_nan)
                body.write()
                body.starts.append((inner.count, None))
                self._return(body, phase, inner, last=phase is family.phases[-1])
            text = Text(family.name, phase.name, inner.events, body.starts)
            draft.texts[text] = body
            draft.slices[phase.name] = [f"{name} = {where}" for name, where in stretches.values()]
        return draft

    def _groups(self, drafts: Sequence[Draft]) -> list[Group]:
        """The blocks that repeat often enough to be functions."""
        texts = [text for draft in drafts for text in draft.texts]
        if not self.outlines:
            return []
        order = [scope for text in texts for *_, scope in text.blocks]
        labels = {label for draft in drafts for label in draft.labels.taken}
        return groups_of(find(texts), order, labels | set(self.storage.attribute.values()))

    def _family(self, draft: Draft, blocks: Blocks) -> str:
        """All methods of a family as text."""
        family, labels = draft.family, draft.labels
        parts = [self._method(family, method, labels) for method in family.methods]
        phase_texts = []
        for phase, (text, body) in zip(family.phases, draft.texts.items(), strict=True):
            printed = blocks.rewritten(text)
            printed.text = printed.text if printed.text.strip() else "        pass\n"
            self.printed[phase.name] = Phrased(body, text, printed, blocks)
            parts.append(self._phase(draft, phase, printed.text))
            phase_texts.append(parts[-1])
        if self.style == "planned":
            parts.append(self._slots_method(family, labels))
            planned = [b for b in draft.texts.values() if isinstance(b, PlannedBody)]
            parts.append(self._binding(family, labels, planned, phase_texts))
        return "\n".join(parts)

    def _arguments(self, family: Family, labels: Labels) -> list[str]:
        return [labels.of[t] for t in family.inputs]

    def _phase(self, draft: Draft, phase: Phase, text: str) -> str:
        family, labels = draft.family, draft.labels
        used = [labels.of[t] for t in self._phase_inputs(family, phase)]
        arguments = ["self", *(["s"] if self.style == "planned" else []), *used]
        slices = draft.slices[phase.name]
        w = Writer()
        with w.indent():
            w.define(f"_{phase.name}", arguments)
            with w.indent():
                w.line(f'"""{names.doc(phase.doc, 70)}"""')
                w.lines(self._aliases("\n".join([text, *slices])))
                w.lines(slices)
                if self.style == "plain":
                    self._sizes(self._phase_inputs(family, phase), labels, w, text)
        return w.text() + text

    def _stretches(self, phase: Phase, labels: Labels) -> dict[State, tuple[str, str]]:
        """Local names for parts of flat vectors, and what they stand for; none where loops over
        blocks name them."""
        if any(group.blocked for group in phase.plan.fusion.groups):
            return {}
        reads = {n.attrs["state"]: n for n in phase.plan.schedule.order if n.op.name == "state"}
        found: dict[State, tuple[str, str]] = {}
        for state in phase.plan.schedule.graph.states:
            if isinstance(state, Segment) and (text := self.storage.segment(state))[-1] == "]":
                read = reads.get(state)
                label = labels.of[read.outputs[0]] if read else labels.namer.fresh(state.vector)
                found[state] = label, text
        return found

    def _phase_inputs(self, family: Family, phase: Phase) -> list[Tensor]:
        """The arguments that a phase reads; in the plain style also one for each size it needs."""
        nodes = set(phase.plan.schedule.order)
        used = {t for t in family.inputs if t.node in nodes}
        if self.style == "plain":
            for symbol in phase.plan.symbols():
                having = [t for t in family.inputs if dims.symbol(symbol) in t.shape]
                if having and used.isdisjoint(having):
                    used.add(having[0])
        return [t for t in family.inputs if t in used]

    def _aliases(self, text: str) -> list[str]:
        pairs = [
            (alias, f"self.{field}")
            for field, alias in ALIASES.items()
            if re.search(rf"(?<![\w.]){alias}\.", text)
        ]
        if not pairs:
            return []
        return [f"{', '.join(a for a, _ in pairs)} = {', '.join(f for _, f in pairs)}"]

    @staticmethod
    def _sizes(arguments: list[Tensor], labels: Labels, w: Writer, text: str) -> None:
        code = "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))
        for symbol, name in labels.dimension.items():
            having = [t for t in arguments if dims.symbol(symbol) in t.shape]
            if having and re.search(rf"\b{name}\b", code):
                axis = having[0].shape.index(dims.symbol(symbol))
                w.line(f"{name} = {labels.of[having[0]]}.shape[{axis}]")

    def _return(self, body: Body, phase: Phase, w: Writer, last: bool) -> None:
        outputs = phase.plan.schedule.graph.outputs
        if not outputs:
            return
        texts = []
        for _, tensor in outputs:
            text = body.text(tensor)[0]
            if body.schedule.kind(tensor) is Kind.STATE:
                text = body.state_text(tensor.node.attrs["state"])
                text += "[()]" if tensor.ndim == 0 else ""
            elif (
                tensor.ndim == 0
                and body.style == "planned"
                and body.schedule.kind(tensor) is Kind.COMPUTE
            ):
                text += "[()]"  # a number, not a window on the buffer
            base = body.schedule.base.get(tensor, tensor)
            if tensor.ndim and not last and body.schedule.kind(base) is Kind.STATE:
                text += ".copy()"  # the next phase may change the state
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
                _docstring(
                    w, method.doc, [f"{t.name}: {type_text(t)}" for t in method.inputs], method
                )
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
        several = method.result in ("dict", "list") and len(method.outputs) > 0
        result = ""
        values: list[str] = []
        for name in method.phases:
            used = [labels.of[t] for t in self._phase_inputs(family, phases[name])]
            call = f"self._{name}({', '.join((['s'] if self.style == 'planned' else []) + used)})"
            outputs = phases[name].plan.schedule.graph.outputs
            last = name == method.phases[-1]
            if outputs and several and not (last and self._returned_at_once(method)):
                values = self._results(call, family, method, labels, w)
            elif outputs and not last:
                w.assign("loss", call)
                result = "loss"
            elif outputs:
                result = call
            else:
                w.statement("", call)
        values = values or ([result] if result else [])
        if method.result == "gradients":
            if result and result != "loss":
                w.statement("", result)
            self._gradients(method, w)
        elif method.result == "dict":
            names_ = [self.names.key(name, 40) for name, _ in method.outputs]
            texts = [f"{v}{c}" for v, c in zip(values, self._copies(method), strict=True)]
            mapping(w, "return {", list(zip(names_, texts, strict=True)), "}")
        elif method.result == "list":
            triples = zip(values, self._copies(method), method.outputs, strict=True)
            arrays = [_array(value, suffix, tensor) for value, suffix, (_, tensor) in triples]
            if len(arrays) < 2:
                w.statement("return ", f"[{''.join(arrays)}]")
            else:
                mapping(w, "return [", [("", text) for text in arrays], "]")
        elif method.result == "array":
            w.statement("return ", f"{result}{self._copies(method)[0]}")
        elif method.result == "scalar":
            w.statement("return ", result)

    @staticmethod
    def _returned_at_once(method: Method) -> bool:
        """Whether a result is returned where it is made, without a name of its own."""
        return method.result == "list" and len(method.outputs) == 1

    @staticmethod
    def _results(call: str, family: Family, method: Method, labels: Labels, w: Writer) -> list[str]:
        """What the results of a call are called, after a statement that makes it."""
        namer = Namer((*RESERVED, *(labels.of[t] for t in family.inputs)), LONGEST)
        names_ = [namer.fresh(name, fallback="out") for name, _ in method.outputs]
        if not w.fits(f"{', '.join(names_)} = {call}"):
            names_ = [f"out[{k}]" for k in range(len(names_))] if len(names_) > 1 else ["out"]
            w.assign("out", call)
        else:
            w.assign(", ".join(names_), call)
        return names_

    def _copies(self, method: Method) -> list[str]:
        """What makes each result independent of the buffers."""
        return [".copy()" if t.ndim else "" for _, t in method.outputs]

    def _gradients(self, method: Method, w: Writer) -> None:
        vectors = [v for v in self.unit.layout.vectors if v.name.startswith(GRADIENTS)]
        if any(v.name == GRADIENTS for v in vectors):
            w.line("d = self.grads")
        if self.groups and self._all_trained(vectors):
            w.line("return {")
            with w.indent():
                w.line("name: getattr(d, attribute).copy()")
                w.line("for name, (group, attribute) in self.STATES.items()")
                w.line('if group == "params"')
            w.line("}")
            return
        rows = []
        for vector in vectors:
            for state, _ in vector.members:
                assert state.of is not None
                value = f"{self.storage.holder(vector)}.{self.storage.attribute[state]}.copy()"
                room = w.room() - len(f"    : {value},")
                rows.append((self.names.key(self.unit.saved_name(state.of), room), value))
        mapping(w, "return {", rows, "}")

    def _all_trained(self, gradients: Sequence[Vector]) -> bool:
        """Whether there is one vector of parameters, and a gradient for each."""
        every = self.unit.layout.vectors
        parameters = [v for v in every if v.name.startswith(PARAMETERS)]
        if [v.name for v in (*parameters, *gradients)] != [PARAMETERS, GRADIENTS]:
            return False
        owners = [state.of for state, _ in gradients[0].members]
        return owners == [state for state, _ in parameters[0].members]

    def _check_method(self, family: Family, labels: Labels) -> str:
        w = Writer()
        with w.indent():
            w.define(f"_check_{family.name}", ["self", *self._arguments(family, labels)])
            with w.indent():
                w.line('"""Refuse arguments that do not fit, before anything changes."""')
                inner = Writer()
                with inner.indent(), inner.indent():
                    write_checks(family, labels, self.names, inner)
                    self._range_checks(family, labels, inner)
        lines = inner.text().splitlines(keepends=True)
        needed = {
            *dims.symbols([size for _, size, _ in index_ranges(family)]),
            *size_limits(family),
        }
        for symbol, name in labels.dimension.items():
            if symbol not in needed:
                lines = [line for line in lines if not line.strip().startswith(f"{name} = sizes[")]
        return w.text() + "".join(lines)

    def _range_checks(self, family: Family, labels: Labels, w: Writer) -> None:
        for tensor, size, other in index_ranges(family):
            count = labels.size(size, "s." if self.style == "planned" else "")
            name, index = self.names.key(tensor.name), labels.of[tensor]
            index = index if other is None else f"{index}[{index} != {other}]"
            w.call("", "_check_range", [name, index, count])

    def _slots_method(self, family: Family, labels: Labels) -> str:
        arguments = self._arguments(family, labels)
        w = Writer()
        with w.indent():
            w.define(f"_{family.name}_slots", ["self", *arguments])
            with w.indent():
                w.line(
                    '"""The buffers for these shapes; planned, and checked, at their first use."""'
                )
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
            Binding(family, labels, self.names, bodies, self.groups, inner).write(used)
        text = inner.text()
        w = Writer()
        with w.indent():
            w.define(f"_plan_{family.name}", ["self", *self._arguments(family, labels)])
            with w.indent():
                w.line('"""Check the arguments and lay out every buffer for their shapes."""')
                w.lines(self._aliases(text))
        return w.text() + text


def _line_of(text: str, source: str) -> int:
    """The number of the line, from 1, on which a part of a module begins."""
    return source[: source.index(text.rstrip())].count("\n") + 1


def _array(text: str, suffix: str, tensor: Tensor) -> str:
    # A number may have been computed by Python, in a type of its own.
    return (
        f"{text}{suffix}" if suffix else f"np.asarray({text}, dtype=np.{numpy_name(tensor.dtype)})"
    )


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
