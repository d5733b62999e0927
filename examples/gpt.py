"""A language model of characters: a transformer that reads Shakespeare and goes on writing.

The text is ``tinyshakespeare.txt`` in the folder that the environment variable ``GRAPHC_DATA`` names
(A. Karpathy's, 1.1 MB); without it, the source of Python's standard library.  A tenth of it is put aside.
Each step reads 8 pieces of 128 characters and learns to predict every next one.  Takes minutes:

    python examples/gpt.py

What is exported writes by itself: ``generate(prompt, length)`` computes one position a step, and keeps
the keys and values of the others in a cache.
"""

import os
import string
import sys
import sysconfig
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import init, losses, nn, optim

WIDTH, HEADS, DEPTH, LENGTH, BATCH = 128, 4, 4, 128, 8
STEPS = 1500
ROOM = LENGTH  # characters that it can write in one go: it has learnt no longer distances
CHARACTERS = string.printable


class GPT(nn.Module):
    """Embedded characters, blocks of causal attention, a score for each character that may follow
    (A. Radford et al., "Language models are unsupervised multitask learners", 2019); positions turn
    queries and keys (J. Su et al., "RoFormer", 2021)."""

    def __init__(self, vocabulary: int, width: int, heads: int, depth: int) -> None:
        super().__init__("gpt")
        small = init.normal(std=0.02)
        self.characters = nn.Embedding(vocabulary, width, init=small)
        self.blocks = [
            nn.TransformerEncoderLayer(
                width,
                heads,
                activation="gelu_tanh",
                dropout=0.0,
                norm_first=True,
                causal=True,
                rotary=True,
            )
            for _ in range(depth)
        ]
        self.norm = nn.LayerNorm()
        self.scores = nn.Dense(vocabulary, use_bias=False, init=small)

    def forward(self, characters: gx.Tensor, cache: nn.KeyValueCache | None = None) -> gx.Tensor:
        """Logits (N, T, vocabulary) of what follows each of the characters (N, T)."""
        h = self.characters(characters)
        for block in self.blocks:
            h = block(h, cache=cache)
        return self.scores(self.norm(h))


def build(width: int = WIDTH, heads: int = HEADS, depth: int = DEPTH, steps: int = STEPS):
    """Training on pieces of text, and a step that writes."""
    model = GPT(len(CHARACTERS), width, heads, depth)
    x = gx.input("x", ("N", "T"), dtype="int64")
    y = gx.input("y", ("N", "T"), dtype="int64")
    loss = losses.softmax_cross_entropy(model(x), y).named("loss")
    weights = model.parameters()
    rate = optim.schedules.one_cycle(2e-3, steps)
    adam = optim.AdamW(rate, weight_decay=0.1, clip_norm=1.0)
    updates = adam.updates(weights, gx.grad(loss, weights))

    cache = nn.KeyValueCache(ROOM)
    logits = model(x, cache=cache)[:, -1]
    return gx.Program(
        "gpt",
        train=gx.function([x, y], {"loss": loss}, updates=updates),
        evaluate=gx.function([x, y], {"loss": loss}, training=False),
        step=gx.function(
            [x, cache.start, *cache.inputs],
            {"logits": logits, **cache.outputs},
            training=False,
            doc="The logits of what follows, and the cache with these positions in it.",
        ),
    )


def load_text() -> str:
    """The text to learn, of characters that can be printed."""
    folder = os.environ.get("GRAPHC_DATA")
    path = Path(folder) / "tinyshakespeare.txt" if folder else None
    if path is not None and path.is_file():
        text = path.read_text("utf-8")
    else:
        library = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
        text = "".join(file.read_text("utf-8", errors="replace") for file in library)[:1_200_000]
    return "".join(c for c in text if c in CHARACTERS)


def encode(text: str) -> np.ndarray:
    """The number of each character, int64."""
    return np.array([CHARACTERS.index(c) for c in text], np.int64)


def decode(tokens: np.ndarray) -> str:
    """The characters of numbers."""
    return "".join(CHARACTERS[token] for token in tokens)


def pieces(tokens: np.ndarray, starts: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """What is read, and what follows each character of it: both (N, length)."""
    at = starts[:, None] + np.arange(length)
    return tokens[at], tokens[at + 1]


def evaluate(m, tokens: np.ndarray, length: int = LENGTH) -> float:
    """The mean loss over a text in nats a character: what perplexity is the exponential of."""
    starts = np.arange(0, len(tokens) - length - 1, length)
    groups = np.array_split(starts, max(1, len(starts) // 64))
    found = [m.evaluate(*pieces(tokens, group, length))["loss"] for group in groups]
    return float(np.average(found, weights=[len(group) for group in groups]))


def train(m, tokens: np.ndarray, steps: int = STEPS, length: int = LENGTH, seed: int = 0) -> None:
    """So many steps on pieces drawn from the text."""
    rng = np.random.default_rng(seed)
    for step in range(1, steps + 1):
        starts = rng.integers(len(tokens) - length, size=BATCH)
        loss = m.train(*pieces(tokens, starts, length))["loss"]
        if step % 250 == 0:
            print(f"step {step:5,}   loss {loss:.3f}")


def main(folder: str = "output") -> None:
    """Train, test, write, and export."""
    tokens = encode(load_text())
    cut = len(tokens) * 9 // 10
    m = build().load(seed=0)
    train(m, tokens[:cut])
    print(f"loss on text not seen: {evaluate(m, tokens[cut:]):.3f} nats a character")

    prompt = encode("\nROMEO:\n" if "ROMEO" in load_text() else "\ndef ")
    written = gx.sampler(m).generate(prompt, ROOM - 8, temperature=0.8, top_k=20, seed=0)
    print(decode(written))

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    path = gx.export(m, out / "gpt_writer.py", sampler="step")
    print(f"wrote {path}: it writes without graphc")


if __name__ == "__main__":
    main(*sys.argv[1:2])
