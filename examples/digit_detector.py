"""Which digits, and where: a single-shot detector on canvases of real digits.

Up to four digits of MNIST, each at a size of its own, are put on a noisy canvas of 48 x 48 pixels.  At
every place of two grids of feature maps the network scores and moves three default boxes (W. Liu et
al., "SSD: single shot multibox detector", 2016); what is probable and overlaps nothing better is what it
found.  The canvases are composed from a seed, new ones each epoch, those of a test from digits that are
in no other.  The digits are those of mnist_mlp.py, from a folder or $GRAPHC_DATA.  It takes two
minutes:

    python examples/digit_detector.py data/

Printed is the average precision of each digit, where a box counts that overlaps the true one by half
(M. Everingham et al., "The PASCAL visual object classes challenge", 2010).  `boxes.png` shows some test
canvases with what was found.
"""

import itertools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import graphc as gx
from graphc import models, nn, optim
from graphc.models import boxes

SIZE = 48
SMALLEST, LARGEST = 16, 32  # sides of a digit's image, of which its ink covers some two thirds
MOST = 4
NOISE = 0.1  # standard deviation; ink is 1
GRIDS = 12, 6
DEFAULTS = boxes.default_boxes(GRIDS, (0.25, 0.4, 0.45), ((0.35, 0.7), (0.35, 0.7)))
CANVASES = 8000  # an epoch
EPOCHS = 5
BATCH = 32
FOLDER = "demo/digit_detector"


