"""The statements of one phase on a GPU: launches of kernels, products by cuBLAS."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from graphc.codegen.cupy.code import Code
from graphc.codegen.cupy.definitions import Definition, Definitions, Parameter, parameters
from graphc.codegen.cupy.launch import Launch, pointwise, reduction
from graphc.codegen.labels import Labels
from graphc.codegen.numpy.body import Emit, Names
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.program import Phase
from graphc.codegen.writer import LineTooLong, Writer
from graphc.errors import CompileError
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM, Op
from graphc.schedule.kernels import POINTWISE, Kernel
from graphc.schedule.order import Kind

# NumPy's types and numbers, which CuPy shares; all else of `np` makes or takes arrays.
_SHARED = r"(?:float|int|uint|bool_|inf\b|nan\b|newaxis|s_)"

# Ops whose statements read as for NumPy, over CuPy's arrays.
_ALIKE = ("concat", "pad", "unslice", "cumsum", "einsum")


def on_device(text: str) -> str:
    """A statement over NumPy's arrays as one over CuPy's."""
    return re.sub(rf"(?<![\w.])np\.(?!{_SHARED})", "cp.", text)


class DeviceBody(PlannedBody):
    """Launches into planned buffers on the device."""

    def __init__(
        self,
        phase: Phase,
        labels: Labels,
        names: Names,
        writer: Writer,
        check_nan: bool = False,
        *,
        definitions: Definitions,
    ) -> None:
        self.definitions = definitions
        self._launched: set[Kernel] = set()
        super().__init__(phase, labels, names, writer, check_nan)

    def arrays(self, text: str) -> str:
        return on_device(text)

    def stored(self, name: str) -> str:
        return f"cp.asarray({name})"

    def _place(self, node: Node) -> tuple[str, tuple[str, ...]] | None:
        kernel = self.schedule.kernels.get(node)
        if kernel is None and self.schedule.kinds[node] is Kind.INNER:
            return None  # a draw that kernels make for themselves
        return super()._place(kernel.nodes[0] if kernel else node)

    def own_memory(self, label: str, dtype: str, shape: str) -> str:
        # The phases that follow must leave a number alone that is returned at the end.
        return f"cp.empty((), {dtype})" if shape == "()" else ""

    def _read_by_host(self, tensor: Tensor) -> bool:
        return False

    def _node(self, node: Node) -> None:
        kernel = self.schedule.kernels.get(node)
        if kernel is None:
            super()._node(node)
        elif kernel not in self._launched:
            self._launched.add(kernel)
            self._launch(kernel)

    def _launch(self, kernel: Kernel) -> None:
        """Print the call of a kernel."""
        self.enter(kernel.nodes[0])
        code = Code(
            kernel,
            self.schedule,
            self._label,
            lambda t: self.text(t)[0],
            lambda node: self.names.stream[node.attrs["stream"]],
            self.dim,
            self.offset(kernel),
        )
        make = pointwise if kernel.kind == POINTWISE else reduction
        launch = make(code, self.place_text, self.definitions)
        try:
            self._call(launch, [*kernel.replayed, *kernel.nodes])
        except LineTooLong as error:
            raise self.too_long(error, kernel.nodes[-1]) from error
        for node in kernel.nodes:
            if self.schedule.kinds[node] is not Kind.INNER:
                self.texts[node.outputs[0]] = (self.place_text(node.outputs[0]), ATOM)

    def offset(self, kernel: Kernel) -> str:
        """What is added to the number of an element in a random draw."""
        return ""

    def _call(self, launch: Launch, nodes: Sequence[Node]) -> None:
        first, *others = nodes
        with self.printing(first):
            start = self.w.count
            self.w.call("", launch.name, launch.arguments)
        for node in others:
            self.lines.setdefault(node, []).extend(range(start, self.w.count))

    def define_scatter(self, dtype: str, rows: bool) -> str:
        """The kernel that adds updates of a type at positions, or rows of them."""
        key = ("scatter", dtype, rows)
        found = self.definitions.find(key)
        if found is not None:
            return found
        given = [Parameter("int64", "rows" if rows else "at", rows), Parameter(dtype, "update")]
        at = "rows[i / width] * width + i % width" if rows else "at"
        if rows:
            given.append(Parameter("int64", "width"))
        stem = "add_to_rows" if rows else "add_at"
        formula = "out[rows] += update" if rows else "out.flat[at] += update"
        arguments = (
            ("", parameters(given)),
            ("", parameters([Parameter(dtype, "out", True)])),
            ("", f"atomicAdd(&out[{at}], update);"),
            ("", stem),
        )
        made = Definition("ElementwiseKernel", (formula,), arguments)
        return self.definitions.add(key, stem, made)

    def _label(self, tensor: Tensor) -> str:
        return self.labels.of.get(tensor, "")

    def _statements(self, node: Node, out: str) -> None:
        op = node.op
        assert isinstance(op, Op)
        printer = _PRINTERS.get(op.name)
        self._call_by_result(node, out)
        if printer is not None:
            statements = printer(self, node, out)
        elif op.name in _ALIKE:
            statements = [on_device(text) for text in op.planned(Emit(self, node, out))]
        else:
            raise CompileError(
                f"cupy: there is no kernel for '{op.name}' at {node.origin}; target='numpy' has it"
            )
        try:
            with self.printing(node):
                for text in statements:
                    prefix, sign, expression = text.partition(" = ")
                    if sign and "(" not in prefix:
                        self.w.statement(f"{prefix} = ", expression)
                    else:
                        self.w.statement("", text)
        except LineTooLong as error:
            raise self.too_long(error, node) from error


def _matmul(body: DeviceBody, node: Node, out: str) -> list[str]:
    a, b = (body.operand(node, t)[0] for t in node.inputs)
    return [f"cp.matmul({a}, {b}, out={out})"]


def _arg_extreme(body: DeviceBody, node: Node, out: str) -> list[str]:
    (x,), axis = node.inputs, node.attrs["axis"]
    place = "" if axis is None else f"axis={axis}, "
    return [f"{Emit(body, node).arg(0)}.{node.op.name}({place}out={out})"]


def _scatter(body: DeviceBody, node: Node, out: str) -> list[str]:
    """The base, and then each update added at its place; repeats accumulate."""
    positions, updates = (body.operand(node, t)[0] for t in node.inputs[:2])
    whole = node.op.name == "scatter_rows"
    rows = [body.dim(node.outputs[0].shape[1])] if whole else []
    name = body.define_scatter(node.outputs[0].dtype, whole)
    if len(node.inputs) < 3:
        start = [f"{out}.fill(0)"]
    else:
        base = body.operand(node, node.inputs[2])[0]
        start = [] if base == out else [f"cp.copyto({out}, {base})"]
    return [*start, f"{name}({', '.join([positions, updates, *rows, out])})"]


Printer = Callable[[DeviceBody, Node, str], list[str]]
_PRINTERS: dict[str, Printer] = {
    "matmul": _matmul,
    "argmax": _arg_extreme,
    "argmin": _arg_extreme,
    "scatter_elements": _scatter,
    "scatter_rows": _scatter,
}
