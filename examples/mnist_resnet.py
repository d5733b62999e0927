"""A residual network of 20 layers on MNIST, and the plain one of the same layers.

Both are those of K. He et al., "Deep residual learning for image recognition", 2016, section 4.2,
with 8, 16 and 32 channels.  The images are shifted at random by up to two pixels, anew each epoch.
The data are those of mnist_mlp.py, from a folder or $GRAPHC_DATA.  With 8,000 images to train on it
takes three minutes:

    python examples/mnist_resnet.py data/

`curves.png` has the training loss by step and the test accuracy by epoch of both; nothing is chosen by
it.  At 20 layers batch normalisation is enough to train without shortcuts: the paper finds them to
matter from there on.  It shows `gx.models`, `gx.Augment` and a callback.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, models, optim

EPOCHS = 4
BATCH = 64
STEPS = (
    125  # batches in an epoch of 8,000 images; with more of them the rate reaches its floor early
)
FOLDER = "demo/mnist_resnet"
KINDS = {"residual": True, "plain": False}


def build(residual: bool = True) -> gx.Network:
    """28 x 28 pixels, 20 layers with weights, 10 classes."""
    x = gx.input("x", ("N", 28, 28, 1))
    y = gx.input("y", ("N",), dtype="int64")

    logits = models.CifarResNet(20, classes=10, residual=residual, width=8)(x)
    rate = optim.schedules.cosine(0.1, steps=EPOCHS * STEPS, floor=1e-4)

    return gx.compile(
        "mnist_resnet" if residual else "mnist_plain_20",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"logits": logits},
        optimizer=optim.SGD(rate, momentum=0.9),
    )


def train(residual: bool, data: tuple, test: tuple, epochs: int) -> tuple[gx.History, list[float]]:
    """The history of a run, and its loss at each step."""
    loss: list[float] = []
    history = gx.fit(
        build(residual).load(seed=0),
        gx.Augment(data, [gx.augment.shift(2)], batch_size=BATCH),
        epochs=epochs,
        validation=test,
        metrics="accuracy",
        callbacks=[gx.LambdaCallback(on_step=lambda run: loss.append(float(run.loss)))],
    )
    return history, loss


def draw(runs: dict[str, tuple[gx.History, list[float]]], path: Path) -> None:
    """Training loss by step, a mean over 25, and test accuracy by epoch."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for (name, (history, loss)), style in zip(runs.items(), ("C0o-", "C1s--"), strict=True):
        smooth = np.convolve(loss, np.full(25, 1 / 25), mode="valid")
        left.plot(np.arange(len(smooth)) + 25, smooth, style.replace("o", "").replace("s", ""))
        right.plot(history.epochs, history["val_accuracy"], style, label=f"{name}, 20 layers")
    left.set_yscale("log")
    left.set_xlabel("step")
    left.set_ylabel("training loss, mean of 25 steps")
    right.set_xlabel("epoch")
    right.set_ylabel("test accuracy")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main(folder: str | None = None, out: str = FOLDER, epochs: int = EPOCHS) -> None:
    """Train both, test, and draw."""
    from lenet import images
    from mnist_mlp import load_data

    try:
        data, test = (images(part) for part in load_data(folder))
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds MNIST's four files.")
    print(f"test accuracy on {len(test[1]):,} images:")
    runs = {}
    for name, residual in KINDS.items():
        runs[name] = train(residual, data, test, epochs)
        print(f"  {name:10} {runs[name][0]['val_accuracy'][-1]:.2%}", flush=True)
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    draw(runs, place / "curves.png")
    print(f"wrote {place / 'curves.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
