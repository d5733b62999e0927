"""LeNet-5 on MNIST: two convolutions, each with pooling, and three dense layers.

After Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998, figure 2, with
ReLU and max pooling as is usual today.  Give the folder with the four IDX files (plain or .gz), or set
$GRAPHC_DATA to it; without either, MNIST is downloaded once, with its checksums verified:

    python examples/lenet.py data/

The images are shifted at random by up to two pixels, anew each epoch.  Where a folder has the 10,000
test images alone, 8,000 of them serve for training.
"""

import sys

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

Examples = tuple[np.ndarray, np.ndarray]

EPOCHS = 15
BATCH = 64
STEPS = (
    125  # batches in an epoch of 8,000 images; with more of them the rate reaches its floor early
)


def build() -> gx.Network:
    """28 x 28 pixels, 6 and 16 feature maps, 120 and 84 units, 10 classes."""
    x = gx.input("x", ("N", 28, 28, 1))
    y = gx.input("y", ("N",), dtype="int64")

    model = nn.Sequential(
        [
            nn.Conv2D(6, 5, padding="same", activation="relu"),
            nn.MaxPool2D(2),
            nn.Conv2D(16, 5, activation="relu"),
            nn.MaxPool2D(2),
            nn.Flatten(),
            nn.Dense(120, activation="relu"),
            nn.Dense(84, activation="relu"),
            nn.Dense(10),
        ],
        name="lenet",
    )
    logits = model(x)
    loss = losses.softmax_cross_entropy(logits, y)

    return gx.compile(
        "lenet",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs={"logits": logits},
        optimizer=optim.Adam(optim.schedules.cosine(2e-3, steps=EPOCHS * STEPS, floor=1e-5)),
    )


def images(examples: Examples) -> Examples:
    """Rows of 784 pixels as images with one channel."""
    x, y = examples
    return x.reshape(-1, 28, 28, 1), y


def main(folder: str | None = None) -> None:
    """Train for some epochs, and test."""
    from mnist_mlp import load_data

    try:
        train, test = (images(part) for part in load_data(folder))
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds MNIST's four files.")
    net = build()
    print(net.report(N=64))
    m = net.load(seed=0)
    shifted = gx.Augment(train, [gx.augment.shift(2)], batch_size=BATCH)
    gx.fit(m, shifted, epochs=EPOCHS, progress=True)
    labels = m.predict(test[0])["logits"].argmax(axis=1)
    print(f"test accuracy on {len(labels):,} images: {np.mean(labels == test[1]):.2%}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
