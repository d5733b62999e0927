"""What runs along an axis: the place of the largest or smallest element, and running sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError
from graphc.ir import types
from graphc.ir.dims import Dim, DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType, shape_text
from graphc.ops.base import ATOM, PRODUCT, Array, Emitter, Op, Sample, register
from graphc.ops.leaf import constant
from graphc.ops.slicing import atom, draw, flip


def accumulator(dtype: str) -> str:
    """The element type in which NumPy adds up and multiplies: 64 bits for integers."""
    return types.dtype_name(np.sum(np.zeros(0, dtype)).dtype)


def nonempty(x: TensorType, axes: Sequence[int], what: str) -> None:
    """Raise ShapeError for an axis that is known to be empty."""
    for axis in axes:
        if x.shape[axis] == 0:
            raise ShapeError(f"axis {axis} of {shape_text(x.shape)} is empty: it has no {what}")


def over(node: Node, axes: Sequence[int], word: str, text: str) -> str | tuple[str, int]:
    """How people write a reduction: ``sum(x)``, ``sum over N of x``, ``sum(x, axis 1)``."""
    shape = node.inputs[0].shape
    if len(axes) == len(shape):
        return f"{word}({text})", ATOM
    if len(axes) == 1 and isinstance(size := shape[axes[0]], Dim) and str(size).isidentifier():
        return f"{word} over {size} of {atom(text)}", PRODUCT
    names = ", ".join(map(str, axes))
    return f"{word}({text}, {'axis' if len(axes) == 1 else 'axes'} {names})", ATOM


class ArgExtreme(Op):
    """The index of the first largest or smallest element, along an axis or in the flat tensor."""

    differentiable = False
    requires_contiguous = (0,)  # NumPy copies any other operand

    def __init__(self, name: str) -> None:
        self.name = name

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (x,), axis = types_, attrs["axis"]
        axes = types.normal_axes(axis, x.rank)
        nonempty(x, axes, f"{self.name[3:]}imum")
        return (TensorType("int64", tuple(s for i, s in enumerate(x.shape) if i not in axes)),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.asarray(getattr(np, self.name)(arrays[0], axis=attrs["axis"])),)

    def samples(self) -> Sequence[Sample]:
        x, ties = draw(3, 4), np.array([[1.0, 1.0], [0.0, 2.0], [1.0, 2.0]])
        cases: list[tuple[Array, int | None]] = [(x, 1), (x, 0), (x, None), (ties, 0), (ties, 1)]
        cases += [
            (x[::-1, ::2], 1),
            (x.T, 0),
            (x[:0], 1),
            (draw(2, 3, 4), 1),
            (np.array(1.0), None),
        ]
        return [Sample((a,), {"axis": axis}, smooth=False) for a, axis in cases]

    def _moved(self, node: Node) -> tuple[int, ...] | None:
        """The order of axes that puts the one searched last, where it is not."""
        axis, rank = node.attrs["axis"], node.inputs[0].ndim
        if axis is None or axis == rank - 1:
            return None
        return (*(i for i in range(rank) if i != axis), axis)

    def plain(self, e: Emitter) -> str:
        axis = e.node.attrs["axis"]
        return f"{e.arg(0)}.{self.name}({'' if axis is None else f'axis={axis}'})"

    def scratch(self, node: Node) -> Sequence[TensorType]:
        order, x = self._moved(node), node.inputs[0].type
        return () if order is None else (x.with_shape(x.shape[axis] for axis in order),)

    def planned(self, e: Emitter) -> Sequence[str]:
        order = self._moved(e.node)
        if order is None:
            axis = e.node.attrs["axis"]
            place = "" if axis is None else f"axis={axis}, "
            return [f"{e.arg(0)}.{self.name}({place}out={e.out})"]
        turned = "T" if order == (1, 0) else f"transpose({', '.join(map(str, order))})"
        return [
            f"np.copyto({e.scratch[0]}, {e.arg(0)}.{turned})",
            f"{e.scratch[0]}.{self.name}(axis={len(order) - 1}, out={e.out})",
        ]

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        axes = types.normal_axes(node.attrs["axis"], node.inputs[0].ndim)
        return over(node, axes, self.name, args[0])


class Cumsum(Op):
    """Running sums along an axis."""

    name = "cumsum"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        types.normal_axis(attrs["axis"], types_[0].rank)
        return (types_[0].with_dtype(accumulator(types_[0].dtype)),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), axis = cotangents, node.attrs["axis"]
        assert ct is not None
        return (flip(cumsum(flip(ct, axis), axis), axis),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.cumsum(arrays[0], axis=attrs["axis"]),)

    def samples(self) -> Sequence[Sample]:
        x = draw(3, 4)
        cases = [(x, 0), (x, 1), (x.T[::-1], 1), (x[:0], 0), (x[:, :1], 1), (draw(2, 3, 2), 1)]
        result = [Sample((a,), {"axis": axis}) for a, axis in cases]
        return [*result, Sample((x > 0,), {"axis": 1}, smooth=False)]

    def plain(self, e: Emitter) -> str:
        return f"{e.arg(0)}.cumsum(axis={e.node.attrs['axis']})"

    def planned(self, e: Emitter) -> Sequence[str]:
        axis = e.node.attrs["axis"]
        if e.node.inputs[0].dtype == e.node.outputs[0].dtype:
            return [f"{e.arg(0)}.cumsum(axis={axis}, out={e.out})"]
        # Accumulating from another element type would convert a copy of the whole operand.
        return [f"np.copyto({e.out}, {e.args[0]})", f"{e.out}.cumsum(axis={axis}, out={e.out})"]

    def flops(self, node: Node) -> DimLike:
        return node.outputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        return f"cumsum({args[0]}, axis {node.attrs['axis']})"


ARGMAX = register(ArgExtreme("argmax"))
ARGMIN = register(ArgExtreme("argmin"))
CUMSUM = register(Cumsum())


def _arg(op: Op, x: Any, axis: int | None) -> Tensor:
    x = constant(x)
    place = None if axis is None else types.normal_axis(axis, x.ndim)
    return make(op, (x,), {"axis": place}).outputs[0]


def argmax(x: Any, axis: int | None = None) -> Tensor:
    """The index of the first largest element along an axis (of the flat tensor if None): int64.

    Raises:
        ShapeError: for an axis that does not exist or is known to be empty.
    """
    return _arg(ARGMAX, x, axis)


def argmin(x: Any, axis: int | None = None) -> Tensor:
    """The index of the first smallest element along an axis (of the flat tensor if None): int64.

    Raises:
        ShapeError: for an axis that does not exist or is known to be empty.
    """
    return _arg(ARGMIN, x, axis)


def cumsum(x: Any, axis: int) -> Tensor:
    """Running sums along an axis; integers and booleans are added up as int64.

    Raises:
        ShapeError: for an axis that does not exist.
    """
    x = constant(x)
    return make(CUMSUM, (x,), {"axis": types.normal_axis(axis, x.ndim)}).outputs[0]


builders.update(argmax=argmax, argmin=argmin, cumsum=cumsum)
