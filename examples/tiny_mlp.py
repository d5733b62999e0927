"""Plain gradient descent on a very small network: 4-16-16-1, tanh, by hand-sized steps.

The task is a real one: how far diabetes had progressed in 442 patients a year after four
measurements were taken (B. Efron et al., "Least angle regression", 2004; it comes with
scikit-learn).  With so few numbers the emitted module is short enough to read in one go, and to
check with pen and paper:

    python examples/tiny_mlp.py
"""

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

COLUMNS = ("bmi", "bp", "s3", "s5")  # body mass index, blood pressure, HDL, triglycerides


def build() -> gx.Network:
    """Four standardised measurements, two hidden layers of 16, one standardised score."""
    x = gx.input("x", ("N", 4))
    y = gx.input("y", ("N",))

    model = nn.Sequential(
        [
            nn.Dense(16, activation="tanh"),
            nn.Dense(16, activation="tanh"),
            nn.Dense(1),
        ],
        name="tiny",
    )
    score = gx.squeeze(model(x), axis=1).named("score")
    loss = losses.squared_error(score, y)

    return gx.compile(
        "tiny_mlp",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs={"score": score},
        optimizer=optim.SGD(0.02),
    )


def load_data() -> tuple[np.ndarray, np.ndarray]:
    """Measurements (442, 4) and the score (442,), each with mean 0 and variance 1."""
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    columns = [table.feature_names.index(name) for name in COLUMNS]
    x, y = table.data[:, columns], table.target
    x, y = (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean()) / y.std()
    return x.astype(np.float32), y.astype(np.float32)


def main() -> None:
    """Train, and say how much of the variance is explained on patients not seen."""
    x, x_test, y, y_test = gx.train_test_split(*load_data(), test=0.2, rng=0)
    m = build().load(seed=0)
    gx.fit(m, (x, y), epochs=60, batch_size=32)
    error = np.mean((m.predict(x_test)["score"] - y_test) ** 2)
    print(f"explained variance on {len(y_test)} patients: {1 - error / np.var(y_test):.2f}")


if __name__ == "__main__":
    main()
