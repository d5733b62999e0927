"""The methods of an emitted class: what users call, the phases below, the plans for shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphc.codegen import names, templates
from graphc.codegen.labels import Labels
from graphc.codegen.names import Namer
from graphc.codegen.nested import Nest, nest
from graphc.codegen.numpy import division
from graphc.codegen.numpy.binding import Binding
from graphc.codegen.numpy.blocks import Blocks, Printed
from graphc.codegen.numpy.body import Body, Names
from graphc.codegen.numpy.calls import Calls, phase_inputs
from graphc.codegen.numpy.common import Common, Layout, Shared
from graphc.codegen.numpy.joins import Joins
from graphc.codegen.numpy.plain import PlainBody
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.numpy.storage import ALIASES, Storage
from graphc.codegen.outline import Text
from graphc.codegen.program import Family, Phase
from graphc.codegen.repeats import Group
from graphc.codegen.search import find
from graphc.codegen.writer import Writer
from graphc.ir import dims
from graphc.ir.node import Node, State, Tensor
from graphc.schedule.division import Division, division_of
from graphc.schedule.flatten import Segment
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
        if self.printed.start:
            first[self.printed.start.name] = _line_of(self.printed.start.text, source)
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
        groups: the repeated blocks, inner ones first.
        joins: which inner ones each has.
        functions: the text of each function that a repeated block became.
        divisions: how the batches of families are divided, by name.
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
        self.joins = Joins(())
        self.functions: dict[str, str] = {}
        self.divisions: dict[str, Division] = {}

    def text(self) -> str:
        """All methods of all families as text, and the functions that they call."""
        self.divisions = self.divided()
        drafts = [self._draft(family) for family in self.unit.families]
        written = {text: body for draft in drafts for text, body in draft.texts.items()}
        blocks = Blocks(self._nest(drafts))
        self.groups, self.functions = list(blocks.groups), blocks.functions
        self.joins = Joins(self.groups)
        printed = {text: blocks.rewritten(text) for text in written}
        common = self._common(drafts, printed) if self.outlines else Common(Namer())
        layouts = self._layouts(drafts, printed, common)
        parts = [self._family(draft, blocks, printed, common, layouts) for draft in drafts]
        text = "\n".join([*parts, *reversed(blocks.functions.values())])
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
        for phase in family.phases:
            stretches = self._stretches(phase, labels)
            here = self.storage.renamed({state: name for state, (name, _) in stretches.items()})
            inner = Writer()
            with inner.indent(), inner.indent():
                body = self.body(phase, labels, here, inner)
                if phase is family.phases[0] and family.name in self.divisions:
                    body.divide(self.divisions[family.name].parts)
                body.write()
                body.starts.append((inner.count, None))
                self._return(body, phase, inner, last=phase is family.phases[-1])
            text = Text(family.name, phase.name, inner.events, body.starts)
            draft.texts[text] = body
            draft.slices[phase.name] = [f"{name} = {where}" for name, where in stretches.values()]
        return draft

    def body(self, phase: Phase, labels: Labels, names: Names, writer: Writer) -> Body:
        """What prints a phase."""
        kind = PlannedBody if self.style == "planned" else PlainBody
        return kind(phase, labels, names, writer, self.check_nan)

    def divided(self) -> dict[str, Division]:
        """The families whose batches processes may share, by name."""
        if self.style != "planned" or self.check_nan:
            return {}
        layout = self.unit.layout
        found = {
            f.name: division_of([p.plan for p in f.phases], f.inputs, layout)
            for f in self.unit.families
        }
        return {name: how for name, how in found.items() if isinstance(how, Division)}

    def _kept(self) -> list[str]:
        """The attributes with the states that phases on parts of a batch read."""
        divided = [f.phases[0] for f in self.unit.families if f.name in self.divisions]
        nodes = [node for phase in divided for node in phase.plan.schedule.order]
        return self.storage.fields(n.attrs["state"] for n in nodes if n.op.name == "state")

    def number(self, text: str) -> str:
        """What is returned for a buffer of one number: the number, not a window on the buffer."""
        return f"{text}[()]"

    def calls(self) -> Calls:
        """What prints the methods that users call."""
        return Calls(self.storage, self.style, bool(self.groups), self.divisions)

    def _nest(self, drafts: Sequence[Draft]) -> Nest:
        """The blocks that repeat often enough to be functions."""
        texts = [text for draft in drafts for text in draft.texts]
        if not self.outlines:
            return Nest()
        order = [scope for text in texts for *_, scope in text.blocks]
        labels = {label for draft in drafts for label in draft.labels.taken}
        return nest(find(texts), texts, order, labels | set(self.storage.attribute.values()))

    def _common(self, drafts: Sequence[Draft], printed: dict[Text, Printed]) -> Common:
        """How phases begin alike; their texts get calls."""
        common = Common(Namer())
        phases = {
            phase.name: (draft, phase, printed[text])
            for draft in drafts
            for phase, text in zip(draft.family.phases, draft.texts, strict=True)
            if not draft.slices[phase.name]
        }
        common.find_starts(
            {name: text.text for name, (*_, text) in phases.items()},
            {
                name: [draft.labels.of[t] for t in phase_inputs(self.style, draft.family, phase)]
                for name, (draft, phase, _) in phases.items()
            },
        )
        for name, shared in common.starts.items():
            phases[name][2].begin(shared)
        return common

    def _layouts(
        self, drafts: Sequence[Draft], printed: dict[Text, Printed], common: Common
    ) -> dict[str, Layout]:
        """What makes the buffers of each family."""
        if self.style != "planned":
            return {}
        found = {}
        for draft in drafts:
            code = names.code_of("\n".join(printed[t].whole for t in draft.texts))
            used = set(re.findall(r"\bs\.(\w+)", code))
            bodies = [b for b in draft.texts.values() if isinstance(b, PlannedBody)]
            binding = Binding(
                draft.family, draft.labels, self.names, bodies, self.groups, self.joins
            )
            found[draft.family.name] = binding.write(used)
        if self.outlines:
            common.find_layouts(list(found.values()))
        return found

    def _family(
        self,
        draft: Draft,
        blocks: Blocks,
        printed: dict[Text, Printed],
        common: Common,
        layouts: dict[str, Layout],
    ) -> str:
        """All methods of a family as text."""
        family, labels = draft.family, draft.labels
        calls = self.calls()
        parts = [calls.method(family, method, labels) for method in family.methods]
        if found := self.divisions.get(family.name):
            parts.append(division.method(family, found, labels, self._kept()))
            self.helpers.add("in_parts")
        for phase, (text, body) in zip(family.phases, draft.texts.items(), strict=True):
            whole = printed[text]
            whole.text = whole.text if whole.text.strip() else "        pass\n"
            self.printed[phase.name] = Phrased(body, text, whole, blocks)
            parts.append(self._phase(draft, phase, whole.text))
            if start := common.starts.get(phase.name):
                parts += self._shared(start, phase.name)
        if self.style == "planned":
            parts.append(calls.slots(family, labels))
            parts.append(self._plan(layouts[family.name]))
            for shared in common.layouts.get(family.name, ()):
                parts += self._shared(shared, family.name)
        return "\n".join(parts)

    def _shared(self, shared: Shared, owner: str) -> list[str]:
        """A method of several, which stands after the first of them."""
        if owner != shared.owners[0]:
            return []
        text = shared.text.rstrip() + "\n"
        return [self._define(shared.name, shared.arguments, shared.doc, text)]

    def _define(
        self,
        name: str,
        arguments: Sequence[str],
        doc: str,
        text: str,
        before: Sequence[str] = (),
        decorators: Sequence[str] = (),
    ) -> str:
        """A method with the aliases that its statements need."""
        w = Writer()
        with w.indent():
            w.lines(decorators)
            w.define(name, ["self", *arguments])
            with w.indent():
                w.line(f'"""{names.doc(doc, 70)}"""')
                w.lines(self._aliases("\n".join([text, *before])))
                w.lines(before)
        return w.text() + text

    def _phase(self, draft: Draft, phase: Phase, text: str) -> str:
        used = [draft.labels.of[t] for t in phase_inputs(self.style, draft.family, phase)]
        before = list(draft.slices[phase.name])
        if self.style == "plain":
            before += self._sizes(phase_inputs(self.style, draft.family, phase), draft.labels, text)
        else:
            used.insert(0, "s")
        decorators = self._decorators(phase.name)
        return self._define(f"_{phase.name}", used, phase.doc, text, before, decorators)

    def _decorators(self, phase: str) -> list[str]:
        """What goes before the method of a phase that calls helpers with loops for threads."""
        phrased = self.printed[phase]
        written = "".join(part for event in phrased.draft.events for part in event.parts)
        called = {name for name in phrased.body.helpers if f"_{name}(" in written}
        shares = templates.shares("numpy", called)
        return ["@_processors  # threads share its loops over images"] if shares else []

    def _plan(self, layout: Layout) -> str:
        doc = "Check the arguments and lay out every buffer for their shapes."
        return self._define(f"_plan_{layout.family}", layout.arguments, doc, layout.text)

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

    def _aliases(self, text: str) -> list[str]:
        code = names.code_of(text)
        pairs = [
            (alias, f"self.{field}")
            for field, alias in ALIASES.items()
            if re.search(rf"(?<![\w.]){alias}\.", code)
        ]
        if not pairs:
            return []
        return [f"{', '.join(a for a, _ in pairs)} = {', '.join(f for _, f in pairs)}"]

    @staticmethod
    def _sizes(arguments: list[Tensor], labels: Labels, text: str) -> list[str]:
        code = names.code_of(text)
        found = []
        for symbol, name in labels.dimension.items():
            having = [t for t in arguments if dims.symbol(symbol) in t.shape]
            if having and re.search(rf"\b{name}\b", code):
                axis = having[0].shape.index(dims.symbol(symbol))
                found.append(f"{name} = {labels.of[having[0]]}.shape[{axis}]")
        return found

    def _return(self, body: Body, phase: Phase, w: Writer, last: bool) -> None:
        outputs = phase.plan.schedule.graph.outputs
        if not outputs:
            return
        texts = []
        for _, tensor in outputs:
            text = body.text(tensor)[0]
            if body.schedule.kind(tensor) is Kind.STATE:
                text = body.state_text(tensor.node.attrs["state"])
                text = self.number(text) if tensor.ndim == 0 else text
            elif (
                tensor.ndim == 0
                and body.style == "planned"
                and body.schedule.kind(tensor) is Kind.COMPUTE
            ):
                text = self.number(text)
            base = body.schedule.base.get(tensor, tensor)
            if tensor.ndim and not last and body.schedule.kind(base) is Kind.STATE:
                text += ".copy()"  # the next phase may change the state
            texts.append(text)
        w.blank()
        result = ", ".join(texts)
        w.statement("return ", result if w.fits(f"return {result}") else f"({result})")


def _line_of(text: str, source: str) -> int:
    """The number of the line, from 1, on which a part of a module begins."""
    return source[: source.index(text.rstrip())].count("\n") + 1
