"""Kernels over images: patches as rows for products, patches added up again, pooling.

Images are ``(N, *spatial, C)``. Each thread computes one element of the result, whose place it finds
by dividing its number `i`: which image in 64 bits, then where in it by the sizes, innermost first, in 32
bits where an image is known to be small enough, for that takes a fraction of the time. What windows
hand back to an image is gathered by each input from the windows that saw it, not scattered, so that
a sum has one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphc.codegen.cupy.definitions import Definition, Definitions, Parameter, parameters
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.ops.conv.geometry import Window

_AXES = {1: ("w",), 2: ("h", "w"), 3: ("d", "h", "w")}


@dataclass(frozen=True)
class Loops:
    """The text of loops over a window.

    Attributes:
        integer: the type of a number of an element within an image.
    """

    window: Window
    integer: str = "int"

    @property
    def axes(self) -> tuple[str, ...]:
        """What the spatial axes are called."""
        rank = self.window.rank
        return _AXES.get(rank, tuple(f"x{k}" for k in range(rank)))

    @property
    def sizes(self) -> list[Parameter]:
        """The parameters for the spatial sizes of an image and of what is made of it."""
        names = [*(f"in_{a}" for a in self.axes), *(f"out_{a}" for a in self.axes)]
        return [Parameter(self.size, name) for name in names]

    @property
    def size(self) -> str:
        """The type of sizes."""
        return "int32" if self.integer == "int" else "int64"

    def item(self, prefix: str, others: str) -> list[str]:
        """The statements that find the image of element `i`, and what is left of its number."""
        sizes = " * ".join([*(f"{prefix}_{a}" for a in self.axes), others])
        return [
            f"const {self.integer} size = {sizes};",
            "const long long item = i / size;",
            f"{self.integer} rest = i - item * size;",
        ]

    def channel(self, prefix: str, positions: int = 1) -> list[str]:
        """The statements that find the image and the channel of element `i` of a result."""
        others = "channels" if positions == 1 else f"{positions} * channels"
        return [*self.item(prefix, others), self.part("c", "channels")]

    def part(self, name: str, size: str) -> str:
        """The statement that takes a place along an axis off what is left of a number."""
        divisor = f"({size})" if " " in size else size
        return f"const {self.integer} {name} = rest % {divisor}; rest /= {size};"

    def places(self, prefix: str) -> list[str]:
        """The statements that find the place of an element in an image or in a result."""
        return [self.part(a, f"{prefix}_{a}") for a in reversed(self.axes)]

    def corners(self) -> list[str]:
        """The statements that find the first input of a window."""
        found = []
        rows = zip(self.axes, self.window.strides, self.window.low, strict=True)
        for a, stride, low in reversed(list(rows)):
            step = f" * {stride}" if stride != 1 else ""
            before = f" - {low}" if low else ""
            place = f"rest % out_{a}{step}{before}"
            found.append(f"const {self.integer} {a}0 = {place}; rest /= out_{a};")
        return found

    def inputs(self) -> str:
        """The statement that finds the input under an element of the kernel."""
        rows = zip(self.axes, self.window.dilation, strict=True)
        parts = [f"{a} = {a}0 + k{a}{f' * {d}' if d != 1 else ''}" for a, d in rows]
        return f"const {self.integer} {', '.join(parts)};"

    def inside(self) -> str:
        """Whether an input is no padding; "" if it never is."""
        if not self.window.padded:
            return ""
        return " && ".join(f"{a} >= 0 && {a} < in_{a}" for a in self.axes)

    def outputs(self) -> str:
        """The statement that finds the output whose window has an input under an element of the
        kernel: so many strides from the first."""
        rows = zip(self.axes, self.window.dilation, self.window.low, strict=True)
        parts = [
            f"{a}s = {a}{f' + {low}' if low else ''} - k{a}{f' * {d}' if d != 1 else ''}"
            for a, d, low in rows
        ]
        return f"const {self.integer} {', '.join(parts)};"

    def reached(self) -> str:
        """Whether there is such an output."""
        found = []
        for a, stride in zip(self.axes, self.window.strides, strict=True):
            whole = f" && {a}s % {stride} == 0" if stride != 1 else ""
            over = f" / {stride}" if stride != 1 else ""
            found.append(f"{a}s >= 0{whole} && {a}s{over} < out_{a}")
        return " && ".join(found)

    def at(self, prefix: str, suffix: str = "", channels: str = "channels", c: str = "c") -> str:
        """The number of an element of an image or of a result."""
        text = "item"
        for a, stride in zip(self.axes, self.window.strides, strict=True):
            place = f"{a}{suffix}"
            if suffix and stride != 1:
                place += f" / {stride}"
            text = f"({text} * {prefix}_{a} + {place})"
        return f"{text} * {channels} + {c}"

    def number(self) -> str:
        """The number of an element of the kernel, in row order."""
        text = ""
        for a, size in zip(self.axes, self.window.kernel, strict=True):
            text = f"({text} * {size} + k{a})" if text else f"k{a}"
        return text.removeprefix("(").removesuffix(")") if self.window.rank > 1 else text

    def over_kernel(self, lines: Sequence[str]) -> list[str]:
        """Statements repeated for each element of the kernel."""
        found = []
        indent = ""
        for a, size in zip(self.axes, self.window.kernel, strict=True):
            found.append(f"{indent}for (int k{a} = 0; k{a} < {size}; ++k{a})")
            indent += "  "
        found[-1] += " {"
        found += [f"{indent}{line}" for line in lines]
        return [*found, f"{indent.removesuffix('  ')}}}"]


def image_kernel(
    definitions: Definitions,
    stem: str,
    window: Window,
    inputs: Sequence[Parameter],
    output: Parameter,
    lines: Sequence[str],
    formula: str,
    preambles: tuple[str, ...] = (),
) -> str:
    """A pointwise kernel of this text; returns its name."""
    key = ("images", tuple(map(str, inputs)), str(output), tuple(lines))
    found = definitions.find(key)
    if found is not None:
        return found
    made = Definition(
        "ElementwiseKernel",
        (formula,),
        (
            ("", parameters(inputs)),
            ("", parameters([output])),
            ("", "\n".join(lines)),
            ("", stem),
        ),
        preambles,
    )
    return definitions.add(key, stem, made)


def _shape(window: Window) -> str:
    return "x".join(map(str, window.kernel))


def columns(definitions: Definitions, window: Window, dtype: str, integer: str) -> str:
    """The kernel that copies what each window sees into a row (K. Chellapilla et al., 2006).

    Takes the image, the spatial sizes of image and result, the channels, and the rows.
    """
    loops = Loops(window, integer)
    lines = loops.channel("out", window.positions)
    for a, size in reversed(list(zip(loops.axes, window.kernel, strict=True))):
        lines.append(loops.part(f"k{a}", str(size)))
    lines += [*loops.corners(), loops.inputs()]
    inside = loops.inside()
    element = f"image[{loops.at('in')}]"
    zero = "float16(0.0f)" if dtype == "float16" else "0"  # a class: both sides have its type
    lines.append(f"column = {inside} ? {element} : {zero};" if inside else f"column = {element};")
    given = [Parameter(dtype, "image", True), *loops.sizes, Parameter(loops.size, "channels")]
    formula = f"what each {_shape(window)} window sees of an image, as a row"
    return image_kernel(
        definitions, "columns", window, given, Parameter(dtype, "column"), lines, formula
    )


def gathered_columns(definitions: Definitions, window: Window, dtype: str, integer: str) -> str:
    """The kernel that adds rows up in the image that they were copied from.

    Takes the rows, the spatial sizes of image and result, the channels, and the image.
    """
    loops = Loops(window, integer)
    kind = VARIABLE[dtype]
    place = loops.at("out", "s", str(window.positions), loops.number())
    lines = [*loops.channel("in"), *loops.places("in"), f"{kind} total = 0;"]
    lines += loops.over_kernel(
        [
            loops.outputs(),
            f"if ({loops.reached()})",
            f"  total += columns[({place}) * channels + c];",
        ]
    )
    lines.append("image = total;")
    given = [Parameter(dtype, "columns", True), *loops.sizes, Parameter(loops.size, "channels")]
    formula = f"rows added up in the image whose {_shape(window)} windows they are"
    return image_kernel(
        definitions, "gathered_columns", window, given, Parameter(dtype, "image"), lines, formula
    )


def pooled(
    definitions: Definitions, op: str, window: Window, dtype: str, index: str, integer: str
) -> str:
    """The kernel of one of the pooling ops.

    Takes the operands, the spatial sizes of image and result, the channels, and the result.
    """
    make = {
        "max_pool": _max_pool,
        "max_pool_index": _max_pool_index,
        "max_pool_gradient": _max_pool_gradient,
        "max_pool_take": _max_pool_take,
        "sum_pool": _sum_pool,
        "sum_pool_gradient": _sum_pool_gradient,
    }[op]
    loops = Loops(window, integer)
    operands, result, lines, formula = make(loops, dtype, index)
    given = [*operands, *loops.sizes, Parameter(loops.size, "channels")]
    return image_kernel(definitions, op, window, given, result, lines, formula)


_Parts = tuple[list[Parameter], Parameter, list[str], str]


def guarded(loops: Loops, statement: str) -> list[str]:
    """A statement where a window lies over the image."""
    inside = loops.inside()
    return [
        loops.inputs(),
        *([f"if ({inside})"] if inside else []),
        f"{'  ' * bool(inside)}{statement}",
    ]


def _max_pool(loops: Loops, dtype: str, index: str) -> _Parts:
    kind = VARIABLE[dtype]
    end = "" if kind == "double" else "f"
    lines = [*loops.channel("out"), *loops.corners(), f"{kind} best = -1.0{end} / 0.0{end};"]
    body = guarded(
        loops, f"{{ const {kind} x = image[{loops.at('in')}]; if (x > best || x != x) best = x; }}"
    )
    lines += [*loops.over_kernel(body), "largest = best;"]
    formula = f"the largest element in each {_shape(loops.window)} window, NaN if there is one"
    return [Parameter(dtype, "image", True)], Parameter(dtype, "largest"), lines, formula


def _max_pool_index(loops: Loops, dtype: str, index: str) -> _Parts:
    count = loops.window.positions
    lines = [*loops.channel("out"), *loops.corners(), f"int first = {count};"]
    body = guarded(
        loops,
        f"if (first == {count} && image[{loops.at('in')}] == largest) first = {loops.number()};",
    )
    lines += [*loops.over_kernel(body), "place = first;"]
    given = [Parameter(dtype, "image", True), Parameter(dtype, "largest")]
    formula = f"where in each {_shape(loops.window)} window its largest element comes first"
    return given, Parameter(index, "place"), lines, formula


def _max_pool_gradient(loops: Loops, dtype: str, index: str) -> _Parts:
    lines = [*loops.channel("in"), *loops.places("in"), f"{VARIABLE[dtype]} total = 0;"]
    lines += loops.over_kernel(
        [
            loops.outputs(),
            f"if ({loops.reached()}) {{",
            f"  const long long at = {loops.at('out', 's')};",
            f"  if (place[at] == {loops.number()}) total += d_out[at];",
            "}",
        ]
    )
    given = [Parameter(index, "place", True), Parameter(dtype, "d_out", True)]
    formula = "the gradient of each window at the place of its largest element"
    return given, Parameter(dtype, "d_image"), [*lines, "d_image = total;"], formula


def _max_pool_take(loops: Loops, dtype: str, index: str) -> _Parts:
    lines = [*loops.channel("out"), *loops.corners(), f"{VARIABLE[dtype]} found = 0;"]
    body = guarded(loops, f"if (place == {loops.number()}) found = image[{loops.at('in')}];")
    given = [Parameter(index, "place"), Parameter(dtype, "image", True)]
    formula = "the element at a given place of each window"
    lines += [*loops.over_kernel(body), "element = found;"]
    return given, Parameter(dtype, "element"), lines, formula


def _sum_pool(loops: Loops, dtype: str, index: str) -> _Parts:
    lines = [*loops.channel("out"), *loops.corners(), f"{VARIABLE[dtype]} total = 0;"]
    lines += loops.over_kernel(guarded(loops, f"total += image[{loops.at('in')}];"))
    formula = f"the sum of each {_shape(loops.window)} window"
    return (
        [Parameter(dtype, "image", True)],
        Parameter(dtype, "pooled"),
        [*lines, "pooled = total;"],
        formula,
    )


def _sum_pool_gradient(loops: Loops, dtype: str, index: str) -> _Parts:
    lines = [*loops.channel("in"), *loops.places("in"), f"{VARIABLE[dtype]} total = 0;"]
    lines += loops.over_kernel(
        [loops.outputs(), f"if ({loops.reached()})", f"  total += d_out[{loops.at('out', 's')}];"]
    )
    formula = "the gradients of all windows that see an input"
    return (
        [Parameter(dtype, "d_out", True)],
        Parameter(dtype, "d_image"),
        [*lines, "d_image = total;"],
        formula,
    )
