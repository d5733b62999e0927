"""Kernels as they are defined in an emitted module: their text, and a table of them.

Kernels that compute the same from operands of the same types are one, whatever the tensors are called:
twenty layers share what one of them needs.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from graphc.codegen.cupy import reductions, scalars, tiles, totals
from graphc.codegen.names import Namer, comment, string
from graphc.codegen.writer import LINE_WIDTH
from graphc.ir import types
from graphc.ir.node import Node, Stream

# The functions that kernels call, each after those that it calls itself.
PREAMBLES = {
    **scalars.PREAMBLES,
    **reductions.FUNCTIONS,
    **totals.FUNCTIONS,
    **tiles.FUNCTIONS,
}
LONGEST = 40  # characters of a kernel's name
WIDTH = 80  # of a line of code
ROWS = "_row_kernel"  # the function of the module that makes row kernels
COLUMNS = "_column_kernel"  # the one that makes column kernels
_MAKE_ROWS = '''\
def _row_kernel(code, name, rows, threads):
    """A kernel whose blocks take so many rows each, called with the number of rows."""
    kernel = cp.RawKernel(code, name)

    def launch(count, *given):
        kernel((-(-count // rows),), (threads,), (count, *given))

    return launch
'''


_MAKERS = {ROWS: _MAKE_ROWS, COLUMNS: totals.MAKE}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a kernel: ``float32 x``, or ``raw`` where the code indexes it itself."""

    dtype: str
    name: str
    raw: bool = False

    def __str__(self) -> str:
        return f"{'raw ' if self.raw else ''}{types.stored(self.dtype)} {self.name}"


@dataclass(frozen=True)
class Definition:
    """One kernel.

    Attributes:
        maker: the class of CuPy that makes it.
        formulas: what it computes, as comments.
        arguments: the arguments of that class, each a line or a text of several.
        preambles: the functions that its code calls.
    """

    maker: str
    formulas: tuple[str, ...]
    arguments: tuple[tuple[str, str | int], ...]
    preambles: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


@dataclass
class Definitions:
    """The kernels of one module, by what they compute.

    Attributes:
        preambles: the functions that any of them calls.
    """

    namer: Namer = field(default_factory=lambda: Namer((), LONGEST))
    _names: dict[Hashable, str] = field(default_factory=dict)
    _draws: dict[Stream, list[Node]] = field(default_factory=dict)
    _known: dict[str, Definition] = field(default_factory=dict)

    def draw(self, node: Node) -> int:
        """The number of a random op among those that draw from its stream."""
        known = self._draws.setdefault(node.attrs["stream"], [])
        if node not in known:
            known.append(node)
        return known.index(node)

    @property
    def most_draws(self) -> int:
        """How often any stream is drawn from in a call."""
        return max(map(len, self._draws.values()), default=0)

    def find(self, key: Hashable) -> str | None:
        """The name of the kernel that computes this, if there is one already."""
        return self._names.get(key)

    def add(self, key: Hashable, stem: str, definition: Definition) -> str:
        """Define a kernel, called after what it computes; returns the name."""
        name = f"_{self.namer.fresh(stem)}"
        self._names[key] = name
        self._known[name] = definition
        return name

    @property
    def preambles(self) -> list[str]:
        """The functions that kernels call, in the order in which they are explained."""
        used = {p for d in self._known.values() for p in d.preambles}
        return [name for name in PREAMBLES if name in used]

    def text(self, used: Iterable[str]) -> str:
        """The definitions of these kernels, as statements of a module."""
        wanted = set(used)
        parts = [self._preamble(name) for name in self._preambles_of(wanted)]
        parts += [self._define(n, d) for n, d in self._known.items() if n in wanted]
        makers = {self._known[name].maker for name in wanted}
        made = [text for maker, text in _MAKERS.items() if maker in makers]
        return "\n\n".join([*(f"{text}" for text in made), *parts])

    @property
    def names(self) -> list[str]:
        """All names."""
        return list(self._known)

    def _preambles_of(self, names: set[str]) -> list[str]:
        used = {p for n, d in self._known.items() if n in names for p in d.preambles}
        return [name for name in PREAMBLES if name in used]

    @staticmethod
    def _preamble(name: str) -> str:
        return f'{constant(name)} = r"""\n{PREAMBLES[name]}"""'

    @staticmethod
    def _define(name: str, definition: Definition) -> str:
        lines = [f"# {comment(text, LINE_WIDTH - 2)}" for text in definition.formulas]
        raw = definition.maker in _MAKERS
        maker = definition.maker if raw else f"cp.{definition.maker}"
        lines.append(f"{name} = {maker}(")
        for key, text in definition.arguments:
            lead = f"    {key}=" if key else "    "
            if isinstance(text, int) or key == "dtype":
                lines.append(f"{lead}{text},")
            elif "\n" in text or len(text) > LINE_WIDTH - 16:
                lines.append(f'{lead}r"""')
                lines += [
                    f"    {part}".rstrip()
                    for line in text.rstrip("\n").split("\n")
                    for part in wrapped(line)
                ]
                lines.append('    """,')
            else:
                lines.append(f"{lead}{string(text)},")
        preamble = " + ".join(constant(p) for p in definition.preambles)
        if raw and preamble:  # it takes the whole source
            first, *rest = [*map(constant, definition.preambles), 'r"""']
            parts = [f"    {first}", *(f"    + {part}" for part in rest)]
            at = len(definition.formulas) + 1
            lines[at : at + 1] = parts
            preamble = ""
        if definition.functions:
            first, *rest = [*map(constant, definition.preambles), 'r"""']
            lines.append(f"    preamble={first}")
            lines += [f"    + {part}" for part in rest]
            lines += [
                f"    {line}".rstrip() for text in definition.functions for line in text.split("\n")
            ]
            lines.append('    """,')
        elif preamble:
            lines.append(f"    preamble={preamble},")
        lines.append(")")
        return "\n".join(lines)


def constant(preamble: str) -> str:
    """The constant that holds a function's text."""
    return f"_{preamble.upper()}"


def parameters(texts: Sequence[Parameter]) -> str:
    """Parameters as CuPy reads them."""
    return ", ".join(map(str, texts))


def wrapped(line: str) -> list[str]:
    """A statement over as many lines as it needs, broken after operators and commas."""
    lines = []
    margin = line[: len(line) - len(line.lstrip())]
    indent = margin
    while len(line) > WIDTH:
        cut = max(
            (
                m.end()
                for m in re.finditer(r"( [-+*/?:]|,|&&|\|\|) ", line[: WIDTH + 1])
                if m.end() > len(indent) + 8
            ),
            default=0,
        )
        if not cut:
            break
        lines.append(line[:cut].rstrip())
        indent = f"{margin}    "
        line = indent + line[cut:]
    return [*lines, line]
