"""Images in other sizes, and responses normalised across channels; all made of simpler ops."""

from __future__ import annotations

from typing import Any

from graphc.errors import GraphError, ShapeError
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.ops.catalogue import abs, maximum, power, square
from graphc.ops.conv.geometry import per_axis
from graphc.ops.conv.pool_functions import along_axis, images
from graphc.ops.leaf import dimension, iota, like
from graphc.ops.linalg import matmul
from graphc.ops.shape import repeat, reshape, transpose


def local_response_norm(
    x: Any, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """``x / (k + alpha / size * s)**beta`` with s the sum of squares over `size` channels around.

    As PyTorch has it (A. Krizhevsky et al., "ImageNet classification with deep convolutional neural
    networks", 2012, section 3.3, does not divide alpha by the size: its constants are size 5, alpha
    5e-4, beta 0.75, k 2 here).  Channel c sees those from ``c - size // 2`` on.

    Args:
        x: images, ``(N, *sizes, C)``.
        size: the number of channels that are summed over.
        alpha, beta, k: the constants of the formula.

    Raises:
        ShapeError, TypeMismatchError: for what are no images, or a size below 1.
    """
    x = images("local_response_norm", x)
    (count,) = per_axis("size", size, 1)
    channels = x.shape[-1]
    row, column = iota((channels, channels)), iota((channels, channels), axis=1)
    first = column - count // 2
    near = ((row >= first) & (row < first + count)).astype(x.dtype)
    total = matmul(square(x), near)
    normed: Tensor = x * power(total * like(alpha / count, x) + like(k, x), like(-beta, x))
    return normed


def _linear(size: DimLike, wanted: DimLike, align_corners: bool, dtype: str) -> Tensor:
    """The weights of linear interpolation, ``(wanted, size)``: how near each place is to each input,
    ``max(0, 1 - |place - input|)``."""
    last = (dimension(size) - 1).astype("float64")
    place = iota((wanted, 1)).astype("float64")
    if align_corners:
        steps = maximum((dimension(wanted) - 1).astype("float64"), 1.0)
        place = place * (last / steps)
    else:
        ratio = dimension(size).astype("float64") / dimension(wanted).astype("float64")
        place = (place + 0.5) * ratio - 0.5
    place = maximum(place, 0.0)
    place = place - maximum(place - last, 0.0)
    distance = abs(place - iota((1, size), axis=1).astype("float64"))
    weights: Tensor = maximum(1.0 - distance, 0.0)
    return weights.astype(dtype)


def upsample(
    x: Any,
    scale: Any = None,
    size: Any = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> Tensor:
    """Images in larger sizes.

    Args:
        x: images, ``(N, *sizes, C)``.
        scale: by what factor, a whole number or one for each spatial axis; or
        size: the new spatial sizes (in mode "bilinear" any).
        mode: "nearest" (each pixel repeated) or "bilinear" (linear along each axis in turn).
        align_corners: whether the centres of the corner pixels stay where they are, else the corners
            of the images; for "bilinear", as PyTorch has both.

    Raises:
        GraphError: for another mode, or unless one of `scale` and `size` is given.
        ShapeError, TypeMismatchError: for what are no images, or sizes that don't fit.
    """
    result = images("upsample", x)
    if mode not in ("nearest", "bilinear"):
        raise GraphError(f"upsample: mode is 'nearest' or 'bilinear', not {mode!r}")
    if (scale is None) == (size is None):
        raise GraphError("upsample: give a scale or a size")
    rank = result.ndim - 2
    old = result.shape[1:-1]
    if scale is not None:
        factors = per_axis("scale", scale, rank)
        wanted: tuple[DimLike, ...] = tuple(n * f for n, f in zip(old, factors, strict=True))
    else:
        wanted = per_axis("size", size, rank)
    for axis, (n, m) in enumerate(zip(old, wanted, strict=True), 1):
        if mode == "bilinear":
            result = along_axis(_linear(n, m, align_corners, result.dtype), result, axis)
            continue
        factor = m // n
        if not isinstance(factor, int) or factor * n != m:
            raise ShapeError(f"upsample: {m} is no multiple of {n}, the size of axis {axis}")
        result = repeat(result, factor, axis)
    return result


def pixel_shuffle(x: Any, factor: int) -> Tensor:
    """Channels in groups of ``factor**2`` laid out as squares of pixels: ``(N, H, W, C r^2)`` to
    ``(N, H r, W r, C)`` (W. Shi et al., "Real-time single image and video super-resolution", 2016,
    eq. 4).  Channel ``c r^2 + i r + j`` goes to row i, column j of its squares, as in PyTorch.

    Raises:
        ShapeError: for other than four axes, or channels that the square does not divide.
    """
    x = images("pixel_shuffle", x)
    (r,) = per_axis("factor", factor, 1)
    if x.ndim != 4:
        raise ShapeError(f"pixel_shuffle: images are (N, H, W, C), not {types.shape_text(x.shape)}")
    n, height, width, channels = x.shape
    if not isinstance(channels, int) or channels % (r * r):
        raise ShapeError(f"pixel_shuffle: {channels} channels can't be divided by {r * r}")
    parts = reshape(x, (n, height, width, channels // (r * r), r, r))
    parts = transpose(parts, (0, 1, 4, 2, 5, 3))
    return reshape(parts, (n, height * r, width * r, channels // (r * r)))
