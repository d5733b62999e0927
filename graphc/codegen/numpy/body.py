"""What the two styles of body share: operands as text, what the host computes, the NaN watch.

A body prints the statements of one phase.  `PlainBody` prints expressions and lets NumPy allocate;
`PlannedBody` prints the same statements with ``out=`` into planned buffers.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from graphc.codegen import constants
from graphc.codegen.labels import Labels
from graphc.codegen.names import comment, string
from graphc.codegen.numpy.headers import Headers
from graphc.codegen.program import Phase
from graphc.codegen.writer import LineTooLong, Writer
from graphc.errors import CompileError
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, State, Stream, Tensor
from graphc.ops.base import ATOM, POWER, PRODUCT, SUM, TERNARY, Array, Op
from graphc.ops.elementwise import Elementwise
from graphc.ops.leaf import scalar_of
from graphc.schedule.order import Kind
from graphc.schedule.shares import Parts

LONGEST_KEY = 60  # a longer text is a constant of its own

_PYTHON_PRECEDENCE = {
    "{0} + {1}": SUM,
    "{0} - {1}": SUM,
    "{0} * {1}": PRODUCT,
    "{0} / {1}": PRODUCT,
    "{0} ** {1}": POWER,
    "{0} ** 2": POWER,
}


@dataclass
class Names:
    """How emitted code refers to what outlives a call.

    Attributes:
        state: the expression for each state's array (``p.dense_1_W``).
        stream: the expression for each random stream's generator.
        constant: the name of each large constant.
        long: the constant that holds each text that is too long to write in place.
    """

    state: dict[State, str]
    stream: dict[Stream, str]
    constant: dict[int, str]
    long: dict[str, str] = field(default_factory=dict)

    def key(self, text: str, room: int = LONGEST_KEY) -> str:
        """A text of the user's as an expression: a literal, or the name of a constant."""
        literal = string(text)
        if len(literal) <= min(room, LONGEST_KEY):
            return literal
        return self.long.setdefault(text, f"_NAME_{len(self.long) + 1}")


