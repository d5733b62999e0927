"""A unit as the source of one module for CuPy."""

from __future__ import annotations

import re

from graphc.codegen import tables
from graphc.codegen.cupy.body import DeviceBody, on_device
from graphc.codegen.cupy.definitions import Definitions
from graphc.codegen.labels import Labels
from graphc.codegen.names import Namer, string
from graphc.codegen.numpy.body import Body, Names
from graphc.codegen.numpy.calls import Calls, phase_inputs
from graphc.codegen.numpy.initial import Initial
from graphc.codegen.numpy.methods import Methods
from graphc.codegen.numpy.module import Module
from graphc.codegen.numpy.storage import Storage, Tables, numpy_name
from graphc.codegen.program import Family, Method, Phase
from graphc.codegen.templates import helper_names
from graphc.codegen.writer import Writer, mapping
from graphc.ir.body import nodes_within
from graphc.ir.node import Tensor
from graphc.ops.cond import COND
from graphc.passes.precision import TF32
from graphc.schedule.division import Division

# Functions of every module; no kernel is called like one.
_OWN = (
    *("_check", "_check_range", "_copies", "_generator", "_on_device", "_on_host", "_read_arrays"),
    *(
        "_read_data",
        "_result",
        "_row_kernel",
        "_run",
        "_show",
        "_store",
        "_unpack",
        "_vector",
        "_Captured",
    ),
    *("_cublas", "_laid", "_matmul", "_write_arrays"),
)


class DeviceCalls(Calls):
    """The methods that users call: arguments go to the device once, results come back where the
    arguments came from.

    A method of several phases, a training step, is captured as one CUDA graph: its launches are a
    method of their own.
    """

    def method(self, family: Family, method: Method, labels: Labels) -> str:
        if not captured(family, method):
            return super().method(family, method, labels)
        arguments = [labels.of[t] for t in family.inputs]
        w = Writer()
        with w.indent():
            w.define(method.name, ["self", *arguments])
            with w.indent():
                self.document(method, w)
                w.call("s = ", f"self._{family.name}_slots", arguments)
                run = f"self._launch_{method.name}"
                if method.result not in ("scalar", "none"):
                    self.note_host(arguments, w)
                w.call("out = ", "self._replayed", ["s", run, *arguments])
                self.give(method, w)
            w.blank()
            w.define(f"_launch_{method.name}", ["self", "s", *arguments])
            with w.indent():
                w.line(f'"""The launches of {method.name}, which become one CUDA graph."""')
                results = self.launches(family, method, labels, w)
                w.statement("return ", results)
        return w.text()

    def launches(self, family: Family, method: Method, labels: Labels, w: Writer) -> str:
        """Print the calls of the phases; returns what they compute."""
        phases = {p.name: p for p in family.phases}
        result = "None"
        for name in method.phases:
            used = [labels.of[t] for t in phase_inputs(self.style, family, phases[name])]
            call = f"self._{name}({', '.join(['s', *used])})"
            if phases[name].plan.schedule.graph.outputs:
                w.assign("out", call)
                result = "out"
            else:
                w.statement("", call)
        return result

    def give(self, method: Method, w: Writer) -> None:
        """Print what a captured method returns."""
        single = len(method.outputs) == 1
        texts = ["out"] if single else [f"out[{k}]" for k in range(len(method.outputs))]
        if method.result == "scalar":
            w.statement("return ", self.scalar("out"))
        elif method.result == "dict":
            values = [self.result(t, o) for t, (_, o) in zip(texts, method.outputs, strict=True)]
            keys = [self.names.key(name, 40) for name, _ in method.outputs]
            mapping(w, "return {", list(zip(keys, values, strict=True)), "}")
        elif method.result == "array":
            w.statement("return ", self.item("out", method.outputs[0][1]))
        elif method.result == "list":
            values = [self.item(t, o) for t, (_, o) in zip(texts, method.outputs, strict=True)]
            mapping(w, "return [", [("", value) for value in values], "]")

    def note_host(self, arguments: list[str], w: Writer) -> None:
        """Print what remembers where the arguments came from."""
        w.assign("host", f"isinstance({arguments[0]}, np.ndarray)" if arguments else "True")

    def bring(self, arguments: list[str], method: Method, w: Writer) -> None:
        if method.result not in ("scalar", "none"):
            self.note_host(arguments, w)
        for name in arguments:
            w.assign(name, f"_on_device({name})")

    def result(self, value: str, tensor: Tensor) -> str:
        return f"_result({value}, host)"

    def item(self, value: str, tensor: Tensor) -> str:
        if tensor.ndim:
            return self.result(value, tensor)
        return f"_result({value}, host, np.{numpy_name(tensor.dtype)})"

    def scalar(self, value: str) -> str:
        return f"_result({value}, False)"  # it comes to the host when it is read

    def gradient(self, value: str) -> str:
        return f"_result({value}, host)"


