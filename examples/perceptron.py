"""The perceptron: one threshold unit, and a rule that needs no derivative.

The unit answers 1 where ``x w + b > 0``, else 0; after each example it moves by what it got wrong,
``w + (t - answer) x`` (F. Rosenblatt, "The perceptron", 1958; M. Minsky and S. Papert,
"Perceptrons", 1969, section 11.1).  Where no plane parts the classes the weights never settle, and
the last ones depend on the last mistakes: predictions use the mean of all weights there were
(Y. Freund and R. Schapire, "Large margin classification using the perceptron algorithm", 1999,
section 5).  The data are those of logistic_regression.py.  Takes a second:

    python examples/perceptron.py

It shows a training rule that is no gradient: what each state becomes is written down, as `updates`
of a `gx.function`.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx

EPOCHS = 20
FOLDER = "demo/perceptron"


def build() -> gx.Program:
    """The rule for one example or several, and predictions by the last and by the mean weights."""
    x = gx.input("x", ("N", 30))
    t = gx.input("t", ("N",))  # 1 or 0

    w, b = gx.parameter("w", [0.0] * 30), gx.parameter("b", 0.0)
    w_sum, b_sum = gx.state("w_sum", [0.0] * 30), gx.state("b_sum", 0.0)

    z = (x @ w + b).named("z")
    answer = gx.where(z > 0, 1.0, 0.0).named("answer")
    error = (t - answer).named("error")  # 0 where the unit is right, else 1 or -1
    new_w = (w + error @ x).named("new_w")
    new_b = (b + gx.sum(error)).named("new_b")
    learn = gx.function(
        [x, t],
        {"mistakes": gx.sum(gx.abs(error))},
        updates={w: new_w, b: new_b, w_sum: w_sum + new_w, b_sum: b_sum + new_b},
    )
    return gx.Program(
        "perceptron",
        learn=learn,
        predict_last=gx.function([x], [answer]),
        predict=gx.function([x], [x @ w_sum + b_sum > 0]),  # a mean has the sign of its sum
    )


def load_data() -> list[np.ndarray]:
    """Measurements and answers (1 for benign): ``x, x_test, t, t_test``, standardised by `x`."""
    from sklearn.datasets import load_breast_cancer

    x, t = load_breast_cancer(return_X_y=True)
    x, x_test, t, t_test = gx.train_test_split(x, t, test=0.3, rng=0, stratify=t)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    x, x_test = (x - centre) / spread, (x_test - centre) / spread
    return [a.astype(np.float32) for a in (x, x_test, t, t_test)]


def draw(mistakes: list[float], accuracy: dict[str, list[float]], path: Path) -> None:
    """Mistakes while learning, and test accuracy after each epoch."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    epochs = range(1, len(mistakes) + 1)
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(epochs, mistakes, color="C0", marker="o")
    left.set_ylabel("mistakes in the epoch, while learning")
    left.set_ylim(bottom=0)
    right.plot(epochs, accuracy["last"], color="C1", marker="s", ls="--", label="last weights")
    right.plot(epochs, accuracy["mean"], color="C0", marker="o", label="mean of all weights")
    right.set_ylabel("test accuracy")
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER) -> None:
    """Learn example by example, and test after each epoch."""
    x, x_test, t, t_test = load_data()
    m = build().load()
    mistakes: list[float] = []
    accuracy: dict[str, list[float]] = {"last": [], "mean": []}
    examples = gx.batches((x, t), batch_size=1, rng=0)
    for _ in range(EPOCHS):
        mistakes.append(sum(float(m.learn(*example)["mistakes"]) for example in examples))
        for name, predict in (("last", m.predict_last), ("mean", m.predict)):
            (answer,) = predict(x_test)
            accuracy[name].append(float(np.mean(answer == t_test)))
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    draw(mistakes, accuracy, out / "learning.png")
    print(f"mistakes in the first epoch {mistakes[0]:.0f}, in the last {mistakes[-1]:.0f}")
    print(f"test accuracy of the last weights: {accuracy['last'][-1]:.1%}")
    print(f"wrote {out / 'learning.png'}")
    print(f"test accuracy on {len(t_test)} tumours, by the mean: {accuracy['mean'][-1]:.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
