"""Penalties on weights, as graphs to add to a loss: ``loss + penalties.l2(model.weights(), 1e-4)``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from graphc.errors import GraphError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops import reduce
from graphc.ops.catalogue import abs, square
from graphc.ops.elementwise import cast

__all__ = ["elastic_net", "l1", "l2"]


def _read(what: str, parameters: Any, **factors: Any) -> list[Tensor]:
    """The tensors to penalise, checked with the factors."""
    where = f"{what} at {origins.current()}"
    several = [parameters] if isinstance(parameters, Tensor) else parameters
    if not isinstance(several, Sequence) or isinstance(several, str):
        raise TypeMismatchError(f"{where}: it takes tensors in a list, not {parameters!r}")
    if not several:
        raise GraphError(f"{where}: there is nothing to penalise")
    for tensor in several:
        if not isinstance(tensor, Tensor) or not types.is_float(tensor.dtype):
            raise TypeMismatchError(f"{where}: it takes floating tensors, not {tensor!r}")
    for name, value in factors.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0 <= value < math.inf:
            raise GraphError(f"{where}: {name} is a number from 0 on, not {value!r}")
    return list(several)


def _total(tensors: list[Tensor], function: Callable[[Any], Tensor]) -> Tensor:
    dtype = types.promote([t.dtype for t in tensors])
    parts = [cast(reduce.sum(function(t)), dtype) for t in tensors]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def l1(parameters: Sequence[Tensor] | Tensor, factor: float) -> Tensor:
    """``factor sum(|w|)`` over all elements of all tensors (R. Tibshirani, "Regression shrinkage and
    selection via the lasso", 1996), a scalar; the slope at 0 is 0.

    Args:
        parameters: floating tensors, such as ``model.weights()``, which leaves biases out.
        factor: a number from 0 on.

    Raises:
        GraphError: when there are no tensors, or the factor is negative.
        TypeMismatchError: for something that is no floating tensor.
    """
    tensors = _read("l1", parameters, factor=factor)
    with origins.scope("l1"):
        return (factor * _total(tensors, abs)).named("l1_penalty")


def l2(parameters: Sequence[Tensor] | Tensor, factor: float) -> Tensor:
    """``factor / 2 sum(w**2)`` over all elements of all tensors (I. Goodfellow et al., "Deep
    learning", 2016, eq. 7.1), a scalar; its gradient is ``factor w``.

    Arguments and errors are those of :func:`l1`.
    """
    tensors = _read("l2", parameters, factor=factor)
    with origins.scope("l2"):
        return ((factor / 2) * _total(tensors, square)).named("l2_penalty")


def elastic_net(parameters: Sequence[Tensor] | Tensor, factor: float, ratio: float = 0.5) -> Tensor:
    """``factor (ratio sum(|w|) + (1 - ratio) / 2 sum(w**2))`` (H. Zou and T. Hastie, "Regularization
    and variable selection via the elastic net", 2005, as scikit-learn weighs the two), a scalar.

    Args:
        ratio: the share of the absolute values, in [0, 1].

    The other arguments and the errors are those of :func:`l1`; a ratio above 1 is a GraphError.
    """
    tensors = _read("elastic_net", parameters, factor=factor, ratio=ratio)
    if ratio > 1:
        raise GraphError(
            f"elastic_net at {origins.current()}: ratio lies in [0, 1], not at {ratio}"
        )
    with origins.scope("elastic_net"):
        lasso, ridge = _total(tensors, abs), _total(tensors, square)
        total = factor * ratio * lasso + (factor * (1 - ratio) / 2) * ridge
        return total.named("elastic_net_penalty")
