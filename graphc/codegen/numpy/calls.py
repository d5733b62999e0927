"""The methods that users call, what finds the buffers for their arguments, and the checks of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphc.codegen import names
from graphc.codegen.labels import LONGEST, RESERVED, Labels
from graphc.codegen.names import Namer
from graphc.codegen.numpy.binding import index_ranges, size_limits, write_checks, write_key
from graphc.codegen.numpy.storage import Storage, numpy_name, type_text
from graphc.codegen.program import Family, Method, Phase
from graphc.codegen.writer import Writer, mapping
from graphc.ir import dims
from graphc.ir.node import Tensor
from graphc.schedule.division import Division
from graphc.schedule.flatten import GRADIENTS, PARAMETERS, Vector


class Calls:
    """Prints what is around the phases of a family.

    Args:
        storage: where states live.
        style: ``"planned"`` or ``"plain"``.
        outlined: whether tables are printed in short.
        divisions: how the batches of families are divided, by name.
    """

    def __init__(
        self,
        storage: Storage,
        style: str,
        outlined: bool,
        divisions: Mapping[str, Division] | None = None,
    ) -> None:
        self.storage = storage
        self.unit = storage.unit
        self.names = storage.names
        self.style = style
        self.outlined = outlined
        self.divisions = divisions or {}

    def method(self, family: Family, method: Method, labels: Labels) -> str:
        """A method that users call."""
        arguments = [labels.of[t] for t in family.inputs]
        w = Writer()
        with w.indent():
            w.define(method.name, ["self", *arguments])
            with w.indent():
                self.document(method, w)
                if family.name in self.divisions:
                    pass  # the method that divides finds the buffers of each part
                elif self.style == "planned":
                    w.call("s = ", f"self._{family.name}_slots", arguments)
                elif arguments:
                    w.call("", f"self._check_{family.name}", arguments)
                self.bring(arguments, method, w)
                self._run(family, method, labels, w)
        text = w.text()
        if self.style == "plain" and arguments and method is family.methods[0]:
            text += "\n" + self._check_method(family, labels)
        return text

    def document(self, method: Method, w: Writer) -> None:
        """Print the docstring of a method."""
        _docstring(w, method.doc, [f"{t.name}: {type_text(t)}" for t in method.inputs], method)

    def bring(self, arguments: list[str], method: Method, w: Writer) -> None:
        """Print what takes the checked arguments to where they are computed with: NumPy's are."""

    def result(self, value: str, tensor: Tensor) -> str:
        """A result that is independent of the buffers."""
        return f"{value}.copy()" if tensor.ndim else value

    def item(self, value: str, tensor: Tensor) -> str:
        """A result in a list of arrays."""
        # A number may have been computed by Python, in a type of its own.
        dtype = f"np.{numpy_name(tensor.dtype)}"
        return self.result(value, tensor) if tensor.ndim else f"np.asarray({value}, dtype={dtype})"

    def _run(self, family: Family, method: Method, labels: Labels, w: Writer) -> None:
        phases = {p.name: p for p in family.phases}
        several = method.result in ("dict", "list", "array") and len(method.outputs) > 0
        result = ""
        values: list[str] = []
        own = False
        for name in method.phases:
            used = [labels.of[t] for t in phase_inputs(self.style, family, phases[name])]
            call = f"self._{name}({', '.join((['s'] if self.style == 'planned' else []) + used)})"
            outputs = phases[name].plan.schedule.graph.outputs
            last = name == method.phases[-1]
            slots = ""
            if family.name in self.divisions and name == family.phases[0].name:
                call, slots = f"self._{name}_in_parts({', '.join(used)})", "s, "
            if outputs and several and not (last and self._returned_at_once(method)):
                values = self._results(call, family, method, labels, w, slots)
                if not last:
                    self._keep(method, values, w)
                    own = True
            elif outputs and not last:
                w.assign(f"{slots}loss", call)
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
            texts = self._texts(method, values, own)
            mapping(w, "return {", list(zip(names_, texts, strict=True)), "}")
        elif method.result == "list":
            arrays = self._arrays(method, values, own)
            if len(arrays) < 2:
                w.statement("return ", f"[{''.join(arrays)}]")
            else:
                mapping(w, "return [", [("", text) for text in arrays], "]")
        elif method.result == "array":
            w.statement("return ", self._arrays(method, values, own)[0])
        elif method.result == "scalar":
            w.statement("return ", self.scalar(result))

    @staticmethod
    def _returned_at_once(method: Method) -> bool:
        """Whether a result is returned where it is made, without a name of its own."""
        return method.result in ("list", "array") and len(method.outputs) == 1

    @staticmethod
    def _results(
        call: str, family: Family, method: Method, labels: Labels, w: Writer, slots: str = ""
    ) -> list[str]:
        """What the results of a call are called, after a statement that makes it; `slots` is what the
        call returns before them."""
        namer = Namer((*RESERVED, *(labels.of[t] for t in family.inputs)), LONGEST)
        names_ = [namer.fresh(name, fallback="out") for name, _ in method.outputs]
        joined = ", ".join(names_)
        joined = f"{slots}({joined})" if slots and len(names_) > 1 else slots + joined
        if not w.fits(f"{joined} = {call}"):
            names_ = [f"out[{k}]" for k in range(len(names_))] if len(names_) > 1 else ["out"]
            joined = f"{slots}out"
        w.assign(joined, call)
        return names_

    def scalar(self, value: str) -> str:
        """A number as a result."""
        return value

    def gradient(self, value: str) -> str:
        """A gradient that is independent of the buffers."""
        return f"{value}.copy()"

    def _texts(self, method: Method, values: list[str], own: bool) -> list[str]:
        """The results, independent of the buffers."""
        pairs = zip(values, method.outputs, strict=True)
        return [value if own else self.result(value, tensor) for value, (_, tensor) in pairs]

    def _arrays(self, method: Method, values: list[str], own: bool) -> list[str]:
        """The results as arrays."""
        pairs = zip(values, method.outputs, strict=True)
        return [value if own and t.ndim else self.item(value, t) for value, (_, t) in pairs]

    def _keep(self, method: Method, values: list[str], w: Writer) -> None:
        """Copy results out of the buffers, which the next phase computes in too."""
        texts = self._texts(method, values, own=False)
        if all(value.isidentifier() for value in values):
            for value, text in zip(values, texts, strict=True):
                if text != value:
                    w.assign(value, text)
        elif texts != values:
            mapping(w, "out = [", [("", text) for text in texts], "]")

    def _gradients(self, method: Method, w: Writer) -> None:
        vectors = [v for v in self.unit.layout.vectors if v.name.startswith(GRADIENTS)]
        if any(v.name == GRADIENTS for v in vectors):
            w.line("d = self.grads")
        if self.outlined and self._all_trained(vectors):
            w.line("return {")
            with w.indent():
                w.line(f"name: {self.gradient('getattr(d, attribute)')}")
                w.line("for name, (group, attribute) in self.STATES.items()")
                w.line('if group == "params"')
            w.line("}")
            return
        rows = []
        for vector in vectors:
            for state, _ in vector.members:
                assert state.of is not None
                held = f"{self.storage.holder(vector)}.{self.storage.attribute[state]}"
                value = self.gradient(held)
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
            w.define(f"_check_{family.name}", ["self", *[labels.of[t] for t in family.inputs]])
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

    def slots(self, family: Family, labels: Labels) -> str:
        """The method that finds or makes the buffers for some arguments."""
        arguments = [labels.of[t] for t in family.inputs]
        w = Writer()
        with w.indent():
            w.define(f"_{family.name}_slots", ["self", *arguments])
            with w.indent():
                w.line(
                    '"""The buffers for these shapes; planned, and checked, at their first use."""'
                )
                found = "s = " if index_ranges(family) else "return "
                w.line("try:")
                with w.indent():
                    key = write_key(family, labels, w)
                    w.line(f"{found}self._{family.name}[{key}]")
                w.line("except (AttributeError, KeyError, TypeError):")
                with w.indent():
                    w.call(found, f"self._plan_{family.name}", arguments)
                if found == "s = ":
                    self._range_checks(family, labels, w)
                    w.line("return s")
        return w.text()


def phase_inputs(style: str, family: Family, phase: Phase) -> list[Tensor]:
    """The arguments that a phase reads; in the plain style also one for each size it needs."""
    nodes = set(phase.plan.schedule.order)
    used = {t for t in family.inputs if t.node in nodes}
    if style == "plain":
        for symbol in phase.plan.symbols():
            having = [t for t in family.inputs if dims.symbol(symbol) in t.shape]
            if having and used.isdisjoint(having):
                used.add(having[0])
    return [t for t in family.inputs if t in used]


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
