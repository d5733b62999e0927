"""Networks that find boxes: what they give, and their loss against the papers' formulas in NumPy."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, models, nn, optim
from graphc.models import boxes


def detector(dtype="float32"):
    x = gx.input("x", ("N", 16, 16, 1), dtype=dtype)
    stages = [
        nn.Conv2D(6, 3, 2, padding=1, activation="relu"),
        nn.Conv2D(8, 3, 2, padding=1, activation="relu"),
    ]
    return x, models.SingleShot(stages, boxes=(2, 3), classes=4)


def test_there_are_scores_and_offsets_for_every_default_box_in_order():
    x, model = detector()
    logits, offsets = model(x)
    defaults = boxes.default_boxes((8, 4), (0.2, 0.4, 0.6), ((1,), (1, 2)))
    assert logits.shape[1:] == (len(defaults), 5)
    assert offsets.shape[1:] == (len(defaults), 4)
    m = gx.compile("ssd", inputs=[x], outputs={"logits": logits, "offsets": offsets}).load(seed=0)
    image = np.random.default_rng(0).normal(size=(1, 16, 16, 1)).astype("float32")
    before = m.predict(image)["offsets"][0]
    image[0, 9, 3] += 1  # row 9, column 3: seen by the places (4 or 5, 1 or 2) of the first grid
    changed = np.flatnonzero((m.predict(image)["offsets"][0] != before).any(axis=1))
    near = np.abs(defaults[changed][:, :2] * 16 - [3.5, 9.5]).max(axis=1)
    assert len(changed) and near.max() < 10
    first = defaults[changed[changed < 8 * 8 * 2]]
    assert np.abs(first[:, :2] * 16 - [3.5, 9.5]).max() < 6


def test_the_loss_is_that_of_the_papers():
    rng = np.random.default_rng(1)
    logits, offsets = rng.normal(size=(2, 6, 5)), 2 * rng.normal(size=(2, 6, 4))
    labels = np.array([[0, 3, 0, 1, 0, 0], [4, 0, 0, 0, 0, 2]])
    targets = 2 * rng.normal(size=(2, 6, 4))
    arguments = [
        gx.input("logits", ("N", 6, 5), dtype="float64"),
        gx.input("offsets", ("N", 6, 4), dtype="float64"),
        gx.input("labels", ("N", 6), dtype="int64"),
        gx.input("targets", ("N", 6, 4), dtype="float64"),
    ]
    f = gx.function(arguments, [models.detection_loss(*arguments)])
    total, things = 0.0, 0
    for i in range(2):
        for j in range(6):
            p = np.exp(logits[i, j]) / np.exp(logits[i, j]).sum()
            p = p[labels[i, j]]
            total += -((1 - p) ** 2) * np.log(p)  # Lin et al., eq. 4, gamma = 2
            if labels[i, j]:
                things += 1
                d = np.abs(offsets[i, j] - targets[i, j])  # Liu et al., eq. 2: smooth L1
                total += np.where(d < 1, d**2 / 2, d - 0.5).sum()
    assert f(logits, offsets, labels, targets)[0] == pytest.approx(total / things)
    # Nothing to find: divided by 1.
    nothing = f(logits, offsets, 0 * labels, targets)[0]
    p = np.exp(logits[..., 0]) / np.exp(logits).sum(axis=-1)
    assert nothing == pytest.approx((-((1 - p) ** 2) * np.log(p)).sum())


def squares(count, seed):
    """Images with a bright square or a dim one, and their boxes."""
    rng = np.random.default_rng(seed)
    images = rng.normal(0, 0.05, (count, 16, 16, 1)).astype("float32")
    kinds, found = rng.integers(2, size=count), np.zeros((count, 4), dtype="float32")
    for image, kind, box in zip(images, kinds, found, strict=True):
        top, left = rng.integers(12, size=2)
        image[top : top + 5, left : left + 5] += 0.5 + kind
        height, width = min(5, 16 - top), min(5, 16 - left)
        box[:] = (left + width / 2) / 16, (top + height / 2) / 16, width / 16, height / 16
    return images, kinds, found


def test_a_detector_learns_to_find_squares():
    x, _ = detector()
    stages = [
        nn.Conv2D(12, 3, 2, padding=1, activation="relu"),
        nn.Conv2D(16, 3, 2, padding=1, activation="relu"),
    ]
    logits, offsets = models.SingleShot(stages, boxes=(2, 2), classes=2)(x)
    labels = gx.input("labels", ("N", 160), dtype="int64")
    targets = gx.input("targets", ("N", 160, 4))
    m = gx.compile(
        "ssd",
        inputs=[x],
        targets=[labels, targets],
        loss=models.detection_loss(logits, offsets, labels, targets),
        outputs={"logits": logits, "offsets": offsets},
        optimizer=optim.Adam(1e-2),
    ).load(seed=0)
    defaults = boxes.default_boxes((8, 4), (0.3, 0.35, 0.4), ((1,), (1,)))
    images, kinds, true = squares(256, 0)
    matched = [boxes.match(b[None], [k], defaults) for b, k in zip(true, kinds, strict=True)]
    goals = [np.stack(part) for part in zip(*matched, strict=True)]
    gx.fit(m, (images, *goals), epochs=15, batch_size=32)
    images, kinds, true = squares(64, 1)
    answers = m.predict(images)
    right = 0
    for scores, moved, kind, box in zip(
        answers["logits"], answers["offsets"], kinds, true, strict=True
    ):
        best = boxes.suppress(boxes.decode(moved, defaults), scores[:, 1:].max(axis=1))[0]
        overlap = boxes.iou(boxes.decode(moved[best], defaults[best]), box)
        right += bool(overlap > 0.5 and scores[best, 1:].argmax() == kind)
    assert right >= 56


def test_a_localizer_gives_a_class_and_a_box_and_learns_both():
    x = gx.input("x", ("N", 16, 16, 1))
    kind = gx.input("kind", ("N",), dtype="int64")
    box = gx.input("box", ("N", 4))
    convs = [nn.Conv2D(8, 3, padding=1, activation="relu") for _ in range(2)]
    logits, found = models.Localizer(convs, classes=2, hidden=32)(x)
    assert (logits.shape[1:], found.shape[1:]) == ((2,), (4,))
    loss = losses.softmax_cross_entropy(logits, kind) + 20 * losses.huber(found, box)
    m = gx.compile(
        "where",
        inputs=[x],
        targets=[kind, box],
        loss=loss,
        outputs={"logits": logits, "box": found},
        optimizer=optim.Adam(5e-3),
    ).load(seed=0)
    gx.fit(m, squares(512, 0), epochs=20, batch_size=32)
    images, kinds, true = squares(64, 1)
    answers = m.predict(images)
    assert np.mean(answers["logits"].argmax(axis=1) == kinds) >= 0.95
    assert boxes.iou(answers["box"], true).mean() >= 0.6
