"""Winograd's algorithm on a GPU: kernels that transform tiles, and a stack of products between them.

A thread transforms one tile of one channel: it has the n x n numbers in registers, applies the
transform of a line (:mod:`graphc.codegen.cupy.tiles`) to each column and then to each row, and puts each
number into the matrix of its place.  A tile has n = m + r - 1 numbers a side, for m x m outputs of r x r
filters (A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", 2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from graphc.codegen.cupy.definitions import Definitions, Parameter
from graphc.codegen.cupy.images import image_kernel
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.codegen.cupy.tiles import back_name, inputs_name, values_name
from graphc.ir import dims
from graphc.ir.node import Node
from graphc.ops.conv.algorithms import Geometry, algorithm_of, geometry
from graphc.ops.conv.device import DeviceWinograd

if TYPE_CHECKING:
    from graphc.codegen.cupy.body import DeviceBody

TOGETHER = 8  # tiles that a matrix has side by side in memory, where its columns are tiles
_IMAGE = [Parameter("int32", name) for name in ("high", "wide", "rows", "columns", "channels")]
_COUNT = [Parameter("int64", "count")]


class Tiles:
    """The kernels of one convolution.

    Args:
        definitions: where they are added.
        g: the sizes.
        m, r: the sides of a tile of outputs, and of a filter.
    """

    def __init__(self, definitions: Definitions, g: Geometry, m: int, r: int) -> None:
        self.definitions, self.window, self.dtype = definitions, g.window, g.image.dtype
        self.m, self.r, self.n = m, r, m + r - 1
        self.kind = VARIABLE[self.dtype]

    def inputs(self, by_column: bool) -> str:
        """Tiles of the image, overlapping; `by_column` for matrices whose columns are tiles."""
        n, low = self.n, self.window.low
        lines = self.places(low) if not by_column else self.places_by_column(low)
        element = "image[((item * high + h) * wide + w) * channels + c]"
        inside = "h >= 0 && h < high && w >= 0 && w < wide"
        if by_column:
            inside = f"tile < tiles && {inside}"
        lines += self.every(
            [
                f"const int h = h0 + k / {n}, w = w0 + k % {n};",
                f"v[k] = {inside} ? {element} : 0;",
            ]
        )
        lines += self.transform(inputs_name(n), n, n)
        given = [Parameter(self.dtype, "image", True), *_IMAGE]
        if by_column:
            given.append(Parameter("int64", "tiles"))
            put = self.every(["tile_inputs[(k * channels + c) * tiles + tile] = v[k];"])
            lines += ["if (tile < tiles) {", *(f"  {line}" for line in put), "}"]
        else:
            given += _COUNT
            lines += self.stored("tile_inputs")
        formula = f"tiles of {n} x {n} inputs, {self.m} apart, transformed"
        return self.kernel("winograd_inputs", given, "tile_inputs", lines, formula, inputs_name(n))

    def given(self) -> str:
        """Tiles of the cotangent, side by side."""
        n, m = self.n, self.m
        element = "d_out[((item * high + h) * wide + w) * channels + c]"
        lines = self.places((0, 0)) + self.every(
            [
                f"const int h = h0 + k / {n}, w = w0 + k % {n};",
                f"v[k] = k / {n} < {m} && k % {n} < {m} && h < high && w < wide ? {element} : 0;",
            ]
        )
        lines += [*self.transform(values_name(n, m), m, n), *self.stored("tile_d_out")]
        given = [Parameter(self.dtype, "d_out", True), *_IMAGE, *_COUNT]
        formula = f"tiles of {m} x {m} gradients, transformed"
        return self.kernel("winograd_d_out", given, "tile_d_out", lines, formula, values_name(n, m))

    def filters(self) -> str:
        """The filters."""
        n, r = self.n, self.r
        element = f"weights[(k / {n} * {r} + k % {n}) * count + i]"
        lines = [
            f"{self.kind} v[{n * n}];",
            *self.every([f"v[k] = k / {n} < {r} && k % {n} < {r} ? {element} : 0;"]),
        ]
        lines += [*self.transform(values_name(n, r), r, n), *self.stored("filters")]
        given = [Parameter(self.dtype, "weights", True), *_COUNT]
        formula = f"filters of {r} x {r}, transformed"
        return self.kernel("winograd_filters", given, "filters", lines, formula, values_name(n, r))

    def outputs(self) -> str:
        """Products, back as tiles of the result."""
        n, m = self.n, self.m
        lines = self.places((0, 0)) + self.every(["v[k] = products[k * count + i];"])
        lines += self.transform(back_name(n, m), n, m)
        lines += [
            "#pragma unroll",
            f"for (int k = 0; k < {m * m}; ++k) {{",
            f"  const int h = h0 + k / {m}, w = w0 + k % {m};",
            "  if (h < high && w < wide)",
            f"    out[((item * high + h) * wide + w) * channels + c] = v[k / {m} * {n} + k % {m}];",
            "}",
        ]
        given = [Parameter(self.dtype, "products", True), *_IMAGE, *_COUNT]
        formula = f"tiles of {m} x {m} outputs, from products"
        return self.kernel("winograd_outputs", given, "out", lines, formula, back_name(n, m))

    def weights(self) -> str:
        """Products, back as the gradient of the filters."""
        n, r = self.n, self.r
        lines = [f"{self.kind} v[{n * n}];", *self.every(["v[k] = products[k * count + i];"])]
        lines += self.transform(back_name(n, r), n, r)
        lines += [
            "#pragma unroll",
            f"for (int k = 0; k < {r * r}; ++k)",
            f"  d_weights[k * count + i] = v[k / {r} * {n} + k % {r}];",
        ]
        given = [Parameter(self.dtype, "products", True), *_COUNT]
        formula = f"gradients of filters of {r} x {r}, from products"
        return self.kernel("winograd_weights", given, "d_weights", lines, formula, back_name(n, r))

    # ---- parts ----------------------------------------------------------------------------

    def places(self, low: Sequence[int]) -> list[str]:
        """The statements that find a thread's tile and channel, and its registers."""
        return [
            "const int size = rows * columns * channels;",
            "const long long item = i / size;",
            "int rest = i - item * size;",
            "const int c = rest % channels; rest /= channels;",
            *self.corner(low),
            f"{self.kind} v[{self.n * self.n}];",
        ]

    def places_by_column(self, low: Sequence[int]) -> list[str]:
        """The same for threads some of which, side by side, take one channel of several tiles."""
        return [
            f"const int c = i / {TOGETHER} % channels;",
            f"const long long tile = i / {TOGETHER} / channels * {TOGETHER} + i % {TOGETHER};",
            "const long long item = tile / (rows * columns);",
            "int rest = tile - item * (rows * columns);",
            *self.corner(low),
            f"{self.kind} v[{self.n * self.n}];",
        ]

    def corner(self, low: Sequence[int]) -> list[str]:
        """The statements that find where a tile begins."""
        high, wide = (f" - {size}" if size else "" for size in low)
        return [
            f"const int w0 = rest % columns * {self.m}{wide};",
            f"const int h0 = rest / columns * {self.m}{high};",
        ]

    def every(self, lines: Sequence[str]) -> list[str]:
        """Statements for each number of a tile."""
        head = f"for (int k = 0; k < {self.n * self.n}; ++k)"
        if len(lines) == 1:
            return ["#pragma unroll", head, f"  {lines[0]}"]
        return ["#pragma unroll", f"{head} {{", *(f"  {line}" for line in lines), "}"]

    def transform(self, function: str, first: int, second: int) -> list[str]:
        """A function of a line applied to the first columns, then to the rows that there are then."""
        n = self.n
        return [
            "#pragma unroll",
            f"for (int k = 0; k < {first}; ++k) {function}(v + k, {n});",
            "#pragma unroll",
            f"for (int k = 0; k < {second}; ++k) {function}(v + {n} * k, 1);",
        ]

    def stored(self, name: str) -> list[str]:
        """The statements that put each number into the matrix of its place."""
        return self.every([f"{name}[k * count + i] = v[k];"])

    def kernel(
        self,
        stem: str,
        given: Sequence[Parameter],
        result: str,
        lines: Sequence[str],
        formula: str,
        function: str,
    ) -> str:
        output = Parameter(self.dtype, result, True)
        return image_kernel(
            self.definitions, stem, self.window, given, output, lines, formula, (function,)
        )


