"""Captions for pictures: a convolutional network looks, an LSTM says what it saw.

The pictures are strips of one to four handwritten digits (scikit-learn's, 8 x 8 pixels each), at random
places; the caption of one is ``three zero seven``.  The LSTM is given the features of the picture with each
word (J. Donahue et al., "Long-term recurrent convolutional networks for visual recognition and
description", 2015).  Strips to test on are made of digits that are in no other.  Takes a minute:

    python examples/digit_captions.py

Printed is how many captions are right, every word of them.  The exported file describes pictures by
``see`` and ``generate`` or ``beam_search``.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

HEIGHT, WIDTH, MOST = 10, 40, 4
FEATURES, UNITS = 64, 128
STEPS, BATCH = 2500, 64
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
WORDS = ["<none>", "<start>", "<stop>", *NAMES]
START, STOP, ZERO = 1, 2, 3
FOLDER = "demo/digit_captions"


class Captioner(nn.Module):
    """Features of a picture, and an LSTM that is given them with each word."""

    def __init__(self) -> None:
        super().__init__("captioner")
        self.eye = nn.Sequential(
            [
                nn.Conv2D(16, 3, padding="same", activation="relu"),
                nn.MaxPool2D(2),
                nn.Conv2D(32, 3, padding="same", activation="relu"),
                nn.MaxPool2D((1, 2)),
                nn.Conv2D(64, 3, padding="same", activation="relu"),
                nn.Flatten(),
                nn.Dropout(0.3),
                nn.Dense(FEATURES),
            ]
        )
        self.words = nn.Embedding(len(WORDS), FEATURES)
        self.speaker = nn.LSTM(UNITS, return_sequences=True, return_state=True)
        self.scores = nn.Dense(len(WORDS))

    def say(self, target: gx.Tensor, features: gx.Tensor, state: tuple | None = None) -> tuple:
        """Logits (T, N, words) of what follows each word of (N, T), and the last state."""
        given = self.words(gx.transpose(target)) + features
        h, last = self.speaker(given, state)
        return self.scores(h), last

    def forward(self, picture: gx.Tensor, target: gx.Tensor) -> gx.Tensor:
        """Logits of what follows each word of a caption."""
        return self.say(target, self.eye(picture))[0]


def build(steps: int = STEPS) -> gx.Program:
    """Training, looking at a picture, and a step that speaks."""
    model = Captioner()
    picture = gx.input("picture", ("N", HEIGHT, WIDTH, 1))
    target = gx.input("target", ("N", "T"), dtype="int64")
    following = gx.input("following", ("N", "T"), dtype="int64")
    logits, answer = model(picture, target), gx.transpose(following)
    loss = losses.softmax_cross_entropy(logits, answer, ignore_index=0).named("loss")
    weights = model.parameters()
    adam = optim.Adam(optim.schedules.one_cycle(3e-3, steps), clip_norm=1.0)
    updates = adam.updates(weights, gx.grad(loss, weights))

    seen = gx.input("features", ("N", FEATURES))
    state = tuple(gx.input(name, ("N", UNITS)) for name in "hc")
    logits, (h, c) = model.say(target, seen, state)
    return gx.Program(
        "digit_captions",
        train=gx.function([picture, target, following], {"loss": loss}, updates=updates),
        see=gx.function([picture], {"features": model.eye(picture)}, training=False),
        step=gx.function(
            [target, seen, *state],
            {"logits": logits[-1], "h": h, "c": c},
            training=False,
            doc="The logits of the next word, and the state after these words.",
        ),
    )


def load_digits() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Digits (count, 8, 8) from 0 to 1 and which they are: 1,397 to learn from, 400 others."""
    x, y = gx.datasets.digits()
    x, x_test, y, y_test = gx.train_test_split(x, y, test=400, rng=0, stratify=y)
    return (x.reshape(-1, 8, 8), y), (x_test.reshape(-1, 8, 8), y_test)


def strips(
    digits: np.ndarray, labels: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """So many pictures (count, 10, 40, 1), and their captions from start to stop (count, 6) int64."""
    pictures = np.zeros((count, HEIGHT, WIDTH, 1), np.float32)
    captions = np.zeros((count, MOST + 2), np.int64)
    captions[:, 0] = START
    for picture, caption in zip(pictures, captions, strict=True):
        chosen = rng.integers(len(digits), size=rng.integers(1, MOST + 1))
        free = WIDTH - 8 * len(chosen)
        lefts = np.sort(rng.integers(free + 1, size=len(chosen))) + 8 * np.arange(len(chosen))
        for which, left, top in zip(chosen, lefts, rng.integers(3, size=len(chosen)), strict=True):
            picture[top : top + 8, left : left + 8, 0] = digits[which]
        caption[1 : len(chosen) + 2] = [*(ZERO + labels[chosen]), STOP]
    return pictures, captions


def train(m, digits: np.ndarray, labels: np.ndarray, steps: int = STEPS, seed: int = 0) -> None:
    """So many steps, each on strips that are made for it."""
    rng = np.random.default_rng(seed)
    for step in range(1, steps + 1):
        pictures, captions = strips(digits, labels, BATCH, rng)
        loss = m.train(pictures, captions[:, :-1].copy(), captions[:, 1:].copy())["loss"]
        if step % 500 == 0:
            print(f"step {step:5,}   loss {loss:.4f}")


def describe(m, pictures: np.ndarray) -> np.ndarray:
    """The most probable word at each step, from the start on: (N, 6) int64."""
    start = np.full((len(pictures), 1), START)
    written = np.full((len(pictures), MOST + 2), STOP)
    context = m.see(pictures)
    found = gx.sampler(m).generate(start, MOST + 1, temperature=0, stop=STOP, context=context)
    written[:, : found.shape[1]] = found
    return written


def text(caption: np.ndarray) -> str:
    """The words of a caption."""
    return " ".join(WORDS[word] for word in caption if word >= ZERO)


def share_right(m, pictures: np.ndarray, captions: np.ndarray) -> dict[int, float]:
    """The share of captions without a mistake, by the number of digits."""
    right = (describe(m, pictures) == np.where(captions, captions, STOP)).all(axis=1)
    lengths = (captions >= ZERO).sum(axis=1)
    return {int(n): float(right[lengths == n].mean()) for n in np.unique(lengths)}


def draw(pictures: np.ndarray, captions: np.ndarray, path: Path) -> None:
    """Pictures with what is said of them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.subplots(4, 2).ravel()
    for axis, picture, caption in zip(axes, pictures, captions, strict=False):
        axis.imshow(picture[..., 0], cmap="gray_r")
        axis.set(title=text(caption), xticks=[], yticks=[])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER) -> None:
    """Train, test, draw and export."""
    seen, unseen = load_digits()
    m = build().load(seed=0)
    train(m, *seen)
    pictures, captions = strips(*unseen, 2000, np.random.default_rng(1))
    for count, share in share_right(m, pictures, captions).items():
        print(f"right of captions with {count} words: {share:.1%}")
    draw(pictures[:8], describe(m, pictures[:8]), Path(folder) / "captions.png")
    path = gx.export(
        m, Path(folder) / "digit_captioner.py", functions=["step", "see"], sampler="step"
    )
    print(f"wrote {path}: it describes pictures without graphc")


if __name__ == "__main__":
    main(*sys.argv[1:2])
