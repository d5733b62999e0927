"""Where indices lie in a flattened array.

Positions are computed as ordinary nodes; the part of them that does not depend on data is then
computed once per batch size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import DataError, TypeMismatchError
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ir.types import TensorType
from graphc.ops.base import PRODUCT, SUM, Array, Emitter, Op, Sample, register
from graphc.ops.elementwise import cast
from graphc.ops.leaf import dimension, iota
from graphc.ops.shape import reshape


def check_index(dtype: str, what: str = "indices") -> None:
    """Refuse indices that are no integers.

    Raises:
        TypeMismatchError: naming their type.
    """
    if not types.is_integer(dtype):
        raise TypeMismatchError(f"{what} must be integers, not {dtype}")


def checked(indices: Array, size: int) -> Array:
    """Indices as int64, all of them in ``0 .. size - 1``.

    Raises:
        DataError: naming the first that is not.
    """
    wrong = indices[(indices < 0) | (indices >= size)]
    if wrong.size:
        raise DataError(f"index {wrong.flat[0]} is out of range: 0 to {size - 1} are allowed")
    return indices.astype(np.int64)


def as_int64(indices: Tensor) -> Tensor:
    """Indices of the type that NumPy uses without a copy."""
    return cast(indices, "int64")


class Position(Op):
    """Indices as steps of `stride` through a flattened array, or counted from given starts.

    An op of its own, and no arithmetic, because it knows the range of its indices.
    """

    name = "position"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        check_index(types_[0].dtype)
        return (TensorType("int64", types.broadcast([t.shape for t in types_])),)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        indices, *starts = node.inputs
        if indices.dtype == "int64":
            return None
        return (self(as_int64(indices), *starts, **node.attrs),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        indices, *starts = arrays
        result = checked(indices, attrs["size"]) * np.int64(attrs["stride"])
        return (np.asarray(result + starts[0] if starts else result),)

    def samples(self) -> Sequence[Sample]:
        at = np.array([[3, 0, 3], [1, 2, 3]])
        return [
            Sample((at,), {"size": 4, "stride": 5}, smooth=False),
            Sample((at.T.astype("uint8"),), {"size": 4, "stride": 1000}, smooth=False),
            Sample((at[:, ::2], np.array([[0], [4]])), {"size": 4, "stride": 1}, smooth=False),
            Sample((at[0, 0], np.array([8, 4])), {"size": 4, "stride": 1}, smooth=False),
            Sample((at[:0],), {"size": 1, "stride": 2}, smooth=False),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(0, node.attrs["size"])]

    def _step(self, e: Emitter) -> str:
        return e.args[1] if len(e.args) > 1 else e.dim(e.node.attrs["stride"])

    def plain(self, e: Emitter) -> tuple[str, int]:
        if len(e.args) > 1:
            return f"{e.arg(1, SUM)} + {e.arg(0, PRODUCT)}", SUM
        return f"{e.arg(0, PRODUCT)} * {_factor(self._step(e))}", PRODUCT

    def planned(self, e: Emitter) -> Sequence[str]:
        function = "add" if len(e.args) > 1 else "multiply"
        return [f"np.{function}({e.args[0]}, {self._step(e)}, out={e.out})"]

    def inplace(self, node: Node) -> Sequence[int]:
        return [i for i, t in enumerate(node.inputs) if t.type == node.outputs[0].type]

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        if len(args) > 1:
            return f"{args[1]} + {args[0]}", SUM
        return f"{args[0]} * {_factor(str(node.attrs['stride']))}", PRODUCT


def _factor(text: str) -> str:
    return text if text.isalnum() else f"({text})"


POSITION = register(Position())


def positions(
    indices: Tensor, given: Sequence[DimLike], full: Sequence[DimLike], size: DimLike
) -> Tensor:
    """Where elements lie in a flattened array of shape ``(lead, size, inner)``.

    Args:
        indices: into the middle axis.
        given: their shape as a triple, each size that of `full` or 1.
        full: ``(lead, count, inner)``, the shape of what is read or written.
        size: of the middle axis.

    Returns:
        int64 positions, of shape `full` without its axes of size 1.
    """
    inner = full[2]
    keep = [axis for axis in range(3) if full[axis] != 1]
    result = reshape(as_int64(indices), tuple(given[axis] for axis in keep))
    start: Tensor | None = None
    for axis, stride in ((0, size * inner), (2, 1)):
        if axis in keep:
            steps = iota(tuple(full[i] if i == axis else 1 for i in keep), keep.index(axis))
            steps = steps if stride == 1 else steps * dimension(stride)
            start = steps if start is None else start + steps
    if inner != 1:
        result = POSITION(result, size=size, stride=inner)
        return result if start is None else start + result
    return result if start is None else POSITION(result, start, size=size, stride=1)
