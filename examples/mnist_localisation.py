"""Which digit, and where: a class and a box from one network, on canvases of real digits.

A digit of MNIST, at half its size, is put on a noisy canvas of 32 x 32 pixels.  The network has the same
convolutions for both questions, a classifier and a regression of the box (P. Sermanet et al.,
"OverFeat", 2014, section 4).  The canvases are composed from a seed, as in mnist_segmentation.py, those
of a test from digits that are in no other.  The digits are those of mnist_mlp.py, from a folder or
$GRAPHC_DATA.  It takes two minutes:

    python examples/mnist_localisation.py data/

Printed is how often the class is right, and the intersection over union of the box that is found and
the one that is there.  `boxes.png` shows some test canvases, and where Grad-CAM finds the evidence for
the class (R. Selvaraju et al., 2017).
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, models, nn, optim

SIZE = 32
CANVASES = 8000
EPOCHS = 8
BATCH = 64
FOLDER = "demo/mnist_localisation"


def build() -> gx.Network:
    """32 x 32 pixels, five convolutions, 10 classes and a box."""
    x = gx.input("x", ("N", SIZE, SIZE, 1))
    digit = gx.input("digit", ("N",), dtype="int64")
    box = gx.input("box", ("N", 4))

    features: list[nn.Module] = []
    for filters, strides in ((16, 1), (32, 2), (32, 1), (32, 1), (64, 1)):
        conv = nn.Conv2D(filters, 3, strides, padding=1, use_bias=False, init="he_normal")
        features += [conv, nn.BatchNorm(), nn.Activation("relu")]
    model = models.Localizer(features, classes=10)
    logits, found = model(x)
    loss = losses.softmax_cross_entropy(logits, digit) + 20 * losses.absolute_error(found, box)
    evidence = models.visual.grad_cam(model.features(x), logits, gx.argmax(logits, axis=-1))
    rate = optim.schedules.cosine(3e-3, steps=EPOCHS * CANVASES // BATCH, floor=1e-5)

    return gx.compile(
        "mnist_localisation",
        inputs=[x],
        targets=[digit, box],
        loss=loss,
        outputs={"logits": logits, "box": found, "evidence": evidence},
        optimizer=optim.Adam(rate, epsilon=1e-4),
    )


def compose(
    digits: np.ndarray, labels: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canvases ``(count, 32, 32, 1)`` with one digit each, which it is ``(count,)``, and the box around
    its ink ``(count, 4)``, as in mnist_segmentation.py."""
    from mnist_segmentation import compose as compose_several

    canvases, classes, boxes = compose_several(digits, labels, count, seed, most=1, noise=0.05)
    return canvases, classes.max(axis=(1, 2)) - 1, boxes[:, 0]


def draw(canvases: np.ndarray, true: np.ndarray, answers: dict, path: Path) -> None:
    """Canvases with the boxes that are there and were found, and the evidence."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(10, 3), layout="constrained")
    axes = figure.subplots(2, len(canvases))
    digits = answers["logits"].argmax(axis=1)
    for k, canvas in enumerate(canvases):
        for place, colour, line in ((true[k], "w", "--"), (answers["box"][k], "C1", "-")):
            corner = (place[:2] - place[2:] / 2) * SIZE - 0.5
            frame = Rectangle(corner, *(place[2:] * SIZE), fill=False, ec=colour, ls=line)
            axes[0, k].add_patch(frame)
        axes[0, k].imshow(canvas[..., 0], cmap="gray", vmin=0, vmax=1)
        axes[0, k].set_title(f"a {digits[k]}", fontsize="medium")
        axes[1, k].imshow(answers["evidence"][k], cmap="magma")
        for row in (0, 1):
            axes[row, k].set_xticks([])
            axes[row, k].set_yticks([])
    axes[0, 0].set_ylabel("canvas")
    axes[1, 0].set_ylabel("evidence")
    figure.savefig(path, dpi=150)


def main(folder: str | None = None, out: str = FOLDER) -> None:
    """Train, test, and draw."""
    from lenet import images
    from mnist_mlp import load_data

    try:
        digits, other = (images(part) for part in load_data(folder))
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds MNIST's four files.")
    x, digit, box = compose(*other, 1000, seed=1)
    m = build().load(seed=0)
    gx.fit(m, compose(*digits, CANVASES, seed=0), epochs=EPOCHS, batch_size=BATCH)
    answers = m.predict(x)
    overlap = models.boxes.iou(answers["box"], box)
    print(f"on {len(x):,} canvases:")
    print(
        f"  right digit                       {np.mean(answers['logits'].argmax(1) == digit):.1%}"
    )
    print(f"  mean intersection over union      {overlap.mean():.3f}")
    print(f"  boxes with 0.5 or more            {np.mean(overlap >= 0.5):.1%}")
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    few = {name: values[:8] for name, values in answers.items()}
    draw(x[:8], box[:8], few, place / "boxes.png")
    print(f"wrote {place / 'boxes.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
