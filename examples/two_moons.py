"""Two moons: what a hidden layer is for, as a picture.

1,000 points in two half circles that reach into each other, with noise (scikit-learn's
`make_moons`).  A straight line leaves one point in eight on the wrong side; a network of two small
hidden layers bends the line.  Takes two seconds:

    python examples/two_moons.py

`boundary.png` shows the probability over the plane, the line where it is one half, and the points
that the network never saw.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

EPOCHS = 60
FOLDER = "demo/two_moons"


def build() -> gx.Network:
    """Two coordinates, two hidden layers of 16, one probability."""
    x = gx.input("x", ("N", 2))
    t = gx.input("t", ("N",))  # 1 for the lower moon

    model = nn.Sequential(
        [
            nn.Dense(16, activation="tanh"),
            nn.Dense(16, activation="tanh"),
            nn.Dense(1),
        ],
        name="moons",
    )
    prob = gx.sigmoid(gx.squeeze(model(x), axis=1)).named("prob")
    loss = losses.binary_cross_entropy(prob, t)

    return gx.compile(
        "two_moons",
        inputs=[x],
        targets=[t],
        loss=loss,
        outputs={"prob": prob},
        optimizer=optim.Adam(0.01),
    )


def load_data() -> list[np.ndarray]:
    """Points and moons: ``x, x_test, t, t_test``, half of them for the test."""
    from sklearn.datasets import make_moons

    x, t = make_moons(1000, noise=0.2, random_state=0)
    return gx.train_test_split(x.astype(np.float32), t.astype(np.float32), test=0.5, rng=0)


def straight_line(x: np.ndarray, t: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Which side of the best line by least squares each test point is on."""

    def with_one(points: np.ndarray) -> np.ndarray:
        return np.column_stack([points, np.ones(len(points))])

    weights, *_ = np.linalg.lstsq(with_one(x), t - 0.5, rcond=None)
    return with_one(x_test) @ weights > 0


def draw(m: object, x: np.ndarray, t: np.ndarray, path: Path) -> None:
    """The probability over the plane, and points; wrong ones are ringed."""
    from matplotlib.figure import Figure

    (left, low), (right, high) = x.min(axis=0) - 0.4, x.max(axis=0) + 0.4
    across, up = np.meshgrid(np.linspace(left, right, 300), np.linspace(low, high, 200))
    plane = np.column_stack([across.ravel(), up.ravel()]).astype(np.float32)
    prob = m.predict(plane)["prob"].reshape(across.shape)

    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    shade = axes.contourf(across, up, prob, levels=np.linspace(0, 1, 11), cmap="PuOr", alpha=0.45)
    axes.contour(across, up, prob, levels=[0.5], colors="black", linewidths=1.5)
    for moon, marker, color, name in ((0, "o", "#b35806", "upper"), (1, "^", "#542788", "lower")):
        points = x[t == moon]
        axes.scatter(
            *points.T,
            s=28,
            marker=marker,
            color=color,
            edgecolor="white",
            linewidth=0.5,
            label=f"{name} moon",
        )
    wrong = x[(m.predict(x)["prob"] > 0.5) != t]
    axes.scatter(*wrong.T, s=90, facecolor="none", edgecolor="black", label="on the wrong side")
    axes.set_xlabel("first coordinate")
    axes.set_ylabel("second coordinate")
    axes.set_aspect("equal")
    axes.legend(frameon=True, loc="upper right")
    figure.colorbar(shade, label="probability of the lower moon", shrink=0.8)
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER) -> None:
    """Train, test, and draw the boundary."""
    x, x_test, t, t_test = load_data()
    m = build().load(seed=0)
    gx.fit(m, (x, t), epochs=EPOCHS, batch_size=32)
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    draw(m, x_test, t_test, out / "boundary.png")
    print(f"a straight line: {np.mean(straight_line(x, t, x_test) == t_test):.1%}")
    print(f"wrote {out / 'boundary.png'}")
    right = (m.predict(x_test)["prob"] > 0.5) == t_test
    print(f"test accuracy on {len(t_test)} points: {np.mean(right):.1%}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
