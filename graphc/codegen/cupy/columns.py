"""Column kernels as definitions: blocks go down the rows side by side, the last one adds up what all
of them found.

A thread takes one column of every so many rows, so that a warp reads what lies side by side, whatever the
number of columns.  It computes the elements that the sums are of, stores those that others need, and
adds; mean and squared distances are found together.  What follows from the sums alone is
computed by the last block for each column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from graphc.codegen.cupy.code import with_names
from graphc.codegen.cupy.definitions import COLUMNS, Definition, Definitions, wrapped
from graphc.codegen.cupy.launch import Launch, formulas, result_names, stem_of
from graphc.codegen.cupy.row import PLAIN, Team
from graphc.codegen.cupy.rows import RowBody, passed, stored
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.codegen.cupy.totals import THREADS, WIDEST
from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM
from graphc.schedule.columns import moments, summed
from graphc.schedule.row import aligned


@dataclass
class ColumnBody(RowBody):
    """The statements of a column kernel.

    Attributes:
        width: the columns of a block.
        numbers_left: how many numbers a block leaves for each column.
    """

    width: int = field(init=False, default=WIDEST)
    numbers_left: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        count = self.rows.count
        if isinstance(count, int):
            self.width = min(WIDEST, 1 << (count - 1).bit_length())
        self.team = Team("column", THREADS, self.width, "", "")
        sums = [n for n in self.kernel.nodes if summed(n) is not None]
        self.stage = dict.fromkeys(self.kernel.steps, 0)
        for node in self.kernel.nodes:
            if not self.is_element(node.outputs[0]) and node not in sums:
                self.stage[node] = 1
        pairs = {n: found for n in sums if (found := moments(n)) is not None}
        self.pairs = {n: (x, total) for n, (x, total) in pairs.items() if total in sums}
        paired = {total for _, total in self.pairs.values()}
        self.sums = [n for n in sums if n not in paired]

    def element_number(self) -> str:
        return "row * columns + column"

    def index(self, tensor: Tensor) -> str:
        if not tensor.ndim:
            return "0"
        if self.target != self.rows.shape:
            return "column"
        given, rank = aligned(tensor.shape, self.target), len(self.rows.axes)
        if given == self.target:
            return "i"
        row = self.along(given[:rank], self.target[:rank], "row")
        column = self.along(given[rank:], self.target[rank:], "column")
        width = dims.product(given[rank:])
        if row == "0" or width == 1:
            return column if row == "0" else row
        row = f"({row})" if " + " in row else row
        return f"{row} * {'columns' if width == self.rows.count else self.size(width)} + {column}"

    def along(self, given: tuple[DimLike, ...], target: tuple[DimLike, ...], name: str) -> str:
        """The number of an element among some axes of an array that broadcasts."""
        return self.of_row(given, target).replace("column", name)

    def written_in_place(self, node: Node, text: str, precedence: int) -> bool:
        if node.outputs[0] in self.stored:  # read by a sum, and stored
            return bool(PLAIN.fullmatch(text)) and precedence == ATOM
        return super().written_in_place(node, text, precedence)

    # ---- statements -----------------------------------------------------------------------

    def body(self) -> Iterator[str]:
        for tensor in self.outputs:
            self.stored[tensor] = self.place(self.label(tensor))
        width, lanes = self.width, THREADS // self.width
        starts, totals, inside = [], [], []
        for node in self.sums:
            start, total, step = self.sum_of(node)
            starts.append(start)
            totals.append(total)
            inside += [*self.lines, step]
            self.lines = []
        inside += self.stores()
        yield f"const int tiles = (columns + {width - 1}) / {width};"
        yield f"const int column = blockIdx.x % tiles * {width} + threadIdx.x % {width};"
        yield "const int block = blockIdx.x / tiles, blocks = gridDim.x / tiles;"
        yield f"const int lane = threadIdx.x / {width};"
        yield from starts
        yield "if (column < columns)"
        yield f"  for (long long row = block * {lanes} + lane; row < rows; row += blocks * {lanes}) {{"
        yield from (f"    {line}" for line in (*self.numbered(inside), *inside))
        yield "  }"
        slots = [3 if node in self.pairs else 1 for node in self.sums]
        self.numbers_left = sum(slots)
        parts = []
        for total, slot in zip(totals, range(len(totals)), strict=True):
            first = sum(slots[:slot])
            chunk = f"block * {self.numbers_left}" if self.numbers_left > 1 else "block"
            chunk = f"({chunk} + {first})" if first else chunk
            parts.append(f"parts + {chunk} * columns + column, columns")
            yield f"{total} = column_total<{width}>({total});"
        yield "if (lane == 0 && column < columns) {"
        yield from (f"  put({p}, {t});" for p, t in zip(parts, totals, strict=True))
        yield "}"
        yield "if (!last_block(came + blockIdx.x % tiles, blocks)) return;"
        yield from (f"{t} = {{}};" for t in totals)
        yield "if (column < columns)"
        yield f"  for (int block = lane; block < blocks; block += {lanes}) {{"
        yield from (f"    add({t}, {p});" for p, t in zip(parts, totals, strict=True))
        yield "  }"
        yield from (f"{t} = column_total<{width}>({t});" for t in totals)
        yield "if (lane != 0 || column >= columns) return;"
        yield from self.results(totals)
        self._calls([*(["moments"] if self.pairs else []), "column_total", "last_block"])

    def sum_of(self, node: Node) -> tuple[str, str, str]:
        """What a total begins as, its name, and how it takes an element in."""
        (out,) = node.outputs
        kind = VARIABLE[self.computed(out.dtype)]
        self.target = self.rows.shape
        if node in self.pairs:
            x, _ = self.pairs[node]
            text = self.read(x)[0]
            self.target = ()
            total = self.place(f"{self.label(x) or 'x'}_moments")
            return f"Moments<{kind}> {total} = {{}};", total, f"take_in({total}, {text});"
        text = self.read(node.inputs[0])[0]
        self.target = ()
        total = self.place(f"{self.label(out) or 'sum'}_total")
        return f"{kind} {total} = 0;", total, f"{total} += {text};"

    def results(self, totals: list[str]) -> Iterator[str]:
        """The statements of the last block for each column."""
        for node, total in zip(self.sums, totals, strict=True):
            if node in self.pairs:
                _, other = self.pairs[node]
                kind = VARIABLE[self.computed(other.outputs[0].dtype)]
                yield from self.number(other, f"{total}.mean * ({kind})rows")
                yield from self.number(node, f"{total}.squares")
            else:
                yield from self.number(node, total)
        yield from self.of_rows(1)

    def number(self, node: Node, text: str) -> Iterator[str]:
        """A sum as a number of its column."""
        (out,) = node.outputs
        self.found.append((out, (text, ATOM if "*" not in text else 0)))
        if out in self.stored:
            yield f"{self.stored[out]}[column] = {self.narrow(out, (text, ATOM))};"


def columns(code: ColumnBody, place: Callable[[Tensor], str], definitions: Definitions) -> Launch:
    """A column kernel, and its call with the numbers of rows and columns and its arrays."""
    body = list(code.body())
    places = [code.stored[t] for t in code.outputs]
    total = code.computed(code.sums[0].outputs[0].dtype)
    key = (
        COLUMNS,
        code.width,
        tuple((a.dtype, a.raw) for a in code.inputs),
        tuple(t.dtype for t in code.outputs),
        tuple(body),
        tuple(code.place_of_input[id(a)] for a in code.inputs),
    )
    given = [passed(a) for a in code.inputs] + [place(t) for t in code.outputs]
    name = definitions.find(key)
    if name is None:
        names = result_names(code, places)
        numbers = [t for t in code.outputs if not code.is_element(t)]
        stem = f"{stem_of(code, numbers[:1])}_columns"
        listed = ["long long rows", "int columns"]
        for a in code.inputs:
            called = names[code.place_of_input[id(a)]]
            kind = f"const {stored(a.dtype)}*" if a.raw else VARIABLE[a.dtype]
            listed.append(f"{kind} {called}")
        for t, p in zip(code.outputs, places, strict=True):
            listed.append(f"{stored(t.dtype)}* {with_names(p, names)}")
        half = ["float16"] if any("float16*" in p for p in listed) else []
        listed += [f"volatile {VARIABLE[total]}* parts", "unsigned int* came"]
        parameters = [f"    {p.strip()}" for p in wrapped(f"        {', '.join(listed)}) {{")]
        lines = [part for line in body for part in wrapped(with_names(line, names))]
        source = "\n".join(
            [f'extern "C" __global__ void {stem}(', *parameters, *(f"  {n}" for n in lines), "}"]
        )
        arguments: list[tuple[str, str | int]] = [("", source), ("", stem)]
        arguments += [("width", code.width), ("numbers", code.numbers_left)]
        if total != "float32":
            arguments.append(("dtype", f"np.{total}"))
        made = Definition(
            COLUMNS,
            tuple(formulas(code, names, places)),
            tuple(arguments),
            (*half, *code.preambles),
        )
        name = definitions.add(key, stem, made)
    rows = code.rows
    return Launch(name, [code.dim(rows.size), code.dim(rows.count), *given])
