"""Losses of classes: one value for each row of scores or probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphc.dsl.losses.common import (
    check_floating,
    check_probabilities,
    fail,
    log_probability,
    name_unnamed,
    number,
    reduced,
)
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops import reduce
from graphc.ops.catalogue import not_equal, relu, where
from graphc.ops.elementwise import cast
from graphc.ops.flat import take
from graphc.ops.labels import add_at, known_labels, one_hot, pick
from graphc.ops.leaf import constant, dimension, value_of
from graphc.ops.nn import custom_gradient, log_softmax, softmax
from graphc.ops.shape import expand_dims


def softmax_cross_entropy(
    logits: Tensor,
    labels: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    label_smoothing: float = 0.0,
    class_weights: Any = None,
    ignore_index: int | None = None,
) -> Tensor:
    """``-log softmax(logits)`` at the label: the negative log-likelihood of classes.

    Computed from the logits in one stable piece; its derivative by them is
    ``softmax(logits) - onehot(labels)`` (C. Bishop, "Pattern Recognition and Machine Learning",
    2006, eqs. 4.108 and 4.109), and with the options ``a softmax(logits) - w q`` with the smoothed
    labels ``q``, the class weights ``w`` and their product's sum ``a``.  The options and what the mean
    divides by are those of PyTorch's CrossEntropyLoss.

    Args:
        logits: floating, ``(..., C)``: one score for each class, before any softmax.
        labels: integers ``(...)`` from 0 to C - 1, or floating probabilities ``(..., C)``, one-hot
            for instance.
        reduction: ``"mean"`` over examples, ``"sum"``, or ``"none"``, of shape ``(...)``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.
        label_smoothing: the part e of each label that is spread evenly over all classes:
            ``q = (1 - e) onehot + e / C`` (C. Szegedy et al., "Rethinking the Inception
            architecture", 2016, section 7).
        class_weights: C numbers, not negative: each term ``-q log p`` counts as the weight of its
            class.  The mean is divided by the sum of the weights of the labels if these are
            integers, and by the number of examples if they are probabilities.
        ignore_index: an integer label of examples that count for nothing; it may lie outside
            0 to C - 1.

    Raises:
        ShapeError: when the shapes do not fit.
        TypeMismatchError: when the element types do not, or `ignore_index` meets probabilities.
        GraphError: when the logits come out of a softmax already, for an unknown reduction, or for
            options out of range.
    """
    name = "softmax_cross_entropy"
    with origins.scope(name):
        labels = constant(labels)
        check_floating(name, "the logits", logits)
        if logits.node.op.name == "softmax":
            raise fail(
                GraphError,
                name,
                "the logits are a softmax already, and this loss takes the softmax itself; give it "
                "what the softmax is taken of (a last layer without activation)",
                logits,
            )
        options = _Options(name, logits, labels, label_smoothing, class_weights, ignore_index)
        name_unnamed(logits, "logits")
        each = options.losses(logits, log_softmax)
        return reduced(name, each, reduction, weights, counts=options.counts)


def cross_entropy(
    probs: Tensor,
    labels: Any,
    reduction: str = "mean",
    weights: Any = None,
    *,
    label_smoothing: float = 0.0,
    class_weights: Any = None,
    ignore_index: int | None = None,
) -> Tensor:
    """``-log p`` of the label, for probabilities.

    Where `probs` is a softmax over the last axis this is :func:`softmax_cross_entropy` of what is
    inside.  Otherwise no logarithm is taken below -100 and no derivative divides by less than 1e-12
    (in float16, the smallest normal number), as in :func:`graphc.losses.binary_cross_entropy`; that
    the probabilities sum to 1 is not enforced.

    Args:
        probs: floating, ``(..., C)``; what a layer without activation gives is refused.

    The other arguments and the errors are those of :func:`softmax_cross_entropy`.
    """
    name = "cross_entropy"
    labels = constant(labels)
    check_floating(name, "the probabilities", probs)
    check_probabilities(name, probs, "softmax_cross_entropy")
    node = probs.node
    if node.op.name == "softmax" and node.attrs["axis"] == probs.ndim - 1:
        return softmax_cross_entropy(
            node.inputs[0],
            labels,
            reduction,
            weights,
            label_smoothing=label_smoothing,
            class_weights=class_weights,
            ignore_index=ignore_index,
        )
    with origins.scope(name):
        options = _Options(name, probs, labels, label_smoothing, class_weights, ignore_index)
        each = options.losses(probs, log_probability)
        return reduced(name, each, reduction, weights, counts=options.counts)


def multiclass_hinge(
    scores: Tensor, labels: Any, reduction: str = "mean", weights: Any = None
) -> Tensor:
    """``max(0, 1 + s - scores[label])`` with the largest score ``s`` of the other classes (K. Crammer
    and Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector machines",
    2001, eq. 3).

    Where the loss is above 0 the derivative is -1 at the label and 1 at the largest other score
    (1/k where k of them tie), else 0, at the kink too.

    Args:
        scores: floating, ``(..., C)``.
        labels: integers ``(...)`` from 0 to C - 1.
        reduction: ``"mean"`` over examples, ``"sum"``, or ``"none"``, of shape ``(...)``.
        weights: sample weights; see :mod:`graphc.dsl.losses`.

    Raises:
        ShapeError, TypeMismatchError: when shapes or element types do not fit.
        GraphError: for an unknown reduction.
    """
    name = "multiclass_hinge"
    with origins.scope(name):
        labels = constant(labels)
        check_floating(name, "the scores", scores)
        _check_labels(name, scores, labels)
        if not types.is_integer(labels.dtype):
            raise fail(
                TypeMismatchError,
                name,
                f"labels are class numbers, integers, not {labels.dtype}",
                labels,
            )
        name_unnamed(scores, "scores")
        hot = one_hot(labels, scores.shape[-1], "bool")
        best_other = reduce.max(where(hot, -np.inf, scores), axis=-1)
        each = relu(1 + (best_other - pick(scores, labels)))
        return reduced(name, each, reduction, weights)


class _Options:
    """Labels with what is done to them before they meet the logarithms.

    Attributes:
        counts: what each example adds to the divisor of the mean, None where that is 1.
    """

    def __init__(
        self,
        name: str,
        rows: Tensor,
        labels: Tensor,
        smoothing: float,
        class_weights: Any,
        ignore_index: int | None,
    ) -> None:
        _check_labels(name, rows, labels)
        self.classes = rows.shape[-1]
        self.smoothing = number(name, "label_smoothing", smoothing, 0.0, 1.0)
        self.weights = _class_weights(name, rows, class_weights)
        self.hard = types.is_integer(labels.dtype)
        self.labels = labels if self.hard else labels.astype(rows.dtype)
        self.counts: Tensor | None = None
        self.kept: Tensor | None = None
        if ignore_index is not None:
            self._ignore(name, labels, ignore_index, rows.dtype)
        if self.weights is not None and self.hard:
            counts = take(self.weights, self.labels)
            self.counts = counts if self.counts is None else counts * self.counts

    def _ignore(self, name: str, labels: Tensor, ignored: Any, dtype: str) -> None:
        where_ = f"{name} at {origins.current()}"
        if isinstance(ignored, bool) or not hasattr(ignored, "__index__"):
            raise GraphError(f"{where_}: ignore_index is a whole number or None, not {ignored!r}")
        if not self.hard:
            raise fail(
                TypeMismatchError,
                name,
                "ignore_index is for class numbers; leave out rows of probabilities by weights "
                "of 0",
                labels,
            )
        ignored, limits = int(ignored), np.iinfo(labels.dtype)
        if not limits.min <= ignored <= limits.max:
            raise fail(
                GraphError,
                name,
                f"no label of {labels.dtype} can be ignore_index={ignored}",
                labels,
            )
        kept = not_equal(labels, ignored)
        self.kept = cast(kept, dtype)
        self.counts = self.kept
        self.labels = known_labels(labels, kept, ignored, self.classes)

    def losses(self, rows: Tensor, logarithm: Any) -> Tensor:
        """A loss for each row, whose log-probabilities `logarithm` gives."""
        if not self.hard:
            return -reduce.sum(self._targets(self.labels) * logarithm(rows), axis=-1)
        if self.weights is not None and self.smoothing:
            hot = one_hot(self.labels, self.classes, rows.dtype)
            each = -reduce.sum(self._targets(hot) * logarithm(rows), axis=-1)
            return each if self.kept is None else each * self.kept
        if self.smoothing and logarithm is log_softmax:
            each = self._smoothed(rows)
        else:
            logs = logarithm(rows)
            each = -pick(logs, self.labels)
            if self.smoothing:
                each = (1 - self.smoothing) * each - self.smoothing * reduce.mean(logs, axis=-1)
        return each if self.counts is None else each * self.counts

    def _targets(self, labels: Tensor) -> Tensor:
        """The probabilities, smoothed, times the class weights."""
        if self.smoothing:
            labels = (1 - self.smoothing) * labels + self._even(labels.dtype)
        return labels if self.weights is None else labels * self.weights

    def _even(self, dtype: str) -> Any:
        if isinstance(self.classes, int):
            return self.smoothing / self.classes
        return self.smoothing / dimension(self.classes, dtype)

    def _smoothed(self, rows: Tensor) -> Tensor:
        """Smoothed labels without a row of probabilities for each example."""
        rest, labels, even = 1 - self.smoothing, self.labels, self._even(rows.dtype)

        def smoothed(logits: Tensor) -> Any:
            logs = log_softmax(logits)
            value = -(rest * pick(logs, labels) + self.smoothing * reduce.mean(logs, axis=-1))

            def backward(ct: Tensor) -> Tensor:
                slope: Tensor = add_at(softmax(logits), labels, -rest) - even
                return slope * expand_dims(ct, -1)

            return value, backward

        return custom_gradient(smoothed)(rows)


def _class_weights(name: str, rows: Tensor, class_weights: Any) -> Tensor | None:
    if class_weights is None:
        return None
    given = constant(class_weights)
    if given.shape != rows.shape[-1:]:
        raise fail(
            ShapeError,
            name,
            f"class_weights is one number for each of {rows.shape[-1]} classes, of shape "
            f"{types.shape_text(rows.shape[-1:])}, not {types.shape_text(given.shape)}",
            rows,
            given,
        )
    values = value_of(given)
    if values is not None and not (values >= 0).all():
        raise fail(GraphError, name, "class_weights are not negative", given)
    return given.astype(rows.dtype)


def _check_labels(name: str, rows: Tensor, labels: Tensor) -> None:
    what = {"cross_entropy": "probabilities", "multiclass_hinge": "scores"}.get(name, "logits")
    if rows.ndim == 0 or rows.shape[-1] == 1:
        other = {"multiclass_hinge": "hinge", "cross_entropy": "binary_cross_entropy"}
        raise fail(
            ShapeError,
            name,
            f"the {what} need a last axis with two classes at least; for one yes-or-no score use "
            f"{other.get(name, 'binary_cross_entropy_with_logits')}",
            rows,
        )
    if types.is_integer(labels.dtype):
        expected, kind = rows.shape[:-1], "integer"
        if labels.shape == rows.shape:
            hint = "; a one-hot array is floating: labels.astype('float32')"
        elif labels.shape == (*expected, 1):
            hint = "; use gx.squeeze(labels, -1), or declare them without the last axis"
        else:
            hint = ""
    elif types.is_float(labels.dtype):
        expected, kind = rows.shape, "floating"
        hint = "; class numbers are integers: dtype='int64'" if labels.ndim < rows.ndim else ""
    else:
        raise fail(
            TypeMismatchError,
            name,
            "labels are integers or probabilities, not bool",
            rows,
            labels,
        )
    if labels.shape != expected:
        raise fail(
            ShapeError,
            name,
            f"{kind} labels for {what} {types.shape_text(rows.shape)} have shape "
            f"{types.shape_text(expected)}, not {types.shape_text(labels.shape)}{hint}",
            rows,
            labels,
        )
