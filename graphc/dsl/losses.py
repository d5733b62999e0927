"""Losses: tensors in, usually one number out.

Every loss takes ``reduction``: ``"mean"`` (over examples, and over elements where each element has
an error of its own), ``"sum"`` or ``"none"``.  Shapes must agree: NumPy would broadcast ``(N, 1)``
against ``(N,)`` to ``(N, N)``, which is never meant.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphc.errors import GraphError, ShapeError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor, operand_line
from graphc.ops import reduce
from graphc.ops.catalogue import abs as absolute
from graphc.ops.catalogue import clip, log, softplus, square
from graphc.ops.labels import pick
from graphc.ops.leaf import constant
from graphc.ops.nn import log_softmax


def squared_error(prediction: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """``(prediction - target)**2``.

    Args:
        prediction: any floating tensor.
        target: the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"``, ``"half_sum"`` (half the sum, as
            textbooks have it, so that the derivative is ``prediction - target``) or ``"none"``.

    Raises:
        ShapeError: when the shapes differ.
        TypeMismatchError: when the prediction is not floating.
        GraphError: for an unknown reduction.
    """
    with origins.scope("squared_error"):
        target = _same_shape("squared_error", prediction, target)
        return _reduced("squared_error", square(prediction - target), reduction, half=True)


def absolute_error(prediction: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """``|prediction - target|``; the derivative where they are equal is 0.

    Arguments and errors are those of :func:`squared_error`, without ``"half_sum"``.
    """
    with origins.scope("absolute_error"):
        target = _same_shape("absolute_error", prediction, target)
        return _reduced("absolute_error", absolute(prediction - target), reduction)


def softmax_cross_entropy(logits: Tensor, labels: Any, reduction: str = "mean") -> Tensor:
    """``-log softmax(logits)`` at the label: the negative log-likelihood of classes.

    Computed from the logits in one stable piece; its derivative by them is
    ``softmax(logits) - onehot(labels)`` (C. Bishop, "Pattern Recognition and Machine Learning",
    2006, eqs. 4.108 and 4.109).

    Args:
        logits: floating, ``(..., C)``: one score for each class, before any softmax.
        labels: integers ``(...)`` from 0 to C - 1, or floating probabilities ``(..., C)``, one-hot
            for instance.
        reduction: ``"mean"`` over examples, ``"sum"``, or ``"none"``, of shape ``(...)``.

    Raises:
        ShapeError: when the shapes do not fit.
        TypeMismatchError: when the element types do not.
        GraphError: when the logits come out of a softmax already, or for an unknown reduction.
    """
    name = "softmax_cross_entropy"
    with origins.scope(name):
        labels = constant(labels)
        _check_logits(name, logits, labels)
        _name(logits, "logits")
        if types.is_integer(labels.dtype):
            losses = -pick(log_softmax(logits), labels)
        else:
            losses = -reduce.sum(labels.astype(logits.dtype) * log_softmax(logits), axis=-1)
        return _reduced(name, losses, reduction)


def binary_cross_entropy_with_logits(
    logits: Tensor, targets: Any, reduction: str = "mean"
) -> Tensor:
    """``-t log p - (1 - t) log(1 - p)`` with ``p = sigmoid(logits)``, as ``softplus(z) - z t``.

    Neither form overflows, and the derivative by the logits is ``sigmoid(z) - t`` (Bishop, 2006,
    eqs. 4.90 and 4.91).

    Args:
        logits: any floating tensor, before any sigmoid.
        targets: 0, 1 or between, in the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"`` or ``"none"``.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`squared_error`.
    """
    name = "binary_cross_entropy_with_logits"
    with origins.scope("binary_cross_entropy"):
        targets = _same_shape(name, logits, targets)
        _name(logits, "logits")
        return _reduced(name, softplus(logits) - logits * targets, reduction)


def binary_cross_entropy(p: Tensor, t: Any, reduction: str = "mean") -> Tensor:
    """``-t log p - (1 - t) log(1 - p)`` for probabilities.

    Where `p` is a sigmoid this is :func:`binary_cross_entropy_with_logits` of what is inside;
    otherwise `p` is kept away from 0 and 1 by the machine epsilon of its type, so that a certain
    and wrong prediction costs a finite amount.

    Args:
        p: probabilities, floating.
        t: 0, 1 or between, in the same shape, or one number for all elements.
        reduction: ``"mean"`` over all elements, ``"sum"`` or ``"none"``.

    Raises:
        ShapeError, TypeMismatchError, GraphError: as :func:`squared_error`.
    """
    name = "binary_cross_entropy"
    t = _same_shape(name, p, t)
    if p.node.op.name == "sigmoid":
        return binary_cross_entropy_with_logits(p.node.inputs[0], t, reduction)
    with origins.scope(name):
        margin = float(np.finfo(p.dtype).eps)
        p = clip(p, margin, 1 - margin)
        return _reduced(name, -(t * log(p) + (1 - t) * log(1 - p)), reduction)


def _fail(kind: type[Exception], name: str, text: str, *operands: Tensor) -> Exception:
    headline = f"{name} at {origins.current()}: {text}"
    return kind(describe(headline, map(operand_line, operands)))


def _floating(name: str, what: str, tensor: Any) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeMismatchError(
            f"{name} at {origins.current()}: {what} must be a tensor, not {type(tensor).__name__}"
        )
    if not types.is_float(tensor.dtype):
        raise _fail(TypeMismatchError, name, f"{what} must be floating, not {tensor.dtype}", tensor)


def _same_shape(name: str, prediction: Any, target: Any) -> Tensor:
    """The target in the prediction's element type, after a look at both."""
    _floating(name, "the prediction", prediction)
    goal = constant(target)
    if goal.shape not in ((), prediction.shape):
        raise _fail(
            ShapeError,
            name,
            f"the prediction has shape {types.shape_text(prediction.shape)} and the target "
            f"{types.shape_text(goal.shape)}; {_advice(prediction, goal)}",
            prediction,
            goal,
        )
    return goal.astype(prediction.dtype)


