"""Which pixels are ink: a small U-Net on noisy canvases of real digits.

Up to three digits of MNIST, at half their size, are put on a noisy canvas of 32 x 32 pixels where they
don't touch.  The network (O. Ronneberger et al., "U-Net", 2015, with 8 channels at first and batch
normalisation) tells the pixels of the digits from the background.  The canvases are composed from a
seed, those of a test from digits that are in no other.  The digits are those of mnist_mlp.py, from a
folder or $GRAPHC_DATA.  It takes a minute:

    python examples/mnist_segmentation.py data/

Printed is the intersection over union of what is found and what is there, beside that of the best
threshold, which sees one pixel at a time.  `segments.png` shows some test canvases.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, models, optim

SIZE = 32
DIGIT = 14
NOISE = 0.15  # standard deviation; ink is 1
CLASSES = 2
CANVASES = 8000
EPOCHS = 4
BATCH = 32
FOLDER = "demo/mnist_segmentation"


def build() -> gx.Network:
    """32 x 32 pixels, two halvings, 2 classes for each pixel."""
    x = gx.input("x", ("N", SIZE, SIZE, 1))
    y = gx.input("y", ("N", SIZE, SIZE), dtype="int64")

    logits = models.UNet(CLASSES, width=8, depth=2, normalised=True)(x)
    rate = optim.schedules.cosine(0.1, steps=EPOCHS * CANVASES // BATCH, floor=1e-4)

    return gx.compile(
        "mnist_segmentation",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"classes": gx.argmax(logits, axis=-1)},
        optimizer=optim.SGD(rate, momentum=0.9),
    )


def compose(
    digits: np.ndarray,
    labels: np.ndarray,
    count: int,
    seed: int,
    most: int = 3,
    noise: float = NOISE,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canvases with 1 to `most` digits that don't touch.

    Args:
        digits: images ``(M, 28, 28, 1)`` from 0 to 1.
        labels: which digits they are, ``(M,)``.
        count: how many canvases.
        seed: of the choice of digits, their places and the noise.
        most: how many digits there are at most on one.
        noise: its standard deviation.

    Returns:
        Canvases ``(count, 32, 32, 1)`` float32; the class of each pixel ``(count, 32, 32)`` int64, 0
        for the background and 1 more than the digit; and ``(count, most, 4)`` boxes around the ink
        (centre x, centre y, width, height as parts of the canvas), 0 where there is no digit.
    """
    rng = np.random.default_rng(seed)
    small = digits.reshape(-1, DIGIT, 2, DIGIT, 2).mean(axis=(2, 4), dtype=np.float32)
    canvases = rng.normal(0, noise, (count, SIZE, SIZE)).astype(np.float32)
    classes = np.zeros((count, SIZE, SIZE), dtype=np.int64)
    boxes = np.zeros((count, most, 4), dtype=np.float32)
    for canvas, pixels, found in zip(canvases, classes, boxes, strict=True):
        for k, one in enumerate(rng.integers(len(small), size=rng.integers(1, most + 1))):
            ink = small[one] > 0.3
            for _ in range(20):
                top, left = rng.integers(SIZE - DIGIT + 1, size=2)
                place = (slice(top, top + DIGIT), slice(left, left + DIGIT))
                if not pixels[place].any():
                    break
            else:
                continue
            canvas[place] += small[one]
            pixels[place][ink] = labels[one] + 1
            rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
            low = np.array([left + columns[0], top + rows[0]])
            high = np.array([left + columns[-1] + 1, top + rows[-1] + 1])
            found[k] = np.concatenate([(low + high) / 2, high - low]) / SIZE
    return canvases[..., None], classes, boxes


def compose_ink(
    digits: np.ndarray, labels: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Canvases, and which of their pixels are ink: 1, else 0."""
    canvases, classes, _ = compose(digits, labels, count, seed)
    return canvases, (classes > 0).astype(np.int64)


def overlaps(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """The intersection over union of each class, ``(CLASSES,)``."""
    pairs = np.bincount(CLASSES * true.ravel() + found.ravel(), minlength=CLASSES**2)
    table = pairs.reshape(CLASSES, CLASSES)
    both = table.diagonal()
    return both / (table.sum(axis=0) + table.sum(axis=1) - both)


def best_threshold(canvases: np.ndarray, true: np.ndarray) -> np.ndarray:
    """What the threshold finds that overlaps best with the ink: no way to choose it is fairer to it."""
    candidates = [(canvases[..., 0] > level).astype(np.int64) for level in np.arange(0.1, 1, 0.02)]
    return max(candidates, key=lambda found: overlaps(found, true)[1])


def draw(rows: dict[str, np.ndarray], path: Path) -> None:
    """Canvases, what is there, and what was found, below one another."""
    from matplotlib.figure import Figure

    count = len(next(iter(rows.values())))
    figure = Figure(figsize=(10, 5.3), layout="constrained")
    axes = figure.subplots(len(rows), count)
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        for place, image in zip(row, images, strict=True):
            place.imshow(image, cmap="gray", vmin=0, vmax=1)
            place.set_xticks([])
            place.set_yticks([])
        row[0].set_ylabel(name)
    figure.savefig(path, dpi=150)


def main(folder: str | None = None, out: str = FOLDER) -> None:
    """Train, test, and draw."""
    from lenet import images
    from mnist_mlp import load_data

    try:
        digits, other = (images(part) for part in load_data(folder))
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds MNIST's four files.")
    canvases, ink = compose_ink(*digits, CANVASES, seed=0)
    x, y = compose_ink(*other, 500, seed=1)
    m = build().load(seed=0)
    gx.fit(m, (canvases, ink), epochs=EPOCHS, batch_size=BATCH)
    found, threshold = m.predict(x)["classes"], best_threshold(x, y)
    print(f"intersection over union on {len(x)} canvases:")
    for name, answer in (("the network", found), ("the best threshold", threshold)):
        background, inside = overlaps(answer, y)
        print(f"  {name + ', background':32} {background:.3f}")
        print(f"  {name + ', ink':32} {inside:.3f}")
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    rows = {"canvas": x[..., 0], "true": y, "network": found, "threshold": threshold}
    draw({name: images[:8] for name, images in rows.items()}, place / "segments.png")
    print(f"wrote {place / 'segments.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
