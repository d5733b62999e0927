"""Handwritten digits: declare a network, compile it, train it, keep a file that predicts.

The data are the 1,797 images of 8 x 8 pixels that come with scikit-learn.  A fifth is put aside
for the test; of the rest, a tenth tells when to stop.  Takes a second or two:

    python examples/digits_mlp.py
"""

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

EPOCHS = 100


def build() -> gx.Network:
    """64 pixels, 64 hidden units with dropout, 10 classes."""
    x = gx.input("x", ("N", 64))  # float32 unless said; "N" is a symbolic dimension
    y = gx.input("y", ("N",), dtype="int64")

    model = nn.Sequential(
        [
            nn.Dense(64, activation="relu"),
            nn.Dropout(0.2),  # while training only
            nn.Dense(10),
        ],
        name="digits",
    )
    logits = model(x)
    probs = gx.softmax(logits)
    loss = losses.softmax_cross_entropy(logits, y)  # the mean over the batch

    return gx.compile(
        "digits_mlp",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs={"probs": probs},
        optimizer=optim.Adam(1e-3),
    )


def load_data() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images and labels to train on, to validate with and to test on; always the same split."""
    images, labels = gx.datasets.digits()
    x, x_test, y, y_test = gx.train_test_split(images, labels, test=0.2, rng=0, stratify=labels)
    x, x_valid, y, y_valid = gx.train_test_split(x, y, test=0.1, rng=0, stratify=y)
    return {"train": (x, y), "valid": (x_valid, y_valid), "test": (x_test, y_test)}


def accuracy(probs: np.ndarray, labels: np.ndarray) -> float:
    """The share of images whose most probable class is right."""
    return float(np.mean(probs.argmax(axis=1) == labels))


def main() -> None:
    """Train, test, and export."""
    data = load_data()
    m = build().load(seed=0)
    history = gx.fit(
        m,
        data["train"],
        epochs=EPOCHS,
        batch_size=32,
        validation=data["valid"],
        metrics="accuracy",
        callbacks=[gx.EarlyStopping(patience=15)],
    )
    print(history)

    images, labels = data["test"]
    print(f"test accuracy: {accuracy(m.predict(images)['probs'], labels):.1%}")
    print(f"wrote {gx.export(m, 'digits_mlp_inference.py')}: it predicts without graphc")


if __name__ == "__main__":
    main()
