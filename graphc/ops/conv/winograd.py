"""Winograd's algorithm for small square kernels with steps of 1, and for their weight gradient.

F(m x m, r x r) takes ``(m + r - 1)**2`` multiplications for ``(m r)**2``; its transforms cost
additions and rounding errors (A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks",
2016).  In units of the element type's epsilon times the largest of ``conv(|x|, |w|)``, errors stay below
`ERROR_BOUNDS`; sums of products in order stay below some 10.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphc.ir.node import Node
from graphc.ir.types import TensorType, itemsize
from graphc.ops.base import Emitter
from graphc.ops.conv.algorithms import (
    ALGORITHMS,
    BYTES,
    CALL,
    PADDED,
    RUN,
    Algorithm,
    Geometry,
    assumed,
    at_most,
    geometry,
)

# (m, r): measured over many random images, and doubled.
ERROR_BOUNDS = {(2, 3): 8.0, (4, 3): 40.0, (2, 5): 60.0, (4, 5): 400.0}
CACHE = 1 << 23  # bytes of all buffers of a block of images
RATE = 100e9  # operations a second: many of the products are small
CALLS = 2  # in what it takes to share a large product, for the products of a block


class Winograd(Algorithm):
    """F(m x m, r x r): tiles of the image, transformed; products; transformed back."""

    op = "conv"
    helper = "conv_winograd"
    exact = False

    def __init__(self, outputs: int) -> None:
        self.outputs = outputs
        self.name = f"winograd_{outputs}"

    def fits(self, g: Geometry) -> bool:
        window = g.window
        known = all(isinstance(size, int) for size in (*g.sizes, *g.outputs))
        return (
            known
            and window.rank == 2
            and window.dense
            and g.groups == 1
            and window.kernel[0] == window.kernel[1]
            and (self.outputs, window.kernel[0]) in ERROR_BOUNDS
            and g.image.dtype in ("float32", "float64")
        )

    def tiles(self, g: Geometry) -> tuple[int, int]:
        """The numbers of rows and columns of tiles."""
        rows, columns = (-(-assumed(size) // self.outputs) for size in g.outputs)
        return rows, columns

    def side(self, g: Geometry) -> int:
        """The side of a tile."""
        return self.outputs + g.window.kernel[0] - 1

    def images(self, g: Geometry) -> int:
        """How many images at a time."""
        rows, columns = self.tiles(g)
        n = self.side(g) ** 2
        each = n * rows * columns * (2 * g.channels + g.filters) * itemsize(g.image.dtype)
        return at_most(max(CACHE // each, 1), g.image.shape[0])

    def seconds(self, g: Geometry) -> float:
        rows, columns = self.tiles(g)
        n, m = self.side(g) ** 2, self.outputs**2
        batch = assumed(g.image.shape[0])
        tiles, blocks = batch * rows * columns, -(-batch // assumed(self.images(g)))
        c, o, size = g.channels, g.filters, itemsize(g.image.dtype)
        flops = 2 * tiles * (n * n * c + n * c * o + n * m * o)
        copies = n * (RUN + c * size / BYTES) + m * (RUN + o * size / BYTES)
        return flops / RATE + tiles * copies + blocks * CALLS * CALL

    def why(self, node: Node) -> str:
        g = geometry(node)
        m, r = self.outputs, g.window.kernel[0]
        saved = (m * r) ** 2 / self.side(g) ** 2
        return f"F({m}x{m}, {r}x{r}), {saved:.2g} times fewer multiplications"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g, of = geometry(node), geometry(node).image
        rows, columns = self.tiles(g)
        n, m, images = self.side(g), self.outputs, self.images(g)
        c, o = g.channels, g.filters
        count = images * rows * columns
        return [
            ("tiles", of.with_shape((count * max(n * n * c, m * m * o),))),
            ("inputs", of.with_shape((count * n * n * c,))),
            ("filters", of.with_shape((n * n, c * o))),
            ("products", of.with_shape((count * n * n * o,))),
            (PADDED, self.padded(g, images, c)),
        ]

    def padded(self, g: Geometry, images: int, channels: int) -> TensorType:
        """The type of images with zeros around them, up to whole tiles."""
        more = g.window.kernel[0] - 1
        rows, columns = (count * self.outputs + more for count in self.tiles(g))
        return g.image.with_shape((images, rows, columns, channels))

    def numbers(self) -> list[str]:
        return [str(self.outputs)]

    def arguments(self, e: Emitter) -> list[str]:
        return [f"low={geometry(e.node).window.low}"]


class WinogradWeights(Winograd):
    """The weight gradient: tiles of the image and of the cotangent, transformed and multiplied."""

    op = "conv_weight_gradient"
    helper = "conv_weight_winograd"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g, of = geometry(node), geometry(node).image
        rows, columns = self.tiles(g)
        n, m, images = self.side(g), self.outputs, self.images(g)
        c, o = g.channels, g.filters
        count = images * rows * columns
        return [
            ("products", of.with_shape((n * n, c, o))),
            ("tiles", of.with_shape((count * max(n * n * c, m * m * o),))),
            ("inputs", of.with_shape((count * n * n * c,))),
            ("given", of.with_shape((count * n * n * o,))),
            ("part", of.with_shape((n * n, c, o))),
            (PADDED, self.padded(g, images, max(c, o))),
        ]


ALGORITHMS["conv"] += [Winograd(2), Winograd(4)]
ALGORITHMS["conv_weight_gradient"] += [WinogradWeights(2), WinogradWeights(4)]
