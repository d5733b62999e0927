"""Row kernels as definitions: a warp, a block or a part of one takes a row through all steps.

The steps between two reductions are one loop over the row, whose elements threads take in turns.
What one loop computes and a later one needs stays in registers where the size of rows is known and
small enough; else it is computed again, from what by then is in the cache.  Either way a row comes
from memory once.  Results are stored in the last loop, for they may lie where operands do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from graphc.codegen.cupy.code import RESERVED, Argument, Code, with_names
from graphc.codegen.cupy.definitions import ROWS, Definition, Definitions, wrapped
from graphc.codegen.cupy.launch import Launch, formulas, identity, result_names, stem_of
from graphc.codegen.cupy.reductions import DEPTH, TAKES_IN, WIDTH, combined
from graphc.codegen.cupy.scalars import VARIABLE, literal
from graphc.codegen.names import Namer
from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM, COMPARE, SUM, UNARY
from graphc.ops.leaf import scalar_of
from graphc.schedule.kernel import REDUCTIONS
from graphc.schedule.order import Kind
from graphc.schedule.rows import Rows, aligned, label_of, rows_of

FEW, TOGETHER = 16, 128  # elements of a row that one thread takes, rows of a block then
WARPS = 4  # rows of a block, where a warp takes one
LONGEST = 1024  # elements of a row that one warp takes
THREADS, UNKNOWN = 256, 128  # of a block that takes one row, of one whose size is not known
SHORT = 40  # characters of an expression that is written where it is used
KEPT = 64  # values that a thread keeps in registers
_OWN = frozenset(["row", "rows", "column", "columns", "lane", "j", "k", "larger", "smaller"])
_PLACE = re.compile(r"\$\d+\$")
_PLAIN = re.compile(r"[\w$]+(\[(\w+|[\w$]+\[\w+\])\])?")  # a name, or an element


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
        for node in (*self.kernel.replayed, *self.kernel.nodes):
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
        if _PLAIN.fullmatch(operand[0]):
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
        if precedence == ATOM and _PLAIN.fullmatch(text):
            return True
        uses = self.uses(node)
        return not uses or (uses == 1 and len(_PLACE.sub("xxxxxx", text)) <= SHORT)

    def assign(self, tensor: Tensor, text: str) -> str:
        # Each loop has variables of its own, under the same names.
        if tensor not in self.variables:
            self.variables[tensor] = self.place(self.label(tensor) or tensor.node.op.name)
        place = self.variables[tensor]
        self.lines.append(f"const {VARIABLE[self.computed(tensor.dtype)]} {place} = {text};")
        self.values[tensor] = place, ATOM
        return place

    # ---- the body -------------------------------------------------------------------------

    def body(self) -> Iterator[str]:
        """All statements."""
        for tensor in self.outputs:
            self.stored[tensor] = self.place(self.label(tensor))
        self.find_kept()
        loops = [line for loop in range(self.last + 1) for line in self.stretch(loop)]
        loops += self.of_rows(self.last + 1)
        yield from self.head()
        if self.registers and self.team.items(self.rows.size) == 1:
            yield "const int j = lane;"
            yield from self.numbered(loops)
        yield from loops

    def head(self) -> Iterator[str]:
        """Which row a thread takes, and the registers of its elements."""
        rows, team = self.rows, self.team
        row, count = ("column", "columns") if rows.columns else ("row", "rows")
        if team.row:
            yield f"const long long {row} = blockIdx.x * {team.together}ll + {team.row};"
            yield f"if ({row} >= {count}) return;"
        else:
            yield f"const long long {row} = blockIdx.x;"
        if team.number:
            yield f"const int lane = {team.number};"
        items = team.items(rows.size)
        several = f"[{items}]" if items > 1 else ""
        for tensor, place in self.kept.items():
            yield f"{VARIABLE[self.computed(tensor.dtype)]} {place}{several};"

    @property
    def registers(self) -> bool:
        """Whether a thread knows how many elements it takes, and they are few."""
        items = self.team.items(self.rows.size)
        return items == 1 or bool(self.kept)

    def element_number(self) -> str:
        """The number of an element in the array."""
        if self.rows.columns:
            return "j * columns + column"
        return f"row * {self.size(self.rows.size)} + j"

    def stretch(self, loop: int) -> list[str]:
        """The numbers of rows that a loop needs, the loop, and what it reduces to."""
        before = self.of_rows(loop)
        inside, after = [], []
        self.values, self.lines = {}, []
        for node in self.kernel.nodes:
            if not reduces(node) or self.stage[node] != loop:
                continue
            start, step, end = self.reduction(node)
            before.append(start)
            inside += [*self.lines, step]
            after += end
            self.lines = []
        if loop == self.last:
            inside += self.stores()
        return [*before, *self.looped(inside), *after] if inside else before

    def reduction(self, node: Node) -> tuple[str, str, list[str]]:
        """The statements before, in and after the loop."""
        (out,), name = node.outputs, node.op.name
        self.target = self.rows.shape
        operand, precedence = self.read(node.inputs[0])
        self.target = ()
        kind = VARIABLE[self.computed(out.dtype)]
        total = self.place(self.label(out) or name)
        method = "sum" if name == "take" else name
        start = "0" if name == "take" else identity(node, self.computed(out.dtype))
        if name == "take":
            step = f"if (j == {self.label_text(node)}) {total} = {operand};"
        else:
            if method in ("any", "all") and precedence <= COMPARE:
                operand = f"({operand})"
            step = TAKES_IN[method].format(total, operand)
        helper = f"{self.team.scope}_{method}"
        self._calls(combined(helper))
        end = [f"{total} = {helper}({total});"] if self.team.number else []
        end += self.keep_number(out, total)
        self.found.append((out, (total, ATOM)))
        return f"{kind} {total} = {start};", step, end

    def keep_number(self, tensor: Tensor, name: str) -> list[str]:
        """The statement that stores a number of the row, if it is a result."""
        if tensor not in self.stored:
            return []
        row = "column" if self.rows.columns else "row"
        store = f"{self.stored[tensor]}[{row}] = {self.narrow(tensor, (name, ATOM))};"
        return [f"if (lane == 0) {store}" if self.team.number else store]

    def of_rows(self, loop: int) -> list[str]:
        """The statements that compute the numbers of a row before a loop."""
        self.numbers.update(self.found)
        self.found = []
        result: list[str] = []
        for node in self.kernel.nodes:
            (out,) = node.outputs
            if self.stage[node] != loop or reduces(node) or self.is_element(out):
                continue
            if node.op.name == "position" and out not in self.stored:
                continue  # labels are compared with the places in a row instead
            self.values, self.lines = {}, []
            text, precedence = self.expression(node)
            short = len(_PLACE.sub("xxxxxx", text)) <= SHORT
            if out not in self.stored and self.uses(node) == 1 and short:
                self.numbers[out] = text, precedence
                result += self.lines
                continue
            if not _PLAIN.fullmatch(text) or precedence != ATOM:
                text = self.assign(out, text)
            result += self.lines
            self.numbers[out] = text, ATOM
            result += self.keep_number(out, text)
        self.values, self.lines = {}, []
        return result

    def stores(self) -> list[str]:
        """The statements that store elements: all are computed before one is overwritten."""
        elements = [t for t in self.outputs if self.is_element(t)]
        values = []
        for tensor in elements:
            self.target = self.rows.shape
            operand = self.read(tensor)
            self.target = ()
            if len(elements) > 1 and not re.fullmatch(r"\$\d+\$(\[[jk]\])?", operand[0]):
                operand = self.assign(tensor, operand[0]), ATOM
            values.append(self.narrow(tensor, operand))
        lines, self.lines = self.lines, []
        return lines + [
            f"{self.stored[t]}[i] = {value};" for t, value in zip(elements, values, strict=True)
        ]

    def numbered(self, inside: list[str]) -> list[str]:
        """The number of an element, where statements need it."""
        used = any(re.search(r"\bi\b", line) for line in inside)
        return [f"const long long i = {self.element_number()};"] if used else []

    def looped(self, inside: list[str]) -> list[str]:
        """Statements for each element that a thread takes."""
        rows, team = self.rows, self.team
        size, items = self.size(rows.size), team.items(rows.size)
        if self.registers and items == 1:
            return [f"if (j < {size}) {{", *(f"  {line}" for line in inside), "}"]
        if not team.number:
            head = ["#pragma unroll", f"for (int j = 0; j < {size}; ++j) {{"]
        elif self.registers:
            head = [
                "#pragma unroll",
                f"for (int k = 0; k < {items}; ++k) {{",
                f"  const int j = lane + {team.threads} * k;",
            ]
            if not isinstance(rows.size, int) or rows.size % team.threads:
                head.append(f"  if (j >= {size}) break;")
        else:
            head = [f"for (long long j = lane; j < {size}; j += {team.threads}) {{"]
        return [*head, *(f"  {line}" for line in (*self.numbered(inside), *inside)), "}"]


def reduces(node: Node) -> bool:
    """Whether a step makes a number of a row's elements."""
    return (node.op.name in REDUCTIONS and bool(node.inputs[0].ndim)) or node.op.name == "take"


