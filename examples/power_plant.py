"""Regression on measured data: the output of a power plant from the weather.

9,568 hourly averages of a combined-cycle power plant (P. Tüfekci, "Prediction of full load
electrical power output of a base load operated combined cycle power plant using machine learning
methods", 2014): temperature, vacuum, pressure and humidity give the electrical output in megawatts.
The table is `ccpp.csv`, with these five columns, in a folder named on the command line or by
$GRAPHC_DATA:

    python examples/power_plant.py data/

It shows standardised inputs and targets, a learning rate that decays, and validation that stops
the training.  A linear fit is off by 4.7 MW (root mean square) on the same hours; this network by
less than 4.  `errors.png` compares the two.
"""

import os
import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

EPOCHS = 100
BATCH = 64
STEPS = 108  # batches in an epoch of 6,888 examples
FOLDER = "demo/power_plant"


def build() -> gx.Network:
    """Four standardised measurements, two hidden layers of 64, one standardised output."""
    x = gx.input("x", ("N", 4))
    y = gx.input("y", ("N",))

    model = nn.Sequential(
        [
            nn.Dense(64, activation="relu"),
            nn.Dense(64, activation="relu"),
            nn.Dense(1),
        ],
        name="power_plant",
    )
    output = gx.squeeze(model(x), axis=1).named("output")
    loss = losses.squared_error(output, y)
    rate = optim.schedules.cosine(5e-3, steps=EPOCHS * STEPS, floor=1e-4)

    return gx.compile(
        "power_plant",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs={"output": output},
        optimizer=optim.Adam(rate),
    )


def load_data(folder: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Measurements (9568, 4) and megawatts (9568,), float32.

    Raises:
        DataError: the table is not there.
    """
    place = Path(folder or os.environ.get("GRAPHC_DATA") or ".") / "ccpp.csv"
    x, y, _ = gx.datasets.read_csv(place, target="energy")
    return x, y


def linear_fit(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """What the best linear function of the measurements predicts (by least squares)."""
    weights, *_ = np.linalg.lstsq(x - x.mean(axis=0), y - y.mean(), rcond=None)
    return (x_test - x.mean(axis=0)) @ weights + y.mean()


def rms(errors: np.ndarray) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(errors**2)))


def draw(y: np.ndarray, guesses: dict[str, np.ndarray], path: Path) -> None:
    """Errors by predicted output, of the linear fit and of the network; (N,) each, in megawatts."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, (name, guess), color in zip(panels, guesses.items(), ("C1", "C0"), strict=True):
        errors = y - guess
        axes.scatter(guess, errors, s=6, alpha=0.4, color=color, edgecolor="none")
        # The mean over each twentieth of the hours, from the lowest prediction to the highest.
        groups = np.array_split(np.argsort(guess), 20)
        means = np.array([(guess[group].mean(), errors[group].mean()) for group in groups])
        axes.plot(*means.T, color="black", lw=1.5, label="mean error")
        axes.axhline(0, color="black", lw=0.8, ls=":")
        axes.set_title(f"{name}: {rms(errors):.2f} MW (root mean square)", fontsize="medium")
        axes.set_xlabel("predicted output (MW)")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="lower left")
    panels[0].set_ylabel("measured minus predicted (MW)")
    figure.savefig(path, dpi=150)


def main(folder: str | None = None, out: str = FOLDER) -> None:
    """Train, and say by how many megawatts the network is off on hours not seen."""
    try:
        x, y = load_data(folder)
    except gx.DataError as error:
        sys.exit(f"{error}\nGive the folder that holds ccpp.csv, or set GRAPHC_DATA to it.")
    x, x_test, y, y_test = gx.train_test_split(x, y, test=0.2, rng=0)
    linear = linear_fit(x, y, x_test)
    x, x_valid, y, y_valid = gx.train_test_split(x, y, test=0.1, rng=0)

    # Standardise by what is known from the training part alone.
    centre, spread, middle, scale = x.mean(axis=0), x.std(axis=0), y.mean(), y.std()
    m = build().load(seed=0)
    gx.fit(
        m,
        ((x - centre) / spread, (y - middle) / scale),
        epochs=EPOCHS,
        batch_size=BATCH,
        validation=((x_valid - centre) / spread, (y_valid - middle) / scale),
        callbacks=[gx.EarlyStopping(patience=20)],
    )
    output = m.predict((x_test - centre) / spread)["output"] * scale + middle
    place = Path(out)
    place.mkdir(parents=True, exist_ok=True)
    draw(y_test, {"linear fit": linear, "network": output}, place / "errors.png")
    print(f"root mean square error of a linear fit: {rms(linear - y_test):.2f} MW")
    print(f"wrote {place / 'errors.png'}")
    print(f"root mean square error: {rms(output - y_test):.2f} MW")


if __name__ == "__main__":
    main(*sys.argv[1:3])
