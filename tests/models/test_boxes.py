"""Boxes: overlaps against counted pixels, default boxes against the paper's number and sizes, matching
and suppression against the same rules as plain loops."""

import math

import numpy as np
import pytest

import graphc as gx
from graphc.models import boxes


def random_boxes(count, seed):
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.uniform(0.2, 0.8, (count, 2)), rng.uniform(0.05, 0.5, (count, 2))], 1
    )


def painted(box, size=400):
    """Which pixels of a fine grid lie in a box."""
    places = (np.arange(-size, 2 * size) + 0.5) / size
    columns = np.abs(places - box[0]) < box[2] / 2
    rows = np.abs(places - box[1]) < box[3] / 2
    return rows[:, None] & columns


def test_overlap_is_that_of_the_pixels_inside():
    first, second = random_boxes(12, 0), random_boxes(12, 1)
    expected = [
        (painted(a) & painted(b)).sum() / (painted(a) | painted(b)).sum()
        for a, b in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(boxes.iou(first, second), expected, atol=0.02)
    assert boxes.iou(first[:, None], second).shape == (12, 12)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0.5, 0.5, 1, 1], [0.5, 0.5, 1, 1], 1),
        ([0.5, 0.5, 1, 1], [1, 0.5, 1, 1], 1 / 3),
        ([0.5, 0.5, 1, 1], [1.5, 0.5, 1, 1], 0),
        ([0.5, 0.5, 1, 1], [0.5, 0.5, 0.5, 0.5], 1 / 4),
        ([0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], 0),
    ],
)
def test_overlap_of_simple_boxes(a, b, expected):
    assert boxes.iou(a, b) == pytest.approx(expected)


def test_the_paper_has_8732_default_boxes():
    """Liu et al., 2016, section 3.1 and fig. 2: 38, 19, 10, 5, 3 and 1 places a side; scales from 0.2 to
    0.9, and 0.1 for the first; 4 or 6 boxes a place."""
    few, many = (1, 2, 1 / 2), (1, 2, 3, 1 / 2, 1 / 3)
    scales = (0.1, *(0.2 + 0.7 / 4 * k for k in range(5)), 1.075)
    found = boxes.default_boxes((38, 19, 10, 5, 3, 1), scales, (few, many, many, many, few, few))
    assert found.shape == (8732, 4)
    assert found.dtype == np.float32
    # Eq. 4 and the text after it: w = s sqrt(a), h = s / sqrt(a), s' = sqrt(s_k s_k+1).
    s, above = scales[1], scales[2]
    first = 38 * 38 * 4
    sizes = [(s * math.sqrt(a), s / math.sqrt(a)) for a in many] + [(math.sqrt(s * above),) * 2]
    np.testing.assert_allclose(found[first : first + 6, 2:], sizes, rtol=1e-6)
    np.testing.assert_allclose(found[first : first + 6, :2], 0.5 / 19, rtol=1e-6)
    np.testing.assert_allclose(found[first + 6, :2], [1.5 / 19, 0.5 / 19], rtol=1e-6)


def test_offsets_are_those_of_the_paper_and_come_back():
    box, default = random_boxes(20, 2), random_boxes(20, 3)
    found = boxes.encode(box, default)
    for (cx, cy, w, h), (dx, dy, dw, dh), row in zip(box, default, found, strict=True):
        expected = [
            (cx - dx) / dw / 0.1,
            (cy - dy) / dh / 0.1,
            math.log(w / dw) / 0.2,
            math.log(h / dh) / 0.2,
        ]
        np.testing.assert_allclose(row, expected, rtol=1e-5)
    np.testing.assert_allclose(boxes.decode(found, default), box, rtol=1e-5)


def matched_by_loops(box, labels, defaults, threshold):
    overlap = [[float(boxes.iou(b, d)) for d in defaults] for b in box]
    owner = {}
    for j in range(len(defaults)):
        best = max(range(len(box)), key=lambda i: overlap[i][j])
        if overlap[best][j] >= threshold:
            owner[j] = best
    pairs = sorted((-overlap[i][j], i, j) for i in range(len(box)) for j in range(len(defaults)))
    done, used = set(), set()
    for _, i, j in pairs:
        if i not in done and j not in used:
            owner[j] = i
            done.add(i)
            used.add(j)
    return [labels[owner[j]] + 1 if j in owner else 0 for j in range(len(defaults))], owner


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.9])
def test_default_boxes_are_matched_as_the_paper_says(seed, threshold):
    box = random_boxes(4, seed)
    labels = np.array([3, 0, 7, 3])
    defaults = boxes.default_boxes((5, 3), (0.2, 0.4, 0.6), ((1, 2), (1, 0.5)))
    found, offsets = boxes.match(box, labels, defaults, threshold)
    expected, owner = matched_by_loops(box, labels, defaults, threshold)
    assert found.tolist() == expected
    assert {3 + 1, 0 + 1, 7 + 1} <= set(expected)  # no box goes without
    for j in range(len(defaults)):
        wanted = boxes.encode(box[owner[j]], defaults[j]) if j in owner else np.zeros(4)
        np.testing.assert_allclose(offsets[j], wanted, rtol=1e-5, atol=1e-6)


def test_an_image_without_things_is_all_background():
    defaults = boxes.default_boxes((2,), (0.5, 0.7), ((1,),))
    labels, offsets = boxes.match(np.zeros((0, 4)), [], defaults)
    assert labels.tolist() == [0] * 8
    assert not offsets.any()


@pytest.mark.parametrize("seed", range(4))
def test_of_boxes_that_overlap_the_best_is_kept(seed):
    box = random_boxes(30, seed)
    scores = np.random.default_rng(seed).uniform(size=30)
    kept = []
    for i in sorted(range(30), key=lambda i: -scores[i]):
        if all(boxes.iou(box[i], box[k]) <= 0.3 for k in kept):
            kept.append(i)
    assert boxes.suppress(box, scores, 0.3).tolist() == kept
    assert len(kept) < 30
    assert boxes.suppress(box[:0], scores[:0]).tolist() == []


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: boxes.iou(np.zeros((2, 3)), np.zeros((2, 4))), "iou: boxes have a last axis of 4"),
        (
            lambda: boxes.match(np.zeros((2, 4)), [1], np.ones((3, 4))),
            "match: 2 boxes need as many",
        ),
        (
            lambda: boxes.default_boxes((4,), (0.1,), ((1,),)),
            "default_boxes: 1 grids need 2 scales",
        ),
    ],
)
def test_what_are_no_boxes_is_refused(call, text):
    with pytest.raises(gx.DataError, match=text):
        call()