def rows(code: RowCode, place: Callable[[Tensor], str], definitions: Definitions) -> Launch:
    """A row kernel, and its call with the number of rows and its arrays."""
    domain = code.rows
    body = list(code.body())
    places = [code.stored[t] for t in code.outputs]
    key = (
        "rows",
        code.team,
        tuple((a.dtype, a.raw) for a in code.inputs),
        tuple(t.dtype for t in code.outputs),
        tuple(body),
        tuple(code.place_of_input[id(a)] for a in code.inputs),
    )
    given = [_passed(a) for a in code.inputs] + [place(t) for t in code.outputs]
    name = definitions.find(key)
    if name is None:
        names = result_names(code, places)
        stem = f"{stem_of(code, code.outputs)}_rows"
        count = "columns" if domain.columns else "rows"
        listed = [f"long long {count}"]
        for a in code.inputs:
            called = names[code.place_of_input[id(a)]]
            kind = f"const {_stored(a.dtype)}*" if a.raw else VARIABLE[a.dtype]
            listed.append(f"{kind} {called}")
        for t, p in zip(code.outputs, places, strict=True):
            listed.append(f"{_stored(t.dtype)}* {with_names(p, names)}")
        parameters = [f"    {p.strip()}" for p in wrapped(f"        {', '.join(listed)}) {{")]
        lines = [part for line in body for part in wrapped(with_names(line, names))]
        source = "\n".join(
            [f'extern "C" __global__ void {stem}(', *parameters, *(f"  {n}" for n in lines), "}"]
        )
        made = Definition(
            ROWS,
            tuple(formulas(code, names, places)),
            (
                ("", source),
                ("", stem),
                ("rows", code.team.together),
                ("threads", code.team.threads * code.team.together),
            ),
            (*(["float16"] if any("float16*" in p for p in listed) else []), *code.preambles),
        )
        name = definitions.add(key, stem, made)
    return Launch(name, [code.dim(domain.count), *given])


def _stored(dtype: str) -> str:
    """What the elements of an array are."""
    return dtype if dtype == "float16" else VARIABLE[dtype]


def _passed(argument: Argument) -> str:
    """An argument as it is passed: a number in the type of its parameter."""
    if argument.raw or argument.dtype == "int64":
        return argument.text
    return f"np.{argument.dtype}({argument.text})"
