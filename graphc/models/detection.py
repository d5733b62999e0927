"""Networks that say where things are: one box in an image, or any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphc.dsl import losses, nn
from graphc.errors import GraphError
from graphc.ir import dims
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.models.parts import Stack
from graphc.ops import reduce
from graphc.ops.catalogue import exp, maximum, not_equal, square
from graphc.ops.leaf import iota
from graphc.ops.nn import softmax
from graphc.ops.shape import concat, reshape, stack

__all__ = ["Localizer", "SingleShot", "detection_loss"]


class Localizer(nn.Module):
    """What is in an image and where: a class and a box from the same features (P. Sermanet et al.,
    "OverFeat: integrated recognition, localization and detection using convolutional networks", 2014,
    section 4).

    The class is judged by the largest of each feature over all places.  Each edge of the box is the
    mean place under a softmax over all places (S. Levine et al., "End-to-end training of deep
    visuomotor policies", 2016): it is found in the same way wherever it is, which a dense
    layer has to learn place by place.

    A call gives logits ``(N, classes)`` and boxes ``(N, 4)``: centre x, centre y, width and height as
    parts of the image.

    Args:
        features: layers from images to feature maps.
        classes: the number of classes.
        hidden: the units of the classifier's dense layer.
        name: its scope.
    """

    def __init__(
        self,
        features: Sequence[nn.Module],
        classes: int,
        hidden: int = 128,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.features = Stack(features)
        self.what = nn.Sequential(
            [nn.GlobalMaxPool(), nn.Dense(hidden, activation="relu"), nn.Dense(classes)]
        )
        self.edges = nn.Conv2D(4, 1, use_bias=False)  # the softmax would take it away

    def forward(self, x: Tensor) -> Any:
        """Logits and boxes of images ``(N, H, W, C)``."""
        maps = self.features(x)
        scores = self.edges(maps)
        left, right = _mean_place(scores[..., :2], axis=2)
        top, bottom = _mean_place(scores[..., 2:], axis=1)
        box = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
        return self.what(maps), stack(box, axis=1)


def _mean_place(scores: Tensor, axis: int) -> list[Tensor]:
    """For each of two maps of scores ``(N, h, w, 2)`` the mean place along an axis, from 0 to 1."""
    n, height, width, count = scores.shape
    share = softmax(reshape(scores, (n, height * width, count)), axis=1)
    size = scores.shape[axis]
    places = (iota((height, width), axis=axis - 1).astype(scores.dtype) + 0.5) / size
    means = reduce.sum(share * reshape(places, (height * width, 1)), axis=1)
    return [means[:, 0], means[:, 1]]


class SingleShot(nn.Module):
    """Any number of things in an image: at every place of feature maps of several sizes, scores and
    offsets of default boxes (W. Liu et al., "SSD: single shot multibox detector", 2016, section 2.1).

    A call gives logits ``(N, D, classes + 1)``, of which class 0 is the background, and offsets
    ``(N, D, 4)``, for the D boxes of ``gx.models.boxes.default_boxes`` in their order.

    Args:
        stages: modules of which each takes the feature maps of the one before; the first takes
            images.  Boxes are predicted from the maps of each.
        boxes: how many default boxes there are at each place of each stage's maps.
        classes: the number of classes without the background.
        name: its scope.

    Raises GraphError unless each stage has its number of boxes.
    """

    def __init__(
        self,
        stages: Sequence[nn.Module],
        boxes: Sequence[int],
        classes: int,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        if len(stages) != len(boxes):
            raise GraphError(
                f"SingleShot at {origins.current()}: {len(stages)} stages need as many numbers of "
                f"boxes, not {len(boxes)}"
            )
        self.classes = classes
        self.stage = list(stages)
        self.score = [nn.Conv2D(count * (classes + 1), 3, padding=1) for count in boxes]
        self.move = [nn.Conv2D(count * 4, 3, padding=1) for count in boxes]

    def forward(self, x: Tensor) -> Any:
        """Logits and offsets of all default boxes, for images ``(N, H, W, C)``."""
        logits, offsets = [], []
        for stage, score, move in zip(self.stage, self.score, self.move, strict=True):
            x = stage(x)
            logits.append(_by_box(score(x), self.classes + 1))
            offsets.append(_by_box(move(x), 4))
        return concat(logits, axis=1), concat(offsets, axis=1)


def _by_box(maps: Tensor, last: int) -> Tensor:
    """``(N, h, w, count last)`` to ``(N, h w count, last)``."""
    return reshape(maps, (maps.shape[0], dims.product(maps.shape[1:]) // last, last))


def detection_loss(logits: Tensor, offsets: Tensor, labels: Tensor, targets: Tensor) -> Tensor:
    """The sum over default boxes of a focal loss of their labels, and over those that are not
    background of the Huber loss of their offsets, divided by the number of these (Liu et al., eq. 1).

    The focal loss ``(1 - p)**2 (-log p)``, p the probability of the label (T. Lin et al., "Focal loss
    for dense object detection", 2017, eq. 4), stands where that paper picks the hardest examples of
    the background.

    Args:
        logits, offsets: from `SingleShot`, ``(N, D, classes + 1)`` and ``(N, D, 4)``.
        labels: ``(N, D)`` integers, 0 for the background.
        targets: ``(N, D, 4)``; both as ``gx.models.boxes.match`` gives for each image.

    Raises ShapeError, TypeMismatchError: when they don't fit.
    """
    surprise = losses.softmax_cross_entropy(logits, labels, reduction="none").named("surprise")
    sure = exp(-surprise).named("sure")
    focal = (square(1 - sure) * surprise).named("focal")
    things = not_equal(labels, 0).astype(logits.dtype).named("things")
    moved = reduce.sum(losses.huber(offsets, targets, reduction="none"), axis=-1).named("moved")
    count = maximum(reduce.sum(things), 1.0).named("count")
    result: Tensor = reduce.sum(focal + things * moved) / count
    return result
