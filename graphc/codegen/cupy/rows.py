"""Row kernels as definitions: a warp, a block or a part of one takes a row through all steps.

The steps between two reductions are one loop over the row, whose elements threads take in turns.
What one loop computes and a later one needs stays in registers where the size of rows is known and
small enough; else it is computed again, from what by then is in the cache.  Either way a row comes
from memory once.  Results are stored in the last loop, for they may lie where operands do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graphc.codegen.cupy.code import PLACE, Argument, with_names
from graphc.codegen.cupy.definitions import ROWS, Definition, Definitions, wrapped
from graphc.codegen.cupy.launch import Launch, formulas, identity, result_names, stem_of
from graphc.codegen.cupy.reductions import TAKES_IN, combined
from graphc.codegen.cupy.row import PLAIN, SHORT, RowCode, reduces
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.ir import types
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM, COMPARE


@dataclass
class RowBody(RowCode):
    """The statements of a row kernel."""

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
            short = len(PLACE.sub("xxxxxx", text)) <= SHORT
            if out not in self.stored and self.uses(node) == 1 and short:
                self.numbers[out] = text, precedence
                result += self.lines
                continue
            if not PLAIN.fullmatch(text) or precedence != ATOM:
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


def rows(code: RowBody, place: Callable[[Tensor], str], definitions: Definitions) -> Launch:
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
    given = [passed(a) for a in code.inputs] + [place(t) for t in code.outputs]
    name = definitions.find(key)
    if name is None:
        names = result_names(code, places)
        stem = f"{stem_of(code, code.outputs)}_rows"
        count = "columns" if domain.columns else "rows"
        listed = [f"long long {count}"]
        for a in code.inputs:
            called = names[code.place_of_input[id(a)]]
            kind = f"const {stored(a.dtype)}*" if a.raw else VARIABLE[a.dtype]
            listed.append(f"{kind} {called}")
        for t, p in zip(code.outputs, places, strict=True):
            listed.append(f"{stored(t.dtype)}* {with_names(p, names)}")
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


def stored(dtype: str) -> str:
    """What the elements of an array are."""
    return dtype if dtype == "float16" else VARIABLE[types.stored(dtype)]


def passed(argument: Argument) -> str:
    """An argument as it is passed: a number in the type of its parameter."""
    if argument.raw or argument.dtype == "int64":
        return argument.text
    return f"np.{argument.dtype}({argument.text})"
