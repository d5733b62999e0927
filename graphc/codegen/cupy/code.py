"""One kernel's steps as C++: parameters, variables, and what is stored.

In: a kernel of the schedule. Out: its code over *places*, ``$3$`` for the third name that it needs, so
that kernels which differ in names alone are recognised; then the same with names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from graphc.codegen.cupy import scalars
from graphc.codegen.cupy.definitions import Parameter
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.codegen.names import Namer
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM, SUM
from graphc.ops.leaf import value_of
from graphc.schedule.kernel import Kernel
from graphc.schedule.order import Kind, Schedule

INLINE = 30  # characters of an expression that is written where it is used
# Names that mean something in C++, in CUDA or in what CuPy puts around the code.
_RESERVED = """
    i n a b T auto bool break case char class const continue default delete do double else
    enum extern false float for goto if int long new operator private public register return
    short signed sizeof static struct switch template this throw true try typedef union
    unsigned using virtual void volatile while and or not xor abs acos asin atan ceil cos cosh
    erf erfc exp expm1 floor fmod gamma j0 j1 jn log log1p logb lgamma max min normcdf pow
    rint round rsqrt sin sinh sqrt tan tanh trunc y0 y1 yn uniform uniformf gauss gaussf
    philox power modulo floor_divide size_t ptrdiff_t blockIdx threadIdx blockDim gridDim
    signbit isnan isinf index time clock float16 float32 float64 int8 int16 int32 int64 uint8
    uint16 uint32 uint64 complex64 complex128