def build() -> gx.Network:
    """48 x 48 pixels, seven convolutions, 11 scores and 4 offsets for each of 540 default boxes."""
    x = gx.input("x", ("N", SIZE, SIZE, 1))
    labels = gx.input("labels", ("N", len(DEFAULTS)), dtype="int64")
    targets = gx.input("targets", ("N", len(DEFAULTS), 4))

    def convolution(filters: int, kernel: int = 3, strides: int = 1) -> list[nn.Module]:
        conv = nn.Conv2D(
            filters, kernel, strides, padding=kernel // 2, use_bias=False, init="he_normal"
        )
        return [conv, nn.BatchNorm(), nn.Activation("relu")]

    fine = nn.Sequential(
        [
            *convolution(16, 5, strides=2),
            *convolution(32),
            *convolution(64, strides=2),
            *convolution(64),
            *convolution(64),
        ]
    )
    coarse = nn.Sequential([*convolution(96, strides=2), *convolution(96)])
    model = models.SingleShot([fine, coarse], boxes=(3, 3), classes=10, name="detector")
    logits, offsets = model(x)
    rate = optim.schedules.cosine(3e-3, steps=EPOCHS * CANVASES // BATCH, floor=1e-5)

    return gx.compile(
        "digit_detector",
        inputs=[x],
        targets=[labels, targets],
        loss=models.detection_loss(logits, offsets, labels, targets),
        outputs={"probabilities": gx.softmax(logits), "offsets": offsets},
        optimizer=optim.Adam(rate, epsilon=1e-4),
    )


def resampling(size: int, sides: int = 28) -> np.ndarray:
    """The matrix ``(size, sides)`` that takes a row of pixels to another size: weights fall linearly with
    the distance, over as many pixels as become one."""
    wide = max(sides / size, 1)
    centres = (np.arange(size) + 0.5) * sides / size
    weights = np.maximum(1 - np.abs(centres[:, None] - (np.arange(sides) + 0.5)) / wide, 0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def compose(
    digits: np.ndarray, names: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Canvases with 1 to 4 digits whose boxes don't overlap.

    Args:
        digits: images ``(M, 28, 28, 1)`` from 0 to 1.
        names: which digits they are, ``(M,)``.
        count: how many canvases.
        seed: of the choice of digits, their sizes and places, and the noise.

    Returns:
        Canvases ``(count, 48, 48, 1)`` float32, and for each the boxes around the ink of its digits
        ``(B, 4)`` float32 (centre x, centre y, width, height as parts of the canvas) and which they are
        ``(B,)``.
    """
    rng = np.random.default_rng(seed)
    matrices = {size: resampling(size) for size in range(SMALLEST, LARGEST + 1)}
    canvases = rng.normal(0, NOISE, (count, SIZE, SIZE)).astype(np.float32)
    things = []
    for canvas in canvases:
        used = np.zeros((SIZE, SIZE), dtype=bool)
        places, labels = [], []
        for one in rng.integers(len(digits), size=rng.integers(1, MOST + 1)):
            size = int(rng.integers(SMALLEST, LARGEST + 1))
            image = matrices[size] @ digits[one, :, :, 0] @ matrices[size].T
            rows, columns = (np.flatnonzero((image > 0.3).any(axis=k)) for k in (1, 0))
            image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            height, width = image.shape
            for _ in range(20):
                top, left = rng.integers(SIZE - height + 1), rng.integers(SIZE - width + 1)
                place = slice(top, top + height), slice(left, left + width)
                if not used[place].any():
                    break
            else:
                continue
            canvas[place] += image
            used[place] = True
            places.append((left + width / 2, top + height / 2, width, height))
            labels.append(names[one])
        things.append((np.array(places, dtype=np.float32) / SIZE, np.array(labels)))
    return canvases[..., None], things


def lessons(
    digits: np.ndarray, names: np.ndarray, seeds: Iterator[int]
) -> Iterable[tuple[np.ndarray, ...]]:
    """The batches of an epoch: canvases, and the labels and offsets of their default boxes."""
    canvases, things = compose(digits, names, CANVASES, next(seeds))
    goals = [boxes.match(places, labels, DEFAULTS) for places, labels in things]
    labels, offsets = (np.stack(part) for part in zip(*goals, strict=True))
    return gx.batches((canvases, labels, offsets), BATCH, shuffle=False)


def detect(m: Any, canvases: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each canvas the boxes that are found, their digits and their probabilities."""
    found = []
    for batch in gx.batches(canvases, 100, shuffle=False):
        answers = m.predict(batch)
        pairs = zip(answers["probabilities"], answers["offsets"], strict=True)
        found += [boxes.detect(*pair, DEFAULTS) for pair in pairs]
    return found


def draw(
    canvases: np.ndarray, found: list[tuple[np.ndarray, ...]], true: list[Any], path: Path
) -> None:
    """Canvases with the boxes that are there, and those found with a probability of half."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    def frame(box: np.ndarray, colour: str, line: str) -> Rectangle:
        corner = (box[:2] - box[2:] / 2) * SIZE - 0.5
        return Rectangle(corner, *(box[2:] * SIZE), fill=False, ec=colour, ls=line)

    figure = Figure(figsize=(10, 5.2), layout="constrained")
    every = zip(figure.subplots(2, 4).flat, canvases, found, true, strict=True)
    for axes, canvas, (places, labels, scores), (there, _) in every:
        axes.imshow(canvas[..., 0], cmap="gray", vmin=0, vmax=1)
        axes.set_xticks([])
        axes.set_yticks([])
        for box in there:
            axes.add_patch(frame(box, "w", "--"))
        for box, label, score in zip(places, labels, scores, strict=True):
            if score >= 0.5:
                axes.add_patch(frame(box, "C1", "-"))
                x, y = (box[:2] - box[2:] / 2) * SIZE
                axes.text(x, y - 1, f"{label}  {score:.2f}", color="C1", fontsize="small")
    figure.savefig(path, dpi=150)


def main(folder: str | None = None, out: str = FOLDER) -> None:
    """Train, test, and draw."""
    from lenet import images
    from mnist_mlp import load_data

    try:
        digits, other = (images(part) for part in load_data(folder))
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds MNIST's four files.")
    canvases, true = compose(*other, 1000, seed=0)
    m, seeds = build().load(seed=0), itertools.count(1)
    gx.fit(m, lambda: lessons(*digits, seeds), epochs=EPOCHS)
    found = detect(m, canvases)
    precision = boxes.average_precision(found, true)
    print(f"average precision on {len(canvases):,} canvases:")
    for digit, value in precision.items():
        print(f"  {digit:<30} {value:.3f}")
    print(f"  {'mean':30} {np.mean(list(precision.values())):.3f}")
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    draw(canvases[:8], found[:8], true[:8], place / "boxes.png")
    print(f"wrote {place / 'boxes.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
