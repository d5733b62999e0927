"""Losses of yes-or-no questions: one value for each element."""

from __future__ import annotations

from typing import Any

from graphc.dsl.losses.common import (
    check_probabilities,
    check_signs,
    fail,
    log_complement,
    log_probability,
    name_unnamed,
    reduced,
    same_shape,
)
from graphc.errors import GraphError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.catalogue import relu, softplus
from graphc.ops.leaf import constant, value_of


def binary_cross_entropy_with_logits(
    logits: Tensor,
    targets: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    pos_weight: Any = None,
) -> Tensor:
    """``-t log p - (1 - t) log(1 - p)`` with ``p = sigmoid(logits)``, as ``softplus(z) - z t``.

    Neither form overflows, and the derivative by the logits is ``sigmoid(z) - t`` (C. Bishop,
    "Pattern Recognition and Machine Learning", 2006, eqs. 4.90 and 4.91).

    Args:
        logits: any floating tensor, before any sigmoid.
        targets: 0, 1 or between, in the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"`` or ``"none"``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.
        pos_weight: a factor before ``-t log p``, above 0: a number, or one for each of the last
            axis; as in PyTorch it leaves the divisor of the mean alone.

    Raises:
        ShapeError, TypeMismatchError: as :func:`graphc.losses.squared_error`.
        GraphError: for an unknown reduction or a `pos_weight` that is not above 0.
    """
    name = "binary_cross_entropy_with_logits"
    with origins.scope("binary_cross_entropy"):
        targets = same_shape(name, logits, targets, ("the logits", "the target"))
        name_unnamed(logits, "logits")
        if pos_weight is None:
            each = softplus(logits) - logits * targets
        else:
            factor = _pos_weight(name, logits, pos_weight)
            each = factor * targets * softplus(-logits) + (1 - targets) * softplus(logits)
        return reduced(name, each, reduction, weights)


def _pos_weight(name: str, logits: Tensor, value: Any) -> Tensor:
    factor = constant(value, logits.dtype if isinstance(value, (int, float)) else None)
    if factor.shape not in ((), logits.shape[-1:]):
        raise fail(
            ShapeError,
            name,
            f"pos_weight is a number or one for each of the last axis, of shape "
            f"{types.shape_text(logits.shape[-1:])}, not {types.shape_text(factor.shape)}",
            logits,
            factor,
        )
    values = value_of(factor)
    if values is not None and not (values > 0).all():
        raise fail(GraphError, name, "pos_weight is above 0", factor)
    return factor.astype(logits.dtype)


def binary_cross_entropy(p: Tensor, t: Any, reduction: str = "mean", weights: Any = None) -> Tensor:
    """``-t log p - (1 - t) log(1 - p)`` for probabilities.

    Where `p` is a sigmoid this is :func:`binary_cross_entropy_with_logits` of what is inside.
    Otherwise, as in PyTorch's BCELoss, no logarithm is taken below -100 and no derivative divides by
    less than 1e-12 (in float16, the smallest normal number), so that a certain and wrong prediction
    costs 100 and has a finite derivative.

    Args:
        p: probabilities, floating; what a layer without activation gives is refused.
        t: 0, 1 or between, in the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"`` or ``"none"``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    name = "binary_cross_entropy"
    t = same_shape(name, p, t)
    if p.node.op.name == "sigmoid":
        return binary_cross_entropy_with_logits(p.node.inputs[0], t, reduction, weights)
    check_probabilities(name, p, "binary_cross_entropy_with_logits")
    with origins.scope(name):
        each = -(t * log_probability(p) + (1 - t) * log_complement(p))
        return reduced(name, each, reduction, weights)


def hinge(score: Tensor, targets: Any, reduction: str = "mean", weights: Any = None) -> Tensor:
    """``max(0, 1 - t score)`` for targets -1 and 1: the loss of a support vector machine (Bishop, 2006,
    eq. 7.44).

    The derivative is ``-t`` where ``t score < 1``, else 0, at the kink too.

    Args:
        score: any floating tensor.
        targets: -1 or 1, integers or floating, in the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"`` or ``"none"``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.

    Raises:
        TypeMismatchError: for boolean targets.
        GraphError: for constant targets other than -1 and 1.
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    with origins.scope("hinge"):
        check_signs("hinge", constant(targets))
        t = same_shape("hinge", score, targets, ("the score", "the target"))
        return reduced("hinge", relu(1 - t * score), reduction, weights)
