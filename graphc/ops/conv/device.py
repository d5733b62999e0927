"""How a GPU computes convolutions: all patches as rows of one product, or, in groups, directly.

Unlike on the CPU the rows are made for the whole batch at once: a product wants to be large, and a cache
that blocks would stay in is not what limits it.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphc.ir import dims
from graphc.ir.node import Node
from graphc.ir.types import TensorType
from graphc.ops.conv import lowered
from graphc.ops.conv.algorithms import Algorithm, Geometry, Product, assumed, geometry


class Columns(Algorithm):
    """Patches copied into the rows of a matrix, and one product for all of them."""

    name = "columns"

    def __init__(self, op: str) -> None:
        self.op = op

    def fits(self, g: Geometry) -> bool:
        return g.groups == 1

    def seconds(self, g: Geometry) -> float:
        return 2.0

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
        return 3.0

    def why(self, node: Node) -> str:
        return "groups are too small for products: one thread for each element"


class DeviceProduct(Product):
    """Kernels of one element: a product of matrices."""

    def seconds(self, g: Geometry) -> float:
        return 1.0


DEVICE_ALGORITHMS: dict[str, list[Algorithm]] = {
    "conv": [Columns("conv"), Direct("conv"), DeviceProduct("conv", lowered.product)],
    "conv_input_gradient": [
        Columns("conv_input_gradient"),
        Direct("conv_input_gradient"),
        DeviceProduct("conv_input_gradient", lowered.product_input_gradient),
    ],
    "conv_weight_gradient": [
        Columns("conv_weight_gradient"),
        Direct("conv_weight_gradient"),
        DeviceProduct("conv_weight_gradient", lowered.product_weight_gradient),
    ],
}
