"""How a GPU computes convolutions: by Winograd's algorithm, by all patches as rows of one product, or, in
groups, directly.

Unlike on the CPU the rows and the tiles are made for the whole batch at once: a product wants to be
large, and a cache that blocks would stay in is not what limits it.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node
from graphc.ir.types import TensorType, itemsize
from graphc.ops.conv import lowered, winograd
from graphc.ops.conv.algorithms import (
    Algorithm,
    Flipped,
    Geometry,
    Product,
    assumed,
    geometry,
)

# Of a large GPU of 2020 to 2024, to compare costs.
RATE = 40e12  # operations a second, of products of matrices in float32
BANDWIDTH = 2e12  # bytes a second
LAUNCH = 3e-6  # seconds


def passes(g: Geometry, elements: float) -> float:
    """The seconds that it takes to move so many elements."""
    return elements * itemsize(g.image.dtype) / BANDWIDTH


class Columns(Algorithm):
    """Patches copied into the rows of a matrix, and one product for all of them."""

    name = "columns"

    def __init__(self, op: str) -> None:
        self.op = op

    def fits(self, g: Geometry) -> bool:
        return g.groups == 1

    def seconds(self, g: Geometry) -> float:
        seen = assumed(g.image.size) + assumed(g.result.size)
        moved = passes(g, 2 * g.places * g.patch + seen)
        return assumed(g.flops) / RATE + moved + 2 * LAUNCH

    def why(self, node: Node) -> str:
        return "patches as rows of one product by cuBLAS"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g = geometry(node)
        shape = (dims.product(g.result.shape[:-1]), g.window.positions * assumed(g.image.shape[-1]))
        return [("columns", g.image.with_shape(shape))]


class Direct(Algorithm):
    """Every output summed up by one thread: for groups, whose products are small."""

    name = "direct"

    def __init__(self, op: str) -> None:
        self.op = op

    def seconds(self, g: Geometry) -> float:
        return float("inf")

    def why(self, node: Node) -> str:
        return "groups are too small for products: one thread for each element"


class DeviceProduct(Product):
    """Kernels of one element: a product of matrices."""

    def seconds(self, g: Geometry) -> float:
        return 0.0


class DeviceWinograd(winograd.Winograd):
    """F(m x m, 3 x 3) as three kernels and a stack of products."""

    def __init__(self, outputs: int) -> None:
        super().__init__(outputs)
        self.key = f"{self.name} on a device"

    def fits(self, g: Geometry) -> bool:
        return super().fits(g) and g.window.kernel[0] == 3

    def count(self, g: Geometry) -> DimLike:
        """The number of tiles."""
        rows, columns = self.tiles(g)
        return dims.product((g.image.shape[0], rows, columns))

    def seconds(self, g: Geometry) -> float:
        n, count = self.side(g) ** 2, assumed(self.count(g))
        c, o = g.channels, g.filters
        moved = 2 * n * (count * (c + o) + c * o) + assumed(g.image.size) + assumed(g.result.size)
        return 2 * n * count * c * o / RATE + passes(g, moved) + 4 * LAUNCH

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g, of = geometry(node), geometry(node).image
        n, count = self.side(g) ** 2, self.count(g)
        return [
            ("inputs", of.with_shape((n, count, g.channels))),
            ("filters", of.with_shape((n, g.channels, g.filters))),
            ("products", of.with_shape((n, count, g.filters))),
        ]

    def prepared(self, e: object) -> Sequence[tuple[str, str]]:
        return ()


class DeviceWinogradWeights(DeviceWinograd):
    """The weight gradient: tiles of the image and of the cotangent as three kernels and a stack of
    products."""

    op = "conv_weight_gradient"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g, of = geometry(node), geometry(node).image
        n, count = self.side(g) ** 2, self.count(g)
        return [
            ("inputs", of.with_shape((n, g.channels, count))),
            ("given", of.with_shape((n, count, g.filters))),
            ("products", of.with_shape((n, g.channels, g.filters))),
        ]


class DeviceFlipped(Flipped):
    """The input gradient as a convolution, where Winograd's algorithm computes that."""

    exact = False

    def turned(self, g: Geometry) -> Geometry:
        """The sizes of that convolution."""
        return Geometry(lowered.turned(g.window), g.groups, g.result, g.image)

    def fits(self, g: Geometry) -> bool:
        return super().fits(g) and any(a.fits(self.turned(g)) for a in WINOGRAD)

    def seconds(self, g: Geometry) -> float:
        turned = self.turned(g)
        return min(a.seconds(turned) for a in WINOGRAD if a.fits(turned)) + LAUNCH


WINOGRAD = [DeviceWinograd(2), DeviceWinograd(4)]
DEVICE_ALGORITHMS: dict[str, list[Algorithm]] = {
    "conv": [Columns("conv"), Direct("conv"), DeviceProduct("conv", lowered.product), *WINOGRAD],
    "conv_input_gradient": [
        Columns("conv_input_gradient"),
        Direct("conv_input_gradient"),
        DeviceProduct("conv_input_gradient", lowered.product_input_gradient),
        DeviceFlipped(),
    ],
    "conv_weight_gradient": [
        Columns("conv_weight_gradient"),
        Direct("conv_weight_gradient"),
        DeviceProduct("conv_weight_gradient", lowered.product_weight_gradient),
        DeviceWinogradWeights(2),
        DeviceWinogradWeights(4),
    ],
}
