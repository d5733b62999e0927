"""Tensors one after another: concatenated, stacked, split."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType, shape_text
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant
from graphc.ops.slicing import draw, getitem, take_region


class Concat(Op):
    """Tensors one after another along an axis."""

    name = "concat"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if not types_:
            raise ShapeError("at least one tensor is needed")
        first = types_[0]
        axis = types.normal_axis(attrs["axis"], first.rank)
        total: DimLike = 0
        for number, other in enumerate(types_):
            if other.dtype != first.dtype:
                raise TypeMismatchError(
                    f"operand {number} is {other.dtype} and operand 0 {first.dtype}"
                )
            if other.rank != first.rank:
                raise ShapeError(
                    f"operand {number} has {other.rank} axes and operand 0 {first.rank}"
                )
            for i, (a, b) in enumerate(zip(first.shape, other.shape, strict=True)):
                if i != axis and a != b:
                    raise ShapeError(
                        f"axis {i}: size {b} of operand {number} and {a} of operand 0 differ"
                    )
            total = total + other.shape[axis]
        return (first.with_shape((*first.shape[:axis], total, *first.shape[axis + 1 :])),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), axis = cotangents, node.attrs["axis"]
        assert ct is not None
        results: list[Tensor] = []
        start: DimLike = 0
        for operand in node.inputs:
            results.append(_narrow(ct, axis, start, operand.shape[axis]))
            start = start + operand.shape[axis]
        return results

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.concatenate(arrays, axis=attrs["axis"]),)

    def samples(self) -> Sequence[Sample]:
        x, y = draw(2, 3), draw(2, 4)
        return [
            Sample((x, y), {"axis": 1}),
            Sample((x, x[:1], x[::-1]), {"axis": 0}),
            Sample((x[:, :0], x.T.reshape(2, 3)[:, ::2]), {"axis": 1}),
            Sample((x,), {"axis": 0}),
            Sample((draw(0), draw(0)), {"axis": 0}),
            Sample((draw(2, 1, 3), draw(2, 2, 3)), {"axis": 1}),
        ]

    def _operands(self, e: Emitter) -> str:
        return f"({', '.join(e.args)}{',' if len(e.args) == 1 else ''})"

    def plain(self, e: Emitter) -> str:
        axis = e.node.attrs["axis"]
        return f"np.concatenate({self._operands(e)}{f', axis={axis}' if axis else ''})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.concatenate({self._operands(e)}, axis={e.node.attrs['axis']}, out={e.out})"]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"[{'; '.join(args)}]"


def _narrow(x: Tensor, axis: int, start: DimLike, size: DimLike) -> Tensor:
    """`size` elements from `start` on along one axis."""
    region = tuple((start, size, 1) if i == axis else (0, n, 1) for i, n in enumerate(x.shape))
    return take_region(x, region)


CONCAT = register(Concat())


def concat(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors one after another along an axis they have; element types are promoted.

    Raises:
        ShapeError: for no tensors, or sizes that differ on another axis.
    """
    parts = [constant(t) for t in tensors]
    if not parts:
        raise ShapeError("concat: at least one tensor is needed")
    dtype = types.promote([t.dtype for t in parts])
    parts = [cast(t, dtype) for t in parts]
    axis = types.normal_axis(axis, parts[0].ndim)
    return parts[0] if len(parts) == 1 else make(CONCAT, parts, {"axis": axis}).outputs[0]


def stack(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors of one shape along a new axis.

    Raises:
        ShapeError: for no tensors, or shapes that differ.
    """
    parts = [constant(t) for t in tensors]
    for number, part in enumerate(parts):
        if part.shape != parts[0].shape:
            raise ShapeError(
                f"stack: operand {number} has shape {shape_text(part.shape)} and operand 0 "
                f"{shape_text(parts[0].shape)}"
            )
    return concat([builders["expand_dims"](part, axis) for part in parts], axis)


def split(x: Any, sections: Any, axis: int = 0) -> list[Tensor]:
    """Parts along an axis, as ``numpy.split``.

    Args:
        x: the tensor.
        sections: the number of equal parts, or the indices where to cut (ints or dimensions).
        axis: the axis that is cut.

    Raises:
        ShapeError: when the size can't be divided.
    """
    x = constant(x)
    axis = types.normal_axis(axis, x.ndim)
    size = x.shape[axis]
    if isinstance(sections, int):
        part = dims.exact_quotient(size, sections) if sections > 0 else None
        if part is None:
            raise ShapeError(f"split: size {size} of axis {axis} can't be divided by {sections}")
        return [_narrow(x, axis, i * part, part) for i in range(sections)]
    cuts = [None, *(dims.dim(v) if isinstance(v, str) else v for v in sections), None]
    full = (builtins.slice(None),) * axis
    return [getitem(x, (*full, builtins.slice(a, b))) for a, b in itertools.pairwise(cuts)]


builders.update(concat=concat, stack=stack, split=split)
