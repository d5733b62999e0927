"""What the losses share: checks, logarithms of probabilities, weights and reductions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphc.errors import GraphError, ShapeError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor, operand_line
from graphc.ops import reduce
from graphc.ops.catalogue import equal, log, log1p, maximum, minimum, where
from graphc.ops.leaf import constant, value_of
from graphc.ops.nn import custom_gradient
from graphc.ops.shape import reshape


def fail(kind: type[Exception], name: str, text: str, *operands: Tensor) -> Exception:
    """An error of a loss, with the user's line and the operands."""
    headline = f"{name} at {origins.current()}: {text}"
    return kind(describe(headline, map(operand_line, operands)))


def check_floating(name: str, what: str, tensor: Any) -> None:
    """Refuse what is no floating tensor."""
    if not isinstance(tensor, Tensor):
        raise TypeMismatchError(
            f"{name} at {origins.current()}: {what} must be a tensor, not {type(tensor).__name__}"
        )
    if not types.is_float(tensor.dtype):
        raise fail(TypeMismatchError, name, f"{what} must be floating, not {tensor.dtype}", tensor)


_PRODUCTS = {"matmul", "einsum", "conv", "conv_transpose"}
_VIEWS = {"reshape", "slice", "transpose"}


def check_probabilities(name: str, probs: Tensor, instead: str) -> None:
    """Refuse what a layer without activation gives, a product and a bias.

    Raises:
        GraphError: it names the loss that takes logits.
    """
    node = probs.node
    while node.op.name in _VIEWS:
        node = node.inputs[0].node
    ops = {tensor.node.op.name for tensor in node.inputs}
    if node.op.name == "add" and ops & _PRODUCTS and "state" in ops:
        advice = f"a product and a bias can be any number: losses.{instead} takes logits"
        raise fail(GraphError, name, f"it takes probabilities; {advice}", probs)