"""
RESERVED = frozenset(_RESERVED.split())
PLACE = re.compile(r"\$(\d+)\$")  # a name to be chosen later


@dataclass
class Argument:
    """What a kernel is given.

    Attributes:
        text: the Python expression that is passed.
        dtype: its element type.
        raw: whether the code indexes it itself.
        hint: what it might be called.
        tensor: what it holds, if it is a tensor.
    """

    text: str
    dtype: str
    hint: str
    raw: bool = False
    tensor: Tensor | None = None


@dataclass
class Code:
    """The code of one kernel, step by step.

    Args:
        kernel: its steps.
        schedule: what these are in.
        label: what tensors are called.
        host: the Python expression of a number that the host computes.
        text: the Python expression of an array.
        stream: the Python expression of the state of a random op's stream.
        dim: the Python expression of a size.
        draw_number: the number of a random op among those of its stream.
        offset: the Python expression of what is added to an element's number in a random draw.

    Attributes:
        inputs: the arguments that it reads.
        outputs: the tensors that it computes into memory.
        lines: the statements.
        preambles: the functions that it calls.
    """

    kernel: Kernel
    schedule: Schedule
    label: Callable[[Tensor], str]
    text: Callable[[Tensor], str]
    stream: Callable[[Node], str]
    dim: Callable[[DimLike], str]
    draw_number: Callable[[Node], int]
    offset: str = ""
    inputs: list[Argument] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    preambles: list[str] = field(default_factory=list)
    values: dict[Tensor, tuple[str, int]] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)
    place_of: dict[Tensor, int] = field(default_factory=dict)

    # ---- names ----------------------------------------------------------------------------

    def place(self, hint: str) -> str:
        """A name to be chosen later."""
        self.hints.append(re.sub(r"_\d+$", "", hint))  # which of several is for callers to know
        return f"${len(self.hints) - 1}$"

    def names(self) -> list[str]:
        """A name for each place."""
        namer = Namer(RESERVED, 32)
        return [namer.fresh(hint, fallback="x") for hint in self.hints]

    # ---- what is read ---------------------------------------------------------------------

    def read(self, tensor: Tensor) -> tuple[str, int]:
        """A tensor as an operand."""
        if tensor in self.values:
            return self.values[tensor]
        kind = self.schedule.kinds.get(tensor.node)
        value = value_of(tensor)
        if value is not None and tensor.ndim == 0:
            text = scalars.literal(value.item(), self.computed(tensor.dtype), tensor.dtype)
            return text, ATOM if text[0] != "-" else ATOM - 2
        dtype = tensor.dtype
        hint = self.label(tensor)
        if kind is Kind.HOST:
            hint = hint or "number"
            dtype = "float64" if types.is_float(dtype) and not self.kernel.shape else dtype
            dtype = "float32" if dtype in ("float16", "bfloat16") else dtype
        self.values[tensor] = (
            self.take(Argument(self.text(tensor), dtype, hint, tensor=tensor)),
            ATOM,
        )
        return self.values[tensor]

    def take(self, argument: Argument) -> str:
        """A parameter for an argument; one for equal arguments."""
        for known in self.inputs:
            if (known.text, known.raw) == (argument.text, argument.raw):
                return f"${self.place_of_input[id(known)]}$"
        self.inputs.append(argument)
        place = self.place(argument.hint)
        self.place_of_input[id(argument)] = int(place[1:-1])
        return place

    def __post_init__(self) -> None:
        self.place_of_input: dict[int, int] = {}

    def computed(self, dtype: str) -> str:
        """The element type in which something is computed: numbers in double precision, as the
        host computes them."""
        if not self.kernel.shape and types.is_float(dtype):
            return "float64"
        return "float32" if dtype in ("float16", "bfloat16") else dtype

    # ---- steps ----------------------------------------------------------------------------

    def expression(self, node: Node) -> tuple[str, int]:
        """A node as an expression over what is known."""
        taken = node.inputs[-1] if node.inputs and node.op.name != "cast" else node.outputs[0]
        dtype = self.computed(taken.dtype)
        if node.op.name in ("random_uniform", "random_normal"):
            return self._draw(node), ATOM
        if node.op.name == "take":
            return self._element(node), ATOM
        args = [self.read(t) for t in node.inputs]
        if node.op.name in scalars.REPEATED:
            args = [self._named(t, a) for t, a in zip(node.inputs, args, strict=True)]
        self._calls(scalars.preambles(node, dtype))
        literals = [value_of(t) is not None for t in node.inputs]
        return scalars.expression(node, args, literals, dtype)

    def size(self, value: DimLike) -> str:
        """A size: a number, or a parameter."""
        if isinstance(value, int):
            return str(value)
        return self.take(Argument(self.dim(value), "int64", "size"))

    def whole(self, tensor: Tensor) -> str:
        """A tensor whose elements the code chooses."""
        return self.take(
            Argument(self.text(tensor), tensor.dtype, self.label(tensor), raw=True, tensor=tensor)
        )

    def _element(self, node: Node) -> str:
        """An element chosen by an index."""
        (x, indices), axis = node.inputs, node.attrs["axis"]
        if axis is None:
            return f"{self.whole(x)}[{self.read(indices)[0]}]"
        row = self.size(dims.product(x.shape[axis + 1 :]))
        count = self.size(indices.size)
        array, index = self.whole(x), self.whole(indices)
        inner = "" if row == "1" else f" * {row} + i % {row}"
        step = "i" if row == "1" else f"i / {row}"
        if axis == 0:
            return f"{array}[{index}[{step}]{inner}]"
        size = self.size(x.shape[axis])
        block = f"i / {count}" if row == "1" else f"i / ({row} * {count})"
        return f"{array}[({block} * {size} + {index}[{step} % {count}]){inner}]"

    def _calls(self, preambles: Sequence[str]) -> None:
        self.preambles += [p for p in preambles if p not in self.preambles]

    def _draw(self, node: Node) -> str:
        """A random number by its stream, the number of the draw, and its place in the result."""
        self._calls(scalars.preambles(node, ""))
        stream = node.attrs["stream"]
        key = self.take(Argument(self.stream(node), "uint64", f"{stream.name}_rng", raw=True))
        number = self.draw_number(node)
        index = "i"
        if self.offset:
            index = f"i + {self.take(Argument(self.offset, 'int64', 'offset'))}"
        bits = f"philox({key}[0], {key}[1]{f' + {number}' if number else ''}, {index})"
        function = "uniform" if node.op.name == "random_uniform" else "gauss"
        return f"{function}{'' if node.outputs[0].dtype == 'float64' else 'f'}({bits})"

    def _named(self, tensor: Tensor, operand: tuple[str, int]) -> tuple[str, int]:
        """An operand that can be mentioned twice."""
        text, precedence = operand
        if precedence == ATOM and ("(" not in text or text[0] in "(") and "[" not in text:
            return operand
        return self.assign(tensor, text), ATOM

    def assign(self, tensor: Tensor, text: str) -> str:
        """A variable for a tensor."""
        place = self.place(self.label(tensor) or tensor.node.op.name)
        kind = VARIABLE[self.computed(tensor.dtype)]
        self.lines.append(f"const {kind} {place} = {text};")
        self.values[tensor] = place, ATOM
        return place

    def step(self, node: Node, inline: bool) -> None:
        """Compute a node: in a variable, or where it is used."""
        (out,) = node.outputs
        text, precedence = self.expression(node)
        if (inline and len(PLACE.sub("xxxxxx", text)) <= INLINE) or (
            precedence == ATOM and PLACE.fullmatch(text)
        ):
            self.values[out] = text, precedence
        else:
            self.assign(out, text)

    def uses(self, node: Node) -> int:
        """How often the kernel reads a node's result."""
        (out,) = node.outputs
        return sum(t is out for n in self.kernel.members for t in n.inputs)

    def steps(self, nodes: Sequence[Node]) -> None:
        """Compute nodes one after the other."""
        for node in nodes:
            inner = self.schedule.kinds[node] is Kind.INNER
            self.step(node, inner and self.uses(node) == 1)

    def narrow(self, tensor: Tensor, operand: tuple[str, int]) -> str:
        """An operand as what a buffer of its tensor's element type takes."""
        text, precedence = operand
        stored, computed = tensor.dtype, self.computed(tensor.dtype)
        if stored == "bfloat16":
            self._calls(["to_bfloat16"])
            return f"to_bfloat16({text})"
        if stored in (computed, "float16"):
            return text
        inner = text if precedence >= SUM + 3 else f"({text})"
        return f"({VARIABLE[stored]}){inner}"


def with_names(text: str, names: Sequence[str]) -> str:
    """Code with a name in each place."""
    return PLACE.sub(lambda found: names[int(found[1])], text)


def declared(argument: Argument, name: str) -> Parameter:
    """An argument as a parameter."""
    return Parameter(argument.dtype, name, argument.raw)
