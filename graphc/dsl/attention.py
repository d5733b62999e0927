"""Scaled dot-product attention, as a function: what attention layers are made of.

A mask is boolean, True where a key may be attended to, or floating and added to the scores.  A query
that a boolean mask leaves no key gets the weight 0 for each: its result is 0, and so are the
gradients through it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphc.dsl.losses.common import name_unnamed
from graphc.errors import ShapeError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor, operand_line
from graphc.ops import reduce
from graphc.ops.catalogue import greater_equal, logical_and, where
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant, iota
from graphc.ops.linalg import matmul, swap
from graphc.ops.nn import dropout as dropped
from graphc.ops.nn import softmax


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Any = None,
    *,
    causal: bool = False,
    scale: float | None = None,
    dropout: float = 0.0,
) -> Tensor:
    """``softmax(scale query key^T) value`` (A. Vaswani et al., "Attention is all you need", 2017,
    eq. 1), for each query a mean of the values.

    Args:
        query: floating, ``(..., T, D)``.
        key: ``(..., S, D)``.
        value: ``(..., S, V)``.  The leading axes of all three broadcast.
        mask: which keys each query may attend to, in a shape that broadcasts to ``(..., T, S)``;
            boolean, or floating and added to the scores.  See :mod:`graphc.dsl.attention` for
            queries that may attend to none.
        causal: whether the query at t may attend to the keys up to t only.
        scale: what the scores are multiplied by; ``1 / sqrt(D)`` unless said.
        dropout: the rate at which weights are dropped while training.

    Returns:
        Shape ``(..., T, V)``, in the element type of the operands.

    Raises:
        ShapeError: when shapes do not fit, or D is no number and no scale is given.
        TypeMismatchError: for operands that are not of one floating type, or a mask of integers.
        GraphError: for a dropout rate outside [0, 1).
    """
    weights, alive = _weights(query, key, mask, causal, scale)
    value = constant(value)
    if value.dtype != weights.dtype:
        raise _error(TypeMismatchError, f"the value is {value.dtype}", query, key, value)
    if value.ndim < 2 or value.shape[-2] != key.shape[-2]:
        raise _error(
            ShapeError, "key and value differ in their number of positions", query, key, value
        )
    result = matmul(dropped(weights, dropout), value)
    name_unnamed(result, "attended")
    return result if alive is None else result * alive


def attention_weights(
    query: Tensor,
    key: Tensor,
    mask: Any = None,
    *,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """``softmax(scale query key^T)``, the weights of :func:`attention`: to look at, for instance.

    Arguments and errors are those of :func:`attention`.

    Returns:
        Shape ``(..., T, S)``; rows sum to 1, or are 0 where a query may attend to nothing.
    """
    weights, alive = _weights(query, key, mask, causal, scale)
    return weights if alive is None else weights * alive


def masked_softmax(scores: Tensor, mask: Any = None, causal: bool = False) -> tuple[Tensor, Any]:
    """The softmax of scores ``(..., T, S)`` over the keys that a mask allows.

    Returns:
        The weights, and either None or a tensor that broadcasts against them and is 0 for queries
        that may attend to nothing (the weights there are equal), 1 elsewhere.
    """
    dtype = scores.dtype
    allowed = None if mask is None else _checked(mask, scores)
    if allowed is not None and allowed.dtype != "bool":
        scores, allowed = scores + cast(allowed, dtype), None
    past = _past(scores.shape[-2], scores.shape[-1]) if causal else None
    if allowed is None:  # key 0 is always in the past, so that no row is empty
        return softmax(scores if past is None else _without(scores, past, -math.inf)), None
    if past is not None:
        allowed = logical_and(allowed, past)
    # Finite, so that a row without any allowed key does not become NaN; half of the lowest number,
    # so that adding a score does not overflow.
    weights = softmax(_without(scores, allowed, float(np.finfo(dtype).min) / 2))
    return weights, cast(reduce.any(allowed, axis=-1, keepdims=True), dtype)


def _without(scores: Tensor, allowed: Tensor, low: float) -> Tensor:
    """Scores so low where they are not allowed that they get no weight.

    Added, not selected: the gradient there is 0 already, with the weight.
    """
    zero, minus = (constant(value, scores.dtype) for value in (0.0, low))
    return scores + where(allowed, zero, minus)


def _weights(
    query: Tensor, key: Tensor, mask: Any, causal: bool, scale: float | None
) -> tuple[Tensor, Tensor | None]:
    query, key = constant(query), constant(key)
    for tensor in (query, key):
        if not types.is_float(tensor.dtype) or tensor.dtype != query.dtype:
            raise _error(TypeMismatchError, "one floating type is expected", query, key)
        if tensor.ndim < 2:
            raise _error(ShapeError, "two axes at least are expected", query, key)
    width = query.shape[-1]
    if width != key.shape[-1]:
        raise _error(ShapeError, "query and key differ in their last size", query, key)
    if scale is None:
        if not isinstance(width, int):
            raise _error(ShapeError, f"the last size is no number ({width}): give scale=", query)
        scale = 1 / math.sqrt(width)
    scores = matmul(query * scale, swap(key))
    name_unnamed(scores, "scores")
    weights, alive = masked_softmax(scores, mask, causal)
    name_unnamed(weights, "weights")
    return weights, alive


def _past(queries: DimLike, keys: DimLike) -> Tensor:
    """Which keys the query at each position may attend to: those up to it."""
    past: Tensor = greater_equal(iota((queries, 1), 0), iota((1, keys), 1))
    return past


def _checked(given: Any, scores: Tensor) -> Tensor:
    mask: Tensor = constant(given)
    if mask.dtype != "bool" and not types.is_float(mask.dtype):
        raise _error(
            TypeMismatchError,
            f"the mask is {mask.dtype}: boolean (True: attend) or floating (added) is expected",
            scores,
            mask,
        )
    try:
        fits = types.broadcast([scores.shape, mask.shape]) == scores.shape
    except ShapeError:
        fits = False
    if not fits:
        raise _error(
            ShapeError,
            f"the mask {types.shape_text(mask.shape)} does not broadcast to the scores "
            f"{types.shape_text(scores.shape)}, (..., queries, keys)",
            scores,
            mask,
        )
    return mask


def _error(kind: type[Exception], text: str, *operands: Tensor) -> Exception:
    headline = f"attention at {origins.current()}: {text}"
    return kind(describe(headline, map(operand_line, operands)))
