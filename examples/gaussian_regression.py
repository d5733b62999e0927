"""Regression that knows how sure it is: a mean and a variance for each example.

A network with two outputs is trained by the negative log-likelihood of a Gaussian (D. Nix and
A. Weigend, "Estimating the mean and variance of the target probability distribution", 1994), so
it may say that some examples are harder to predict than others.  Whether that can be believed is
measured: of the central intervals that should hold 50 % of the targets, how many do?  The mean
difference over all levels is the calibration error (V. Kuleshov et al., "Accurate uncertainties
for deep learning using calibrated regression", 2018, section 3.5).

The data are those of power_plant.py, where `ccpp.csv` is in a folder named on the command line or
by $GRAPHC_DATA, else those of tiny_mlp.py, which come with scikit-learn.  Takes ten seconds:

    python examples/gaussian_regression.py data/

`calibration.png` shows observed against expected coverage, and predicted deviations against the
errors made.
"""

import os
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

EPOCHS = 100
BATCH = 64
LEVELS = np.linspace(0.05, 0.95, 19)  # of central intervals
FOLDER = "demo/gaussian_regression"


def build() -> gx.Network:
    """Four standardised measurements, two hidden layers of 32, a mean and a log-variance."""
    x = gx.input("x", ("N", 4))
    y = gx.input("y", ("N",))

    trunk = nn.Sequential(
        [nn.Dense(32, activation="relu"), nn.Dense(32, activation="relu")], name="trunk"
    )
    h = trunk(x).named("h2")
    mean = gx.squeeze(nn.Dense(1, name="mean")(h), axis=1).named("mean")
    # The logarithm of a variance may be any number, so the variance is above 0 by itself.
    log_variance = gx.squeeze(nn.Dense(1, name="log_variance", init="zeros")(h), axis=1)
    log_variance = log_variance.named("log_variance")
    loss = losses.gaussian_nll(mean, y, log_variance=log_variance)

    return gx.compile(
        "gaussian_regression",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs={"mean": mean, "deviation": gx.exp(0.5 * log_variance)},
        optimizer=optim.Adam(2e-3),
    )


def load_data(folder: str | None = None) -> tuple[np.ndarray, np.ndarray, str]:
    """Measurements (N, 4), targets (N,), and the targets' unit."""
    place = Path(folder or os.environ.get("GRAPHC_DATA") or ".") / "ccpp.csv"
    if place.is_file():
        x, y, _ = gx.datasets.read_csv(place, target="energy")
        return x, y, "MW"
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    columns = [table.feature_names.index(name) for name in ("bmi", "bp", "s3", "s5")]
    x, y = table.data[:, columns], table.target
    return x.astype(np.float32), y.astype(np.float32), "points of the score"


def coverage(y: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """The share of targets inside the central interval of each level: (19,)."""
    half_widths = np.array([NormalDist().inv_cdf(0.5 + level / 2) for level in LEVELS])
    return np.mean(np.abs(y - mean) / deviation <= half_widths[:, None], axis=1)


def draw(
    curves: dict[str, np.ndarray],
    errors: np.ndarray,
    deviation: np.ndarray,
    unit: str,
    path: Path,
) -> None:
    """Observed against expected coverage; and errors against the deviation that was predicted."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], color="black", lw=1, ls="--", label="perfect")
    for (name, observed), style in zip(curves.items(), ("C0o-", "C1s:"), strict=True):
        left.plot(LEVELS, observed, style, label=name)
    left.set_xlabel("expected share of targets inside the interval")
    left.set_ylabel("observed share (test)")
    for axis in (left.xaxis, left.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    left.set_aspect("equal")
    left.legend(frameon=False)

    # As many examples in each of ten groups, from the surest to the least sure.  Of a Gaussian
    # 68.3 % lie within one deviation; unlike the mean square, outliers do not move that.
    groups = np.array_split(np.argsort(deviation), 10)
    expected = [np.sqrt(np.mean(deviation[g] ** 2)) for g in groups]
    found = [np.quantile(np.abs(errors[g]), 0.683) for g in groups]
    top = 1.1 * max(*expected, *found)
    right.plot([0, top], [0, top], color="black", lw=1, ls="--", label="perfect")
    right.plot(expected, found, "C0o", label="tenth of the test examples")
    right.set_xlabel(f"predicted standard deviation ({unit})")
    right.set_ylabel(f"68.3 % of the errors are below ({unit})")
    right.set_xlim(0, top)
    right.set_ylim(0, top)
    right.set_aspect("equal")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main(folder: str | None = None, out: str = FOLDER) -> None:
    """Train, and say how good the means and how honest the variances are."""
    x, y, unit = load_data(folder)
    x, x_test, y, y_test = gx.train_test_split(x, y, test=0.2, rng=0)
    x, x_valid, y, y_valid = gx.train_test_split(x, y, test=0.2, rng=0)
    centre, spread, middle, scale = x.mean(axis=0), x.std(axis=0), y.mean(), y.std()
    m = build().load(seed=0)
    gx.fit(
        m,
        ((x - centre) / spread, (y - middle) / scale),
        epochs=EPOCHS,
        batch_size=BATCH,
        validation=((x_valid - centre) / spread, (y_valid - middle) / scale),
        callbacks=[gx.EarlyStopping(patience=15)],
    )
    result = m.predict((x_test - centre) / spread)
    mean, deviation = result["mean"] * scale + middle, result["deviation"] * scale
    errors = y_test - mean
    same = np.full_like(mean, np.sqrt(np.mean(errors**2)))  # as if all were equally hard
    curves = {
        "a variance for each": coverage(y_test, mean, deviation),
        "one variance for all": coverage(y_test, mean, same),
    }
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    draw(curves, errors, deviation, unit, place / "calibration.png")
    own, shared = (np.mean(abs(observed - LEVELS)) for observed in curves.values())
    print(f"root mean square error: {same[0]:.2f} {unit}")
    print(f"calibration error of one variance for all: {shared:.3f}")
    print(f"wrote {place / 'calibration.png'}")
    print(f"calibration error on {len(y_test):,} examples: {own:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
