"""Why deep networks have shortcuts: 40 hidden layers, with and without them.

Three networks of the same layers learn the 1,797 digits that come with scikit-learn:

- a plain one that starts from what was usual before 2010, weights uniform within
  ``1 / sqrt(fan_in)`` (X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
  feedforward neural networks", 2010, eq. 1): the gradient dies out on its way back;
- a plain one that starts from the weights which that paper proposes (eq. 16): the gradient gets
  through, but 40 layers still learn worse than a few;
- a residual one, ``h + tanh(h W + b)`` (K. He et al., "Deep residual learning", 2016, eq. 1).

Takes twenty seconds:

    python examples/deep_residual.py

`gradients.png` shows the variance of the loss's derivative by each layer's output before the first
step, and the losses of the three runs.  It shows `gx.grad` with respect to tensors inside a network.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import init, losses, nn, optim

DEPTH = 40
WIDTH = 64
EPOCHS = 30
FOLDER = "demo/deep_residual"

USUAL_BEFORE = init.variance_scaling(1 / 3, "in", "uniform")  # within 1 / sqrt(fan_in)
KINDS = {
    "plain, weights as before 2010": (False, USUAL_BEFORE),
    "plain, Glorot's weights": (False, init.glorot_uniform),
    "residual, Glorot's weights": (True, init.glorot_uniform),
}


def hidden_layers(x: gx.Tensor, residual: bool, weights: object) -> list[gx.Tensor]:
    """The outputs of all hidden layers, (N, 64) each."""
    outputs: list[gx.Tensor] = []
    for number in range(1, DEPTH + 1):
        layer: nn.Module = nn.Dense(WIDTH, activation="tanh", init=weights)
        if residual and number > 1:
            layer = nn.Residual(layer)
        x = layer(x).named(f"hidden_{number}")
        outputs.append(x)
    return outputs


def declare(residual: bool, weights: object) -> dict[str, object]:
    """The tensors of a network: its arguments, hidden layers, logits and loss."""
    x = gx.input("x", ("N", 64))
    y = gx.input("y", ("N",), dtype="int64")
    hidden = hidden_layers(x, residual, weights)
    logits = nn.Dense(10)(hidden[-1])
    loss = losses.softmax_cross_entropy(logits, y)
    return {"x": x, "y": y, "hidden": hidden, "logits": logits, "loss": loss}


def build(residual: bool = True, weights: object = init.glorot_uniform) -> gx.Network:
    """64 pixels, 40 hidden layers of 64, 10 classes."""
    net = declare(residual, weights)
    return gx.compile(
        "deep_residual" if residual else "deep_plain",
        inputs=[net["x"]],
        targets=[net["y"]],
        loss=net["loss"],
        outputs={"probs": gx.softmax(net["logits"])},
        optimizer=optim.Adam(1e-3),
    )


def gradient_variances(kind: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The variance of the loss's derivative by the output of each hidden layer, before training."""
    net = declare(*KINDS[kind])
    gradients = gx.grad(net["loss"], net["hidden"])
    measure = gx.function([net["x"], net["y"]], [gx.var(g) for g in gradients])
    return np.array(measure(x, y))


def load_data() -> list[np.ndarray]:
    """Images and labels: ``x, x_test, y, y_test``."""
    images, labels = gx.datasets.digits()
    return gx.train_test_split(images, labels, test=0.2, rng=0, stratify=labels)


def draw(variances: dict[str, np.ndarray], curves: dict[str, list[float]], path: Path) -> None:
    """Gradients by layer, and losses by epoch."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for kind, style in zip(KINDS, ("C7^", "C1s", "C0o"), strict=True):
        values = variances[kind]
        left.plot(range(1, len(values) + 1), values, f"{style}-", markersize=4, label=kind)
        loss = curves[kind]
        right.plot(range(1, len(loss) + 1), loss, f"{style}-", markersize=4, label=kind)
    left.set_xlabel("hidden layer, from the input")
    left.set_ylabel("variance of the derivative by its output")
    left.set_title("Before the first step", fontsize="medium")
    right.set_xlabel("epoch")
    right.set_ylabel("training loss")
    right.set_title("While training", fontsize="medium")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_yscale("log")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER, epochs: int = EPOCHS) -> None:
    """Train all three, test them, and draw."""
    x, x_test, y, y_test = load_data()
    variances, curves = {}, {}
    print(f"test accuracy of {DEPTH} hidden layers on {len(y_test)} images:")
    for kind, (residual, weights) in KINDS.items():
        variances[kind] = gradient_variances(kind, x, y)
        m = build(residual, weights).load(seed=0)
        curves[kind] = gx.fit(m, (x, y), epochs=epochs, batch_size=64)["loss"]
        right = m.predict(x_test)["probs"].argmax(axis=1) == y_test
        print(f"  {kind:30} {np.mean(right):.1%}")
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    draw(variances, curves, out / "gradients.png")
    print(f"wrote {out / 'gradients.png'}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
