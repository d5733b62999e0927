"""Convolution by Fourier transforms, whose cost does not grow with the kernel.

In float arithmetic with epsilon e an error stays below `ERROR_BOUND` ``e log2(L) |x| |w|``, with L the
elements of a padded image and the Euclidean norms of the image and of the filter (of the image and
the cotangent, summed over images, for the weight gradient); see P. Schatzman, "Accuracy of the discrete
Fourier transform and the fast Fourier transform", 1996.

Transforms are unitary in both directions: NumPy would compute those without a factor in double precision,
and allocate for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphc.ir.node import Node
from graphc.ir.types import TensorType, itemsize
from graphc.ops.base import Emitter
from graphc.ops.conv.algorithms import (
    ALGORITHMS,
    CALL,
    FLOPS,
    Algorithm,
    Geometry,
    assumed,
    at_most,
    geometry,
)

ERROR_BOUND = 4.0
TRANSFORM = 2.5e9  # operations a second of NumPy's transforms, which use one thread
SLOWER = 20  # a complex product against a real one: four times the operations, and small ones
CALLS = 10  # in what it takes to share a product, for the calls of a block
SPACE = 1 << 24  # bytes of the transforms of the images that are taken at a time


def smooth(size: int) -> int:
    """The next number with no prime factor above 5: transforms of such lengths are fast."""
    while True:
        rest = size
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return size
        size += 1


class Fourier(Algorithm):
    """Transforms, a product of matrices at each frequency, and the transform back."""

    name = "fft"
    pads = False
    op = "conv"
    helper = "conv_fft"
    exact = False

    def fits(self, g: Geometry) -> bool:
        known = all(isinstance(size, int) for size in g.sizes)
        return known and g.groups == 1 and g.image.dtype in ("float32", "float64")

    def lengths(self, g: Geometry) -> tuple[int, ...]:
        """The spatial sizes of what is transformed."""
        return tuple(smooth(assumed(size)) for size in g.window.padded_sizes(g.sizes))

    def images(self, g: Geometry) -> int:
        """How many images at a time."""
        each = math.prod(self.lengths(g)) * (g.channels + g.filters) * itemsize(g.image.dtype)
        return at_most(max(SPACE // each, 1), g.image.shape[0])

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g = geometry(node)
        *rest, last = self.lengths(g)
        images, c, o = self.images(g), g.channels, g.filters
        most = last * max(images * c, images * o, c * o)
        numbers = 2 * (last // 2 + 1)  # of the spectrum of so many real ones
        sizes = [("real", most), *((name, numbers * n) for name, n in self.spectra(images, c, o))]
        return [(name, g.image.with_shape((math.prod(rest) * count,))) for name, count in sizes]

    def spectra(self, images: int, channels: int, filters: int) -> Sequence[tuple[str, int]]:
        """The spectra that are in use at a time, and of how many images each."""
        return [
            ("seen", images * channels),
            ("filters", channels * filters),
            ("products", images * filters),
        ]

    def seconds(self, g: Geometry) -> float:
        elements = math.prod(self.lengths(g))
        batch, c, o = assumed(g.image.shape[0]), g.channels, g.filters
        transforms = 2.5 * elements * math.log2(max(elements, 2)) * (batch * (c + o) + c * o)
        products = SLOWER * elements * batch * c * o
        blocks = -(-batch // self.images(g))
        return transforms / TRANSFORM + products / FLOPS + blocks * CALLS * CALL

    def why(self, node: Node) -> str:
        lengths = "x".join(map(str, self.lengths(geometry(node))))
        return f"Fourier transforms of {lengths}, whatever the kernel's size"

    def arguments(self, e: Emitter) -> list[str]:
        g = geometry(e.node)
        low = [f"low={g.window.low}"] if g.window.padded else []
        sizes = [f"sizes={self.lengths(g)}", f"images={self.images(g)}"]
        return [*sizes, *low, *g.step_arguments()]


class FourierWeights(Fourier):
    """The weight gradient: the images correlated with the cotangent."""

    op = "conv_weight_gradient"
    helper = "conv_weight_fft"

    def spectra(self, images: int, channels: int, filters: int) -> Sequence[tuple[str, int]]:
        return [
            ("seen", images * channels),
            ("given", images * filters),
            ("total", channels * filters),
            ("part", channels * filters),
        ]


ALGORITHMS["conv"].append(Fourier())
ALGORITHMS["conv_weight_gradient"].append(FourierWeights())
