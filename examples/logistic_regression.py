"""Logistic regression: is a tumour benign, by 30 measurements of its cell nuclei?

569 tumours of the breast (W. Street, W. Wolberg and O. Mangasarian, "Nuclear feature extraction
for breast tumor diagnosis", 1993; the table comes with scikit-learn): 357 of them benign.  One
layer and a sigmoid give the probability.  The cross-entropy is convex (C. Bishop, "Pattern
Recognition and Machine Learning", 2006, section 4.3.2), and with a penalty on the weights it has
one minimum, whichever weights one starts from.  Takes a second:

    python examples/logistic_regression.py

It shows gradient descent on a whole data set at once, weight decay, and weights that can be read:
`weights.png` shows which measurements speak for which answer.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

STEPS = 300
FOLDER = "demo/logistic_regression"


def build() -> gx.Network:
    """30 standardised measurements, one probability."""
    x = gx.input("x", ("N", 30))
    t = gx.input("t", ("N",))  # 1 for benign, 0 for malignant

    score = gx.squeeze(nn.Dense(1, init="zeros", name="linear")(x), axis=1)
    prob = gx.sigmoid(score).named("prob")
    loss = losses.binary_cross_entropy(prob, t)

    return gx.compile(
        "logistic_regression",
        inputs=[x],
        targets=[t],
        loss=loss,
        outputs={"prob": prob},
        optimizer=optim.SGD(0.5, weight_decay=0.01, decay_biases=False),
    )


def load_data() -> tuple[list[np.ndarray], list[str]]:
    """Measurements and answers to train on and to test on, and what the columns are called.

    Columns have mean 0 and variance 1 over the training part, from which alone both are taken.
    """
    from sklearn.datasets import load_breast_cancer

    table = load_breast_cancer()
    x, t = table.data, table.target.astype(np.float32)
    x, x_test, t, t_test = gx.train_test_split(x, t, test=0.3, rng=0, stratify=table.target)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    x, x_test = ((part - centre) / spread for part in (x, x_test))
    names = [str(name) for name in table.feature_names]
    return [x.astype(np.float32), x_test.astype(np.float32), t, t_test], names


def draw(weights: np.ndarray, names: list[str], path: Path) -> None:
    """All weights as bars, from what speaks most against a benign tumour to what speaks for it."""
    from matplotlib.figure import Figure

    order = np.argsort(-weights)
    figure = Figure(figsize=(7, 6.5), layout="constrained")
    axes = figure.subplots()
    colors = ["C0" if weights[i] > 0 else "C1" for i in order]
    axes.barh([names[i] for i in order], weights[order], color=colors)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_ylim(-0.7, len(order) - 0.3)
    axes.set_xlabel("weight: change of the log-odds of benign by one standard deviation")
    axes.text(0.02, 0.02, "speaks for malignant", color="C1", transform=axes.transAxes)
    axes.text(0.98, 0.96, "speaks for benign", color="C0", transform=axes.transAxes, ha="right")
    axes.grid(alpha=0.25, axis="x")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER) -> None:
    """Train, test, and draw the weights."""
    (x, x_test, t, t_test), names = load_data()
    m = build().load()
    for _ in range(STEPS):
        loss = m.train_step(x, t)
    right = (m.predict(x_test)["prob"] > 0.5) == t_test
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    draw(m.params.linear_W[:, 0], names, out / "weights.png")
    print(f"cross-entropy after {STEPS} steps: {loss:.4f}")
    print(f"wrote {out / 'weights.png'}")
    print(f"test accuracy on {len(t_test)} tumours: {np.mean(right):.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
