"""A unit as the source of one module for CuPy."""

from __future__ import annotations

import re

from graphc.codegen import tables
from graphc.codegen.cupy.body import DeviceBody, on_device
from graphc.codegen.cupy.definitions import Definitions
from graphc.codegen.labels import Labels
from graphc.codegen.names import Namer, string
from graphc.codegen.numpy.body import Body, Names
from graphc.codegen.numpy.calls import Calls
from graphc.codegen.numpy.initial import Initial
from graphc.codegen.numpy.methods import Methods
from graphc.codegen.numpy.module import Module
from graphc.codegen.numpy.storage import Storage, Tables, numpy_name
from graphc.codegen.program import Method, Phase
from graphc.codegen.templates import helper_names
from graphc.codegen.writer import Writer
from graphc.ir.node import Tensor

# Functions of every module; no kernel is called like one.
_OWN = (
    *("_check", "_check_range", "_copies", "_generator", "_on_device", "_on_host", "_read_arrays"),
    *("_read_data", "_result", "_run", "_show", "_store", "_unpack", "_vector", "_window"),
    *("_write_arrays",),
)


class DeviceCalls(Calls):
    """The methods that users call: arguments go to the device once, results come back where the
    arguments came from."""

    def bring(self, arguments: list[str], method: Method, w: Writer) -> None:
        if method.result not in ("scalar", "none"):
            first = f"isinstance({arguments[0]}, np.ndarray)" if arguments else "True"
            w.assign("host", first)
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


class DeviceMethods(Methods):
    """The methods of a class whose arrays are on the device."""

    definitions: Definitions

    def body(self, phase: Phase, labels: Labels, names: Names, writer: Writer) -> Body:
        return DeviceBody(phase, labels, names, writer, definitions=self.definitions)

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
        return {"kernels": self.definitions.text(called), "results": "_result(" in body}
