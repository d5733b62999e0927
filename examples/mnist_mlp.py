"""MNIST, or any data set in its format, by the network that the benchmarks measure.

784-512-512-10 with ReLU, Adam, batches of 128.  Give the folder with the four IDX files (plain or
.gz), or set $GRAPHC_DATA to it; without either, MNIST is downloaded once, with its checksums
verified:

    python examples/mnist_mlp.py data/

Where a folder has the 10,000 test images alone, 8,000 of them serve for training.
"""

import os
import sys

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

Examples = tuple[np.ndarray, np.ndarray]


def build() -> gx.Network:
    """784 pixels, two hidden layers of 512, 10 classes."""
    x = gx.input("x", ("N", 784))
    y = gx.input("y", ("N",), dtype="int64")

    model = nn.Sequential(
        [
            nn.Dense(512, activation="relu"),
            nn.Dense(512, activation="relu"),
            nn.Dense(10),
        ],
        name="mnist",
    )
    logits = model(x)
    loss = losses.softmax_cross_entropy(logits, y)

    return gx.compile(
        "mnist_mlp",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs={"logits": logits},
        optimizer=optim.Adam(1e-3),
    )


def load_data(folder: str | None = None) -> tuple[Examples, Examples]:
    """Images (N, 784) and labels (N,), to train on and to test on.

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


def main(folder: str | None = None) -> None:
    """Train for a few epochs, and test."""
    try:
        train, test = load_data(folder)
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds MNIST's four files.")
    net = build()
    print(net.report(N=128))
    m = net.load(seed=0)
    gx.fit(m, train, epochs=5, batch_size=128, progress=True)
    labels = m.predict(test[0])["logits"].argmax(axis=1)
    print(f"test accuracy on {len(labels):,} images: {np.mean(labels == test[1]):.2%}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
