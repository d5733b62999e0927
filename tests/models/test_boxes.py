"""Boxes: overlaps against counted pixels, default boxes against the paper's number and sizes, matching
and suppression against the same rules as plain loops, average precision against a published example and
scikit-learn's curves."""

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


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [5, 200])
def test_what_is_found_is_probable_and_the_best_of_its_class_there(seed, most):
    rng = np.random.default_rng(seed)
    defaults = boxes.default_boxes((4,), (0.3, 0.5), ((1, 2),))
    scores = rng.normal(0, 2, (len(defaults), 4))
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    offsets = rng.normal(size=(len(defaults), 4)).astype("float32")
    moved, expected = boxes.decode(offsets, defaults), []
    for label in range(3):
        kept = []
        for i in sorted(range(len(moved)), key=lambda i: -probabilities[i, label + 1]):
            free = all(boxes.iou(moved[i], moved[k]) <= 0.4 for k in kept)
            if probabilities[i, label + 1] >= 0.2 and free:
                kept.append(i)
        expected += [(probabilities[i, label + 1], label, *moved[i]) for i in kept]
    found, labels, marks = boxes.detect(
        probabilities, offsets, defaults, least=0.2, overlap=0.4, most=most
    )
    assert labels.dtype == np.int64
    rows = np.column_stack([marks, labels, found])
    np.testing.assert_allclose(rows, sorted(expected, reverse=True)[:most], rtol=1e-6)
    assert (len(rows) == 5) == (most == 5)


def test_nothing_is_found_where_nothing_is_probable():
    defaults = boxes.default_boxes((2,), (0.3, 0.5), ((1,),))
    sure = np.repeat([[1.0, 0.0, 0.0]], len(defaults), axis=0)
    found, labels, scores = boxes.detect(sure, np.zeros((len(defaults), 4)), defaults)
    assert found.shape == (0, 4)
    assert labels.shape == scores.shape == (0,)


# R. Padilla, S. Netto and E. da Silva, "A survey on performance metrics for object-detection algorithms",
# 2020, table I: for each detection its image, its confidence in percent, and whether it is right.
DETECTIONS = """
    1 88 FP, 1 70 TP, 1 80 FP, 2 71 FP, 2 54 TP, 2 74 FP, 3 18 TP, 3 67 FP, 3 38 FP, 3 91 TP, 3 44 FP,
    4 35 FP, 4 78 FP, 4 45 FP, 4 14 FP, 5 62 TP, 5 44 FP, 5 95 TP, 5 23 FP, 6 45 FP, 6 84 FP, 6 43 FP,
    7 48 TP, 7 95 FP
"""
THERE = 15  # true boxes


def test_average_precision_is_that_of_the_published_example():
    places = [[0.1 * k + 0.05, 0.5, 0.08, 0.08] for k in range(10)]
    images = [(places[:2], [4, 4]) for _ in range(6)] + [(places[:3], [4, 4, 4])]
    assert sum(len(there) for there, _ in images) == THERE
    found = [([], [], []) for _ in images]
    rows = [row.split() for row in DETECTIONS.split(",")]
    for image, percent, right in sorted(rows, key=lambda row: -int(row[1])):
        here, labels, scores = found[int(image) - 1]
        used = sum(box in places[:3] for box in here)
        here.append(places[used] if right == "TP" else [0.5, 0.9, 0.1, 0.1])
        labels.append(4)
        scores.append(int(percent) / 100)
    # "24.56%", from figures that were cut off: 1/15 (1 + 2/3 + 4 (3/7) + 7/23).  Of two detections of 95
    # percent the right one is first there.
    found[4][2][0] += 1e-6
    precision = boxes.average_precision(found, images)
    assert list(precision) == [4]
    assert precision[4] == pytest.approx((1 + 2 / 3 + 4 * 3 / 7 + 7 / 23) / 15)
    assert precision[4] == pytest.approx(0.2456, abs=2e-4)


def right_by_loops(found, true, label, overlap):
    """Scores, and which of them are right: M. Everingham et al., 2010, section 4.2."""
    rows = [
        (score, image, box)
        for image, parts in enumerate(found)
        for box, kind, score in zip(*parts, strict=True)
        if kind == label
    ]
    used, scores, right = set(), [], []
    for score, image, box in sorted(rows, key=lambda row: -row[0]):
        there = [(k, b) for k, (b, c) in enumerate(zip(*true[image], strict=True)) if c == label]
        best = max(there, key=lambda pair: float(boxes.iou(box, pair[1])), default=None)
        hit = best is not None and boxes.iou(box, best[1]) >= overlap
        hit = bool(hit) and (image, best[0]) not in used
        if hit:
            used.add((image, best[0]))
        scores.append(score)
        right.append(hit)
    return np.array(scores), np.array(right)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("overlap", [0.3, 0.5, 0.75])
def test_average_precision_is_the_area_under_the_curve_that_scikit_learn_draws(seed, overlap):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    true, found = [], []
    for image in range(12):
        there = random_boxes(rng.integers(5), 100 * seed + image)
        labels = rng.integers(3, size=len(there))
        seen = np.repeat(there, 2, axis=0) + rng.normal(0, 0.03, (2 * len(there), 4))
        kinds = np.where(rng.random(len(seen)) < 0.8, np.repeat(labels, 2), 3)
        true.append((there, labels))
        found.append((seen, kinds, rng.random(len(seen))))
    result = boxes.average_precision(found, true, overlap)
    assert set(result) == {0, 1, 2}
    for label, value in result.items():
        scores, right = right_by_loops(found, true, label, overlap)
        count = sum(int((labels == label).sum()) for _, labels in true)
        precision, recall, _ = metrics.precision_recall_curve(right, scores)
        highest = np.maximum.accumulate(precision[:-1])  # in order of falling recall
        area = np.sum(highest * -np.diff(recall)) * right.sum() / count
        assert value == pytest.approx(area)
        assert 0 < value < 1


def test_average_precision_is_1_for_all_and_0_for_nothing():
    there = random_boxes(3, 5)
    true = [(there, [0, 0, 1]), (np.zeros((0, 4)), [])]
    nothing = (np.zeros((0, 4)), [], [])
    exact = (there, [0, 0, 1], [0.9, 0.8, 0.7])
    assert boxes.average_precision([exact, nothing], true) == {0: 1.0, 1: 1.0}
    assert boxes.average_precision([nothing, nothing], true) == {0: 0.0, 1: 0.0}
    twice = boxes.average_precision([exact, exact], true)  # the second image has nothing
    assert twice == {0: pytest.approx((1 + 2 / 3) / 2), 1: 1.0}


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
        (
            lambda: boxes.detect(np.ones((3, 2)), np.ones((4, 4)), np.ones((4, 4))),
            r"detect: 4 boxes need probabilities \(4, classes \+ 1\), not \(3, 2\)",
        ),
        (
            lambda: boxes.average_precision([], [(np.ones((1, 4)), [0])]),
            "average_precision: what was found in 0 images can't be compared with what is in 1",
        ),
    ],
)
def test_what_are_no_boxes_is_refused(call, text):
    with pytest.raises(gx.DataError, match=text):
        call()
