"""Boxes around things, in NumPy: overlaps, default boxes, what they are to predict, what is kept of
what they predict, and how good that is.

A box is ``(centre x, centre y, width, height)`` as parts of the image's width and height, float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphc.errors import DataError

__all__ = [
    "average_precision",
    "decode",
    "default_boxes",
    "detect",
    "encode",
    "iou",
    "match",
    "suppress",
]

Array = np.ndarray[Any, Any]
SPREADS = np.array([0.1, 0.1, 0.2, 0.2], dtype=np.float32)


def iou(first: Any, second: Any) -> Array:
    """The area that boxes share over the area that they cover: ``(..., 4)`` and ``(..., 4)``, which
    broadcast, to ``(...)``; 0 for two boxes without area.

    Raises DataError for arrays whose last axis is not 4.
    """
    a, b = _boxes("iou", first), _boxes("iou", second)
    low = np.maximum(a[..., :2] - a[..., 2:] / 2, b[..., :2] - b[..., 2:] / 2)
    high = np.minimum(a[..., :2] + a[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2)
    shared = np.maximum(high - low, 0).prod(axis=-1)
    covered = a[..., 2:].prod(axis=-1) + b[..., 2:].prod(axis=-1) - shared
    result: Array = np.where(covered > 0, shared / np.where(covered > 0, covered, 1), 0)
    return result


def default_boxes(
    grids: Sequence[int], scales: Sequence[float], ratios: Sequence[Sequence[float]]
) -> Array:
    """The boxes that a single-shot detector moves (W. Liu et al., "SSD: single shot multibox
    detector", 2016, section 2.2): at each place of each grid one of every aspect ratio, and one of
    ratio 1 and the scale between this grid's and the next one's.

    Args:
        grids: the places along each side, for each scale.
        scales: the side of a square box in each grid, and one further scale.
        ratios: for each grid the aspect ratios a: ``width = s sqrt(a)``, ``height = s / sqrt(a)``.

    Returns:
        ``(D, 4)``, grid by grid, row by row, place by place.

    Raises DataError unless there is a scale for each grid and one more, and ratios for each.
    """
    if len(scales) != len(grids) + 1 or len(ratios) != len(grids):
        raise DataError(
            f"default_boxes: {len(grids)} grids need {len(grids) + 1} scales and {len(grids)} lists "
            f"of ratios, not {len(scales)} and {len(ratios)}"
        )
    parts = []
    for grid, scale, above, shapes in zip(grids, scales, scales[1:], ratios, strict=False):
        sizes = [(scale * np.sqrt(a), scale / np.sqrt(a)) for a in shapes]
        sizes.append((np.sqrt(scale * above), np.sqrt(scale * above)))
        places = (np.arange(grid) + 0.5) / grid
        y, x = np.meshgrid(places, places, indexing="ij")
        centres = np.stack([x, y], axis=-1)[:, :, None, :]
        shape = (grid, grid, len(sizes), 2)
        both = [np.broadcast_to(centres, shape), np.broadcast_to(np.array(sizes), shape)]
        parts.append(np.concatenate(both, axis=-1).reshape(-1, 4))
    return np.concatenate(parts).astype(np.float32)


def encode(boxes: Any, defaults: Any) -> Array:
    """How boxes differ from default ones: of the centres in units of their size, of the sizes the
    logarithm of the ratio (Liu et al., eq. 2), over 0.1 and 0.2 as in the authors' program.

    Raises DataError for arrays whose last axis is not 4.
    """
    b, d = _boxes("encode", boxes), _boxes("encode", defaults)
    centres = (b[..., :2] - d[..., :2]) / d[..., 2:]
    result: Array = np.concatenate([centres, np.log(b[..., 2:] / d[..., 2:])], axis=-1) / SPREADS
    return result


def decode(offsets: Any, defaults: Any) -> Array:
    """The boxes that differ from default ones so: the inverse of :func:`encode`."""
    o, d = _boxes("decode", offsets) * SPREADS, _boxes("decode", defaults)
    centres = d[..., :2] + o[..., :2] * d[..., 2:]
    return np.concatenate([centres, np.exp(o[..., 2:]) * d[..., 2:]], axis=-1)


def match(boxes: Any, labels: Any, defaults: Any, threshold: float = 0.5) -> tuple[Array, Array]:
    """What each default box is to predict in one image (Liu et al., section 2.2).

    Every box of the image goes to the default box that overlaps it most, and to all that overlap it
    by `threshold` or more, of several boxes the one with most overlap.

    Args:
        boxes: ``(B, 4)``; there may be none.
        labels: ``(B,)``, from 0 on.
        defaults: ``(D, 4)``.
        threshold: the least overlap, as :func:`iou`.

    Returns:
        Labels ``(D,)`` int64, 0 for the background and 1 more than those given elsewhere; and offsets
        ``(D, 4)`` as :func:`encode`, 0 for the background.

    Raises DataError for arrays that are no boxes, or another number of labels.
    """
    b, d = _boxes("match", boxes).reshape(-1, 4), _boxes("match", defaults)
    known = np.asarray(labels)
    if known.shape != (len(b),):
        raise DataError(f"match: {len(b)} boxes need as many labels, not shape {known.shape}")
    found, offsets = np.zeros(len(d), dtype=np.int64), np.zeros((len(d), 4), dtype=np.float32)
    if not len(b):
        return found, offsets
    overlap = iou(b[:, None], d)
    owner = np.where(overlap.max(axis=0) >= threshold, overlap.argmax(axis=0), -1)
    free = overlap.copy()
    for _ in range(min(len(b), len(d))):  # the best pair first: no box takes another's only place
        box, place = np.unravel_index(free.argmax(), free.shape)
        owner[place] = box
        free[box], free[:, place] = -1, -1
    owned = owner >= 0
    found[owned] = known[owner[owned]] + 1
    offsets[owned] = encode(b[owner[owned]], d[owned])
    return found, offsets


def suppress(boxes: Any, scores: Any, threshold: float = 0.5) -> Array:
    """Which boxes to keep: the best first, without those that overlap a better one by more than
    `threshold` (non-maximum suppression).

    Args:
        boxes: ``(B, 4)``.
        scores: ``(B,)``.
        threshold: as :func:`iou`.

    Returns:
        Positions, int64, in order of their scores.

    Raises DataError for arrays that are no boxes.
    """
    b, waiting = _boxes("suppress", boxes), np.argsort(-np.asarray(scores), kind="stable")
    kept = []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        waiting = waiting[iou(b[best], b[waiting]) <= threshold]
    return np.array(kept, dtype=np.int64)


def detect(
    probabilities: Any,
    offsets: Any,
    defaults: Any,
    *,
    least: float = 0.01,
    overlap: float = 0.45,
    most: int = 200,
) -> tuple[Array, Array, Array]:
    """What a single-shot detector finds in one image (Liu et al., section 3.1, "inference time"): of each
    class the default boxes that are probable enough, moved, without those that overlap a better one.

    Args:
        probabilities: ``(D, classes + 1)``, of which class 0 is the background.
        offsets: ``(D, 4)`` as :func:`encode` gives them.
        defaults: ``(D, 4)``.
        least: the least probability.
        overlap: the most overlap of two boxes of one class, as :func:`iou`.
        most: how many boxes to keep, of all classes together.

    Returns:
        Boxes ``(K, 4)``, their labels ``(K,)`` int64, from 0 on as in :func:`match`, and their
        probabilities ``(K,)``, the largest first.

    Raises DataError for arrays that are no boxes, or probabilities of another number of boxes.
    """
    places = decode(offsets, defaults)
    table = np.asarray(probabilities)
    if table.ndim != 2 or len(table) != len(places):
        raise DataError(
            f"detect: {len(places)} boxes need probabilities ({len(places)}, classes + 1), not "
            f"{table.shape}"
        )
    parts = []
    for label, scores in enumerate(table.T[1:]):
        likely = np.flatnonzero(scores >= least)
        kept = likely[suppress(places[likely], scores[likely], overlap)]
        parts.append((places[kept], np.full(len(kept), label), scores[kept]))
    found, labels, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(-scores, kind="stable")[:most]
    return found[order], labels[order], scores[order]


def average_precision(
    found: Sequence[tuple[Any, Any, Any]], true: Sequence[tuple[Any, Any]], overlap: float = 0.5
) -> dict[int, float]:
    """The area under the curve of precision over recall, for each class (M. Everingham et al., "The
    PASCAL visual object classes challenge", 2010, section 4.2); the mean of the values is the usual
    figure for a detector.

    The boxes found of a class, in all images, are gone through in order of their scores.  One is
    right if of its image's true boxes of that class the one that it overlaps most was not found before,
    and the overlap is large enough.  The precision at a recall is the largest at that recall or a
    higher one.  The area is taken between all recalls, as the challenge does since 2010, not at
    eleven.

    Args:
        found: for each image boxes ``(K, 4)``, labels ``(K,)`` and scores ``(K,)``, as :func:`detect`
            returns them.
        true: for each image boxes ``(B, 4)`` and labels ``(B,)``.
        overlap: the least overlap, as :func:`iou`.

    Returns:
        The average precision, from 0 to 1, of each label that is in `true`.

    Raises DataError for arrays that are no boxes, or numbers of images that differ.
    """
    if len(found) != len(true):
        raise DataError(
            f"average_precision: what was found in {len(found)} images can't be compared with what "
            f"is in {len(true)}"
        )
    known = np.unique(np.concatenate([np.asarray(labels, int).ravel() for _, labels in true]))
    return {int(label): _precision_of(int(label), found, true, overlap) for label in known}


def _precision_of(
    label: int,
    found: Sequence[tuple[Any, Any, Any]],
    true: Sequence[tuple[Any, Any]],
    overlap: float,
) -> float:
    """The average precision of one class."""
    scores, right, count = [], [], 0
    for (places, labels, marks), (there, names) in zip(found, true, strict=True):
        goals = _boxes("average_precision", there)[np.asarray(names) == label]
        mine = np.flatnonzero(np.asarray(labels) == label)
        marks, places = np.asarray(marks), _boxes("average_precision", places)
        free = np.ones(len(goals), dtype=bool)
        count += len(goals)
        for k in mine[np.argsort(-marks[mine], kind="stable")]:
            shared = iou(places[k], goals)
            best = int(shared.argmax()) if len(goals) else -1
            hit = best >= 0 and bool(free[best]) and bool(shared[best] >= overlap)
            if hit:
                free[best] = False
            scores.append(float(marks[k]))
            right.append(hit)
    hits = np.array(right, dtype=bool)[np.argsort(-np.array(scores), kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    at_least = np.maximum.accumulate(precision[::-1])[::-1]
    return float(at_least[hits].sum() / count)


def _boxes(what: str, values: Any) -> Array:
    array: Array = np.asarray(values)
    if array.dtype.kind != "f":
        array = array.astype(np.float32)
    if array.ndim == 0 or array.shape[-1] != 4:
        raise DataError(f"{what}: boxes have a last axis of 4, not shape {array.shape}")
    return array
