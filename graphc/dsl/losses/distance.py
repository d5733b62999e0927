"""Losses of vectors that should lie near each other, or far apart: one value for each vector."""

from __future__ import annotations

from typing import Any

from graphc.dsl.losses.common import (
    check_signs,
    check_vectors,
    fail,
    number,
    positive,
    reduced,
)
from graphc.errors import ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops import reduce
from graphc.ops.catalogue import abs as absolute
from graphc.ops.catalogue import equal, minimum, relu, sqrt, square, where
from graphc.ops.leaf import constant
from graphc.ops.nn import custom_gradient, stop_gradient
from graphc.ops.shape import expand_dims, squeeze


def cosine_distance(a: Tensor, b: Any, reduction: str = "mean", weights: Any = None) -> Tensor:
    """``1 - a . b / (|a| |b|)`` over the last axis: 0 for one direction, 2 for opposite ones.

    A vector of zeros has similarity 0 to all others, and derivative 0.  Vectors are scaled before
    they are squared, so that none is too long or too short.

    Args:
        a: floating, ``(..., D)``.
        b: the same shape.
        reduction: ``"mean"`` over vectors, ``"sum"``, or ``"none"``, of shape ``(...)``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    name = "cosine_distance"
    with origins.scope(name):
        return reduced(name, 1 - _cosine(name, a, b), reduction, weights)


def cosine_embedding(
    a: Tensor,
    b: Any,
    targets: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    margin: float = 0.0,
) -> Tensor:
    """``1 - cos(a, b)`` where the target is 1, ``max(0, cos(a, b) - margin)`` where it is -1, over the
    last axis; as PyTorch's CosineEmbeddingLoss, but for vectors of zeros, which
    are treated as in :func:`cosine_distance`.  At the kink the derivative is 0.

    Args:
        a: floating, ``(..., D)``.
        b: the same shape.
        targets: 1 or -1, of shape ``(...)``, or one number for all.
        reduction: ``"mean"`` over vectors, ``"sum"``, or ``"none"``, of shape ``(...)``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.
        margin: from -1 to 1.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.hinge`; GraphError too for
            a margin out of range.
    """
    name = "cosine_embedding"
    if margin != 1:
        margin = number(name, "margin", margin, -1.0, 1.0)
    with origins.scope(name):
        cosine = _cosine(name, a, b)
        goal = constant(targets)
        check_signs(name, goal)
        if goal.shape not in ((), cosine.shape):
            raise fail(
                ShapeError,
                name,
                f"there is a target for each vector, so targets have shape "
                f"{types.shape_text(cosine.shape)}, not {types.shape_text(goal.shape)}",
                a,
                goal,
            )
        each = where(goal > 0, 1 - cosine, relu(cosine - margin))
        return reduced(name, each, reduction, weights)


def triplet_margin(
    anchor: Tensor,
    positives: Any,
    negatives: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    margin: float = 1.0,
    swap: bool = False,
    eps: float = 1e-6,
) -> Tensor:
    """``max(0, d(anchor, positive) - d(anchor, negative) + margin)`` over the last axis, with
    ``d(x, y) = |x - y + eps|`` (V. Balntas et al., "Learning local feature descriptors with triplets
    and shallow convolutional neural networks", 2016); as PyTorch's TripletMarginLoss.

    The derivative of a distance of 0 is 0, and that of the loss at its kink too.

    Args:
        anchor: floating, ``(..., D)``.
        positives: the same shape: what should be near.
        negatives: the same shape: what should be farther away by `margin`.
        reduction: ``"mean"`` over triplets, ``"sum"``, or ``"none"``, of shape ``(...)``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.
        margin: above 0.
        swap: whether the positive stands in for the anchor where it is nearer to the negative.
        eps: added to each difference, not negative.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    name = "triplet_margin"
    margin = positive(name, "margin", margin)
    eps = number(name, "eps", eps, 0.0)
    with origins.scope(name):
        near = _vectors(name, anchor, positives, ("the anchor", "the positive"))
        far = _vectors(name, anchor, negatives, ("the anchor", "the negative"))
        distance = _norm(anchor - far + eps)
        if swap:
            distance = minimum(distance, _norm(near - far + eps))
        each = relu(_norm(anchor - near + eps) - distance + margin)
        return reduced(name, each, reduction, weights)


def _vectors(name: str, a: Any, b: Any, whats: tuple[str, str]) -> Tensor:
    check_vectors(name, whats[0], a)
    other = constant(b)
    if other.shape != a.shape:
        raise fail(
            ShapeError,
            name,
            f"{whats[0]} has shape {types.shape_text(a.shape)} and {whats[1]} "
            f"{types.shape_text(other.shape)}; both are vectors along the last axis, of one shape",
            a,
            other,
        )
    return other.astype(a.dtype)


def _nonzero(x: Tensor) -> Tensor:
    return where(equal(x, 0), 1, x)


def _directed(x: Tensor) -> tuple[Tensor, Tensor]:
    """The unit vectors of `x`, zeros for zeros, and the lengths, with an axis of 1."""
    # What is divided by is held constant: neither result depends on it.
    largest = stop_gradient(reduce.max(absolute(x), axis=-1, keepdims=True))
    scaled = x / _nonzero(largest)
    length = sqrt(_nonzero(reduce.sum(square(scaled), axis=-1, keepdims=True)))
    return scaled / length, length * largest


@custom_gradient
def _norm(x: Tensor) -> Any:
    unit, length = _directed(x)
    return squeeze(length, -1), lambda ct: expand_dims(ct, -1) * unit


def _cosine(name: str, a: Any, b: Any) -> Tensor:
    return _cosine_of(a, _vectors(name, a, b, ("the first", "the second")))


@custom_gradient
def _cosine_of(a: Tensor, b: Tensor) -> Any:
    (u, a_length), (v, b_length) = _directed(a), _directed(b)
    cosine = reduce.sum(u * v, axis=-1, keepdims=True)

    def across(unit: Tensor, other: Tensor, length: Tensor) -> Tensor:
        slope = (other - cosine * unit) / _nonzero(length)
        return where(equal(length, 0), 0, slope)

    def backward(ct: Tensor) -> Any:
        wide = expand_dims(ct, -1)
        return wide * across(u, v, a_length), wide * across(v, u, b_length)

    return squeeze(cosine, -1), backward
