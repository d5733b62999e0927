"""Row kernels: a block of threads takes one row through all steps, reductions along it included.

The steps between two reductions are one loop over the row. What one loop computes and another needs is
read back where it is stored anyway, and computed again otherwise: by then the row is in cache, so memory
is read once.
"""

from __future__ import annotations

from collections.abc import Callable

from graphc.codegen.cupy import scalars
from graphc.codegen.cupy.code import Argument, Code, with_names
from graphc.codegen.cupy.definitions import Definition, Definitions, wrapped
from graphc.codegen.cupy.launch import Launch, formulas, result_names, stem_of
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.ir import dims
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM
from graphc.ops.leaf import value_of
from graphc.schedule.kernels import row_scalar
from graphc.schedule.order import Kind

THREADS = 128  # of a block: four warps
SHORT = 64  # elements of a row for which one warp is enough
_REDUCE = ("sum", "max", "min")


class RowCode(Code):
    """The code of a row kernel."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stage: dict[Node, int] = {}  # the loop that computes a node
        self.stored: dict[Tensor, str] = {}  # the parameters of results
        self.outside: dict[Tensor, tuple[str, int]] = {}  # numbers of the row
        self.written: set[Tensor] = set()
        self.variable: dict[Tensor, str] = {}

    def read(self, tensor: Tensor) -> tuple[str, int]:
        if tensor in self.values:
            return self.values[tensor]
        if tensor in self.outside:
            return self.outside[tensor]
        kind = self.schedule.kinds.get(tensor.node)
        if not tensor.ndim and (value_of(tensor) is not None or kind is Kind.HOST):
            return super().read(tensor)
        if tensor.node in self.kernel.members:
            if tensor in self.written:
                self.values[tensor] = f"{self.stored[tensor]}[i]", ATOM
            else:
                self.compute(tensor.node)
            return self.values[tensor]
        array = self.whole(tensor)
        if not tensor.ndim:
            self.outside[tensor] = f"{array}[0]", ATOM
        elif row_scalar(tensor.shape, self.kernel.shape):
            self.outside[tensor] = f"{array}[row]", ATOM
        else:
            index = "i" if tensor.shape == self.kernel.shape else "j"
            self.values[tensor] = f"{array}[{index}]", ATOM
        return self.outside.get(tensor) or self.values[tensor]

    def assign(self, tensor: Tensor, text: str) -> str:
        # Each loop has variables of its own, under the same names.
        if tensor not in self.variable:
            self.variable[tensor] = self.place(self.label(tensor) or tensor.node.op.name)
        place = self.variable[tensor]
        self.lines.append(f"const {VARIABLE[self.computed(tensor.dtype)]} {place} = {text};")
        self.values[tensor] = place, ATOM
        return place

    def compute(self, node: Node) -> None:
        """A node's value in this loop."""
        text, precedence = self.expression(node)
        (out,) = node.outputs
        if self.uses(node) == 1 and len(text) <= 40 and out not in self.stored:
            self.values[out] = text, precedence
        else:
            self.assign(out, text)

    def find_stages(self) -> int:
        """Number the loops; returns how many there are."""
        for node in (*self.kernel.replayed, *self.kernel.nodes):
            known = [
                self.stage[t.node] + (t.node.op.name in _REDUCE)
                for t in node.inputs
                if t.node in self.stage
            ]
            self.stage[node] = max(known, default=0)
        return max(self.stage.values()) + 1


def rows(code: RowCode, place: Callable[[Tensor], str], definitions: Definitions) -> Launch:
    """A ``RawKernel`` and its call."""
    kernel = code.kernel
    shape = kernel.shape
    length = code.take(Argument(code.dim(shape[-1]), "int64", "length"))
    code.outputs = [n.outputs[0] for n in kernel.nodes if code.schedule.kinds[n] is not Kind.INNER]
    body: list[str] = []
    for tensor in code.outputs:
        code.stored[tensor] = code.place(code.label(tensor))
    for stage in range(code.find_stages()):
        body += _numbers(code, stage)
        body += _loop(code, stage, length)
    body += _numbers(code, code.find_stages())
    places = [code.stored[t] for t in code.outputs]
    head = ["const long long row = blockIdx.x;"]
    key = (
        "RawKernel",
        tuple((a.dtype, a.raw) for a in code.inputs),
        tuple(t.dtype for t in code.outputs),
        tuple(body),
        tuple(code.place_of_input[id(a)] for a in code.inputs),
    )
    count = dims.product(shape[:-1])
    threads = 32 if isinstance(shape[-1], int) and shape[-1] <= SHORT else THREADS
    given = [_passed(a) for a in code.inputs] + [place(t) for t in code.outputs]
    arguments = [f"({code.dim(count)},)", f"({threads},)", f"({', '.join(given)})"]
    name = definitions.find(key)
    if name is None:
        names = result_names(code, places)
        stem = f"{stem_of(code, code.outputs)}_rows"
        inputs = [
            f"const {_kind(a)}{'*' if a.raw else ''} {names[code.place_of_input[id(a)]]}"
            for a in code.inputs
        ]
        results = [
            f"{_stored(t)}* {with_names(p, names)}"
            for t, p in zip(code.outputs, places, strict=True)
        ]
        texts = [part for line in (*head, *body) for part in wrapped(with_names(line, names))]
        parameters = [f"    {p.strip()}" for p in wrapped(f"{', '.join([*inputs, *results])}) {{")]
        text = "\n".join(
            [f'extern "C" __global__ void {stem}(', *parameters, *(f"  {t}" for t in texts), "}"]
        )
        made = Definition(
            "RawKernel",
            tuple(formulas(code, names, places)),
            (("", text), ("", stem)),
            tuple(p for p in scalars.PREAMBLES if p in code.preambles),
        )
        name = definitions.add(key, stem, made)
    return Launch(name, arguments)