def winograd(
    body: DeviceBody, node: Node, a: str, b: str, out: str, product: Callable[..., str]
) -> list[str]:
    """The statements of a convolution, or of its weight gradient, of operands `a` and `b`."""
    g, algorithm = geometry(node), algorithm_of(node)
    assert isinstance(algorithm, DeviceWinograd)
    tiles = Tiles(body.definitions, g, algorithm.outputs, g.window.kernel[0])
    first, second, products = (f"s.{body.scratch_label(node, k)}" for k in range(3))
    rows, columns = algorithm.tiles(g)
    count = algorithm.count(g)

    def call(kernel: str, *given: object, size: dims.DimLike) -> str:
        listed = [body.dim(t) if isinstance(t, int | dims.Dim) else str(t) for t in given]
        return f"{kernel}({', '.join(listed)}, size={body.dim(size)})"

    seen = (*g.sizes, rows, columns, g.channels)
    made = (*g.outputs, rows, columns, g.filters)
    pairs = g.channels * g.filters
    if node.op.name == "conv":
        size, results = count * g.channels, count * g.filters
        return [
            call(tiles.inputs(False), a, *seen, size, first, size=size),
            call(tiles.filters(), b, pairs, second, size=pairs),
            product(tiles.dtype, first, second, products),
            call(tiles.outputs(), products, *made, results, out, size=results),
        ]
    size = dims.floordiv(count + TOGETHER - 1, TOGETHER) * (TOGETHER * g.channels)
    results = count * g.filters
    return [
        call(tiles.inputs(True), a, *seen, count, first, size=size),
        call(tiles.given(), b, *made, results, second, size=results),
        product(tiles.dtype, first, second, products),
        call(tiles.weights(), products, pairs, out, size=pairs),
    ]
