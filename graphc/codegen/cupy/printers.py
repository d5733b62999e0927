"""The statements of ops that are no kernels of elements: products, convolutions, pooling, scattering."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from graphc.codegen.cupy import images
from graphc.codegen.cupy.definitions import Definition, Definitions, Parameter, parameters
from graphc.codegen.cupy.groups import grouped_conv
from graphc.codegen.cupy.winograd import winograd
from graphc.codegen.numpy.body import Emit
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node
from graphc.ops.conv.algorithms import Geometry, algorithm_of, geometry
from graphc.ops.conv.geometry import Window
from graphc.ops.regions import index_text
from graphc.schedule.kernel import MOST_PARTS

if TYPE_CHECKING:
    from graphc.codegen.cupy.body import DeviceBody


def _operands(body: DeviceBody, node: Node) -> list[str]:
    return [body.operand(node, t)[0] for t in node.inputs]


def _matmul(body: DeviceBody, node: Node, out: str) -> list[str]:
    a, b = _operands(body, node)
    return [_product(node.inputs[0].dtype, a, b, out)]


def _product(dtype: str, a: str, b: str, out: str) -> str:
    """The statement of a product of matrices: CuPy's own is for types that cuBLAS does not have."""
    if types.is_float(dtype):
        return f"_matmul({a}, {b}, {out})"
    return f"cp.matmul({a}, {b}, out={out})"


def _arg_extreme(body: DeviceBody, node: Node, out: str) -> list[str]:
    axis = node.attrs["axis"]
    place = "" if axis is None else f"axis={axis}, "
    return [f"{Emit(body, node).arg(0)}.{node.op.name}({place}out={out})"]


def _sum_along(axis: int) -> Printer:
    def printer(body: DeviceBody, node: Node, out: str) -> list[str]:
        return [f"{Emit(body, node).arg(0)}.sum(axis={axis}, out={out})"]

    return printer


def _einsum(body: DeviceBody, node: Node, out: str) -> list[str]:
    """CuPy's has no ``out``."""
    operands = ", ".join([f'"{node.attrs["subscripts"]}"', *_operands(body, node)])
    return [f"cp.copyto({out}, cp.einsum({operands}))"]


def _concat(body: DeviceBody, node: Node, out: str) -> list[str]:
    """CuPy copies a table of addresses for more parts than `MOST_PARTS`, which a graph must not hold."""
    axis, parts, operands = node.attrs["axis"], node.inputs, _operands(body, node)
    found: list[str] = []
    start: DimLike = 0
    for first in range(0, len(parts), MOST_PARTS):
        some = operands[first : first + MOST_PARTS]
        size: DimLike = 0
        for part in parts[first : first + MOST_PARTS]:
            size = size + part.shape[axis]
        target = out
        if len(parts) > MOST_PARTS:
            shape = node.outputs[0].shape
            region = [(start, size, 1) if a == axis else (0, n, 1) for a, n in enumerate(shape)]
            target = out + index_text(shape, tuple(region), (), body.dim)
        start = start + size
        listed = f"({', '.join(some)}{',' if len(some) == 1 else ''})"
        found.append(f"cp.concatenate({listed}, axis={axis}, out={target})")
    return found


def _scatter(body: DeviceBody, node: Node, out: str) -> list[str]:
    """The base, and then each update added at its place; repeats accumulate."""
    positions, updates = _operands(body, node)[:2]
    whole = node.op.name == "scatter_rows"
    rows = [body.dim(node.outputs[0].shape[1])] if whole else []
    name = _adding(body.definitions, node.outputs[0].dtype, whole)
    if len(node.inputs) < 3:
        start = [f"{out}.fill(0)"]
    else:
        base = _operands(body, node)[2]
        start = [] if base == out else [f"cp.copyto({out}, {base})"]
    return [*start, f"{name}({', '.join([positions, updates, *rows, out])})"]


def _adding(definitions: Definitions, dtype: str, rows: bool) -> str:
    """The kernel that adds updates of a type at positions, or rows of them."""
    key = ("scatter", dtype, rows)
    found = definitions.find(key)
    if found is not None:
        return found
    given = [Parameter("int64", "rows" if rows else "at", rows), Parameter(dtype, "update")]
    at = "rows[i / width] * width + i % width" if rows else "at"
    if rows:
        given.append(Parameter("int64", "width"))
    stem = "add_to_rows" if rows else "add_at"
    formula = "out[rows] += update" if rows else "out.flat[at] += update"
    arguments = (
        ("", parameters(given)),
        ("", parameters([Parameter(dtype, "out", True)])),
        ("", f"atomicAdd(&out[{at}], update);"),
        ("", stem),
    )
    return definitions.add(key, stem, Definition("ElementwiseKernel", (formula,), arguments))


