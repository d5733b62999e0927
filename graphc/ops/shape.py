"""Ops that move elements and compute nothing: the same elements in other shapes and orders.

This is also the one place to import from: indexing and padding (:mod:`graphc.ops.slicing`) and
joining (:mod:`graphc.ops.joining`) are passed on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError
from graphc.ir import dims, types
from graphc.ir.dims import Dim
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType, shape_text
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.elementwise import unbroadcast
from graphc.ops.joining import concat, split, stack
from graphc.ops.leaf import constant
from graphc.ops.slicing import atom, draw, flip, getitem, pad, take_region, unslice

__all__ = [
    "broadcast_to",
    "concat",
    "copy",
    "expand_dims",
    "flip",
    "getitem",
    "moveaxis",
    "pad",
    "repeat",
    "reshape",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "take_region",
    "tile",
    "transpose",
    "unslice",
]


class Reshape(Op):
    """The same elements in row-major order in another shape."""

    name = "reshape"
    view = True
    contiguous_view = True
    requires_contiguous = (0,)

    def keeps_strides(self, node: Node) -> bool:
        """Whether it only adds or drops axes of size 1, so that any strided operand will do."""
        before, after = ([d for d in t.shape if d != 1] for t in (node.inputs[0], node.outputs[0]))
        return before == after

    def squeezes(self, node: Node) -> bool:
        """Whether it only drops axes of size 1."""
        return self.keeps_strides(node) and len(node.attrs["shape"]) < node.inputs[0].ndim

    def stacks_rows(self, node: Node) -> bool:
        """Whether it puts the matrices of a stack below one another."""
        (x,), shape = node.inputs, node.attrs["shape"]
        return x.ndim == 3 and len(shape) == 2 and shape[1] == x.shape[2]

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        result = types_[0].with_shape(attrs["shape"])
        if result.size != types_[0].size:
            raise ShapeError(
                f"{shape_text(types_[0].shape)} has {types_[0].size} elements and "
                f"{shape_text(result.shape)} has {result.size}"
            )
        return (result,)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (reshape(ct, node.inputs[0].shape),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.reshape(arrays[0], attrs["shape"]),)

    def samples(self) -> Sequence[Sample]:
        return [
            Sample((draw(3, 4),), {"shape": (2, 6)}),
            Sample((draw(4, 3).T,), {"shape": (12,)}),
            Sample((draw(2, 3, 4)[:, ::-1, ::2],), {"shape": (3, 4)}),
            Sample((draw(1, 3),), {"shape": (3, 1, 1)}),
            Sample((draw(1, 1),), {"shape": ()}),
            Sample((np.array(1.5),), {"shape": (1,)}),
            Sample((draw(0, 3),), {"shape": (5, 0)}),
        ]

    def plain(self, e: Emitter) -> str:
        shape = e.node.attrs["shape"]
        return f"{e.arg(0)}.reshape({', '.join(map(e.dim, shape)) if shape else '()'})"

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"reshape({args[0]}, {shape_text(node.attrs['shape'])})"


class Transpose(Op):
    """The axes in another order: axis ``axes[i]`` of the operand becomes axis `i`."""

    name = "transpose"
    view = True
    contiguous_view = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (x,), axes = types_, attrs["axes"]
        if sorted(axes) != list(range(x.rank)):
            raise ShapeError(f"{axes} is no order of the {x.rank} axes of {shape_text(x.shape)}")
        return (x.with_shape(x.shape[axis] for axis in axes),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), axes = cotangents, node.attrs["axes"]
        assert ct is not None
        return (transpose(ct, [axes.index(axis) for axis in range(len(axes))]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.transpose(arrays[0], attrs["axes"]),)

    def samples(self) -> Sequence[Sample]:
        return [
            Sample((draw(3, 4),), {"axes": (1, 0)}),
            Sample((draw(2, 3, 4),), {"axes": (2, 0, 1)}),
            Sample((draw(2, 3, 4)[::-1, :, ::2],), {"axes": (2, 1, 0)}),
            Sample((draw(1, 0),), {"axes": (1, 0)}),
        ]

    def plain(self, e: Emitter) -> str:
        axes = e.node.attrs["axes"]
        if axes == tuple(reversed(range(len(axes)))):
            return f"{e.arg(0)}.T"
        return f"{e.arg(0)}.transpose({', '.join(map(str, axes))})"

    def call(self, e: Emitter) -> tuple[str, Sequence[str]] | None:
        return "np.transpose", [e.args[0], str(e.node.attrs["axes"])]

    def math(self, node: Node, args: Sequence[str]) -> str:
        axes = node.attrs["axes"]
        if axes == tuple(reversed(range(len(axes)))):
            return f"{atom(args[0])}^T"
        return f"transpose({args[0]}, {axes})"


class BroadcastTo(Op):
    """The operand repeated along new axes and along axes of size 1, without a copy."""

    name = "broadcast_to"
    view = True
    contiguous_view = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (x,), shape = types_, attrs["shape"]
        try:
            fits = types.broadcast([x.shape, shape]) == shape
        except ShapeError as error:
            raise ShapeError(
                f"{shape_text(x.shape)} can't be broadcast to {shape_text(shape)}: {error}"
            ) from None
        if not fits:
            raise ShapeError(
                f"{shape_text(x.shape)} can't be broadcast to {shape_text(shape)}, which has a "
                "smaller size or fewer axes"
            )
        return (x.with_shape(shape),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (unbroadcast(ct, node.inputs[0].type),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.broadcast_to(arrays[0], attrs["shape"]),)

    def samples(self) -> Sequence[Sample]:
        return [
            Sample((draw(4),), {"shape": (3, 4)}),
            Sample((draw(3, 1),), {"shape": (2, 3, 4)}),
            Sample((np.array(0.5),), {"shape": (2, 2)}),
            Sample((draw(4, 2)[::2, :1].T,), {"shape": (3, 2)}),
            Sample((draw(1, 3),), {"shape": (0, 3)}),
            Sample((draw(1),), {"shape": (1, 1)}),
        ]

    def plain(self, e: Emitter) -> str:
        return f"np.broadcast_to({e.args[0]}, {e.shape(e.node.attrs['shape'])})"

    def math(self, node: Node, args: Sequence[str]) -> str:
        return atom(args[0])


class Copy(Op):
    """The same values, contiguous in memory; inserted where a view can't be used as it lies."""

    name = "copy"
    helpers = ("copy_turned",)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        return (cotangents[0],)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0].copy(),)

    def samples(self) -> Sequence[Sample]:
        x = draw(3, 4)
        wide = draw(64, 128)
        return [Sample((a,)) for a in (x, x.T, x[::-1, ::2], x[:0], np.array(2.0), wide.T)]

    def plain(self, e: Emitter) -> str:
        if e.node.attrs.get("fresh"):
            dtype = e.node.outputs[0].dtype.replace("bool", "bool_")
            return f"{e.arg(0)}.copy()" if e.node.inputs[0].ndim else f"np.{dtype}({e.args[0]})"
        # ascontiguousarray would give a scalar an axis.
        function = "ascontiguousarray" if e.node.inputs[0].ndim else "asarray"
        return f"np.{function}({e.args[0]})"

    def planned(self, e: Emitter) -> Sequence[str]:
        if _far_apart(e.node.inputs[0]):
            return [f"_copy_turned({e.args[0]}, out={e.out})"]
        return [f"np.copyto({e.out}, {e.args[0]})"]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return atom(args[0])


