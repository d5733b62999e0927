"""Reductions: sums, products, extremes and what is made of them, over one axis, several or all.

Conventions: ties in `max` and `min` share the cotangent equally; the sum of nothing is 0, the
product 1, the mean NaN, and the largest or smallest of nothing an error.

`argmax`, `argmin` and `cumsum` (:mod:`graphc.ops.along`) are passed on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType
from graphc.ops.along import accumulator, argmax, argmin, cumsum, nonempty, over
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.catalogue import exp, log, maximum, minimum, square, where
from graphc.ops.elementwise import cast
from graphc.ops.layout import contiguous
from graphc.ops.leaf import constant, dimension, iota, like
from graphc.ops.shape import broadcast_to, reshape, transpose
from graphc.ops.slicing import draw

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "sum",
    "var",
]


def _kept(shape: Sequence[DimLike], axes: Sequence[int]) -> tuple[DimLike, ...]:
    return tuple(1 if axis in axes else size for axis, size in enumerate(shape))


def _spread(reduced: Tensor, node: Node) -> Tensor:
    """A result of a reduction (or its cotangent) with the reduced axes back, of size 1."""
    return reshape(reduced, _kept(node.inputs[0].shape, node.attrs["axes"]))


def _cases(empty_axis: bool = True) -> list[tuple[Array, tuple[int, ...], bool]]:
    x = draw(2, 3, 4)
    return [
        (draw(3, 4), (0,), False),
        (draw(3, 4), (1,), True),
        (x, (0, 2), False),
        (x[:, ::-1, ::2], (0, 1, 2), True),
        (np.asfortranarray(draw(3, 4)), (0, 1), False),
        (draw(3, 1), (1,), False),
        (np.array(0.5), (), False),
        (x[:0], (0,), False) if empty_axis else (x[:0], (1,), False),
    ]


class Reduction(Op):
    """The base of reductions that NumPy has as a method of arrays.

    Attributes of nodes: `axes`, sorted; `keepdims`.
    """

    method = ""

    def result_type(self, dtype: str) -> str:
        """The element type of the result."""
        return dtype

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (x,), axes = types_, types.normal_axes(attrs["axes"], types_[0].rank)
        sizes = _kept(x.shape, axes)
        if not attrs["keepdims"]:
            sizes = tuple(size for axis, size in enumerate(sizes) if axis not in axes)
        return (TensorType(self.result_type(x.dtype), sizes),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        function = getattr(np, self.method or self.name)
        return (np.asarray(function(arrays[0], axis=attrs["axes"], keepdims=attrs["keepdims"])),)

    def samples(self) -> Sequence[Sample]:
        return [Sample((x,), {"axes": a, "keepdims": k}) for x, a, k in _cases()]

    def _call(self, e: Emitter, *more: str) -> str:
        axes, rank = e.node.attrs["axes"], e.node.inputs[0].ndim
        parts = [] if len(axes) == rank else [f"axis={axes[0] if len(axes) == 1 else axes}"]
        if e.node.attrs["keepdims"]:
            parts.append("keepdims=True")
        return f"{e.arg(0)}.{self.method}({', '.join([*parts, *more])})"

    def plain(self, e: Emitter) -> str:
        return self._call(e)

    def planned(self, e: Emitter) -> Sequence[str]:
        return [self._call(e, f"out={e.out}")]

    def flops(self, node: Node) -> DimLike:
        return node.inputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        return over(node, node.attrs["axes"], self.name, args[0])


class Sum(Reduction):
    """The sum; integers and booleans are added up in 64 bits."""

    name = method = "sum"

    def result_type(self, dtype: str) -> str:
        return accumulator(dtype)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x,), (ct,) = node.inputs, cotangents
        assert ct is not None
        return (broadcast_to(_spread(ct, node), x.shape),)


class Prod(Reduction):
    """The product."""

    name = method = "prod"

    def result_type(self, dtype: str) -> str:
        return accumulator(dtype)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        # Not out / x, which loses everything at zeros: for each element the product of the others,
        # as a product again, so that further derivatives are exact too.
        (x,), (ct,), axes = node.inputs, cotangents, node.attrs["axes"]
        assert ct is not None
        rest = [axis for axis in range(x.ndim) if axis not in axes]
        order = [*rest, *axes]
        count = dims.product(x.shape[axis] for axis in axes)
        row = reshape(transpose(x, order), (*(x.shape[axis] for axis in rest), 1, count))
        itself = builders["equal"](iota((count, count), 0), iota((count, count), 1))
        others = prod(where(itself, like(1, x), row), axis=-1)
        others = reshape(others, [x.shape[axis] for axis in order])
        others = transpose(others, [order.index(axis) for axis in range(x.ndim)])
        return (_spread(ct, node) * others,)

    def samples(self) -> Sequence[Sample]:
        zeros = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 4.0], [0.5, -1.0, 2.0]])
        more = [Sample((zeros,), {"axes": (1,), "keepdims": False})]
        more.append(Sample((zeros[:, 1:],), {"axes": (0, 1), "keepdims": True}))
        return [*super().samples(), *more]


class Extreme(Reduction):
    """The largest or the smallest element; elements that tie share the cotangent equally."""

    helpers = ("row_max",)

    def __init__(self, name: str) -> None:
        self.name = self.method = name

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        nonempty(types_[0], attrs["axes"], f"{self.name}imum")
        return super().infer(types_, attrs)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x,), (ct,), axes = node.inputs, cotangents, node.attrs["axes"]
        assert ct is not None
        reached = cast(builders["equal"](x, _spread(node.outputs[0], node)), x.dtype)
        return (_spread(ct, node) / sum(reached, axes, keepdims=True) * reached,)

    def prepared(self, e: Emitter) -> Sequence[tuple[str, str]]:
        (x,) = e.node.inputs
        if not self._has_rows(e.node):
            return ()
        return [("starts", f"np.arange(0, {e.dim(x.size)}, {e.dim(x.shape[-1])})")]

    def planned(self, e: Emitter) -> Sequence[str]:
        if not e.prepared:  # or on a device, where CuPy's own is fast
            return super().planned(e)
        return [f"_row_max({e.arg(0)}, {e.prepared[0]}, out={e.out})"]

    def _has_rows(self, node: Node) -> bool:
        """Whether it is the largest element of each row of a stack of matrices."""
        (x,) = node.inputs
        rows = x.ndim > 2 and node.attrs["axes"] == (x.ndim - 1,)
        return self.name == "max" and rows and contiguous(x)

    def samples(self) -> Sequence[Sample]:
        ties = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [-0.0, 0.0, 0.0]])
        sign = 1.0 if self.name == "max" else -1.0
        share = np.array([[0.5, 0.5, 0.0], [1 / 3] * 3, [1 / 3] * 3])
        attrs = {"axes": (1,), "keepdims": False}
        tied = Sample((sign * ties,), attrs, smooth=False, gradients=(share,))
        infinite = Sample((np.array([[-np.inf, -np.inf], [np.inf, 1.0]]),), attrs, smooth=False)
        cases = [*_cases(empty_axis=False), (draw(2, 3, 4), (2,), True)]
        plain = [Sample((x,), {"axes": a, "keepdims": k}) for x, a, k in cases]
        return [*plain, tied, infinite]


class Truth(Reduction):
    """Whether any, or all, elements are true (not zero)."""

    differentiable = False

    def __init__(self, name: str) -> None:
        self.name = self.method = name

    def result_type(self, dtype: str) -> str:
        return "bool"

    def samples(self) -> Sequence[Sample]:
        cases = [Sample((x > 0.3,), {"axes": a, "keepdims": k}) for x, a, k in _cases()]
        return [Sample((draw(3, 2).round(),), {"axes": (1,), "keepdims": False}), *cases]

    def flops(self, node: Node) -> DimLike:
        return 0


# ---- composites ---------------------------------------------------------------------------


class Composite(Reduction):
    """A floating reduction made of simpler ones."""

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if not types.is_float(types_[0].dtype):
            raise TypeMismatchError(f"a floating operand is expected, not {types_[0].dtype}")
        return super().infer(types_, attrs)

    def count(self, node: Node) -> Tensor:
        """The number of elements that each result is made of."""
        x = node.inputs[0]
        size = dims.product(x.shape[axis] for axis in node.attrs["axes"])
        return dimension(size - node.attrs.get("ddof", 0), x.dtype)

    def samples(self) -> Sequence[Sample]:
        return [Sample((x,), {"axes": a, "keepdims": k}) for x, a, k in _cases(empty_axis=False)]


class Mean(Composite):
    """The arithmetic mean."""

    name = "mean"

    def lower(self, node: Node) -> Sequence[Tensor]:
        total = sum(node.inputs[0], node.attrs["axes"], node.attrs["keepdims"])
        return (total / self.count(node),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x,), (ct,) = node.inputs, cotangents
        assert ct is not None
        return (broadcast_to(_spread(ct / self.count(node), node), x.shape),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x,), axes = arrays, attrs["axes"]
        total = np.sum(x, axis=axes, keepdims=attrs["keepdims"])
        count = np.prod([x.shape[axis] for axis in axes], dtype=np.int64)
        with np.errstate(all="ignore"):
            return (np.asarray(total / count.astype(x.dtype)),)


class Var(Composite):
    """The variance in two passes: the mean square distance from the mean."""

    name = "var"

    def _distance(self, node: Node) -> Tensor:
        (x,) = node.inputs
        return x - mean(x, node.attrs["axes"], keepdims=True)

    def lower(self, node: Node) -> Sequence[Tensor]:
        total = sum(square(self._distance(node)), node.attrs["axes"], node.attrs["keepdims"])
        return (total / self.count(node),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        # The distances sum to zero, so what passes through the mean vanishes.
        (ct,) = cotangents
        assert ct is not None
        return (_spread(2 * ct / self.count(node), node) * self._distance(node),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x,), axes = arrays, attrs["axes"]
        count = np.prod([x.shape[axis] for axis in axes], dtype=np.int64)
        with np.errstate(all="ignore"):
            centre = np.sum(x, axis=axes, keepdims=True) / count.astype(x.dtype)
            total = np.sum((x - centre) ** 2, axis=axes, keepdims=attrs["keepdims"])
            return (np.asarray(total / (count - attrs["ddof"]).astype(x.dtype)),)

    def samples(self) -> Sequence[Sample]:
        plain = [Sample(s.arrays, {**s.attrs, "ddof": 0}) for s in super().samples()]
        offset = Sample(
            (1e6 + draw(3, 4),), {"axes": (1,), "keepdims": True, "ddof": 0}, smooth=False
        )
        return [*plain, Sample((draw(3, 4),), {"axes": (0,), "keepdims": False, "ddof": 1}), offset]


class LogSumExp(Composite):
    """``log(sum(exp(x)))`` without overflow: the largest element is taken out first."""

    name = "logsumexp"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        nonempty(types_[0], attrs["axes"], "maximum")
        return super().infer(types_, attrs)

    def lower(self, node: Node) -> Sequence[Tensor]:
        (x,), axes = node.inputs, node.attrs["axes"]
        peak = max(x, axes, keepdims=True)
        # A row of infinities must not meet inf - inf; a sum below 1 is only possible there.
        limit = float(np.finfo(x.dtype).max)
        shifted = x - minimum(maximum(peak, -limit), limit)
        total = maximum(sum(exp(shifted), axes, keepdims=True), 1)
        return (reshape(log(total) + peak, node.outputs[0].shape),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x,), (ct,) = node.inputs, cotangents
        assert ct is not None
        # The bound makes the derivative of a row of -inf zero instead of NaN.
        out = maximum(_spread(node.outputs[0], node), float(np.finfo(x.dtype).min))
        return (_spread(ct, node) * exp(x - out),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        axes, keepdims = attrs["axes"], attrs["keepdims"]
        return (np.asarray(np.logaddexp.reduce(arrays[0], axis=axes, keepdims=keepdims)),)

    def samples(self) -> Sequence[Sample]:
        attrs = {"axes": (1,), "keepdims": False}
        large = np.array([[1e4, 1e4 - 1.0], [-1e4, -1e4 - 2.0], [800.0, -800.0]])
        masked = np.array([[-np.inf, 1.0], [-np.inf, -np.inf], [np.inf, 1e3]])
        return [*super().samples(), Sample((large,), attrs), Sample((masked,), attrs, smooth=False)]


SUM = Sum()
PROD = Prod()
MAX = Extreme("max")
MIN = Extreme("min")
ANY = Truth("any")
ALL = Truth("all")
MEAN = Mean()
VAR = Var()
LOGSUMEXP = LogSumExp()
for _op in (SUM, PROD, MAX, MIN, ANY, ALL, MEAN, VAR, LOGSUMEXP):
    register(_op)


def _reduce(op: Reduction, x: Any, axis: Any, keepdims: bool, **attrs: Any) -> Tensor:
    x = constant(x)
    axes = types.normal_axes(axis, x.ndim)
    if not axes and not attrs:  # each element is its own sum, mean, largest, ...
        return cast(x, op.result_type(x.dtype))
    return make(op, (x,), {"axes": axes, "keepdims": bool(keepdims), **attrs}).outputs[0]


def _floating(x: Any) -> Tensor:
    x = constant(x)
    return x if types.is_float(x.dtype) else cast(x, "float64")


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The sum over `axis`: an int, several, or None for all axes.

    Integers and booleans are added up as int64 (unsigned ones as uint64).

    Args:
        x: the tensor.
        axis: what is summed over and left out of the shape.
        keepdims: keep the axes, of size 1.

    Raises:
        ShapeError: for an axis that does not exist or is named twice.
    """
    return _reduce(SUM, x, axis, keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The product over `axis`; the arguments are those of `sum`.

    Derivatives are exact where elements are zero too; they take memory for the square of the
    number of factors.

    Raises:
        ShapeError: for an axis that does not exist or is named twice.
    """
    return _reduce(PROD, x, axis, keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The largest element over `axis`; the arguments are those of `sum`.

    Elements that tie share the cotangent equally.

    Raises:
        ShapeError: for an axis that does not exist, is named twice or is known to be empty.
    """
    return _reduce(MAX, x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The smallest element over `axis`; the arguments are those of `sum`.

    Elements that tie share the cotangent equally.

    Raises:
        ShapeError: for an axis that does not exist, is named twice or is known to be empty.
    """
    return _reduce(MIN, x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Whether any element over `axis` is true (not zero): bool; False for none at all.

    Raises:
        ShapeError: for an axis that does not exist or is named twice.
    """
    return _reduce(ANY, x, axis, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Whether all elements over `axis` are true (not zero): bool; True for none at all.

    Raises:
        ShapeError: for an axis that does not exist or is named twice.
    """
    return _reduce(ALL, x, axis, keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean over `axis`; the arguments are those of `sum`.  Integers give float64.

    Raises:
        ShapeError: for an axis that does not exist or is named twice.
    """
    return _reduce(MEAN, _floating(x), axis, keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False, ddof: int = 0) -> Tensor:
    """The variance over `axis`, in two passes: the squared distances from the mean, summed and
    divided by the number of elements less `ddof`.

    Raises:
        ShapeError: for an axis that does not exist or is named twice.
        TypeMismatchError: for a `ddof` that is no integer.
    """
    if isinstance(ddof, bool) or not hasattr(ddof, "__index__"):
        raise TypeMismatchError(f"var: ddof is an integer, not {ddof!r}")
    return _reduce(VAR, _floating(x), axis, keepdims, ddof=ddof.__index__())


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """``log(sum(exp(x)))`` over `axis`, for elements of any size, infinite ones included.

    The derivative is ``softmax(x)``, and 0 in a row of -inf.

    Raises:
        ShapeError: for an axis that does not exist, is named twice or is known to be empty.
    """
    return _reduce(LOGSUMEXP, _floating(x), axis, keepdims)


builders.update(
    sum=sum,
    prod=prod,
    max=max,
    min=min,
    any=any,
    all=all,
    mean=mean,
    var=var,
    logsumexp=logsumexp,
)
