"""Winograd's algorithm down the columns of an image alone, and for its weight gradient.

F(m x 1, r x 1) takes ``m + r - 1`` multiplications for ``m r``.  That saves less than tiles that are square
(:mod:`graphc.ops.conv.winograd`), but transforms are as short as a column of a tile, rounding
errors smaller, and the kernel may have any width: along a row, neighbours lie side by side with their
channels, so the products read patches where they lie and none are copied.  In units of the element
type's epsilon times the largest of ``conv(|x|, |w|)``, errors stay below `ERROR_BOUNDS`.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphc.ir import dims
from graphc.ir.node import Node
from graphc.ir.types import TensorType, itemsize
from graphc.ops.base import Emitter
from graphc.ops.conv.algorithms import (
    ALGORITHMS,
    BYTES,
    CALL,
    FLOPS,
    Algorithm,
    Geometry,
    assumed,
    at_most,
    geometry,
)

# (m, r): measured over many random images, and doubled.
ERROR_BOUNDS = {(2, 3): 4.0, (4, 3): 12.0, (2, 5): 8.0, (4, 5): 16.0}
CACHE = 1 << 22  # bytes of the buffers of a block of images
PARTS = 1 << 20  # bytes of the products of a block of columns, for weights
MOVED = 1.5  # times a copy, for transformed rows and products: written, and read from cache
READ = 0.5  # times a copy, for the filters, which are read again in each column
ADDED = 1.5  # times a copy, for the products of a column, which are added up for weights
PRODUCT = 0.2e-6  # seconds to begin one of the products


class WinogradColumns(Algorithm):
    """F(m x 1, r x 1): rows of the image, transformed; products; transformed back."""

    op = "conv"
    helper = "conv_winograd_columns"
    exact = False
    pads = False
    by_column = READ

    def __init__(self, outputs: int) -> None:
        self.outputs = outputs
        self.name = f"winograd_{outputs}x1"

    def fits(self, g: Geometry) -> bool:
        window = g.window
        known = all(isinstance(size, int) for size in (*g.sizes, *g.outputs))
        return (
            known
            and window.rank <= 2
            and window.dense
            and g.groups == 1
            and (self.outputs, window.kernel[0]) in ERROR_BOUNDS
            and g.image.dtype in ("float32", "float64")
        )

    def tiles(self, g: Geometry) -> int:
        """The number of tiles down a column."""
        return -(-assumed(g.outputs[0]) // self.outputs)

    def side(self, g: Geometry) -> int:
        """The height of a tile."""
        return self.outputs + g.window.kernel[0] - 1

    def width(self, g: Geometry) -> int:
        """The width of the padded images."""
        return assumed(dims.product(g.window.padded_sizes(g.sizes)[1:]))

    def columns(self, g: Geometry) -> int:
        """The width of the results."""
        return assumed(dims.product(g.outputs[1:]))

    def together(self, g: Geometry) -> int:
        """What lies side by side: the width of the kernel times the channels."""
        return g.patch // g.window.kernel[0]

    def elements(self, g: Geometry) -> int:
        """The elements of the transformed rows and of the products of an image."""
        sizes = self.width(g) * g.channels + self.columns(g) * g.filters
        return self.side(g) * self.tiles(g) * sizes

    def kernel_bytes(self, g: Geometry) -> int:
        """The size of transformed filters."""
        return self.side(g) * self.together(g) * g.filters * itemsize(g.image.dtype)

    def images(self, g: Geometry) -> int:
        """How many images at a time."""
        each = self.elements(g) * itemsize(g.image.dtype)
        return at_most(max(CACHE // each, 1), g.image.shape[0])

    def seconds(self, g: Geometry) -> float:
        batch, m, n = assumed(g.image.shape[0]), self.outputs, self.side(g)
        blocks = -(-batch // assumed(self.images(g)))
        flops = assumed(g.flops) / g.window.kernel[0] * n / m
        moved = MOVED * batch * self.elements(g) * itemsize(g.image.dtype)
        columns = blocks * self.columns(g)
        moved += self.by_column * columns * self.kernel_bytes(g)
        return flops / FLOPS + moved / BYTES + columns * n * PRODUCT + blocks * CALL

    def why(self, node: Node) -> str:
        g = geometry(node)
        m, r = self.outputs, g.window.kernel[0]
        saved = m * r / self.side(g)
        return f"F({m}x1, {r}x1), {saved:.2g} times fewer multiplications"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g, of = geometry(node), geometry(node).image
        n, images, tiles = self.side(g), self.images(g), self.tiles(g)
        return [
            ("inputs", of.with_shape((n, images, tiles, self.width(g), g.channels))),
            ("filters", of.with_shape((n, self.together(g), g.filters))),
            ("products", of.with_shape((n, images, tiles, self.columns(g), g.filters))),
        ]

    def numbers(self) -> list[str]:
        return [str(self.outputs)]

    def arguments(self, e: Emitter) -> list[str]:
        g = geometry(e.node)
        return [f"low={g.window.low}"] if g.window.padded else []


class WinogradColumnsWeights(WinogradColumns):
    """The weight gradient: rows of the image and of the cotangent, transformed and multiplied."""

    op = "conv_weight_gradient"
    helper = "conv_weight_winograd_columns"
    by_column = ADDED

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g, of = geometry(node), geometry(node).image
        n, images, tiles = self.side(g), self.images(g), self.tiles(g)
        product = (n, self.together(g), g.filters)
        columns = min(max(PARTS // self.kernel_bytes(g), 1), self.columns(g))
        return [
            ("inputs", of.with_shape((n, images, tiles, self.width(g), g.channels))),
            ("given", of.with_shape((n, images, tiles, self.columns(g), g.filters))),
            ("part", of.with_shape((columns, *product))),
            ("sums", of.with_shape(product)),
            ("total", of.with_shape(product)),
        ]


ALGORITHMS["conv"] += [WinogradColumns(2), WinogradColumns(4)]
ALGORITHMS["conv_weight_gradient"] += [WinogradColumnsWeights(2), WinogradColumnsWeights(4)]