class Body(Headers):
    """What the two styles share."""

    style = ""
    sizes = ""  # what comes before the name of a dimension

    def __init__(
        self,
        phase: Phase,
        labels: Labels,
        names: Names,
        writer: Writer,
        check_nan: bool = False,
    ) -> None:
        super().__init__(phase.plan.schedule, labels, writer)
        self.phase = phase
        self.check_nan = check_nan
        self.plan = phase.plan
        self.names = names
        self.texts: dict[Tensor, tuple[str, int]] = {}  # expressions in place of names
        self.helpers: set[str] = set()
        self.lines: dict[Node, list[int]] = {}  # the lines, from 0, that each node is printed on

    @abstractmethod
    def write(self) -> None:
        """Print the statements and the updates."""

    @contextmanager
    def printing(self, node: Node) -> Iterator[None]:
        """Note which lines are written for a node."""
        start = self.w.count
        yield
        self.lines.setdefault(node, []).extend(range(start, self.w.count))

    def divide(self, parts: Parts) -> None:
        """Print for parts of a batch; see :mod:`graphc.schedule.shares`."""

    def dim(self, value: DimLike, node: Node | None = None) -> str:
        """A dimension, as a node reads it, as an expression over the sizes of the arguments."""
        return self.labels.size(value, self.sizes)

    def dot(self, node: Node) -> str:
        """The function that multiplies the matrices of a node."""
        return "np.dot"

    def watch(self, node: Node, text: str) -> None:
        """With ``check="nan"``: stop at the first statement that makes a NaN, and say which."""
        if not self.check_nan or not types.is_float(node.outputs[0].dtype):
            return
        scope = ".".join(self.labels.scope(node.origin.scope)) if node.origin else ""
        what = f"{node.op.name} of {scope}" if scope else node.op.name
        place = string(comment(f"{what} at {node.origin or 'no line of yours'}", 60))
        self.w.call("", "_refuse_nan", [text, string(self.labels.of[node.outputs[0]]), place])

    def shape(self, shape: Sequence[DimLike]) -> str:
        """A shape as a tuple."""
        inner = ", ".join(bare(self.dim(d)) for d in shape)
        return f"({inner},)" if len(shape) == 1 else f"({inner})"

    def literal(self, value: Array) -> str:
        """A constant as an expression."""
        if value.ndim == 0:
            return constants.scalar(value, value.dtype.name)
        name = self.names.constant.get(id(value))
        return self.stored(name) if name else constants.array(value, limit=value.size) or ""

    def stored(self, name: str) -> str:
        """A constant at the end of the file as an array to compute with."""
        return name

    def condition(self, tensor: Tensor) -> str:
        """What a conditional asks for, as an expression."""
        return self.text(tensor)[0]

    def arrays(self, text: str) -> str:
        """An expression over NumPy's arrays as one over those of the target."""
        return text

    def text(self, tensor: Tensor) -> tuple[str, int]:
        """A tensor as an operand, with its precedence."""
        if tensor in self.texts:
            return self.texts[tensor]
        kind = self.schedule.kind(tensor)
        if kind is Kind.LITERAL:
            return self.own(tensor.node)
        if kind is Kind.STATE:
            return self.state_text(tensor.node.attrs["state"]), ATOM
        return self.labels.of[tensor], ATOM

    def state_text(self, state: State) -> str:
        """The array that holds a state."""
        return self.names.state[state]

    def own(self, node: Node) -> tuple[str, int]:
        """A node's plain expression."""
        assert isinstance(node.op, Op)
        self.helpers.update(getattr(node.op, "helpers", ()))
        filled = None if node.op.name != "copy" or node.rooted else scalar_of(node.outputs[0])
        if filled is not None:
            return self.arrays(self._full(node.outputs[0], filled)), ATOM
        result = node.op.plain(Emit(self, node))
        text, precedence = result if isinstance(result, tuple) else (result, ATOM)
        return self.arrays(hug_powers(text)), precedence

    def _full(self, tensor: Tensor, value: float) -> str:
        """An array that is one number everywhere."""
        shape, dtype = self.shape(tensor.shape), tensor.dtype.replace("bool", "bool_")
        if value in (0, 1) and tensor.dtype != "bool":
            return f"np.{'ones' if value else 'zeros'}({shape}, dtype=np.{dtype})"
        return f"np.full({shape}, {constants.scalar(value, tensor.dtype)}, dtype=np.{dtype})"

    def operand(self, node: Node, tensor: Tensor) -> tuple[str, int]:
        """A tensor as an operand of a node: a number keeps its element type where the op does
        not take it from another operand."""
        text, binding = self.text(tensor)
        kind = self.schedule.kinds.get(tensor.node)
        if tensor.ndim or kind not in (Kind.LITERAL, Kind.HOST):
            return text, binding
        if isinstance(node.op, Elementwise):
            numbers = [t for t in node.inputs if t.dtype != "bool" and self._is_number(t)]
            floats = [t for t in node.inputs if t.dtype != "bool"]
            if len(numbers) < len(floats) or tensor.dtype == "bool":
                return text, binding
        dtype = tensor.dtype.replace("bool", "bool_")
        return f"np.{dtype}({text})", ATOM

    def _is_number(self, tensor: Tensor) -> bool:
        return self.schedule.kinds.get(tensor.node) in (Kind.LITERAL, Kind.HOST)

    def host(self, node: Node) -> tuple[str, int]:
        """A host node as a Python expression over floats and ints."""
        op = node.op
        assert isinstance(op, Op)
        if op.name == "dimension":
            return self.own(node)
        parts = [self.text(t) for t in node.inputs]
        if op.name == "cast":
            if types.is_float(node.outputs[0].dtype):
                return parts[0]  # Python divides and multiplies ints and floats alike
            return f"int({parts[0][0]})", ATOM
        assert isinstance(op, Elementwise) and op.python is not None
        template = op.python
        precedence = _PYTHON_PRECEDENCE.get(template, ATOM if "(" in template else TERNARY)
        called = "(" in template and precedence is ATOM
        texts = []
        for position, (text, binding) in enumerate(parts):
            weak = binding < precedence or (position and binding == precedence)
            weak = weak if template in _PYTHON_PRECEDENCE else binding < ATOM
            texts.append(f"({text})" if weak and not called else text)
        return hug_powers(template.format(*texts)), precedence

    def too_long(self, error: LineTooLong, node: Node) -> CompileError:
        """The error for a statement that can't be printed."""
        return CompileError(f"{node.op.name} at {node.origin} prints too long a line: {error}")


class Emit:
    """One node as its op sees it; see `graphc.ops.base.Emitter`."""

    def __init__(
        self,
        body: Body,
        node: Node,
        out: str = "",
        scratch: Sequence[str] = (),
        prepared: Sequence[str] = (),
    ) -> None:
        self._body = body
        self.node = node
        self.out = out
        self.scratch = list(scratch)
        self.prepared = list(prepared)

    @property
    def args(self) -> list[str]:
        return [self._body.operand(self.node, t)[0] for t in self.node.inputs]

    def arg(self, position: int, precedence: int = ATOM) -> str:
        text, binding = self._body.operand(self.node, self.node.inputs[position])
        return f"({text})" if binding < precedence else text

    def dim(self, value: DimLike) -> str:
        return self._body.dim(value, self.node)

    def shape(self, shape: Sequence[DimLike]) -> str:
        return self._body.shape(shape)

    def literal(self, value: Array) -> str:
        return self._body.literal(value)

    @property
    def dot(self) -> str:
        return self._body.dot(self.node)

    @property
    def rng(self) -> str:
        return self._body.names.stream[self.node.attrs["stream"]]


def bare(text: str) -> str:
    """An expression without parentheses around the whole of it."""
    depth = 0
    for i, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and i < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text


def hug_powers(text: str) -> str:
    """Write ``a ** b`` as formatters do: ``a**b`` where both operands are simple."""
    return re.sub(r"(?<![\w.)\]])(-?[\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", text)
