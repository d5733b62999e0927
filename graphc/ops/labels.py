"""Labels: one entry of each row by its number, and one-hot rows.

The same conventions as in :mod:`graphc.ops.scatter`: integers from 0 to the size - 1, checked where
data enter, and no negative ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType
from graphc.ops.base import COMPARE, PRODUCT, SUM, UNARY, Array, Emitter, Op, Sample, register
from graphc.ops.catalogue import sp
from graphc.ops.elementwise import Elementwise, cast
from graphc.ops.filled import zeros
from graphc.ops.flat import scatter, take
from graphc.ops.leaf import constant, iota
from graphc.ops.positions import as_int64, check_index, checked
from graphc.ops.scatter import Indexed, same, updates_for
from graphc.ops.shape import expand_dims, reshape


class Pick(Indexed):
    """One entry of each row: of ``x[..., C]`` the one that an index of shape ``[...]`` names."""

    name = "pick"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, indices = types_
        check_index(indices.dtype)
        if x.rank == 0:
            raise ShapeError("a scalar has no entries to pick from")
        same("indices", x.shape[:-1], indices)
        return (x.with_shape(indices.shape),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x, indices), (ct,) = node.inputs, cotangents
        assert ct is not None
        return spread(ct, indices, x.shape[-1]), None

    def lower(self, node: Node) -> Sequence[Tensor]:
        x, indices = node.inputs
        where = self.along(x, indices, x.ndim - 1)
        return (reshape(take(x, where, None), indices.shape),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        x, indices = arrays
        at = checked(indices, x.shape[-1])[..., None]
        return (np.asarray(np.take_along_axis(x, at, -1)[..., 0]),)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(37).normal(size=(3, 2, 4))
        return [
            Sample((x[:, 0], np.array([3, 0, 3]))),
            Sample((x, np.array([[0, 3], [1, 1], [2, 0]], "int32"))),
            Sample((x.T, np.array([[2, 0], [1, 1], [2, 2], [0, 0]]))),
            Sample((x[0, 0], np.array(2))),
            Sample((x[:0, 0], np.zeros((0,), "int64"))),
            Sample((x[:1, 0, :1], np.array([0], "uint8"))),
        ]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"{args[0]}[{args[1]}]"


class Spread(Op):
    """Each value at one entry of a row of zeros; the derivative of `pick`."""

    name = "spread"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        values, indices = types_
        check_index(indices.dtype)
        same("indices", values.shape, indices)
        return (values.with_shape((*values.shape, attrs["depth"])),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return pick(ct, node.inputs[1]), None

    def lower(self, node: Node) -> Sequence[Tensor]:
        # Filling and adding beats comparing with every class at any number of classes.
        values, indices = node.inputs
        out = node.outputs[0]
        return (add_at(zeros(out.shape, out.dtype), indices, values),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (values, indices), depth = arrays, attrs["depth"]
        hot = checked(indices, depth)[..., None] == np.arange(depth)
        return (np.where(hot, values[..., None], 0).astype(values.dtype),)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(38).normal(size=(3, 2))
        return [
            Sample((x[:, 0], np.array([3, 0, 3])), {"depth": 4}),
            Sample((x, np.array([[0, 99], [1, 1], [2, 0]], "int32")), {"depth": 100}),
            Sample((x.T[:, ::-1], np.array([[2, 0, 0], [1, 1, 2]])), {"depth": 3}),
            Sample((np.array(1.5), np.array(1)), {"depth": 2}),
            Sample((x[:0], np.zeros((0, 2), "int64")), {"depth": 2}),
            Sample((x[:1, 0], np.array([0])), {"depth": 1}),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(1, node.attrs["depth"])]

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        return f"onehot({args[1]}) * {args[0]}", PRODUCT


class AddAt(Indexed):
    """`x` with a value added to one entry of each row, in place where that is safe."""

    name = "add_at"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        PICK.infer(types_[:2], attrs)
        self.check_updates(types_, types_[1].shape)
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return ct, None, pick(ct, node.inputs[1])

    def lower(self, node: Node) -> Sequence[Tensor]:
        x, indices, values = node.inputs
        return (scatter(x, self.along(x, indices, x.ndim - 1), values),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        x, indices, values = arrays
        (added,) = SPREAD.reference((values, indices), {"depth": x.shape[-1]})
        return (x + added,)

    def samples(self) -> Sequence[Sample]:
        values = np.random.default_rng(39).normal(size=8)
        return [
            Sample((x, at, values[: at.size].reshape(at.shape)))
            for x, at in (s.arrays for s in PICK.samples())
        ]

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        if args[2] == "-1":
            return f"{args[0]} - onehot({args[1]})", SUM
        return f"{args[0]} + onehot({args[1]}) * {args[2]}", SUM


class Matches(Elementwise):
    """Where an index is that of a class: `equal`, but it knows the range of the indices."""

    def samples(self) -> Sequence[Sample]:
        at = np.array([[2, 0, 2], [1, 1, 0]])[..., None]
        return [
            Sample((at, np.arange(3)), smooth=False),
            Sample((at[:0], np.arange(4)), smooth=False),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(0, node.inputs[1].shape[-1])]


class OneHot(Op):
    """Rows of zeros with a one where an index says."""

    name = "one_hot"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (indices,) = types_
        check_index(indices.dtype)
        return (TensorType(attrs["dtype"], (*indices.shape, attrs["depth"])),)

    def lower(self, node: Node) -> Sequence[Tensor]:
        (indices,), depth = node.inputs, node.attrs["depth"]
        limit = np.iinfo(indices.dtype).max
        if not (limit >= 2**31 - 1 if not isinstance(depth, int) else limit >= depth - 1):
            indices = as_int64(indices)
        classes = iota((depth,), dtype=indices.dtype)
        return (cast(MATCHES(expand_dims(indices, -1), classes), node.attrs["dtype"]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (indices,), depth = arrays, attrs["depth"]
        hot = checked(indices, depth)[..., None] == np.arange(depth)
        return (hot.astype(attrs["dtype"]),)

    def samples(self) -> Sequence[Sample]:
        at = np.array([[2, 0, 2], [1, 1, 0]])
        return [
            Sample((at,), {"depth": 3, "dtype": "float32"}, smooth=False),
            Sample((at.T[::-1].astype("uint8"),), {"depth": 300, "dtype": "float64"}, smooth=False),
            Sample((np.array(1, "int32"),), {"depth": 2, "dtype": "bool"}, smooth=False),
            Sample((at[:0],), {"depth": 1, "dtype": "int64"}, smooth=False),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(0, node.attrs["depth"])]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"onehot({args[0]})"


class KnownLabels(Op):
    """Class numbers with 0 where they are one that is to be ignored.

    The second operand says where they are not.  An op of its own, and no arithmetic, because it
    knows the range of the labels.
    """

    name = "known_labels"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        labels, kept = types_
        check_index(labels.dtype)
        if kept.dtype != "bool" or kept.shape != labels.shape:
            raise ShapeError(f"a mask of shape {labels.shape} is expected, not {kept}")
        return (labels,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        labels, kept = arrays
        checked(labels[kept], attrs["size"])
        return (np.where(kept, labels, 0).astype(labels.dtype),)

    def samples(self) -> Sequence[Sample]:
        at = np.array([[3, -100, 3], [1, -100, 0]])
        wrapped = (at % 256).astype("uint8")
        return [
            Sample((at, at != -100), {"size": 4, "ignored": -100}, smooth=False),
            Sample((wrapped.T, wrapped.T != 156), {"size": 5, "ignored": 156}, smooth=False),
            Sample((at[0, 0], np.array(True)), {"size": 4, "ignored": 1}, smooth=False),
            Sample((at[:0], at[:0] > 0), {"size": 1, "ignored": 9}, smooth=False),
        ]

    def index_range(self, node: Node) -> list[tuple[int, DimLike]]:
        """The operands that are indices, and the sizes that they must stay below."""
        return [(0, node.attrs["size"])]

    def plain(self, e: Emitter) -> tuple[str, int]:
        return f"{e.arg(0, PRODUCT)} * {e.arg(1, UNARY)}", PRODUCT

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.multiply({e.args[0]}, {e.args[1]}, out={e.out})"]

    def inplace(self, node: Node) -> Sequence[int]:
        return (0,)

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        return f"{args[0]} * {args[1]}", PRODUCT


PICK = register(Pick())
SPREAD = register(Spread())
ADD_AT = register(AddAt())
ONE_HOT = register(OneHot())
KNOWN_LABELS = register(KnownLabels())
MATCHES = Matches(
    "matches",
    lambda x, y: sp.Eq(x, y),
    ufunc="np.equal",
    infix=("==", COMPARE),
    python="{0} == {1}",
    reference=lambda indices, classes: checked(indices, classes.shape[-1]) == classes,
    result="bool",
    differentiable=False,
)
register(MATCHES)


def pick(x: Any, indices: Any) -> Tensor:
    """One entry of each row: ``x[..., indices]``, such as the label's score.

    Args:
        x: shape (..., C).
        indices: integers from 0 to C - 1, shape (...).

    Returns:
        Shape (...).

    Raises:
        ShapeError: when `indices` does not have the shape of `x` without its last axis.
        TypeMismatchError: for indices that are no integers.
    """
    x, indices = constant(x), constant(indices)
    check_index(indices.dtype, "pick: indices")
    return make(PICK, (x, indices)).outputs[0]


def spread(values: Any, indices: Any, depth: Any) -> Tensor:
    """Rows of zeros with one value each: ``one_hot(indices, depth) * values[..., None]``.

    Args:
        values: shape (...).
        indices: integers from 0 to `depth` - 1, shape (...).
        depth: the length of a row, an int or a dimension.

    Returns:
        Shape (..., depth).

    Raises:
        ShapeError: when the shapes of `values` and `indices` differ.
        TypeMismatchError: for indices that are no integers.
    """
    values, indices = constant(values), constant(indices)
    check_index(indices.dtype, "spread: indices")
    return make(SPREAD, (values, indices), {"depth": dims.dim(depth)}).outputs[0]


def add_at(x: Any, indices: Any, values: Any) -> Tensor:
    """`x` with a value added to one entry of each row: ``x + spread(values, indices, C)``.

    Args:
        x: shape (..., C); it is not changed.
        indices: integers from 0 to C - 1, shape (...).
        values: shape (...), or something that broadcasts to it.

    Raises:
        ShapeError: for shapes that don't fit.
        TypeMismatchError: for indices that are no integers, or values that `x` can't hold.
    """
    x, indices = constant(x), constant(indices)
    check_index(indices.dtype, "add_at: indices")
    values = updates_for(x, values, indices.shape, "add_at")
    return make(ADD_AT, (x, indices, values)).outputs[0]


def one_hot(indices: Any, depth: Any, dtype: Any = "float32") -> Tensor:
    """A row of zeros with a single 1 for each index.

    Args:
        indices: integers from 0 to `depth` - 1, of any shape.
        depth: the length of a row, an int or a dimension.
        dtype: the element type of the result.

    Returns:
        The shape of `indices` with an axis of size `depth` behind.

    Raises:
        TypeMismatchError: for indices that are no integers.
    """
    indices = constant(indices)
    check_index(indices.dtype, "one_hot: indices")
    attrs = {"depth": dims.dim(depth), "dtype": types.dtype_name(dtype)}
    return make(ONE_HOT, (indices,), attrs).outputs[0]


def known_labels(labels: Tensor, kept: Tensor, ignored: int, size: DimLike) -> Tensor:
    """Labels from 0 to `size` - 1, with 0 where they are not `kept`.

    Args:
        labels: integers of any shape, from 0 to `size` - 1 or `ignored`.
        kept: bool, in the same shape: ``labels != ignored``.

    Raises:
        ShapeError, TypeMismatchError: for other shapes and element types.
    """
    return make(KNOWN_LABELS, (labels, kept), {"ignored": ignored, "size": size}).outputs[0]


builders.update(pick=pick, spread=spread, add_at=add_at, one_hot=one_hot)
