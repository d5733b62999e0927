"""The functions of convolution that users call."""

from __future__ import annotations

from typing import Any

from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import types
from graphc.ir.node import Tensor, builders
from graphc.ops.conv.algorithms import ALGORITHMS
from graphc.ops.conv.convolution import apply_conv, apply_transpose
from graphc.ops.conv.geometry import make_window, per_axis
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant


def _operands(what: str, x: Any, w: Any) -> tuple[Tensor, Tensor]:
    x, w = constant(x), constant(w)
    dtype = types.promote([x.dtype, w.dtype])
    if not types.is_float(dtype):
        raise TypeMismatchError(f"{what}: floating numbers are expected, not {dtype}")
    if x.ndim < 3 or w.ndim != x.ndim:
        raise ShapeError(
            f"{what}: images are (N, *sizes, C) and weights (*kernel, C / groups, O), so both have "
            f"as many axes; not {types.shape_text(x.shape)} and {types.shape_text(w.shape)}"
        )
    return cast(x, dtype), cast(w, dtype)


def check_algorithm(name: str, op: str = "conv") -> str:
    """The name of an algorithm, or "" for a choice by cost.

    Raises:
        GraphError: for a name that is not known.
    """
    known = [algorithm.name for algorithm in ALGORITHMS[op]]
    if name and name not in known:
        raise GraphError(f"there is no algorithm '{name}' for {op}; there are {', '.join(known)}")
    return name


def conv(
    x: Any,
    w: Any,
    strides: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
    algorithm: str = "",
) -> Tensor:
    """Slide a kernel over images: a cross-correlation, as everywhere in deep learning.

    ``y[n, i, o] = sum over k, c of x[n, i s + k d - low, c] w[k, c, o]``, along one spatial axis or
    several.

    Args:
        x: images, ``(N, *sizes, C)``.
        w: weights, ``(*kernel, C / groups, O)``.
        strides: the distance of neighbouring outputs, a number or one for each spatial axis.
        padding: zeros around the images: "valid" (none), "same" (``ceil(size / stride)`` outputs), a
            number for all sides, or for each axis a number or a pair (before, after).
        dilation: the distance of neighbouring elements of the kernel.
        groups: the parts that channels and filters fall into, each seeing its own; with as many
            groups as channels the convolution is depthwise.
        algorithm: how it is computed; by default what is expected to be fastest.

    Returns:
        ``(N, *outputs, O)`` with ``(size + before + after - d (kernel - 1) - 1) // s + 1`` outputs.

    Raises:
        ShapeError: where sizes do not fit, with the arithmetic.
        TypeMismatchError: for operands that are not floating.
        GraphError: for an algorithm that there is not.
    """
    x, w = _operands("conv", x, w)
    (parts,) = per_axis("groups", groups, 1)
    window = make_window(w.shape[:-2], x.shape[1:-1], strides, padding, dilation)
    return apply_conv(x, w, window, parts, check_algorithm(algorithm))


def conv_transpose(
    x: Any,
    w: Any,
    strides: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
    output_padding: Any = 0,
    algorithm: str = "",
) -> Tensor:
    """The transposed convolution: what `conv` with these weights passes back to its image.

    Args:
        x: images, ``(N, *sizes, O)``.
        w: weights of the convolution that it is the transpose of, ``(*kernel, C / groups, O)``.
        strides, dilation, groups: those of that convolution.
        padding: that of that convolution: what is cut off here.  "same" gives ``size * stride``.
        output_padding: further elements at the end, of which strides leave the number open.
        algorithm: how it is computed.

    Returns:
        ``(N, *outputs, C)`` with ``(size - 1) s + d (kernel - 1) + 1 - before - after`` outputs, and
        `output_padding` more.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as `conv`.
    """
    x, w = _operands("conv_transpose", x, w)
    (parts,) = per_axis("groups", groups, 1)
    rank = w.ndim - 2
    if isinstance(padding, str) and padding == "same":
        steps = per_axis("strides", strides, rank)
        larger = [n * s for n, s in zip(x.shape[1:-1], steps, strict=True)]
        window = make_window(w.shape[:-2], larger, steps, "same", dilation)
        return apply_transpose(x, w, window, parts, larger, check_algorithm(algorithm, _TRANSPOSE))
    window = make_window(w.shape[:-2], x.shape[1:-1], strides, padding, dilation)
    extra = per_axis("output_padding", output_padding, rank, least=0)
    for more, step in zip(extra, window.strides, strict=True):
        if more >= step and more:
            raise ShapeError(f"output_padding is below the stride, {step}, not {more}")
    sizes = [n + more for n, more in zip(window.input_sizes(x.shape[1:-1]), extra, strict=True)]
    return apply_transpose(x, w, window, parts, sizes, check_algorithm(algorithm, _TRANSPOSE))


_TRANSPOSE = "conv_input_gradient"

builders.update(conv=conv, conv_transpose=conv_transpose)
