"""MNIST with batch normalisation and dropout, beside the same network without.

784-512-512-10; after each product of a hidden layer comes batch normalisation (S. Ioffe and
C. Szegedy, "Batch normalization", 2015), then ReLU, then dropout (N. Srivastava et al., "Dropout",
2014).  The data are those of mnist_mlp.py, from a folder or $GRAPHC_DATA.  With 8,000
images to train on it takes a quarter of a minute:

    python examples/mnist_batch_norm.py data/

It shows layers that act differently in training and in inference, and running statistics: states
that a training step moves and a prediction only reads.  `curves.png` has the test accuracy of both
networks by epoch; nothing is chosen by it.
"""

import os
import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

Examples = tuple[np.ndarray, np.ndarray]

EPOCHS = 6
BATCH = 128
STEPS = (
    57  # batches in an epoch of 7,200 images; with more of them the rate reaches its floor early
)
FOLDER = "demo/mnist_batch_norm"


def build(normalised: bool = True) -> gx.Network:
    """784 pixels, two hidden layers of 512 with normalisation and dropout (or neither), 10 classes."""
    x = gx.input("x", ("N", 784))
    y = gx.input("y", ("N",), dtype="int64")

    layers: list[nn.Module] = []
    for _ in range(2):
        if normalised:
            # beta takes the place of the bias, which the mean would take away again.
            layers += [nn.Dense(512, use_bias=False, init="he_normal"), nn.BatchNorm()]
            layers += [nn.Activation("relu"), nn.Dropout(0.3)]
        else:
            layers += [nn.Dense(512, activation="relu")]
    model = nn.Sequential([*layers, nn.Dense(10)], name="mnist")
    logits = model(x)
    rate = optim.schedules.cosine(2e-3, steps=EPOCHS * STEPS, floor=1e-5)

    return gx.compile(
        "mnist_batch_norm" if normalised else "mnist_without",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"logits": logits},
        optimizer=optim.Adam(rate),
    )


def load_data(folder: str | None = None) -> tuple[Examples, Examples]:
    """Images (N, 784) and labels (N,), to train on and to test on.

    Where a folder has the 10,000 test images alone, 8,000 of them serve for training.

    Raises:
        DataError: files that are missing or damaged.
    """
    folder = folder or os.environ.get("GRAPHC_DATA")
    test = gx.datasets.mnist(folder, "test")
    try:
        return gx.datasets.mnist(folder, "train"), test
    except gx.DataError as error:
        print(f"{error}; training on 8,000 of the test images", file=sys.stderr)
    x, x_test, y, y_test = gx.train_test_split(*test, test=2000, rng=0, stratify=test[1])
    return (x, y), (x_test, y_test)


def draw(histories: dict[str, gx.History], path: Path) -> None:
    """Training loss and test accuracy of both networks by epoch."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for (name, history), style in zip(histories.items(), ("C0o-", "C1s--"), strict=True):
        left.plot(history.epochs, history["loss"], style, label=name)
        right.plot(history.epochs, history["val_accuracy"], style, label=name)
    left.set_yscale("log")
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter("{x:g}")
    left.set_ylabel("training loss (with dropout, where there is any)")
    right.set_ylabel("test accuracy")
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main(folder: str | None = None, out: str = FOLDER) -> None:
    """Train both networks, test, and draw."""
    try:
        train, test = load_data(folder)
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds MNIST's four files.")
    print(f"test accuracy on {len(test[1]):,} images:")
    histories = {}
    for name, normalised in (("batch norm and dropout", True), ("neither", False)):
        m = build(normalised).load(seed=0)
        histories[name] = gx.fit(
            m, train, epochs=EPOCHS, batch_size=BATCH, validation=test, metrics="accuracy"
        )
        print(f"  {name:24} {histories[name]['val_accuracy'][-1]:.2%}")
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    draw(histories, place / "curves.png")
    print(f"wrote {place / 'curves.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
