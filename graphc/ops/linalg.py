"""Products of matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType
from graphc.ops.base import PRODUCT, Array, Emitter, Op, Sample, register
from graphc.ops.elementwise import cast, unbroadcast
from graphc.ops.layout import dense
from graphc.ops.leaf import constant
from graphc.ops.shape import Reshape, transpose


class Matmul(Op):
    """The matrix product over the last two axes; the axes before them broadcast.

    An attribute `precision` says that the operands are halves and the result is float32.
    """

    name = "matmul"
    ufunc = "np.matmul"
    requires_matrices = (0, 1)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        a, b = types_
        if a.rank < 2 or b.rank < 2:
            raise ShapeError("both operands need two axes at least")
        if a.dtype != b.dtype:
            raise TypeMismatchError(f"the operands have types {a.dtype} and {b.dtype}")
        if a.shape[-1] != b.shape[-2]:
            raise ShapeError(f"inner sizes {a.shape[-1]} and {b.shape[-2]} differ")
        batch = types.broadcast([a.shape[:-2], b.shape[:-2]])
        dtype = "float32" if "precision" in attrs else a.dtype
        return (TensorType(dtype, (*batch, a.shape[-2], b.shape[-1])),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (a, b), (ct,) = node.inputs, cotangents
        assert ct is not None
        d_a = unbroadcast(matmul(ct, swap(b)), a.type)
        if b.ndim == 2:  # one product over all rows, not a sum of many
            a, ct = _rows(a), _rows(ct)
        return d_a, unbroadcast(matmul(swap(a), ct), b.type)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        a, b = node.inputs
        if b.ndim > 2 or a.ndim == 2 or not _gapless(a):
            return None
        # All rows at once: BLAS runs faster on one large matrix than on many small ones.
        return (builders["reshape"](matmul(_rows(a), b), node.outputs[0].shape),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.matmul(*arrays),)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(11)

        def draw(*shapes: tuple[int, ...]) -> Sample:
            return Sample(tuple(rng.normal(size=shape) for shape in shapes))

        strided = Sample((rng.normal(size=(4, 6))[:, ::2], rng.normal(size=(5, 3)).T))
        return [
            draw((3, 4), (4, 5)),
            draw((2, 3, 4), (4, 5)),
            draw((2, 1, 3, 4), (3, 4, 2)),
            draw((1, 1), (1, 1)),
            draw((0, 3), (3, 2)),
            draw((2, 0), (0, 3)),
            strided,
        ]

    def plain(self, e: Emitter) -> tuple[str, int]:
        return f"{e.arg(0, PRODUCT)} @ {e.arg(1, PRODUCT + 1)}", PRODUCT

    def planned(self, e: Emitter) -> Sequence[str]:
        # np.dot starts twice as fast as np.matmul, which matters for small layers, but it copies
        # a part of a matrix, which np.matmul hands to BLAS as it lies.
        flat = all(t.type.rank == 2 and dense(t) for t in e.node.inputs)
        return [f"{e.dot if flat else 'np.matmul'}({e.args[0]}, {e.args[1]}, out={e.out})"]

    def flops(self, node: Node) -> DimLike:
        return 2 * node.outputs[0].size * node.inputs[0].shape[-1]

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        return f"{args[0]} {args[1]}", PRODUCT


class ColumnSum(Op):
    """The sum of a matrix over its rows; the second operand is a vector of ones.

    Made by the compiler: ``ones @ x`` is the same sum, and the product starts sooner.
    """

    name = "column_sum"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, ones = types_
        if x.rank != 2 or ones.shape != x.shape[:1] or x.dtype != ones.dtype:
            raise ShapeError(
                f"a matrix and as many ones as it has rows are expected, not {x}, {ones}"
            )
        return (x.with_shape(x.shape[1:]),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x, _), (ct,) = node.inputs, cotangents
        assert ct is not None
        return builders["broadcast_to"](ct, x.shape), None

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0].sum(axis=0),)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(12).normal(size=(4, 3))
        return [Sample((x[:n], np.ones(n))) for n in (4, 1, 0)]

    def plain(self, e: Emitter) -> str:
        return f"{e.arg(0)}.sum(axis=0)"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.dot({e.args[1]}, {e.args[0]}, out={e.out})"]

    def flops(self, node: Node) -> DimLike:
        return node.inputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        return f"sum over {node.inputs[0].shape[0]} of {args[0]}", PRODUCT


class RowSum(ColumnSum):
    """The sum of a matrix over its columns; the second operand is a vector of ones.

    Made by the compiler: ``x @ ones`` is the same sum, and the product starts sooner.
    """

    name = "row_sum"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, ones = types_
        if x.rank != 2 or ones.shape != x.shape[1:] or x.dtype != ones.dtype:
            raise ShapeError(
                f"a matrix and as many ones as it has columns are expected, not {x}, {ones}"
            )
        return (x.with_shape(x.shape[:1]),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x, _), (ct,) = node.inputs, cotangents
        assert ct is not None
        return builders["broadcast_to"](builders["expand_dims"](ct, 1), x.shape), None

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0].sum(axis=1),)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(12).normal(size=(3, 4))
        return [Sample((x[:, :n], np.ones(n))) for n in (4, 1, 0)]

    def plain(self, e: Emitter) -> str:
        return f"{e.arg(0)}.sum(axis=1)"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.dot({e.args[0]}, {e.args[1]}, out={e.out})"]

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        return f"sum over {node.inputs[0].shape[1]} of {args[0]}", PRODUCT


def _rows(x: Tensor) -> Tensor:
    """A tensor as one matrix: the rows of all its matrices below one another."""
    rows: Tensor = builders["reshape"](x, (dims.product(x.shape[:-1]), x.shape[-1]))
    if x.name and rows.node.rooted and not rows.name:
        rows.named(f"{x.name}_rows")
    return rows


def _gapless(x: Tensor) -> bool:
    """Whether a tensor is contiguous, or will be: a view that can't be reshaped is copied."""
    node = x.node
    while isinstance(node.op, Op) and node.op.view:
        if isinstance(node.op, Reshape) and not node.op.keeps_strides(node):
            return True
        if not getattr(node.op, "contiguous_view", False):
            return False
        node = node.inputs[0].node
    return True


MATMUL = register(Matmul())
COLUMN_SUM = register(ColumnSum())
ROW_SUM = register(RowSum())


def swap(x: Tensor) -> Tensor:
    """The last two axes exchanged."""
    axes = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
    return transpose(x, axes)


def matmul(a: Any, b: Any) -> Tensor:
    """The matrix product, as ``numpy.matmul``: vectors are taken as a row or a column, the axes
    before the last two broadcast.

    Raises:
        ShapeError: when the inner sizes differ or an operand is a scalar.
    """
    a, b = constant(a), constant(b)
    dtype = types.promote([a.dtype, b.dtype])
    a, b = cast(a, dtype), cast(b, dtype)
    if a.ndim == 1 or b.ndim == 1:
        left = builders["expand_dims"](a, 0) if a.ndim == 1 else a
        right = builders["expand_dims"](b, 1) if b.ndim == 1 else b
        product = matmul(left, right)
        lost = ([product.ndim - 2] if a.ndim == 1 else []) + (
            [product.ndim - 1] if b.ndim == 1 else []
        )
        squeezed: Tensor = builders["squeeze"](product, tuple(lost))
        return squeezed
    return make(MATMUL, (a, b)).outputs[0]


builders["matmul"] = matmul
