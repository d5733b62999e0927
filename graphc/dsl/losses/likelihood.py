"""Losses of distributions: negative log-likelihoods and divergences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphc.dsl.losses.common import (
    check_vectors,
    fail,
    log_probability,
    name_unnamed,
    positive,
    reduced,
    same_shape,
)
from graphc.errors import GraphError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops import reduce
from graphc.ops.catalogue import exp, expm1, greater, log, maximum, square, where
from graphc.ops.nn import custom_gradient, log_softmax


def gaussian_nll(
    mean: Tensor,
    target: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    variance: Any = None,
    log_variance: Any = None,
    full: bool = False,
    eps: float = 1e-6,
) -> Tensor:
    """``(log v + (target - mean)**2 / v) / 2``: the negative log-likelihood of a normal distribution
    with a predicted mean and variance v (D. Nix and A. Weigend, "Estimating the mean and variance of
    the target probability distribution", 1994).

    With ``s = log v`` the derivatives are ``(mean - target) exp(-s)`` by the mean and
    ``(1 - (target - mean)**2 exp(-s)) / 2`` by s.  Of `variance` no less than `eps` is used, and the
    derivative passes all the same, as in PyTorch.  ``exp(-s / 2)`` stops growing near the largest number
    of the element type, so that all is finite where the error is 0.

    Args:
        mean: any floating tensor.
        target: the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"`` or ``"none"``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.
        variance: above 0, the shape of `mean` or one number; either this or `log_variance`.
        log_variance: any sign, the shape of `mean` or one number.
        full: whether to add the constant ``log(2 pi) / 2``.
        eps: the least variance.

    Raises:
        GraphError: when both or none of `variance` and `log_variance` are given.
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    name = "gaussian_nll"
    if (variance is None) == (log_variance is None):
        raise GraphError(
            f"{name} at {origins.current()}: give either variance= or log_variance= (which has any "
            "sign, so that a layer without activation predicts it)"
        )
    with origins.scope(name):
        goal = same_shape(name, mean, target)
        name_unnamed(mean, "mean")
        error = mean - goal
        name_unnamed(error, "error")
        if log_variance is not None:
            s = same_shape(name, mean, log_variance, ("the mean", "log_variance"))
            most = 1.98 * float(np.log(np.finfo(mean.dtype).max))
            spread = exp(-0.5 * _at_least(s, -most))
            each = 0.5 * (s + square(error * spread))
        else:
            given = same_shape(name, mean, variance, ("the mean", "the variance"))
            v = _at_least(given, positive(name, "eps", eps))
            each = 0.5 * (log(v) + square(error) / v)
        if full:
            each = each + 0.5 * math.log(2 * math.pi)
        return reduced(name, each, reduction, weights)


def _at_least(value: Tensor, least: float) -> Tensor:
    @custom_gradient
    def at_least(v: Tensor) -> Any:
        return maximum(v, least), lambda ct: ct

    return at_least(value)


def poisson_nll(
    rate: Tensor,
    target: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
) -> Tensor:
    """``exp(z) - t z``: the negative log-likelihood of counts t whose rate is ``exp(z)``, without the
    constant ``log t!``; the derivative is ``exp(z) - t``.  As PyTorch's PoissonNLLLoss.

    Args:
        rate: the logarithm of the rate, z; with ``log_input=False`` the rate r itself, and the loss is
            ``r - t log(r + eps)``.
        target: counts, in the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"`` or ``"none"``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.
        log_input: what `rate` is.
        full: whether to add Stirling's ``t log t - t + log(2 pi t) / 2`` for ``log t!`` where t > 1.
        eps: keeps the logarithm of a rate of 0 finite.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    name = "poisson_nll"
    with origins.scope(name):
        t = same_shape(name, rate, target, ("the rate", "the target"))
        if log_input:
            each = exp(rate) - t * rate
        else:
            each = rate - t * log(rate + positive(name, "eps", eps))
        if full:
            several = maximum(t, 1.0)
            logs = log(several)
            stirling = several * logs - several + 0.5 * (math.log(2 * math.pi) + logs)
            each = each + where(greater(t, 1.0), stirling, 0.0)
        return reduced(name, each, reduction, weights)


def kl_divergence(p: Tensor, q: Tensor, reduction: str = "mean", weights: Any = None) -> Tensor:
    """``D(p || q) = sum(p (log p - log q))`` over the last axis (S. Kullback and R. Leibler, "On
    information and sufficiency", 1951): what is lost by using q where p is true.

    A term with ``p = 0`` is 0.  Where p or q is a softmax, its logarithm is taken of what is inside;
    otherwise no logarithm is taken below -100 and no derivative divides by less than 1e-12, as in
    :func:`graphc.losses.binary_cross_entropy`.  The derivative by the logits of q is ``q - p``.

    Args:
        p: probabilities ``(..., C)``, often the target.
        q: probabilities of the same shape, often the prediction.
        reduction: ``"mean"`` over examples (PyTorch calls it batchmean), ``"sum"``, or ``"none"``, of
            shape ``(...)``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    name = "kl_divergence"
    with origins.scope(name):
        check_vectors(name, "p", p)
        check_vectors(name, "q", q)
        if p.shape != q.shape:
            raise fail(
                ShapeError,
                name,
                f"p has shape {types.shape_text(p.shape)} and q {types.shape_text(q.shape)}; both "
                "are probabilities of the same classes, (..., C)",
                p,
                q,
            )
        dtype = types.promote([p.dtype, q.dtype])
        logs = _log(p).astype(dtype) - _log(q).astype(dtype)
        each = reduce.sum(p.astype(dtype) * logs, axis=-1)
        return reduced(name, each, reduction, weights)


def _log(p: Tensor) -> Tensor:
    node = p.node
    if node.op.name == "softmax":
        return log_softmax(node.inputs[0], node.attrs["axis"])
    return log_probability(p)


def kl_normal(
    mean: Tensor, log_variance: Tensor, reduction: str = "mean", weights: Any = None
) -> Tensor:
    """``sum(exp(s) - 1 - s + mean**2) / 2`` over the last axis, with ``s = log_variance``: the divergence
    of a normal distribution with independent components from the standard one (D. Kingma and
    M. Welling, "Auto-encoding variational Bayes", 2014, appendix B).

    The derivatives are `mean` and ``(exp(s) - 1) / 2``.

    Args:
        mean: floating, ``(..., D)``.
        log_variance: the same shape.
        reduction: ``"mean"`` over examples, ``"sum"``, or ``"none"``, of shape ``(...)``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`graphc.losses.squared_error`.
    """
    name = "kl_normal"
    with origins.scope(name):
        check_vectors(name, "the mean", mean)
        s = same_shape(name, mean, log_variance, ("the mean", "log_variance"))
        each = 0.5 * reduce.sum(expm1(s) - s + square(mean), axis=-1)
        return reduced(name, each, reduction, weights)