def _far_apart(turned: Tensor) -> bool:
    """Whether it is a large matrix transposed, whose rows share their places in the cache."""
    if turned.node.op is not TRANSPOSE or turned.ndim != 2:
        return False
    width, height = turned.shape
    if not isinstance(width, int) or not isinstance(height, int):
        return False
    return height >= 64 and width * types.itemsize(turned.dtype) % 512 == 0


RESHAPE = register(Reshape())
TRANSPOSE = register(Transpose())
BROADCAST_TO = register(BroadcastTo())
COPY = register(Copy())


def reshape(x: Any, shape: Any) -> Tensor:
    """The same elements, in row-major order, in another shape.

    Args:
        x: the tensor.
        shape: sizes as ints, dimensions or text (``"N"``, ``"2*N"``); one may be -1, for what is
            left.

    Raises:
        ShapeError: when the numbers of elements differ, or -1 does not divide out.
    """
    x = constant(x)
    values = [shape] if isinstance(shape, (int, str, Dim)) else list(shape)
    unknown = [i for i, v in enumerate(values) if not isinstance(v, (str, Dim, bool)) and v == -1]
    if len(unknown) > 1:
        raise ShapeError(f"reshape: one size at most can be -1, not {len(unknown)}")
    sizes = list(dims.shape([1 if i in unknown else v for i, v in enumerate(values)]))
    if unknown:
        left = dims.exact_quotient(x.size, dims.product(sizes))
        if left is None:
            raise ShapeError(
                f"reshape: the {x.size} elements of {shape_text(x.shape)} can't be divided by "
                f"{dims.product(sizes)} to find the size given as -1"
            )
        sizes[unknown[0]] = left
    same = tuple(sizes) == x.shape
    return constant(x) if same else make(RESHAPE, (x,), {"shape": tuple(sizes)}).outputs[0]