def _kind(argument: Argument) -> str:
    return _pointer(argument.dtype) if argument.raw else VARIABLE[argument.dtype]


def _pointer(dtype: str) -> str:
    """What the elements of an array are."""
    return {"float16": "float16", "bfloat16": "bfloat16"}.get(dtype, VARIABLE[dtype])


def _stored(tensor: Tensor) -> str:
    return _pointer(tensor.dtype)


def _passed(argument: Argument) -> str:
    """An argument as it is passed: numbers in the type of their parameter."""
    if argument.raw or argument.dtype == "int64":
        return argument.text
    return f"np.{argument.dtype}({argument.text})"


def _numbers(code: RowCode, stage: int) -> list[str]:
    """The statements that compute the numbers of a row before a loop."""
    lines: list[str] = []
    code.values = {}
    for node in code.kernel.nodes:
        (out,) = node.outputs
        if code.stage[node] != stage or node.op.name in _REDUCE or out.shape == code.kernel.shape:
            continue
        text, _ = code.expression(node)
        lines += code.lines
        code.lines = []
        name = code.place(code.label(out) or node.op.name)
        lines.append(f"const {VARIABLE[code.computed(out.dtype)]} {name} = {text};")
        code.outside[out] = name, ATOM
        lines += _keep(code, out, name)
    return lines


def _keep(code: RowCode, tensor: Tensor, name: str) -> list[str]:
    """The statement that stores a number of the row, if it is a result."""
    if tensor not in code.stored:
        return []
    return [f"if (threadIdx.x == 0) {code.stored[tensor]}[row] = {name};"]


def _loop(code: RowCode, stage: int, length: str) -> list[str]:
    """One loop over the row, and the reductions that it ends in."""
    kernel = code.kernel
    here = [n for n in kernel.nodes if code.stage[n] == stage]
    reductions = [n for n in here if n.op.name in _REDUCE]
    full = [
        n.outputs[0]
        for n in here
        if n.outputs[0].shape == kernel.shape and n.outputs[0] in code.stored
    ]
    if not reductions and not full:
        return []
    before, after, inside = [], [], []
    code.values, code.lines = {}, []
    for tensor in full:
        text = code.narrow(tensor, code.read(tensor))
        inside += code.lines
        code.lines = []
        inside.append(f"{code.stored[tensor]}[i] = {text};")
    for node in reductions:
        (x,), (out,) = node.inputs, node.outputs
        kind = VARIABLE[code.computed(out.dtype)]
        operand = code.read(x)[0]
        inside += code.lines
        code.lines = []
        part = code.place(f"{code.label(out) or node.op.name}_part")
        if node.op.name == "sum":
            before.append(f"{kind} {part} = 0;")
            inside.append(f"{part} += {operand};")
            total = f"block_sum({part})"
        else:
            end = "" if kind == "double" else "f"
            value = code.assign(x, operand) if operand[:1] != "$" or "[" in operand else operand
            sign, than = ("-", "<") if node.op.name == "max" else ("", ">")
            inside += code.lines
            code.lines = []
            before.append(f"{kind} {part} = {sign}1.0{end} / 0.0{end};")
            inside.append(f"if ({part} {than} {value} || {value} != {value}) {part} = {value};")
            total = f"block_max({part})" if than == "<" else f"-block_max(-{part})"
        code.preambles.append("block_sum" if node.op.name == "sum" else "block_max")
        name = code.place(code.label(out) or node.op.name)
        after.append(f"const {kind} {name} = {total};")
        code.outside[out] = name, ATOM
        after += _keep(code, out, name)
    code.written.update(full)
    index = "const long long i = row * $L$ + j;".replace("$L$", length)
    head = f"for (long long j = threadIdx.x; j < {length}; j += blockDim.x) {{"
    return [*before, head, *(f"  {line}" for line in (index, *inside)), "}", *after]
