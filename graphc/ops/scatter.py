"""Indexing by data: gathering and scattering along an axis.

Indices are integers from 0 to the size - 1.  Negative ones do not count from the end: they are
refused, as everything out of range is, before a function runs.  Ops here are composites of
:mod:`graphc.ops.flat`; `index_range` tells a compiler what to check where data enter.  One entry
of each row, as labels name it, is in :mod:`graphc.ops.labels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType, shape_text
from graphc.ops.base import Array, Op, Sample, register
from graphc.ops.elementwise import cast
from graphc.ops.filled import zeros
from graphc.ops.flat import ROW, scatter, scatter_wide, take
from graphc.ops.leaf import constant
from graphc.ops.positions import check_index, checked, positions
from graphc.ops.shape import broadcast_to, reshape


def same(what: str, expected: Sequence[DimLike], given: TensorType) -> None:
    """Refuse another shape than the one expected."""
    if tuple(expected) != given.shape:
        raise ShapeError(
            f"{what} must have shape {shape_text(tuple(expected))}, not {shape_text(given.shape)}"
        )


class Indexed(Op):
    """What ops share whose second operand indexes one axis of the first."""

    def axis(self, attrs: Mapping[str, Any]) -> int:
        """The axis of the first operand that is indexed."""
        axis: int = attrs.get("axis", -1)
        return axis

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(1, node.inputs[0].shape[self.axis(node.attrs)])]

    def along(self, x: Tensor, indices: Tensor, axis: int) -> Tensor:
        """Flat positions in `x` for indices that have its rank (or lack the last axis)."""
        lead, inner = dims.product(x.shape[:axis]), dims.product(x.shape[axis + 1 :])
        full = (lead, indices.shape[axis] if axis < indices.ndim else 1, inner)
        return positions(indices, full, full, x.shape[axis])

    def check_updates(self, types_: Sequence[TensorType], expected: Sequence[DimLike]) -> None:
        """Refuse indices that are no integers, and updates of another type or shape."""
        base, indices, updates = types_
        check_index(indices.dtype)
        if base.dtype != updates.dtype:
            raise TypeMismatchError(f"the updates are {updates.dtype} and the base is {base.dtype}")
        same("updates", expected, updates)

    def flops(self, node: Node) -> DimLike:
        return node.inputs[-1].size if len(node.inputs) == 3 else 0


class ScatterAdd(Indexed):
    """`base` with slices added along an axis where indices say; the derivative of `take`."""

    name = "scatter_add"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        base, indices, _ = types_
        axis = types.normal_axis(attrs["axis"], base.rank)
        head, tail = base.shape[:axis], base.shape[axis + 1 :]
        self.check_updates(types_, (*head, *indices.shape, *tail))
        return (base,)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return ct, None, take(ct, node.inputs[1], node.attrs["axis"])

    def lower(self, node: Node) -> Sequence[Tensor]:
        (base, indices, updates), axis = node.inputs, node.attrs["axis"]
        lead, inner = dims.product(base.shape[:axis]), dims.product(base.shape[axis + 1 :])
        count, size = indices.size, base.shape[axis]
        if isinstance(inner, int) and inner > ROW:
            rows = positions(indices, (1, count, 1), (lead, count, 1), size)
            return (scatter_wide(base, rows, updates, inner),)
        where = positions(indices, (1, count, 1), (lead, count, inner), size)
        return (scatter(base, where, updates),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (base, indices, updates), axis = arrays, attrs["axis"]
        result = base.copy()
        index = checked(indices, base.shape[axis])
        np.add.at(result, (slice(None),) * axis + (index,), updates)
        return (result,)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(34).normal(size=(4, 3, 2))
        wide = np.random.default_rng(34).normal(size=(2, 3, ROW + 1))
        return [
            Sample((x[0], np.array([2, 0, 2, 2]), x[:, 0]), {"axis": 0}),
            Sample((x[:, 0], np.array([[1], [1], [0]]), x[:, :, :1]), {"axis": 1}),
            Sample((x.T, np.array([1, 1], "int32"), x[:, :2].T[:, ::-1]), {"axis": 1}),
            Sample((x, np.array(3), x[0]), {"axis": 0}),
            Sample((x, np.zeros((0,), "int64"), x[:0]), {"axis": 0}),
            Sample((wide, np.array([2, 2]), wide[:, :2]), {"axis": 1}),
            Sample((x[0, :1, 0], np.array([0, 0, 0]), x[0, :, 1]), {"axis": 0}),
        ]


class Gather(Indexed):
    """Elements along an axis, one for each index; indices have the rank of `x`."""

    name = "gather"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, indices = types_
        axis = types.normal_axis(attrs["axis"], x.rank)
        check_index(indices.dtype)
        if indices.rank != x.rank:
            raise ShapeError(f"indices have {indices.rank} axes and the operand {x.rank}")
        expected = (*x.shape[:axis], indices.shape[axis], *x.shape[axis + 1 :])
        same("indices", expected, indices)
        return (x.with_shape(indices.shape),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x, indices), (ct,) = node.inputs, cotangents
        assert ct is not None
        return scatter_add_along(zeros(x.shape, x.dtype), indices, ct, node.attrs["axis"]), None

    def lower(self, node: Node) -> Sequence[Tensor]:
        x, indices = node.inputs
        where = self.along(x, indices, node.attrs["axis"])
        return (reshape(take(x, where, None), indices.shape),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x, indices), axis = arrays, attrs["axis"]
        return (np.take_along_axis(x, checked(indices, x.shape[axis]), axis),)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(35).normal(size=(4, 3, 2))
        return [
            Sample((x[0], np.array([[2, 0], [2, 1], [0, 0], [1, 1]])), {"axis": 0}),
            Sample((x[0], np.array([[0, 0, 1], [1, 1, 0], [1, 0, 1]], "uint8")), {"axis": 1}),
            Sample((x.T, np.argsort(x.T, axis=1)[:, ::-1]), {"axis": 1}),
            Sample((x, np.zeros((4, 0, 2), "int64")), {"axis": 1}),
            Sample((x[0, 0], np.array([1, 1, 0])), {"axis": 0}),
            Sample((x[:1, :1, 0], np.array([[0]])), {"axis": 1}),
        ]


class ScatterAddAlong(Indexed):
    """`base` with elements added along an axis; the derivative of `gather`."""

    name = "scatter_add_along"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        GATHER.infer(types_[:2], attrs)
        self.check_updates(types_, types_[1].shape)
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return ct, None, gather(ct, node.inputs[1], node.attrs["axis"])

    def lower(self, node: Node) -> Sequence[Tensor]:
        base, indices, updates = node.inputs
        return (scatter(base, self.along(base, indices, node.attrs["axis"]), updates),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (base, indices, updates), axis = arrays, attrs["axis"]
        index: list[Array] = list(np.indices(indices.shape, sparse=True))
        index[axis] = checked(indices, base.shape[axis])
        result = base.copy()
        np.add.at(result, tuple(index), updates)
        return (result,)

    def samples(self) -> Sequence[Sample]:
        updates = np.random.default_rng(36).normal(size=(4, 3, 2))
        return [
            Sample((x, at, updates.ravel()[: at.size].reshape(at.shape)), attrs)
            for (x, at), attrs in ((s.arrays, s.attrs) for s in GATHER.samples())
        ]


SCATTER_ADD = register(ScatterAdd())
GATHER = register(Gather())
SCATTER_ADD_ALONG = register(ScatterAddAlong())


def updates_for(base: Tensor, updates: Any, shape: Sequence[DimLike], what: str) -> Tensor:
    """Updates in the element type of the base, broadcast to a shape.

    Raises:
        TypeMismatchError: for updates of a type that the base can't hold.
    """
    if isinstance(updates, (bool, int, float)):
        updates = constant(updates, base.dtype)
    updates = constant(updates)
    if types.promote([base.dtype, updates.dtype]) != base.dtype:
        raise TypeMismatchError(f"{what}: updates are {updates.dtype} and the base is {base.dtype}")
    return broadcast_to(cast(updates, base.dtype), tuple(shape))


def scatter_add(base: Any, indices: Any, updates: Any, axis: int = 0) -> Tensor:
    """`base` with updates added along an axis where indices say; repeats accumulate.

    Args:
        base: the tensor that is added to; it is not changed.
        indices: integers from 0 to the size of the axis - 1, of any shape.
        updates: of the shape of `base` with the axis replaced by the shape of `indices`, or
            something that broadcasts to it.
        axis: the axis that is indexed.

    Raises:
        ShapeError: for an axis that does not exist, or updates of another shape.
        TypeMismatchError: for indices that are no integers, or updates that the base can't hold.
    """
    base, indices = constant(base), constant(indices)
    axis = types.normal_axis(axis, base.ndim)
    check_index(indices.dtype, "scatter_add: indices")
    shape = (*base.shape[:axis], *indices.shape, *base.shape[axis + 1 :])
    updates = updates_for(base, updates, shape, "scatter_add")
    return make(SCATTER_ADD, (base, indices, updates), {"axis": axis}).outputs[0]


def gather(x: Any, indices: Any, axis: int) -> Tensor:
    """Elements along an axis, one for each index, as ``numpy.take_along_axis``.

    Args:
        x: the tensor.
        indices: integers with as many axes as `x`; the other axes broadcast.
        axis: the axis that is indexed.

    Returns:
        The shape of `indices` (broadcast with `x` on the other axes).

    Raises:
        ShapeError: for another number of axes, or sizes that don't broadcast.
        TypeMismatchError: for indices that are no integers.
    """
    x, indices = constant(x), constant(indices)
    axis = types.normal_axis(axis, x.ndim)
    check_index(indices.dtype, "gather: indices")
    if x.ndim == indices.ndim:
        x, indices = _fit(x, indices, axis)
    return make(GATHER, (x, indices), {"axis": axis}).outputs[0]


def _fit(x: Tensor, indices: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Both broadcast to each other on all axes but one."""
    both = types.broadcast([(*t.shape[:axis], 1, *t.shape[axis + 1 :]) for t in (x, indices)])
    fitted = [
        broadcast_to(t, (*both[:axis], t.shape[axis], *both[axis + 1 :])) for t in (x, indices)
    ]
    return fitted[0], fitted[1]


def scatter_add_along(base: Any, indices: Any, updates: Any, axis: int) -> Tensor:
    """`base` with each update added along an axis at its own index; repeats accumulate.

    Args:
        base: the tensor that is added to; it is not changed.
        indices: integers in the shape of `base` but for the axis.
        updates: in the shape of `indices`, or something that broadcasts to it.
        axis: the axis that is indexed.

    Raises:
        ShapeError: for shapes that don't fit.
        TypeMismatchError: for indices that are no integers, or updates that the base can't hold.
    """
    base, indices = constant(base), constant(indices)
    axis = types.normal_axis(axis, base.ndim)
    check_index(indices.dtype, "scatter_add_along: indices")
    updates = updates_for(base, updates, indices.shape, "scatter_add_along")
    return make(SCATTER_ADD_ALONG, (base, indices, updates), {"axis": axis}).outputs[0]


builders.update(scatter_add=scatter_add, gather=gather, scatter_add_along=scatter_add_along)