def _advice(prediction: Tensor, target: Tensor) -> str:
    if prediction.shape == (*target.shape, 1):
        return (
            "they would broadcast to all pairs, not to one error for each example: use "
            "gx.squeeze(prediction, -1), or declare the target with a last axis of 1"
        )
    if target.shape == (*prediction.shape, 1):
        return (
            "they would broadcast to all pairs, not to one error for each example: use "
            "gx.squeeze(target, -1), or let the last layer keep an axis of 1"
        )
    return "both must have the same shape, since each element is compared with one other"


def _check_logits(name: str, logits: Any, labels: Tensor) -> None:
    _floating(name, "the logits", logits)
    if logits.node.op.name == "softmax":
        raise _fail(
            GraphError,
            name,
            "the logits are a softmax already, and this loss takes the softmax itself; give it "
            "what the softmax is taken of (a last layer without activation)",
            logits,
        )
    if logits.ndim == 0 or logits.shape[-1] == 1:
        raise _fail(
            ShapeError,
            name,
            "the logits need a last axis with two classes at least; for one yes-or-no score use "
            "binary_cross_entropy_with_logits",
            logits,
        )
    if types.is_integer(labels.dtype):
        expected, kind = logits.shape[:-1], "integer"
        if labels.shape == logits.shape:
            hint = "; a one-hot array is floating: labels.astype('float32')"
        elif labels.shape == (*expected, 1):
            hint = "; use gx.squeeze(labels, -1), or declare them without the last axis"
        else:
            hint = ""
    elif types.is_float(labels.dtype):
        expected, kind = logits.shape, "floating"
        hint = "; class numbers are integers: dtype='int64'" if labels.ndim < logits.ndim else ""
    else:
        raise _fail(
            TypeMismatchError,
            name,
            "labels are integers or probabilities, not bool",
            logits,
            labels,
        )
    if labels.shape != expected:
        raise _fail(
            ShapeError,
            name,
            f"{kind} labels for logits {types.shape_text(logits.shape)} have shape "
            f"{types.shape_text(expected)}, not {types.shape_text(labels.shape)}{hint}",
            logits,
            labels,
        )


def _name(tensor: Tensor, name: str) -> None:
    # A node without place may be shared by unrelated programs: a name would leak.
    if not tensor.name and tensor.node.rooted:
        tensor.named(name)


def _reduced(name: str, losses: Tensor, reduction: str, half: bool = False) -> Tensor:
    if reduction == "none":
        return losses
    if reduction == "mean":
        loss = reduce.mean(losses)
    elif reduction == "sum":
        loss = reduce.sum(losses)
    elif reduction == "half_sum" and half:
        loss = 0.5 * reduce.sum(losses)
    else:
        known = ["mean", "sum", *(["half_sum"] if half else []), "none"]
        raise GraphError(
            f"{name} at {origins.current()}: a reduction is one of {', '.join(known)}, "
            f"not {reduction!r}"
        )
    _name(loss, "loss")
    return loss
