"""The functions of pooling that users call."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor, builders
from graphc.ops import reduce
from graphc.ops.catalogue import maximum, minimum
from graphc.ops.conv.geometry import Window, make_window, per_axis
from graphc.ops.conv.pooling import apply_max_pool, apply_sum_pool
from graphc.ops.leaf import constant, dimension, iota, like
from graphc.ops.linalg import matmul
from graphc.ops.shape import concat, reshape, take_region


def _window(
    what: str, x: Any, kernel: Any, strides: Any, padding: Any, dilation: Any
) -> tuple[Tensor, Window]:
    x = images(what, x)
    sizes = per_axis("kernel", kernel, x.ndim - 2)
    steps = sizes if strides is None else strides
    return x, make_window(sizes, x.shape[1:-1], steps, padding, dilation)


def images(what: str, x: Any) -> Tensor:
    """Images, checked.

    Raises:
        ShapeError: for fewer than three axes.
        TypeMismatchError: for anything but floating numbers.
    """
    image = constant(x)
    if image.ndim < 3:
        raise ShapeError(f"{what}: images are (N, *sizes, C), not {types.shape_text(image.shape)}")
    if not types.is_float(image.dtype):
        raise TypeMismatchError(f"{what}: floating numbers are expected, not {image.dtype}")
    return image


def max_pool(
    x: Any, kernel: Any, strides: Any = None, padding: Any = "valid", dilation: Any = 1
) -> Tensor:
    """The largest of what a window sees of each channel; its gradient goes to the first largest.

    Args:
        x: images, ``(N, *sizes, C)``.
        kernel: the window's size, a number or one for each spatial axis.
        strides: the distance of neighbouring windows (default: `kernel`).
        padding, dilation: as for `conv`; padding is never the largest.

    Raises:
        ShapeError, TypeMismatchError: where sizes do not fit, or for integers.
    """
    x, window = _window("max_pool", x, kernel, strides, padding, dilation)
    return apply_max_pool(x, window)


def sum_pool(
    x: Any, kernel: Any, strides: Any = None, padding: Any = "valid", dilation: Any = 1
) -> Tensor:
    """The sum of what a window sees of each channel; the arguments are those of `max_pool`."""
    x, window = _window("sum_pool", x, kernel, strides, padding, dilation)
    return apply_sum_pool(x, window)


def avg_pool(
    x: Any,
    kernel: Any,
    strides: Any = None,
    padding: Any = "valid",
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of what a window sees of each channel.

    Args:
        x, kernel, strides, padding: as for `max_pool`.
        count_include_pad: whether padding counts as zeros; else the mean is of the inputs alone.

    Raises:
        ShapeError, TypeMismatchError: where sizes do not fit, or for integers.
    """
    x, window = _window("avg_pool", x, kernel, strides, padding, 1)
    total = apply_sum_pool(x, window)
    if count_include_pad or not window.padded:
        return total * like(1 / window.positions, total)
    for axis, outputs in enumerate(total.shape[1:-1]):
        count = _inside(window, axis, x.shape[axis + 1], outputs)
        shape = tuple(outputs if i == axis + 1 else 1 for i in range(x.ndim))
        total = total / reshape(count.astype(x.dtype), shape)
    return total


def _inside(window: Window, axis: int, size: DimLike, outputs: DimLike) -> Tensor:
    """How many elements of each window are no padding, along one axis."""
    start = iota(outputs) * window.strides[axis] - window.low[axis]
    return minimum(start + window.kernel[axis], dimension(size)) - maximum(start, 0)


def global_avg_pool(x: Any, keepdims: bool = False) -> Tensor:
    """The mean of each channel over all spatial axes: ``(N, C)``, with axes of 1 if `keepdims`."""
    x = images("global_avg_pool", x)
    return reduce.mean(x, axis=tuple(range(1, x.ndim - 1)), keepdims=keepdims)


def global_max_pool(x: Any, keepdims: bool = False) -> Tensor:
    """The largest of each channel over all spatial axes; ties share the gradient, as in `max`."""
    x = images("global_max_pool", x)
    return reduce.max(x, axis=tuple(range(1, x.ndim - 1)), keepdims=keepdims)


def _bounds(size: int, outputs: int) -> list[tuple[int, int]]:
    """Where each of the windows of adaptive pooling begins and ends."""
    return [(i * size // outputs, -(-(i + 1) * size // outputs)) for i in range(outputs)]


def _adaptive(what: str, x: Any, outputs: Any) -> tuple[Tensor, tuple[int, ...], list[int]]:
    x = images(what, x)
    wanted = per_axis("the output size", outputs, x.ndim - 2)
    sizes = [size for size in x.shape[1:-1] if isinstance(size, int)]
    if len(sizes) != len(wanted):
        raise ShapeError(
            f"{what}: the spatial sizes are known numbers, not {types.shape_text(x.shape)}"
        )
    return x, wanted, sizes


def adaptive_avg_pool(x: Any, outputs: Any) -> Tensor:
    """Means over windows that divide each spatial axis into a given number.

    Window i of m goes from ``floor(i n / m)`` to ``ceil((i + 1) n / m)``, as in PyTorch.

    Args:
        x: images, ``(N, *sizes, C)``, of known sizes.
        outputs: how many windows, a number or one for each spatial axis.

    Raises:
        ShapeError, TypeMismatchError: where sizes are not known, or for integers.
    """
    x, wanted, sizes = _adaptive("adaptive_avg_pool", x, outputs)
    if all(n % m == 0 for n, m in zip(sizes, wanted, strict=True)):
        return avg_pool(x, tuple(n // m for n, m in zip(sizes, wanted, strict=True)))
    result: Tensor = x
    for axis, (n, m) in enumerate(zip(sizes, wanted, strict=True), 1):
        share = np.zeros((m, n))
        for i, (start, stop) in enumerate(_bounds(n, m)):
            share[i, start:stop] = 1 / (stop - start)
        result = along_axis(constant(share, result.dtype), result, axis)
    return result


def along_axis(matrix: Tensor, x: Tensor, axis: int) -> Tensor:
    """A matrix times each line of `x` along an axis."""
    lead, tail = x.shape[:axis], x.shape[axis + 1 :]
    flat = reshape(x, (dims.product(lead), x.shape[axis], dims.product(tail)))
    return reshape(matmul(matrix, flat), (*lead, matrix.shape[0], *tail))


def adaptive_max_pool(x: Any, outputs: Any) -> Tensor:
    """The largest over the windows of `adaptive_avg_pool`, which see.

    Where windows differ in size, ties share the gradient, as in `max`.
    """
    x, wanted, sizes = _adaptive("adaptive_max_pool", x, outputs)
    if all(n % m == 0 for n, m in zip(sizes, wanted, strict=True)):
        return max_pool(x, tuple(n // m for n, m in zip(sizes, wanted, strict=True)))
    result: Tensor = x
    for axis, (n, m) in enumerate(zip(sizes, wanted, strict=True), 1):
        whole = [(0, size, 1) for size in result.shape]
        parts = []
        for start, stop in _bounds(n, m):
            region = (*whole[:axis], (start, stop - start, 1), *whole[axis + 1 :])
            parts.append(reduce.max(take_region(result, region), axis=axis, keepdims=True))
        result = concat(parts, axis)
    return result


builders.update(max_pool=max_pool, avg_pool=avg_pool)
