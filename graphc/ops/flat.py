"""Indexing as NumPy does it fastest: reading by `take`, adding at flat positions or whole rows.

The ops of :mod:`graphc.ops.index` are made of these three and of :mod:`graphc.ops.positions`.
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
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.leaf import constant, scalar_of
from graphc.ops.positions import as_int64, check_index, checked
from graphc.ops.shape import broadcast_to, reshape
from graphc.ops.slicing import atom

# The longest row that is added element by element: np.add.at takes 1.2 ns an element (and 8 bytes
# for its position), a row by itself 0.4 us; np.add.at on whole rows is slower than both.
ROW = 256


class Take(Op):
    """Slices of `x` along an axis, chosen by indices; elements of flattened `x` if axis is None."""

    name = "take"
    requires_contiguous = (0, 1)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (x, indices), axis = types_, attrs["axis"]
        check_index(indices.dtype)
        if axis is None:
            return (x.with_shape(indices.shape),)
        axis = types.normal_axis(axis, x.rank)
        return (x.with_shape((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x, indices), (ct,), axis = node.inputs, cotangents, node.attrs["axis"]
        assert ct is not None
        if axis is None:
            return SCATTER_ELEMENTS(as_int64(indices), ct, shape=x.shape), None
        zeros = broadcast_to(constant(0, x.dtype), x.shape)
        return builders["scatter_add"](zeros, indices, ct, axis), None

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        x, indices = node.inputs
        if indices.dtype == "int64":
            return None
        return (self(x, as_int64(indices), **node.attrs),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x, indices), axis = arrays, attrs["axis"]
        size = x.size if axis is None else x.shape[axis]
        return (np.asarray(np.take(x, checked(indices, size), axis=axis)),)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(31).normal(size=(4, 3, 2))
        return [
            Sample((x, np.array([3, 0, 3])), {"axis": 0}),
            Sample((x, np.array([[2, 0], [2, 2]], "int32")), {"axis": 1}),
            Sample((x.T[:, ::-1], np.array([1, 0, 1], "uint8")), {"axis": 2}),
            Sample((x, np.array([23, 0, 5, 5])), {"axis": None}),
            Sample((x, np.array(2)), {"axis": 0}),
            Sample((x, np.zeros((0,), "int64")), {"axis": 1}),
            Sample((x[:, :, :0], np.array([1])), {"axis": 0}),
            Sample((x[:1, :1, :1], np.array([0, 0])), {"axis": 0}),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        x, axis = node.inputs[0], node.attrs["axis"]
        return [(1, x.size if axis is None else x.shape[axis])]

    def plain(self, e: Emitter) -> str:
        axis = e.node.attrs["axis"]
        if axis == 0:
            return f"{e.arg(0)}[{e.args[1]}]"
        return f"np.take({e.args[0]}, {e.args[1]}{'' if axis is None else f', axis={axis}'})"

    def planned(self, e: Emitter) -> Sequence[str]:
        # mode="raise" would make NumPy buffer the result; the range is checked where data enter.
        axis = e.node.attrs["axis"]
        where = "" if axis is None else f", axis={axis}"
        return [f'np.take({e.args[0]}, {e.args[1]}{where}, out={e.out}, mode="clip")']

    def math(self, node: Node, args: Sequence[str]) -> str:
        axis = node.attrs["axis"]
        return f"{atom(args[0])}[{':, ' * (axis or 0)}{args[1]}]"


class _Scatter(Op):
    """Zeros of a shape, or a base, with updates added at positions; repeats accumulate.

    The operands are positions, updates and, unless it is zero, the base.
    """

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (positions, updates), base = types_[:2], types_[2:]
        check_index(positions.dtype, "positions")
        result = updates.with_shape(attrs["shape"])
        self.check(positions, updates, result)
        if base and base[0] != result:
            raise TypeMismatchError(f"the base is {base[0]} where {result} is expected")
        return (result,)

    def check(self, positions: TensorType, updates: TensorType, result: TensorType) -> None:
        """Refuse shapes that do not fit."""

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        positions, *rest = node.inputs
        if positions.dtype == "int64":
            return None
        return (self(as_int64(positions), *rest, **node.attrs),)

    def flops(self, node: Node) -> DimLike:
        return node.inputs[1].size

    def inplace(self, node: Node) -> Sequence[int]:
        return (2,) if len(node.inputs) == 3 else ()

    def start(self, e: Emitter) -> list[str]:
        """The statement that writes the base, if it is not there already."""
        if len(e.args) < 3:
            return [f"{e.out}.fill(0)"]
        return [] if e.args[2] == e.out else [f"np.copyto({e.out}, {e.args[2]})"]

    def fresh(self, e: Emitter) -> str:
        """An expression for a new array with the base in it."""
        if len(e.args) == 3:
            return f'np.array({e.args[2]}, order="C")'
        out = e.node.outputs[0]
        return f"np.zeros({e.shape(out.shape)}, dtype=np.{out.dtype})"

    def math(self, node: Node, args: Sequence[str]) -> str:
        base = f"{args[2]} + " if len(args) == 3 else ""
        return f"{base}scatter({args[1]} at {args[0]})"


class ScatterElements(_Scatter):
    """Updates added at positions in the flattened result."""

    name = "scatter_elements"
    requires_contiguous = (0, 1)
    helpers = ("add_elements",)

    def check(self, positions: TensorType, updates: TensorType, result: TensorType) -> None:
        if positions.shape != updates.shape:
            raise ShapeError(
                f"positions of shape {shape_text(positions.shape)} don't fit updates of shape "
                f"{shape_text(updates.shape)}"
            )

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (None, take(ct, node.inputs[0], None), ct)[: len(node.inputs)]

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        positions, updates, *base = arrays
        result = np.zeros(attrs["shape"], updates.dtype)
        result += base[0] if base else 0
        at = checked(positions, result.size).ravel()
        np.add.at(result.reshape(-1), at, updates.ravel())
        return (result,)

    def samples(self) -> Sequence[Sample]:
        u = np.random.default_rng(32).normal(size=(2, 3))
        at = np.array([[5, 0, 5], [3, 5, 0]])
        return [
            Sample((at, u), {"shape": (3, 2)}),
            Sample((at, u, u.T), {"shape": (3, 2)}),
            Sample((at[::-1, ::2].astype("int32"), u.T[:2].T[:, ::-1]), {"shape": (6,)}),
            Sample((np.array(0), np.array(2.0), np.array(1.0)), {"shape": ()}),
            Sample((at[:0], u[:0]), {"shape": (2, 2)}),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(0, node.outputs[0].size)]

    def plain(self, e: Emitter) -> str:
        return f"_add_elements({self.fresh(e)}, {e.args[0]}, {e.args[1]})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [*self.start(e), f"_add_elements({e.out}, {e.args[0]}, {e.args[1]})"]


class ScatterRows(_Scatter):
    """Rows added to the rows of a matrix; for rows so long that each is worth a call."""

    name = "scatter_rows"
    helpers = ("add_rows",)

    def check(self, positions: TensorType, updates: TensorType, result: TensorType) -> None:
        if result.rank != 2 or (*positions.shape, result.shape[-1]) != updates.shape:
            raise ShapeError(
                f"rows {shape_text(updates.shape)} can't be added at {shape_text(positions.shape)} "
                f"to {shape_text(result.shape)}"
            )

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (None, take(ct, node.inputs[0], 0), ct)[: len(node.inputs)]

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        rows, updates, *base = arrays
        result = np.zeros(attrs["shape"], updates.dtype)
        result += base[0] if base else 0
        np.add.at(result, checked(rows, len(result)), updates)
        return (result,)

    def samples(self) -> Sequence[Sample]:
        u, base = np.random.default_rng(33).normal(size=(2, 3, 4))
        rows = np.array([1, 0, 1])
        return [
            Sample((rows, u), {"shape": (5, 4)}),
            Sample((rows.astype("uint8")[::-1], u[:, ::2], base.T[:2, :2]), {"shape": (2, 2)}),
            Sample((rows[:0], u[:0], base), {"shape": (3, 4)}),
            Sample((rows[:1] * 0, u[:1, :1]), {"shape": (1, 1)}),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(0, node.outputs[0].shape[0])]

    def plain(self, e: Emitter) -> str:
        return f"_add_rows({self.fresh(e)}, {e.args[0]}, {e.args[1]})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [*self.start(e), f"_add_rows({e.out}, {e.args[0]}, {e.args[1]})"]


TAKE = register(Take())
SCATTER_ELEMENTS = register(ScatterElements())
SCATTER_ROWS = register(ScatterRows())


def take(x: Any, indices: Any, axis: int | None = 0) -> Tensor:
    """Slices along an axis chosen by indices, as ``numpy.take``: embeddings, batches.

    Args:
        x: the tensor.
        indices: integers from 0 to the size of the axis - 1, of any shape; others, negative ones
            among them, are refused when the function runs.
        axis: the axis that is indexed; None indexes the flattened tensor.

    Returns:
        The shape of `x` with the axis replaced by the shape of `indices`.

    Raises:
        ShapeError: for an axis that does not exist.
        TypeMismatchError: for indices that are no integers.
    """
    x, indices = constant(x), constant(indices)
    check_index(indices.dtype, "take: indices")
    axis = None if axis is None else types.normal_axis(axis, x.ndim)
    return make(TAKE, (x, indices), {"axis": axis}).outputs[0]


def scatter(base: Tensor, where: Tensor, updates: Tensor) -> Tensor:
    """`base` with updates added at flat positions, without reading a base of zeros."""
    parts = (where, reshape(updates, where.shape)) + (() if scalar_of(base) == 0 else (base,))
    return SCATTER_ELEMENTS(*parts, shape=base.shape)


def scatter_wide(base: Tensor, rows: Tensor, updates: Tensor, width: int) -> Tensor:
    """The same, for whole rows of `width` elements of the flattened base."""
    height = dims.exact_quotient(base.size, width)
    assert height is not None
    parts = [reshape(rows, (rows.size,)), reshape(updates, (rows.size, width))]
    if scalar_of(base) != 0:
        parts.append(reshape(base, (height, width)))
    return reshape(SCATTER_ROWS(*parts, shape=(height, width)), base.shape)


builders["take"] = take