def same_shape(
    name: str,
    prediction: Any,
    target: Any,
    whats: tuple[str, str] = ("the prediction", "the target"),
) -> Tensor:
    """The target in the prediction's element type, after a look at both."""
    what, other = whats
    check_floating(name, what, prediction)
    goal = constant(target)
    if goal.shape not in ((), prediction.shape):
        raise fail(
            ShapeError,
            name,
            f"{what} has shape {types.shape_text(prediction.shape)} and {other} "
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


def check_vectors(name: str, what: str, tensor: Any) -> None:
    """Refuse what has no last axis of features."""
    check_floating(name, what, tensor)
    if tensor.ndim == 0:
        raise fail(ShapeError, name, f"{what} must have a last axis, the features", tensor)


def number(name: str, what: str, value: Any, low: float, high: float = math.inf) -> float:
    """A setting as a Python number above or at `low` and below `high`.

    Raises:
        GraphError: for anything else.
    """
    numeric = isinstance(value, (int, float, np.integer, np.floating))
    if isinstance(value, bool) or not numeric or not low <= value < high:
        bounds = f"in [{low:g}, {high:g})" if high < math.inf else f"at least {low:g}, and finite"
        raise GraphError(f"{name} at {origins.current()}: {what} is {bounds}, not {value!r}")
    return float(value)


def positive(name: str, what: str, value: Any) -> float:
    """A setting as a Python number above 0.

    Raises:
        GraphError: for anything else.
    """
    result = number(name, what, value, 0.0)
    if result == 0:
        raise GraphError(f"{name} at {origins.current()}: {what} is above 0, not {value!r}")
    return result


def check_signs(name: str, targets: Tensor) -> None:
    """Refuse targets that can be seen to be something else than -1 and 1."""
    if targets.dtype == "bool":
        raise fail(
            TypeMismatchError,
            name,
            "targets are -1 and 1, not bool; use gx.where(targets, 1.0, -1.0)",
            targets,
        )
    values = value_of(targets)
    if values is not None and not (np.abs(values) == 1).all():
        raise fail(
            GraphError,
            name,
            "targets are -1 and 1; of 0 and 1 make them by 2 * targets - 1",
            targets,
        )


# The least logarithm of a probability: that of 0, as in PyTorch's BCELoss.
LEAST_LOG = -100.0
_LEAST_SLOPE_AT = 1e-12


@custom_gradient
def log_probability(p: Tensor) -> Any:
    """``max(log(p), -100)``, with the derivative ``1 / max(p, 1e-12)``: finite everywhere."""
    least = float(np.finfo(p.dtype).smallest_subnormal)
    logs = where(p > 0, maximum(log(maximum(p, least)), LEAST_LOG), LEAST_LOG)
    return logs, lambda ct: ct / maximum(p, floor_of(p))


@custom_gradient
def log_complement(p: Tensor) -> Any:
    """``max(log(1 - p), -100)``, exact for small `p`, with the derivative
    ``-1 / max(1 - p, 1e-12)``."""
    most = 1 - float(np.finfo(p.dtype).epsneg)
    logs = where(p < 1, log1p(-minimum(p, most)), LEAST_LOG)
    return logs, lambda ct: -(ct / maximum(1 - p, floor_of(p)))


def floor_of(p: Tensor) -> float:
    """The least probability by which a derivative divides."""
    return max(_LEAST_SLOPE_AT, float(np.finfo(p.dtype).tiny))


def name_unnamed(tensor: Tensor, name: str) -> None:
    """Give a tensor without a name one."""
    # A node without place may be shared by unrelated programs: a name would leak.
    if not tensor.name and tensor.node.rooted:
        tensor.named(name)


def checked_weights(name: str, weights: Any, losses: Tensor) -> Tensor | None:
    """Sample weights in the element type of the losses, after a look at their shape.

    Raises:
        ShapeError: when they are not shaped as the leading axes of the losses.
        TypeMismatchError: when they are no numbers.
        GraphError: when they can be seen to be negative.
    """
    if weights is None:
        return None
    try:
        given = constant(weights)
    except (TypeError, ValueError) as error:
        raise TypeMismatchError(
            f"{name} at {origins.current()}: weights are a tensor or numbers: {error}"
        ) from None
    if given.shape != losses.shape[: given.ndim]:
        hint = ""
        if given.ndim and given.shape[-1] == 1:
            hint = "; use gx.squeeze(weights, -1)"
        elif value_of(given) is not None and given.ndim:
            hint = "; those of a batch of any size are declared by gx.input"
        raise fail(
            ShapeError,
            name,
            f"there is a loss for each of {types.shape_text(losses.shape)}, so weights have that "
            f"shape or one of its leading axes, not {types.shape_text(given.shape)}{hint}",
            given,
        )
    values = value_of(given)
    if values is not None and (values < 0).any():
        raise fail(GraphError, name, "weights are not negative", given)
    return given.astype(losses.dtype)


def reduced(
    name: str,
    losses: Tensor,
    reduction: str,
    weights: Any = None,
    *,
    half: bool = False,
    counts: Tensor | None = None,
) -> Tensor:
    """The losses, weighted and reduced.

    Args:
        name: the loss, for errors.
        losses: a value for each element or example.
        reduction: ``"mean"``, ``"sum"``, ``"none"`` or, with `half`, ``"half_sum"``.
        weights: see the package.
        half: whether ``"half_sum"`` is known.
        counts: what each loss adds to the divisor of the mean where that is not 1; it has been
            multiplied into the losses already.

    Raises:
        GraphError: for an unknown reduction.
        ShapeError, TypeMismatchError: for weights that do not fit.
    """
    known = ["mean", "sum", *(["half_sum"] if half else []), "none"]
    if reduction not in known:
        raise GraphError(
            f"{name} at {origins.current()}: a reduction is one of {', '.join(known)}, "
            f"not {reduction!r}"
        )
    given = checked_weights(name, weights, losses)
    if reduction == "mean" and (given is not None or counts is not None):
        loss = _weighted_mean(losses, given, counts)
    else:
        if given is not None:
            losses = losses * along(given, losses)
        if reduction == "none":
            return losses
        loss = reduce.mean(losses) if reduction == "mean" else reduce.sum(losses)
        loss = 0.5 * loss if reduction == "half_sum" else loss
    name_unnamed(loss, "loss")
    return loss


def along(weights: Tensor, losses: Tensor) -> Tensor:
    """Weights of the leading axes, with axes of size 1 for the others."""
    return reshape(weights, (*weights.shape, *[1] * (losses.ndim - weights.ndim)))


def _weighted_mean(losses: Tensor, weights: Tensor | None, counts: Tensor | None) -> Tensor:
    if weights is None:
        total = counts
    else:
        if weights.ndim < losses.ndim and counts is None:
            losses = reduce.mean(losses, axis=tuple(range(weights.ndim, losses.ndim)))
        losses = losses * along(weights, losses)
        total = weights if counts is None else counts * along(weights, counts)
    assert total is not None
    total = reduce.sum(total)
    name_unnamed(total, "weight")
    return reduce.sum(losses) / where(equal(total, 0), 1, total)
