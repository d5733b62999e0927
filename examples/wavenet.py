"""Images pixel by pixel: causal convolutions whose dilation doubles from layer to layer, as in WaveNet.

The images are the digits of vae.py, 64 black and white pixels, read row by row as one sequence.  Each pixel
is predicted from those before it, so the network gives every image a probability, exactly; a
variational autoencoder gives a bound.  Layers see 1, 2, 4, ... pixels back, and filters pass through
gates (A. van den Oord et al., "WaveNet: a generative model for raw audio", 2016, eq. 2; figure 4).
Takes a minute:

    python examples/wavenet.py

Printed is the mean log-likelihood of images not seen, in nats, beside that of pixels which know nothing of
one another.  `samples.png` shows images that were drawn pixel by pixel, and test images of which half was.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

PIXELS, CHANNELS, SKIP = 64, 32, 64
DILATIONS = (1, 2, 4, 8, 16, 32)
EPOCHS, BATCH = 40, 32
FOLDER = "demo/wavenet"


class Gated(nn.Module):
    """``tanh(F * x) sigmoid(G * x)``, filters over a pixel and one before it; then what it adds to the
    sequence, and what it says of the answer."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.filters = nn.Conv1D(2 * CHANNELS, 2, padding=((dilation, 0),), dilation=dilation)
        self.residual = nn.Dense(CHANNELS)
        self.skip = nn.Dense(SKIP)

    def forward(self, x: gx.Tensor) -> tuple[gx.Tensor, gx.Tensor]:
        """The sequence for the next layer (N, T, channels), and the part of the answer (N, T, SKIP)."""
        z, gate = gx.split(self.filters(x), 2, axis=2)
        h = gx.dropout(gx.tanh(z) * gx.sigmoid(gate), 0.1)
        return x + self.residual(h), self.skip(h)


class WaveNet(nn.Module):
    """Layers of gated causal convolutions, whose parts of the answer are summed."""

    def __init__(self) -> None:
        super().__init__("wavenet")
        self.first = nn.Dense(CHANNELS)
        self.layers = [Gated(dilation) for dilation in DILATIONS]
        self.last = nn.Dense(SKIP)
        self.hidden = nn.Dense(SKIP, activation="relu")
        self.score = nn.Dense(1)

    def forward(self, images: gx.Tensor) -> gx.Tensor:
        """The logit of each pixel (N, T) given those before it; pixels are -1 or 1, and 0 stands
        before the first."""
        before = gx.pad(images[:, :-1], ((0, 0), (1, 0)))
        x = self.first(gx.expand_dims(before, 2))
        answer = None
        for layer in self.layers:
            x, part = layer(x)
            answer = part if answer is None else answer + part
        answer = gx.relu(answer + self.last(x))
        return self.score(self.hidden(answer))[:, :, 0]


def build(steps: int = EPOCHS * 45) -> gx.Program:
    """Training, the log-likelihood of each image, and the probabilities of the pixels."""
    images = gx.input("images", ("N", PIXELS))
    model = WaveNet()
    logits = model(2 * images - 1).named("logits")
    nats = losses.binary_cross_entropy_with_logits(logits, images, reduction="none")
    likelihood = -gx.sum(nats, axis=1).named("nats")
    loss = -gx.mean(likelihood).named("loss")
    weights = model.parameters()
    adam = optim.AdamW(optim.schedules.one_cycle(5e-3, steps), weight_decay=0.05, clip_norm=5.0)
    return gx.Program(
        "wavenet",
        train=gx.function(
            [images], {"loss": loss}, updates=adam.updates(weights, gx.grad(loss, weights))
        ),
        likelihood=gx.function([images], {"likelihood": likelihood}, training=False),
        predict=gx.function(
            [images],
            {"black": gx.sigmoid(logits)},
            training=False,
            doc="The probability that each pixel is black, given those before it.",
        ),
    )


def train(m, images: np.ndarray, epochs: int = EPOCHS, seed: int = 0) -> None:
    """Go through the images so often, in random order."""
    rng = np.random.default_rng(seed)
    for epoch in range(1, epochs + 1):
        order, total = rng.permutation(len(images)), 0.0
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            total += float(m.train(images[rows])["loss"]) * len(rows)
        if epoch == 1 or epoch % 10 == 0:
            print(f"epoch {epoch:3}   log-likelihood {-total / len(images):.2f}")


def go_on(m, images: np.ndarray, start: int, seed: int = 0) -> np.ndarray:
    """Images (N, 64) with their pixels from `start` on drawn one after another."""
    rng = np.random.default_rng(seed)
    images = images.copy()
    for pixel in range(start, PIXELS):
        black = m.predict(images)["black"][:, pixel]
        images[:, pixel] = rng.random(len(images)) < black
    return images


def draw(m, images: np.ndarray, path: Path) -> None:
    """Images that were drawn from nothing; and test images, and two ways in which their upper halves
    may go on."""
    from matplotlib.figure import Figure
    from vae import mosaic

    drawn = go_on(m, np.zeros((80, PIXELS), np.float32), 0)
    rows = [images[:8]] + [go_on(m, images[:8], PIXELS // 2, seed) for seed in (1, 2)]
    figure = Figure(figsize=(9, 5), layout="constrained")
    for axis, shown, title in zip(
        figure.subplots(1, 2),
        (mosaic(drawn, 8), mosaic(np.concatenate(rows), 8)),
        ("drawn pixel by pixel", "test images; lower halves drawn, twice"),
        strict=True,
    ):
        axis.imshow(shown, cmap="gray_r")
        axis.set(title=title, xticks=[], yticks=[])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER) -> None:
    """Train, test, and draw."""
    from vae import independent_pixels, load_data

    images, unseen, _ = load_data()
    m = build().load(seed=0)
    train(m, images)
    print(f"independent pixels {independent_pixels(images, unseen):.2f}")
    found = m.likelihood(unseen)["likelihood"].mean()
    print(f"log-likelihood of {len(unseen)} images not seen {found:.2f}")
    draw(m, unseen, Path(folder) / "samples.png")
    print(f"wrote {folder}/samples.png")


if __name__ == "__main__":
    main(*sys.argv[1:2])
