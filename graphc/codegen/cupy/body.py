"""The statements of one phase on a GPU: launches of kernels, products by cuBLAS."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphc.codegen.cupy.code import Code
from graphc.codegen.cupy.columns import ColumnBody, columns
from graphc.codegen.cupy.definitions import Definitions
from graphc.codegen.cupy.launch import Launch, pointwise, reduction
from graphc.codegen.cupy.printers import PRINTERS, next_draws
from graphc.codegen.cupy.rows import RowBody, rows
from graphc.codegen.labels import Labels
from graphc.codegen.names import identifier
from graphc.codegen.numpy.body import Emit, Names
from graphc.codegen.numpy.branches import write_branches
from graphc.codegen.numpy.loops import PlannedSteps
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.program import Phase
from graphc.codegen.writer import LineTooLong, Writer
from graphc.errors import CompileError
from graphc.ir.node import Node, State, Tensor
from graphc.ops.base import ATOM, Op
from graphc.ops.regions import index_text
from graphc.schedule.flatten import Segment
from graphc.schedule.kernel import COLUMNS, POINTWISE, RANDOM, ROWS, Kernel
from graphc.schedule.order import Kind
from graphc.schedule.plan import Storage

# NumPy's types and numbers, which CuPy shares; all else of `np` makes or takes arrays.
_SHARED = r"(?:float|int|uint|bool_|inf\b|nan\b|newaxis|s_)"

# Ops whose statements read as for NumPy, over CuPy's arrays.
_ALIKE = (
    *("pad", "unslice", "cumsum"),
    *("sum", "prod", "max", "min", "any", "all"),
)


_CODE = {ROWS: RowBody, COLUMNS: ColumnBody}


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
        definitions: Definitions | None = None,
        followed: bool = False,
    ) -> None:
        self.followed = followed
        self.definitions = definitions or Definitions()
        self._launched: set[Kernel] = set()
        super().__init__(phase, labels, names, writer, check_nan)

    def own(self, node: Node) -> tuple[str, int]:
        first = self.schedule.kinds[node.inputs[0].node] if node.inputs else None
        if node.op.name == "broadcast_to" and first in (Kind.HOST, Kind.LITERAL):
            value, out = self.text(node.inputs[0])[0], node.outputs[0]
            return f"cp.full({self.shape(out.shape)}, {value}, dtype=np.{out.dtype})", ATOM
        return super().own(node)

    def arrays(self, text: str) -> str:
        return on_device(text)

    def stored(self, name: str) -> str:
        return f"cp.asarray({name})"

    def _place(self, node: Node) -> tuple[str, tuple[str, ...]] | None:
        kernel = self.schedule.kernels.get(node)
        if kernel is None and self.schedule.kinds[node] is Kind.INNER:
            return None  # a draw that kernels make for themselves
        return super()._place(kernel.nodes[0] if kernel else node)

    def keeps(self, storage: Storage) -> bool:
        # A captured step allocates nothing, so it can't copy what it returns before its last phase.
        base = self.schedule.base
        results = [self.plan.place.get(base[t]) for _, t in self.graph.outputs]
        return self.followed and any(storage is kept for kept in results)

    def loop_body(self, node: Node) -> PlannedSteps:
        from graphc.codegen.cupy.loops import DeviceSteps

        return DeviceSteps(self, node)

    def branches(self, node: Node) -> Sequence[PlannedBody]:
        from graphc.codegen.cupy.loops import DeviceBranch

        return write_branches(self, DeviceBranch, node)

    def condition(self, tensor: Tensor) -> str:
        text = self.text(tensor)[0]
        on_host = self.schedule.kind(tensor) in (Kind.HOST, Kind.LITERAL)
        return text if on_host else f"{text}.item()"  # the host waits for it

    def _read_by_host(self, tensor: Tensor) -> bool:
        return False

    def write(self) -> None:
        super().write()
        drawn = [
            self.definitions.draw(node)
            for plan in self.plan.every
            for node in plan.schedule.order
            if node.op.name in RANDOM
        ]
        if drawn:
            name = next_draws(self.definitions)
            self.w.call("", name, [str(max(drawn) + 1), "self.rng.draws"])

    def _first_mutation(self) -> Node | None:
        first = super()._first_mutation()
        kernel = self.schedule.kernels.get(first) if first is not None else None
        if kernel is None:
            return first
        return next(n for n in self.schedule.order if self.schedule.kernels.get(n) is kernel)

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
        reduce = kernel.reduction
        if reduce is not None and len(kernel.nodes) == 1 and reduce.op.name != "sum_of_squares":
            out = self.place_text(reduce.outputs[0])
            self._statements(reduce, out)  # CuPy's own will do
            self.texts[reduce.outputs[0]] = (out, ATOM)
            return
        code = _CODE.get(kernel.kind, Code)(
            kernel,
            self.schedule,
            self._label,
            lambda t: self.text(t)[0],
            lambda node: self.names.stream[node.attrs["stream"]],
            self.dim,
            self.definitions.draw,
            self.offset(kernel),
        )
        if isinstance(code, ColumnBody):
            launch = columns(code, self.place_text, self.definitions)
        elif isinstance(code, RowBody):
            launch = rows(code, self.place_text, self.definitions)
        elif kernel.kind == POINTWISE:
            launch = pointwise(code, self.place_text, self._window, self.definitions)
        else:
            launch = reduction(code, self.place_text, self.definitions)
        try:
            self._call(launch, [*kernel.replayed, *kernel.nodes])
        except LineTooLong as error:
            raise self.too_long(error, kernel.nodes[-1]) from error
        for node in kernel.nodes:
            if self.schedule.kinds[node] is not Kind.INNER:
                self.texts[node.outputs[0]] = (self.place_text(node.outputs[0]), ATOM)

    def _window(self, tensor: Tensor, number: int) -> str:
        """Where one of the parts lies that a result is put together of."""
        parts, axis = tensor.node.inputs, tensor.node.attrs["axis"]
        size = parts[0].shape[axis]
        region = tuple(
            (number * size, size, 1) if a == axis else (0, n, 1) for a, n in enumerate(tensor.shape)
        )
        return self.place_text(tensor) + index_text(tensor.shape, region, (), self.dim)

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

    def _label(self, tensor: Tensor) -> str:
        state = tensor.node.attrs.get("state")
        if isinstance(state, State) and not isinstance(state, Segment):
            return identifier(state.name.rpartition(".")[2])  # of whatever layer
        return self.labels.of.get(tensor, "")

    def _statements(self, node: Node, out: str) -> None:
        op = node.op
        assert isinstance(op, Op)
        printer = PRINTERS.get(op.name)
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
