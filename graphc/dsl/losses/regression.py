"""Losses of predicted numbers: one value for each element."""

from __future__ import annotations

from typing import Any

from graphc.dsl.losses.common import name_unnamed, number, positive, reduced, same_shape
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops.catalogue import abs as absolute
from graphc.ops.catalogue import clip, log1p, minimum, relu, square, tanh, where
from graphc.ops.nn import custom_gradient


def _error(prediction: Tensor, target: Tensor) -> Tensor:
    name_unnamed(prediction, "prediction")
    error = prediction - target
    name_unnamed(error, "error")
    return error


def squared_error(
    prediction: Tensor, target: Any, reduction: str = "mean", weights: Any = None
) -> Tensor:
    """``(prediction - target)**2``; the derivative is ``2 (prediction - target)``.

    Args:
        prediction: any floating tensor.
        target: the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"``, ``"half_sum"`` (half the sum, as
            textbooks have it, so that the derivative is ``prediction - target``) or ``"none"``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.

    Raises:
        ShapeError: when the shapes differ, or `weights` do not fit.
        TypeMismatchError: when the prediction is not floating.
        GraphError: for an unknown reduction.
    """
    with origins.scope("squared_error"):
        target = same_shape("squared_error", prediction, target)
        each = square(prediction - target)
        return reduced("squared_error", each, reduction, weights, half=True)


def absolute_error(
    prediction: Tensor, target: Any, reduction: str = "mean", weights: Any = None
) -> Tensor:
    """``|prediction - target|``; the derivative is the sign, 0 where they are equal.

    Arguments and errors are those of :func:`squared_error`, without ``"half_sum"``.
    """
    with origins.scope("absolute_error"):
        target = same_shape("absolute_error", prediction, target)
        return reduced("absolute_error", absolute(prediction - target), reduction, weights)


def huber(
    prediction: Tensor,
    target: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    delta: float = 1.0,
) -> Tensor:
    """``d**2 / 2`` where ``|d| <= delta``, else ``delta (|d| - delta / 2)``, with
    ``d = prediction - target`` (P. Huber, "Robust estimation of a location parameter", 1964).

    The derivative is ``clip(d, -delta, delta)``; the second one is 1 up to the bounds, and on them.

    Args:
        delta: where the parabola becomes a line, above 0.

    The other arguments and the errors are those of :func:`absolute_error`; GraphError too for a
    `delta` that is not above 0.
    """
    delta = positive("huber", "delta", delta)
    with origins.scope("huber"):
        target = same_shape("huber", prediction, target)

        @custom_gradient
        def huber_of(d: Tensor) -> Any:
            size = absolute(d)
            near = minimum(size, delta)  # what is squared can't overflow
            return near * (size - 0.5 * near), lambda ct: ct * clip(d, -delta, delta)

        return reduced("huber", huber_of(_error(prediction, target)), reduction, weights)


@custom_gradient
def _log_cosh(d: Tensor) -> Any:
    size, slope = absolute(d), tanh(d)
    # cosh(d)**2 = 1 / (1 - tanh(d)**2) keeps small values, cosh(d) = exp(d) / (1 + tanh(d)) large ones.
    small = -0.5 * log1p(-minimum(square(slope), 0.6))
    large = size - log1p(absolute(slope))
    return where(size < 1, small, large), lambda ct: ct * slope


def log_cosh(
    prediction: Tensor, target: Any, reduction: str = "mean", weights: Any = None
) -> Tensor:
    """``log(cosh(prediction - target))``: a parabola at 0 that becomes ``|d| - log(2)``.

    Neither overflows nor loses small values; the derivative is ``tanh(prediction - target)``.

    Arguments and errors are those of :func:`absolute_error`.
    """
    with origins.scope("log_cosh"):
        target = same_shape("log_cosh", prediction, target)
        return reduced("log_cosh", _log_cosh(_error(prediction, target)), reduction, weights)


def quantile(
    prediction: Tensor,
    target: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    q: float = 0.5,
) -> Tensor:
    """``q d`` where ``d = target - prediction`` is above 0, else ``-(1 - q) d``: the pinball loss, whose
    minimiser is the `q` quantile (R. Koenker and G. Bassett, "Regression quantiles", 1978).

    The derivative by the prediction is ``-q`` where ``d > 0``, ``1 - q`` where ``d < 0``, and 0 at 0.

    Args:
        q: the quantile, between 0 and 1.

    The other arguments and the errors are those of :func:`absolute_error`; GraphError too for a
    `q` that is not between 0 and 1.
    """
    q = number("quantile", "q", q, 0.0, 1.0)
    if q == 0:
        raise GraphError(f"quantile at {origins.current()}: q lies between 0 and 1, not at 0")
    with origins.scope("quantile"):
        target = same_shape("quantile", prediction, target)
        error = _error(prediction, target)
        each = q * relu(-error) + (1 - q) * relu(error)
        return reduced("quantile", each, reduction, weights)
