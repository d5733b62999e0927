"""Values brought to mean 0 and variance 1: what every normalisation layer is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import GraphError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, make
from graphc.ir.types import TensorType
from graphc.ops import reduce
from graphc.ops.base import PRODUCT, Array, Op, Sample, register
from graphc.ops.catalogue import sqrt, square
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant, dimension


class Standardize(Op):
    """``(x - mean) / sqrt(var + epsilon)`` with the mean and the variance over some axes; without
    `centred`, ``x / sqrt(mean(x**2) + epsilon)``.

    The derivative is the compact one of the textbooks.  With ``s = 1 / sqrt(var + epsilon)`` and M
    elements in each mean, ``d xhat_j / d x_i = s ([i = j] - 1/M - xhat_i xhat_j / M)``, so

        d_x = s (d_xhat - mean(d_xhat) - xhat mean(d_xhat xhat))

    It holds for any epsilon, for ``d var / d x_i = 2 (x_i - mean) / M`` alone passes through `s`.
    (S. Ioffe and C. Szegedy, "Batch normalization", 2015, section 3, with the sums put together.)
    """

    name = "standardize"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        types.normal_axes(attrs["axes"], types_[0].rank)
        if not types.is_float(types_[0].dtype):
            raise TypeMismatchError(f"a floating type is expected, not {types_[0].dtype}")
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), xhat, axes = cotangents, node.outputs[0], node.attrs["axes"]
        assert ct is not None
        ct, scale = _without_factor(ct, axes)
        with origins.role("forward"):  # the forward pass computes it too
            inverse = inverse_std(node)
        if scale is not None:
            inverse = inverse * scale
        inner = ct - _mean_gradient(ct, axes) if node.attrs["centred"] else ct
        return (inverse * (inner - xhat * _mean_gradient(ct * xhat, axes)),)

    def lower(self, node: Node) -> Sequence[Tensor]:
        (x,), axes = node.inputs, node.attrs["axes"]
        power = mean_over(square(distance(node)), axes)
        inverse = inverse_std(node)
        result = distance(node) * inverse
        if x.name and x.node.rooted:
            _suggest(power, f"{x.name}_{'var' if node.attrs['centred'] else 'mean_square'}")
            _suggest(inverse, f"{x.name}_inv_{'std' if node.attrs['centred'] else 'rms'}")
            _suggest(result, node.outputs[0].name or f"{x.name}_hat")
            if node.attrs["centred"]:
                _suggest(mean_over(x, axes), f"{x.name}_mean")
        return (result,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x,), axes, epsilon = arrays, attrs["axes"], attrs["epsilon"]
        with np.errstate(all="ignore"):
            if attrs["centred"]:
                x = x - x.mean(axis=axes, keepdims=True)
            spread = np.sqrt((x * x).mean(axis=axes, keepdims=True) + x.dtype.type(epsilon))
            return (x / spread,)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(8)
        x = rng.normal(size=(4, 3))
        offset = 1e6 + x
        return [
            Sample((a,), {"axes": axes, "epsilon": 1e-5, "centred": centred})
            for a, axes, centred in [
                (x, (0,), True),
                (x, (1,), True),
                (x, (1,), False),
                (x[:1], (0,), True),
                (np.ones((3, 2)), (0,), True),
                (rng.normal(size=(2, 3, 4)), (0, 1), True),
                (rng.normal(size=(2, 3, 4)), (1,), True),
                (rng.normal(size=(2, 3, 4)), (0, 2), False),
            ]
        ] + [Sample((offset,), {"axes": (0,), "epsilon": 1e-5, "centred": True}, smooth=False)]

    def flops(self, node: Node) -> DimLike:
        return 5 * node.outputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        epsilon = f"{node.attrs['epsilon']:g}"
        if node.attrs["centred"]:
            return f"({args[0]} - mean) / sqrt(var + {epsilon})", PRODUCT
        return f"{args[0]} / sqrt(mean_square + {epsilon})", PRODUCT


STANDARDIZE = register(Standardize())


def _suggest(tensor: Tensor, name: str) -> None:
    if not tensor.name:
        tensor.named(name)


def mean_over(x: Tensor, axes: Sequence[int]) -> Tensor:
    """The mean over some axes in a shape that broadcasts against `x`.

    Over the leading axes, as in a batch, the shape has no axes of size 1, so that the sum in it is
    the one in the gradient of a vector that was added to every row.
    """
    if tuple(axes) == tuple(range(len(axes))) and len(axes) < x.ndim:
        return reduce.mean(x, axes)
    return reduce.mean(x, axes, keepdims=True)


def _mean_gradient(ct: Tensor, axes: Sequence[int]) -> Tensor:
    """`mean_over`; over a batch as the sum that is a gradient already, over the batch's size."""
    if tuple(axes) != tuple(range(len(axes))) or len(axes) == ct.ndim:
        return mean_over(ct, axes)
    count = dims.product(ct.shape[axis] for axis in axes)
    return reduce.sum(ct, axes) / dimension(count, ct.dtype)


def moments(x: Tensor, axes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Mean and variance (of all elements, in two passes) as `standardize` uses them."""
    mean = mean_over(x, axes)
    return mean, mean_over(square(x - mean), axes)


def distance(node: Node) -> Tensor:
    """What a `standardize` divides."""
    (x,) = node.inputs
    return x - mean_over(x, node.attrs["axes"]) if node.attrs["centred"] else x


def inverse_std(node: Node) -> Tensor:
    """What a `standardize` multiplies by: ``1 / sqrt(var + epsilon)``."""
    power = mean_over(square(distance(node)), node.attrs["axes"])
    return 1 / sqrt(power + node.attrs["epsilon"])


def _without_factor(ct: Tensor, axes: Sequence[int]) -> tuple[Tensor, Tensor | None]:
    """``(a, g)`` where a cotangent is ``a g`` and `g` is the same along all of `axes`.

    Then the sums of ``a g`` are those of `a`, which the gradients of `g` and of a bias need anyway,
    times `g`.
    """
    if ct.node.op.name != "multiply":
        return ct, None
    for factor, rest in (ct.node.inputs, ct.node.inputs[::-1]):
        missing = ct.ndim - factor.ndim
        flat = all(axis < missing or factor.shape[axis - missing] == 1 for axis in axes)
        if flat and rest.shape == ct.shape and factor.ndim:
            return rest, factor
    return ct, None


def standardize(x: Any, axis: Any = -1, epsilon: float = 1e-5, *, center: bool = True) -> Tensor:
    """``(x - mean) / sqrt(var + epsilon)``, the mean and the variance taken over `axis`.

    The variance is that of all elements (divided by their number), in two passes.  A constant
    gives 0.  Integers give float64.

    Args:
        x: the tensor.
        axis: an int, several, or None for all axes.
        epsilon: what keeps the quotient finite.
        center: False divides by ``sqrt(mean(x**2) + epsilon)`` and subtracts nothing.

    Raises:
        ShapeError: for an axis that does not exist or is named twice.
        GraphError: for an `epsilon` that is not above 0.
    """
    x = constant(x)
    check_epsilon("standardize", epsilon)
    x = x if types.is_float(x.dtype) else cast(x, "float64")
    attrs = {
        "axes": types.normal_axes(axis, x.ndim),
        "epsilon": float(epsilon),
        "centred": bool(center),
    }
    return make(STANDARDIZE, (x,), attrs).outputs[0]


def check_epsilon(what: str, value: Any) -> float:
    """A number above 0; raises GraphError."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise GraphError(
            f"{what} at {origins.current()}: epsilon is a number above 0, not {value!r}"
        )
    return float(value)
