"""Several neighbouring outputs from one patch: a product with a banded Toeplitz matrix.

A patch for m outputs in a row is ``(m - 1) s + d (k - 1) + 1`` inputs long instead of m times k, and is
copied in one piece.  The product has zeros in it, so this pays where channels are few, and copies
cost more than products: in the first layers of a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphc.ir.node import Node
from graphc.ir.types import TensorType
from graphc.ops.base import Emitter
from graphc.ops.conv.algorithms import (
    ALGORITHMS,
    PADDED,
    Algorithm,
    Geometry,
    columns_seconds,
    geometry,
)
from graphc.ops.conv.geometry import Window

MOST = 32  # outputs in a row


class Toeplitz(Algorithm):
    """Patches for several outputs each, and one product for all of them."""

    name = "toeplitz"

    def __init__(self, op: str, helper: str) -> None:
        self.op = op
        self.helper = helper

    def fits(self, g: Geometry) -> bool:
        return g.groups == 1 and bool(self.counts(g))

    def counts(self, g: Geometry) -> list[int]:
        """Into how many outputs in a row the last axis can be divided."""
        last = g.outputs[-1]
        if not isinstance(last, int):
            return []
        return [m for m in range(2, min(last, MOST) + 1) if last % m == 0]

    def together(self, g: Geometry, m: int) -> Geometry:
        """The same as a convolution with m times the filters and 1 / m of the outputs."""
        window = g.window
        reach = (m - 1) * window.strides[-1] + window.reach[-1]
        wide = Window(
            (*window.kernel[:-1], reach),
            (*window.strides[:-1], m * window.strides[-1]),
            window.padding,
            (*window.dilation[:-1], 1),
        )
        shape = g.result.shape
        assert isinstance(shape[-1], int)
        result = g.result.with_shape((*shape[:-2], shape[-2] // m, shape[-1] * m))
        return replace(g, window=wide, result=result)

    def wide(self, g: Geometry) -> tuple[Geometry, int]:
        """The convolution to compute, and the number of outputs in a row that costs least."""
        m = min(self.counts(g), key=lambda m: columns_seconds(self.together(g, m)))
        return self.together(g, m), m

    def seconds(self, g: Geometry) -> float:
        return columns_seconds(self.wide(g)[0])

    def why(self, node: Node) -> str:
        wide, m = self.wide(geometry(node))
        return f"{m} outputs from each patch, {wide.block_text()}"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g = geometry(node)
        wide, m = self.wide(g)
        images, rows = wide.block()
        patch = (*wide.window.kernel, g.channels)
        found = [("columns", g.image.with_shape((images, rows, *wide.outputs[1:], *patch)))]
        band = g.image.with_shape((*patch, m, g.filters))
        if self.op == "conv_weight_gradient":
            found += [
                ("part", g.image.with_shape((wide.patch, m * g.filters))),
                ("total", band),
            ]
        else:
            found.append(("band", band))
        if g.window.padded:
            sizes = g.window.padded_sizes(g.sizes)
            found.append((PADDED, g.image.with_shape((images, *sizes, g.channels))))
        return found

    def arguments(self, e: Emitter) -> list[str]:
        g = geometry(e.node)
        low = [f"low={g.window.low}"] if g.window.padded else []
        return [*low, *g.step_arguments()]


ALGORITHMS["conv"].append(Toeplitz("conv", "conv_toeplitz"))
ALGORITHMS["conv_weight_gradient"].append(Toeplitz("conv_weight_gradient", "conv_weight_toeplitz"))