def captured(family: Family, method: Method) -> bool:
    """Whether a method becomes a CUDA graph: one that ends in changing states, of which the host
    decides nothing on the way."""
    last = family.phases[-1].name
    plans = [p.plan for p in family.phases if p.name in method.phases]
    if any(node.op is COND for plan in plans for node in nodes_within(plan.schedule.order)):
        return False
    return len(method.phases) > 1 and method.phases[-1] == last and method.result != "gradients"


class DeviceMethods(Methods):
    """The methods of a class whose arrays are on the device."""

    definitions: Definitions

    def divided(self) -> dict[str, Division]:
        return {}  # a device shares its work by itself

    def body(self, phase: Phase, labels: Labels, names: Names, writer: Writer) -> Body:
        followed = not any(family.phases[-1] is phase for family in self.unit.families)
        return DeviceBody(
            phase, labels, names, writer, definitions=self.definitions, followed=followed
        )

    def number(self, text: str) -> str:
        return text  # copied by the method that users call

    def calls(self) -> Calls:
        return DeviceCalls(self.storage, self.style, bool(self.groups))


class DeviceStorage(Storage):
    """States on the device."""

    def layout(self, tables_: Tables | None = None) -> str:
        return on_device(super().layout(tables_))

    def streams(self, short: bool, w: Writer) -> None:
        names = [name for _, name in self.unit.streams]
        listed = tables.series(names) if short else ""
        if short:
            w.call("self.rng = ", "_Streams", ["seed", listed])
        else:
            w.statement("self.rng = ", f"_Streams(seed, [{', '.join(map(string, names))}])")


class DeviceInitial(Initial):
    """First values: computed on the host, as for NumPy, and then stored on the device."""

    def text(self, short: bool) -> str:
        text = super().text(short)
        groups = dict.fromkeys(re.findall(r"^ +\w+ = self\.(\w+)$", text, re.M))
        for field in groups:
            text = re.sub(rf"= self\.{field}$", f"= _copies(self.{field})", text, flags=re.M)
        inline = dict.fromkeys(re.findall(r"\bself\.(\w+)(?=[.,])", text))
        w = Writer()
        with w.indent(), w.indent():
            for field in inline:
                w.assign(field, f"_copies(self.{field})")
                text = re.sub(rf"\bself\.{field}(?=[.,])", field, text)
        after = Writer()
        with after.indent(), after.indent():
            for field in groups:
                alias = re.search(rf"^ +(\w+) = _copies\(self\.{field}\)$", text, re.M)
                assert alias is not None
                after.call("", "_store", [alias[1], f"self.{field}"])
            for field in inline:
                after.call("", "_store", [field, f"self.{field}"])
        return w.text() + text + after.text()


class DeviceModule(Module):
    """The emission of one unit for CuPy."""

    target = "cupy"

    def make_storage(self) -> Storage:
        return DeviceStorage(self.unit)

    def methods(self) -> Methods:
        made = DeviceMethods(self.storage, self.style, self.check_nan, self.outlines)
        taken = [name.removeprefix("_") for name in (*_OWN, *helper_names(self.target))]
        made.definitions = self.definitions = Definitions(Namer(taken, 40))
        return made

    def initial(self) -> Initial:
        return DeviceInitial(self.storage)

    def more(self, body: str) -> dict[str, object]:
        called = [n for n in self.definitions.names if re.search(rf"\b{n}\(", body)]
        return {
            "kernels": self.definitions.text(called),
            "results": "_result(" in body,
            "captures": "self._replayed(" in body,
            "products": "_matmul(" in body,
            "tf32": self.unit.precision == TF32,
        }
