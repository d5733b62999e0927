"""The code of row kernels: who takes a row, and what its steps are as expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from graphc.codegen.cupy.code import PLACE, RESERVED, Code
from graphc.codegen.cupy.reductions import DEPTH, WIDTH
from graphc.codegen.cupy.scalars import VARIABLE, literal
from graphc.codegen.names import Namer
from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM, SUM, UNARY
from graphc.ops.leaf import scalar_of
from graphc.schedule.kernel import REDUCTIONS
from graphc.schedule.order import Kind
from graphc.schedule.row import Rows, aligned, label_of, rows_of

FEW, TOGETHER = 16, 128  # elements of a row that one thread takes, rows of a block then
WARPS = 4  # rows of a block, where a warp takes one
LONGEST = 1024  # elements of a row that one warp takes
THREADS, UNKNOWN = 256, 128  # of a block that takes one row, of one whose size is not known
SHORT = 40  # characters of an expression that is written where it is used
KEPT = 64  # values that a thread keeps in registers
_OWN = frozenset(["row", "rows", "column", "columns", "lane", "j", "k", "larger", "smaller"])
PLAIN = re.compile(r"[\w$]+(\[(\w+|[\w$]+\[\w+\])\])?")  # a name, or an element


@dataclass(frozen=True)
class Team:
    """The threads that take one row.

    Attributes:
        scope: ``thread``, ``warp``, ``block`` or ``column``: how they reduce.
        threads: how many share a row.
        together: how many rows a block takes.
        number: the number of a thread among those of its row, nothing if it is the only one.
        row: the number of a row among those of its block, nothing if it is the only one.
    """

    scope: str
    threads: int
    together: int
    number: str
    row: str

    @staticmethod
    def of(rows: Rows) -> Team:
        """The threads that fit a size."""
        if rows.columns:
            place = f"threadIdx.x / {WIDTH}", f"threadIdx.x % {WIDTH}"
            return Team("column", DEPTH, WIDTH, *place)
        if not isinstance(rows.size, int):
            return Team("block", UNKNOWN, 1, "threadIdx.x", "")
        if rows.size <= FEW:
            return Team("thread", 1, TOGETHER, "", "threadIdx.x")
        if rows.size <= LONGEST:
            return Team("warp", 32, WARPS, "threadIdx.x % 32", "threadIdx.x / 32")
        return Team("block", THREADS, 1, "threadIdx.x", "")

    def items(self, size: DimLike) -> int:
        """How many elements a thread takes, 0 if that is not known here."""
        return -(-size // self.threads) if isinstance(size, int) else 0


@dataclass
class RowCode(Code):
    """The code of a row kernel.

    Attributes:
        rows: what it runs over.
        team: the threads of a row.
        stage: the loop in which a node can first be computed.
        numbers: numbers of rows, known outside of loops.
        kept: variables of what a loop hands to later ones.
        here: of those, what the loop that is being printed has computed or may read.
        stored: the parameters of results.
        target: the shape of what is being computed.
        found: what the last loop reduced to.
        variables: the names of values that loops compute.
    """

    rows: Rows = field(init=False)
    team: Team = field(init=False)
    stage: dict[Node, int] = field(default_factory=dict)
    numbers: dict[Tensor, tuple[str, int]] = field(default_factory=dict)
    kept: dict[Tensor, str] = field(default_factory=dict)
    here: set[Tensor] = field(default_factory=set)
    stored: dict[Tensor, str] = field(default_factory=dict)
    target: tuple[DimLike, ...] = ()
    found: list[tuple[Tensor, tuple[str, int]]] = field(default_factory=list)
    variables: dict[Tensor, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rows = rows_of(self.kernel)
        self.team = Team.of(self.rows)
        for node in self.kernel.steps:
            known = [self.after(t) for t in node.inputs]
            self.stage[node] = max(known, default=0)
        self.outputs = [
            n.outputs[0] for n in self.kernel.nodes if self.schedule.kinds[n] is not Kind.INNER
        ]

    def names(self) -> list[str]:
        namer = Namer(RESERVED | _OWN, 32)
        return [namer.fresh(hint, fallback="x") for hint in self.hints]

    # ---- loops ----------------------------------------------------------------------------

    def after(self, tensor: Tensor) -> int:
        """The first loop that can read a tensor."""
        node = tensor.node
        return self.stage[node] + reduces(node) if node in self.stage else 0

    def is_element(self, tensor: Tensor) -> bool:
        """Whether a tensor has a value for each element, and not for each row."""
        return tensor.shape == self.rows.shape

    @property
    def last(self) -> int:
        """The last loop."""
        elements = [self.stage[t.node] for t in self.outputs if self.is_element(t)]
        loops = [self.stage[n] for n in self.kernel.nodes if reduces(n)]
        return max(*loops, *elements, 0) if elements else max(loops)

    def targets(self, loop: int) -> list[Tensor]:
        """What a loop is for: the elements that it reduces, those that it stores."""
        found = [
            t
            for n in self.kernel.nodes
            if reduces(n) and self.stage[n] == loop
            for t in n.inputs[:1]
        ]
        return found + (
            [t for t in self.outputs if self.is_element(t)] if loop == self.last else []
        )

    def find_kept(self) -> None:
        """Find what stays in registers."""
        items = self.team.items(self.rows.size)
        seen: set[Tensor] = set()
        kept: dict[Tensor, None] = {}
        for loop in range(self.last + 1):
            now: set[Tensor] = set()
            stack = self.targets(loop)
            while stack:
                tensor = stack.pop()
                if not self.is_element(tensor) or tensor in now:
                    continue
                if tensor in seen:
                    kept[tensor] = None
                    continue
                now.add(tensor)
                if tensor.node in self.kernel.members:
                    stack += self.operands(tensor.node)
            seen |= now
        if items and len(kept) * items <= KEPT:
            for tensor in kept:
                hint = self.label(tensor) or tensor.node.op.name
                self.kept[tensor] = self.place(
                    hint if tensor.node in self.kernel.members else f"{hint}_i"
                )

    @staticmethod
    def operands(node: Node) -> list[Tensor]:
        """What a step reads of the same element."""
        return list(node.inputs[2:] if node.op.name == "scatter_elements" else node.inputs)

    # ---- operands -------------------------------------------------------------------------

    def read(self, tensor: Tensor) -> tuple[str, int]:
        if tensor in self.numbers:
            return self.numbers[tensor]
        if tensor in self.values:
            return self.values[tensor]
        if tensor in self.kept and tensor in self.here:
            return self.element(tensor), ATOM
        if tensor.node in self.kernel.members:
            self.compute(tensor.node)
            return self.values[tensor]
        if not tensor.ndim and self.schedule.kind(tensor) in (Kind.LITERAL, Kind.HOST):
            found = super().read(tensor)
            self.numbers[tensor] = found
            return found
        text, precedence = f"{self.whole(tensor)}[{self.index(tensor)}]", ATOM
        if tensor.dtype == "float16":
            text, precedence = f"(float){text}", UNARY
        if tensor in self.kept:
            self.keep(tensor, text)
            return self.element(tensor), ATOM
        self.values[tensor] = text, precedence
        return self.values[tensor]

    def element(self, tensor: Tensor) -> str:
        """The variable of an element in registers."""
        if self.team.items(self.rows.size) == 1:
            return self.kept[tensor]
        return f"{self.kept[tensor]}[{'k' if self.team.number else 'j'}]"

    def keep(self, tensor: Tensor, text: str) -> None:
        """Compute what later loops read too."""
        self.here.add(tensor)
        self.lines.append(f"{self.element(tensor)} = {text};")

    def index(self, tensor: Tensor) -> str:
        """Where an operand's element lies that a step needs."""
        if not tensor.ndim:
            return "0"
        if self.target != self.rows.shape:
            return self.of_row(tensor.shape, self.target)
        given = aligned(tensor.shape, self.target)
        rows = self.rows
        inside = all(given[a] == rows.shape[a] for a in rows.axes)
        if inside and given == rows.shape:
            return "i"
        kept = [a for a in range(len(given)) if a not in rows.axes]
        outer = self.of_row(tuple(given[a] for a in kept), rows.kept)
        if not inside:
            return outer
        if outer == "0":
            return "j"
        return f"{outer} * {self.size(rows.size)} + j"

    def of_row(self, shape: tuple[DimLike, ...], target: tuple[DimLike, ...]) -> str:
        """The number of an element of an array that broadcasts to numbers of rows."""
        row = "column" if self.rows.columns else "row"
        given = aligned(shape, target)
        parts: list[str] = []
        axis = len(target)
        while axis:
            end = axis
            here = given[axis - 1] == target[axis - 1] or target[axis - 1] == 1
            while axis and (given[axis - 1] == target[axis - 1] or target[axis - 1] == 1) == here:
                axis -= 1
            count = dims.product(given[axis:end])
            if not here or count == 1:
                continue
            after, stride = dims.product(target[end:]), dims.product(given[end:])
            text = row if after == 1 else f"{row} / {self.size(after)}"
            if dims.product(target[:axis]) != 1:
                text += f" % {self.size(count)}"
            parts.append(text if stride == 1 else f"{text} * {self.size(stride)}")
        return " + ".join(reversed(parts)) or "0"

    # ---- steps ----------------------------------------------------------------------------

    def expression(self, node: Node) -> tuple[str, int]:
        """A node as an expression over what is known."""
        before, self.target = self.target, node.outputs[0].shape
        if node.op.name == "scatter_elements":
            found = self.changed(node)
        elif node.op.name == "reshape":
            found = self.read(node.inputs[0])
        else:
            found = super().expression(node)
        self.target = before
        return found

    def changed(self, node: Node) -> tuple[str, int]:
        """A row with something added where its label is."""
        _, updates, *base = node.inputs
        dtype = self.computed(node.outputs[0].dtype)
        number, here = scalar_of(updates), f"j == {self.label_text(node)}"
        zero = literal(0, dtype)
        if number is not None:
            added = literal(abs(number) if base else number, dtype)
        else:
            self.target = updates.shape
            added = self.read(updates)[0]
            self.target = node.outputs[0].shape
        if not base:
            return f"{here} ? {added} : {zero}", 0
        text, precedence = self.read(base[0])
        text = text if precedence >= SUM else f"({text})"
        sign = "-" if number is not None and number < 0 else "+"
        return f"{text} {sign} ({here} ? {added} : {zero})", SUM

    def label_text(self, node: Node) -> str:
        """The label of the row."""
        label = label_of(node)
        assert label is not None
        before, self.target = self.target, label.indices.shape
        found = self.read(label.indices)[0]
        self.target = before
        return found

    def _named(self, tensor: Tensor, operand: tuple[str, int]) -> tuple[str, int]:
        if PLAIN.fullmatch(operand[0]):
            return operand
        return super()._named(tensor, operand)

    def compute(self, node: Node) -> None:
        """The value of an element in this loop."""
        (out,) = node.outputs
        text, precedence = self.expression(node)
        if out in self.kept:
            self.keep(out, text)
            self.values[out] = self.element(out), ATOM
        elif self.written_in_place(node, text, precedence):
            self.values[out] = text, precedence
        else:
            self.assign(out, text)

    def written_in_place(self, node: Node, text: str, precedence: int) -> bool:
        """Whether an expression stands where its value is used."""
        if precedence == ATOM and PLAIN.fullmatch(text):
            return True
        uses = self.uses(node)
        return not uses or (uses == 1 and len(PLACE.sub("xxxxxx", text)) <= SHORT)

    def assign(self, tensor: Tensor, text: str) -> str:
        # Each loop has variables of its own, under the same names.
        if tensor not in self.variables:
            self.variables[tensor] = self.place(self.label(tensor) or tensor.node.op.name)
        place = self.variables[tensor]
        self.lines.append(f"const {VARIABLE[self.computed(tensor.dtype)]} {place} = {text};")
        self.values[tensor] = place, ATOM
        return place


def reduces(node: Node) -> bool:
    """Whether a step makes a number of a row's elements."""
    return (node.op.name in REDUCTIONS and bool(node.inputs[0].ndim)) or node.op.name == "take"
