"""How a window slides over an image: kernel, strides, padding and dilation for each spatial axis.

Images are ``(N, *spatial, C)`` with one spatial axis or several.  A window reads, for the output at
``i`` along an axis, the inputs ``i * stride - low + k * dilation`` with ``k`` from 0 to the kernel's
size - 1; inputs before the first and after the last are padding.  So an axis of size n gives

    (n + low + high - dilation * (kernel - 1) - 1) // stride + 1

outputs (V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016,
relationship 15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphc.errors import ShapeError
from graphc.ir import dims
from graphc.ir.dims import Dim, DimLike

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """A window's extent and steps, one entry for each spatial axis.

    Attributes:
        kernel: its sizes.
        strides: the distances between neighbouring outputs, in inputs.
        padding: the padding before the first input and after the last.
        dilation: the distances between neighbouring elements of the kernel, in inputs.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    padding: tuple[Pair, ...]
    dilation: tuple[int, ...]

    @staticmethod
    def of(kernel: Sequence[DimLike], attrs: Mapping[str, Any]) -> Window:
        """The window of a node.

        Raises:
            ShapeError: for a kernel whose sizes are not known, or have another number of axes.
        """
        sizes = tuple(size for size in kernel if isinstance(size, int))
        if len(sizes) != len(kernel):
            raise ShapeError(f"a kernel has sizes that are numbers, not {tuple(kernel)}")
        window = Window(sizes, attrs["strides"], attrs["padding"], attrs["dilation"])
        for what in ("strides", "padding", "dilation"):
            given = attrs[what]
            if len(given) != len(sizes):
                raise ShapeError(f"{len(given)} {what} for a kernel with {len(sizes)} axes")
        return window

    @property
    def attrs(self) -> dict[str, Any]:
        """What a node keeps of it besides the kernel."""
        return {"strides": self.strides, "padding": self.padding, "dilation": self.dilation}

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.kernel)

    @property
    def reach(self) -> tuple[int, ...]:
        """The inputs from the first that a window reads to the last."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def low(self) -> tuple[int, ...]:
        """The padding before the first input."""
        return tuple(low for low, _ in self.padding)

    @property
    def positions(self) -> int:
        """The number of elements of the kernel."""
        count = 1
        for size in self.kernel:
            count *= size
        return count

    @property
    def padded(self) -> bool:
        """Whether there is padding."""
        return any(pair != (0, 0) for pair in self.padding)

    @property
    def dense(self) -> bool:
        """Whether every step is 1."""
        return all(step == 1 for step in (*self.strides, *self.dilation))

    @property
    def tiles(self) -> bool:
        """Whether no input is read by two outputs."""
        return all(s >= r for s, r in zip(self.strides, self.reach, strict=True))

    def padded_sizes(self, sizes: Sequence[DimLike]) -> tuple[DimLike, ...]:
        """The spatial sizes of an image with its padding."""
        pairs = zip(sizes, self.padding, strict=True)
        return tuple(size + (low + high) for size, (low, high) in pairs)

    def output_sizes(self, sizes: Sequence[DimLike]) -> tuple[DimLike, ...]:
        """The spatial sizes of what is computed from an image.

        Raises:
            ShapeError: with the arithmetic, where the window does not fit in the padded image.
        """
        if len(sizes) != self.rank:
            raise ShapeError(
                f"a kernel with {self.rank} axes slides over as many: the image has {len(sizes)} "
                "between its batch axis and its channels"
            )
        result = []
        for axis, size in enumerate(sizes):
            (low, high), k = self.padding[axis], self.kernel[axis]
            s, d = self.strides[axis], self.dilation[axis]
            free = size + (low + high) - d * (k - 1) - 1
            count = dims.floordiv(free, s) + 1 if s != 1 else free + 1
            if isinstance(count, int) and count < 1:
                raise ShapeError(
                    f"axis {axis + 1}: the kernel does not fit in the padded image: "
                    f"({size} + {low} + {high} - {d}*({k}-1) - 1)//{s} + 1 = {count}"
                )
            result.append(count)
        return tuple(result)

    def input_sizes(self, sizes: Sequence[DimLike]) -> tuple[DimLike, ...]:
        """The smallest image that gives outputs of these sizes.

        Raises:
            ShapeError: with the arithmetic, where the padding leaves nothing of it.
        """
        result = []
        for axis, size in enumerate(sizes):
            (low, high), k = self.padding[axis], self.kernel[axis]
            s, d = self.strides[axis], self.dilation[axis]
            count = (size - 1) * s + d * (k - 1) + 1 - low - high
            if isinstance(count, int) and count < 1:
                raise ShapeError(
                    f"axis {axis + 1}: the padding leaves nothing: "
                    f"({size} - 1)*{s} + {d}*({k}-1) + 1 - {low} - {high} = {count}"
                )
            result.append(count)
        return tuple(result)


def per_axis(what: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """One whole number for each spatial axis, given as such or as one for all.

    Raises:
        ShapeError: for anything else.
    """
    several = tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank
    for item in several:
        if isinstance(item, bool) or not hasattr(item, "__index__") or item.__index__() < least:
            kind = "above 0" if least else "from 0 on"
            raise ShapeError(f"{what} is a whole number {kind} or one for each axis, not {value!r}")
    if len(several) != rank:
        raise ShapeError(f"{what} has {len(several)} entries for {rank} spatial axes: {value!r}")
    return tuple(item.__index__() for item in several)


def make_window(
    kernel: Sequence[DimLike],
    sizes: Sequence[DimLike],
    strides: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> Window:
    """The window that a user describes.

    Args:
        kernel: its sizes.
        sizes: the spatial sizes of the image, which "same" looks at.
        strides, dilation: a number, or one for each axis.
        padding: "valid" for none; "same" for ``ceil(n / stride)`` outputs, the odd element of
            padding at the end; a number for all sides; a number or a pair for each axis.

    Raises:
        ShapeError: for what can't be read as such.
    """
    rank = len(kernel)
    steps = per_axis("strides", strides, rank)
    spread = per_axis("dilation", dilation, rank)
    attrs: dict[str, Any] = {"strides": steps, "dilation": spread, "padding": ((0, 0),) * rank}
    window = Window.of(kernel, attrs)
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ShapeError(f"padding is 'valid', 'same', a number or pairs, not {padding!r}")
        if padding == "valid":
            return window
        pairs = _same(window, sizes)
    else:
        pairs = _pairs(padding, rank)
    return Window(window.kernel, steps, pairs, spread)


def _same(window: Window, sizes: Sequence[DimLike]) -> tuple[Pair, ...]:
    pairs = []
    for axis, (size, stride, reach) in enumerate(
        zip(sizes, window.strides, window.reach, strict=True), 1
    ):
        if stride == 1:
            total = reach - 1
        elif isinstance(size, Dim):
            raise ShapeError(
                f"padding 'same' with stride {stride} depends on the size of axis {axis}, which is "
                f"{size}: give pairs"
            )
        else:
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def _pairs(padding: Any, rank: int) -> tuple[Pair, ...]:
    items = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * rank
    if len(items) != rank:
        raise ShapeError(f"padding has {len(items)} entries for {rank} spatial axes: {padding!r}")
    found = []
    for item in items:
        low, high = per_axis("padding", item, 2, least=0)
        found.append((low, high))
    return tuple(found)