def transpose(x: Any, axes: Any = None) -> Tensor:
    """The axes in another order, reversed if `axes` is None, as ``numpy.transpose``.

    Raises:
        ShapeError: when `axes` does not name each axis once.
    """
    x = constant(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
    order = tuple(types.normal_axis(axis, x.ndim) for axis in order)
    same = order == tuple(range(x.ndim))
    return constant(x) if same else make(TRANSPOSE, (x,), {"axes": order}).outputs[0]


def swapaxes(x: Any, a: int, b: int) -> Tensor:
    """Two axes exchanged.

    Raises:
        ShapeError: for an axis that does not exist.
    """
    x = constant(x)
    order = list(range(x.ndim))
    a, b = types.normal_axis(a, x.ndim), types.normal_axis(b, x.ndim)
    order[a], order[b] = b, a
    return transpose(x, order)


def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Axes moved to new places, the others kept in order, as ``numpy.moveaxis``.

    Raises:
        ShapeError: for an axis that does not exist or is named twice, or lists of two lengths.
    """
    x = constant(x)
    pair = [v if hasattr(v, "__iter__") else (v,) for v in (source, destination)]
    start, end = ([types.normal_axis(axis, x.ndim) for axis in axes] for axes in pair)
    if len(start) != len(end) or len(set(start)) != len(start) or len(set(end)) != len(end):
        raise ShapeError(f"moveaxis: {source} and {destination} don't pair axes one to one")
    order = [axis for axis in range(x.ndim) if axis not in start]
    for place, axis in sorted(zip(end, start, strict=True)):
        order.insert(place, axis)
    return transpose(x, order)


def broadcast_to(x: Any, shape: Any) -> Tensor:
    """Repeat along new leading axes and axes of size 1, as ``numpy.broadcast_to``; no copy is made.

    Raises:
        ShapeError: naming the sizes that don't fit.
    """
    x, sizes = constant(x), dims.shape(shape)
    return x if sizes == x.shape else make(BROADCAST_TO, (x,), {"shape": sizes}).outputs[0]


def expand_dims(x: Any, axis: Any) -> Tensor:
    """New axes of size 1 at the places `axis` (an int or several) of the result.

    Raises:
        ShapeError: for a place that does not exist or is named twice.
    """
    x = constant(x)
    several = tuple(axis) if hasattr(axis, "__iter__") else (axis,)
    rank = x.ndim + len(several)
    places, sizes = types.normal_axes(several, rank), iter(x.shape)
    return reshape(x, tuple(1 if i in places else next(sizes) for i in range(rank)))


def squeeze(x: Any, axis: Any = None) -> Tensor:
    """Without the axes `axis`, which must have size 1 (if None: every axis of size 1).

    Raises:
        ShapeError: for an axis of another size.
    """
    x = constant(x)
    if axis is None:
        axis = [i for i, size in enumerate(x.shape) if size == 1]
    axes = types.normal_axes(axis, x.ndim)
    for i in axes:
        if x.shape[i] != 1:
            raise ShapeError(
                f"squeeze: axis {i} of {shape_text(x.shape)} has size {x.shape[i]}, not 1"
            )
    return reshape(x, tuple(size for i, size in enumerate(x.shape) if i not in axes))


def copy(x: Any, fresh: bool = False) -> Tensor:
    """The same values, contiguous in memory; if `fresh`, in memory of their own."""
    return make(COPY, (constant(x),), {"fresh": True} if fresh else {}).outputs[0]


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each element `repeats` times in a row along an axis (of the flattened tensor if None).

    Raises:
        ShapeError: for an axis that does not exist or a negative number.
    """
    x, times = constant(x), dims.dim(repeats)
    if axis is None:
        x, axis = reshape(x, -1) if x.ndim != 1 else x, 0
    axis = types.normal_axis(axis, x.ndim)
    head, tail = x.shape[: axis + 1], x.shape[axis + 1 :]
    wide = broadcast_to(reshape(x, (*head, 1, *tail)), (*head, times, *tail))
    return reshape(wide, (*head[:-1], head[-1] * times, *tail))


def tile(x: Any, reps: Any) -> Tensor:
    """The whole tensor `reps` times along each axis, as ``numpy.tile``.

    Args:
        x: the tensor.
        reps: a number for the last axis, or one for each of the last axes; more of them than axes
            make new axes in front.

    Raises:
        ShapeError: for a negative number.
    """
    x, times = constant(x), dims.shape(reps)
    rank = max(x.ndim, len(times))
    times = (1,) * (rank - len(times)) + times
    sizes = (1,) * (rank - x.ndim) + x.shape
    pairs = list(zip(times, sizes, strict=True))
    narrow = [d for r, n in pairs for d in ([n] if r == 1 else [1, n])]
    wide = [d for r, n in pairs for d in ([n] if r == 1 else [r, n])]
    return reshape(broadcast_to(reshape(x, narrow), wide), tuple(r * n for r, n in pairs))


builders.update(
    reshape=reshape,
    transpose=transpose,
    swapaxes=swapaxes,
    moveaxis=moveaxis,
    broadcast_to=broadcast_to,
    expand_dims=expand_dims,
    squeeze=squeeze,
    copy=copy,
    repeat=repeat,
    tile=tile,
)