def next_draws(definitions: Definitions) -> str:
    """The kernel that moves all random streams on."""
    found = definitions.find("next draws")
    if found is not None:
        return found
    arguments = (
        ("", "uint64 count"),
        ("", "uint64 draws"),
        ("", "draws += count;"),
        ("", "next_draws"),
    )
    made = Definition("ElementwiseKernel", ("draws = draws + count",), arguments)
    return definitions.add("next draws", "next_draws", made)


# ---- images -------------------------------------------------------------------------------


def _sizes(body: DeviceBody, g: Geometry) -> list[str]:
    """The spatial sizes of an image and of what is made of it."""
    return [body.dim(size) for size in (*g.sizes, *g.outputs)]


def _integer(*sizes: DimLike) -> str:
    """The type that counts the elements of an image: of 32 bits where so many fit."""
    count = dims.product(sizes)
    return "int" if isinstance(count, int) and count < 2**31 else "long long"


def _conv(body: DeviceBody, node: Node, out: str) -> list[str]:
    g, name = geometry(node), algorithm_of(node).name
    most = max(g.channels, g.filters)
    counts = [_integer(*sizes, g.window.positions, most) for sizes in (g.sizes, g.outputs)]
    integer = max(counts, key=len)
    if name == "direct":
        return [_direct(body, node, g, out, integer)]
    a, b = _operands(body, node)
    if name.startswith("winograd"):
        return winograd(body, node, a, b, out, _product)
    dtype, window = g.image.dtype, g.window
    rows = f"s.{body.scratch_label(node, 0)}"
    places, filters = body.dim(dims.product(g.result.shape[:-1])), str(g.filters)
    patch, channels = str(window.positions * g.channels), str(g.channels)
    more = [*_sizes(body, g), channels]
    if node.op.name == "conv_input_gradient":
        gather = images.gathered_columns(body.definitions, window, dtype, integer)
        weights = f"{b}.reshape({patch}, {filters}).T"
        return [
            _product(dtype, f"{a}.reshape({places}, {filters})", weights, rows),
            f"{gather}({', '.join([rows, *more, out])})",
        ]
    kernel = images.columns(body.definitions, window, dtype, integer)
    copy = f"{kernel}({', '.join([a, *more, rows])})"
    if node.op.name == "conv":
        weights, target = f"{b}.reshape({patch}, {filters})", f"{out}.reshape({places}, {filters})"
        return [copy, _product(dtype, rows, weights, target)]
    back, target = f"{b}.reshape({places}, {filters})", f"{out}.reshape({patch}, {filters})"
    return [copy, _product(dtype, f"{rows}.T", back, target)]


def _direct(body: DeviceBody, node: Node, g: Geometry, out: str, integer: str) -> str:
    """A convolution in groups."""
    kernel = grouped_conv(body.definitions, node.op.name, g.window, g.image.dtype, integer)
    sizes = [*_sizes(body, g), str(g.inner), str(g.filters // g.groups), str(g.groups)]
    if node.op.name == "conv_weight_gradient":
        sizes.append(body.dim(g.image.shape[0]))
    return f"{kernel}({', '.join([*_operands(body, node), *sizes, out])})"


def _pool(body: DeviceBody, node: Node, out: str) -> list[str]:
    window = Window.of(node.attrs["kernel"], node.attrs)
    image, result = node.op.image_and_result(node)  # type: ignore[attr-defined]
    dtype, index = image.dtype, "uint8" if window.positions < 256 else "int32"
    counts = [_integer(*type_.shape[1:], window.positions) for type_ in (image, result)]
    integer = max(counts, key=len)
    kernel = images.pooled(body.definitions, node.op.name, window, dtype, index, integer)
    sizes = [body.dim(size) for size in (*image.shape[1:-1], *result.shape[1:-1], image.shape[-1])]
    return [f"{kernel}({', '.join([*_operands(body, node), *sizes, out])})"]


Printer = Callable[["DeviceBody", Node, str], list[str]]
PRINTERS: dict[str, Printer] = {
    "matmul": _matmul,
    "einsum": _einsum,
    "concat": _concat,
    "argmax": _arg_extreme,
    "argmin": _arg_extreme,
    "column_sum": _sum_along(0),
    "row_sum": _sum_along(1),
    "scatter_elements": _scatter,
    "scatter_rows": _scatter,
    "conv": _conv,
    "conv_input_gradient": _conv,
    "conv_weight_gradient": _conv,
    **dict.fromkeys(("max_pool", "max_pool_index", "max_pool_gradient", "max_pool_take"), _pool),
    "sum_pool": _pool,
    "sum_pool_gradient": _pool,
}
