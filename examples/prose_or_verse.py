"""Who wrote these few words, Shakespeare or the authors of Python's standard library?

A gated recurrent unit reads a phrase letter by letter, from both ends (M. Schuster and K. Paliwal,
"Bidirectional recurrent neural networks", 1997), and its last states decide.  Phrases are four words long,
in small letters without punctuation, so that only the language tells; shorter ones are padded, and a mask
leaves the padding out.  The verse is ``tinyshakespeare.txt`` in a folder or $GRAPHC_DATA, the prose are the
docstrings of the standard library.  Takes half a minute:

    python examples/prose_or_verse.py data/

Printed is the share of phrases not seen that are told right, beside that of naive Bayes, which counts words
and knows nothing of one that it has not met; and of the two together, which know different things.
"""

import ast
import os
import re
import sys
import sysconfig
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

LETTERS = " abcdefghijklmnopqrstuvwxyz'"
LENGTH, WORDS = 28, 4
PHRASES = 16_000
EPOCHS, BATCH = 8, 64
VERSE = "tinyshakespeare.txt"


def build(units: int = 64, epochs: int = EPOCHS) -> gx.Network:
    """Letters (N, 28) and where there are any; the logit that it is verse."""
    letters = gx.input("letters", ("N", LENGTH), dtype="int64")
    there = gx.input("there", ("N", LENGTH), dtype="bool")
    verse = gx.input("verse", ("N",))
    embedding = nn.Embedding(len(LETTERS), 24)
    reader = nn.Bidirectional(nn.GRU(units), name="reader")
    h = reader(embedding(gx.transpose(letters)), mask=gx.transpose(there))
    logit = nn.Dense(1, name="decision")(h)[:, 0].named("logit")
    rate = optim.schedules.one_cycle(5e-3, epochs * PHRASES // BATCH)
    return gx.compile(
        "prose_or_verse",
        inputs=[letters, there],
        targets=[verse],
        loss=losses.binary_cross_entropy_with_logits(logit, verse),
        outputs={"logit": logit},
        optimizer=optim.Adam(rate, clip_norm=1.0),
    )


def docstrings() -> list[str]:
    """The lines of every docstring in the top modules of the standard library."""
    lines: list[str] = []
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8", errors="replace"))):
            if isinstance(node, kinds):
                lines += (ast.get_docstring(node) or "").splitlines()
    return lines


def phrases(lines: list[str], rng: np.random.Generator, count: int) -> list[str]:
    """So many different phrases, each a run of words from one line."""
    found: set[str] = set()
    for line in lines:
        words = re.sub(f"[^{LETTERS}]+", " ", line.lower()).split()
        starts = range(0, len(words) - WORDS + 1, WORDS)
        found.update(" ".join(words[start : start + WORDS]) for start in starts)
    return list(rng.permutation(sorted(p for p in found if len(p) <= LENGTH))[:count])


def load_data(folder: str | None = None, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Phrases in random order, half of them verse, and which are, float32.

    Raises:
        DataError: there is no verse.
    """
    path = Path(folder or os.environ.get("GRAPHC_DATA", "data")) / VERSE
    if not path.is_file():
        raise gx.DataError(f"{path}: there is no such file")
    play = [line for line in path.read_text("utf-8").splitlines() if not line.endswith(":")]
    rng = np.random.default_rng(seed)
    both = [phrases(lines, rng, PHRASES * 5 // 8) for lines in (play, docstrings())]
    size = min(len(part) for part in both)
    texts, verse = both[0][:size] + both[1][:size], np.repeat([1.0, 0.0], size)
    order = rng.permutation(2 * size)
    return [texts[i] for i in order], verse[order].astype(np.float32)


def encode(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The number of each letter, (N, 28) int64, and where there is one, (N, 28) bool."""
    letters = np.zeros((len(texts), LENGTH), np.int64)
    for row, text in zip(letters, texts, strict=True):
        row[: len(text)] = [LETTERS.index(letter) for letter in text]
    lengths = np.array([len(text) for text in texts])
    return letters, np.arange(LENGTH) < lengths[:, None]


def naive_bayes(texts: list[str], verse: np.ndarray, asked: list[str]) -> np.ndarray:
    """The logit that a phrase is verse by the frequencies of its words, each counted once more."""
    counts: dict[str, np.ndarray] = {}
    for text, label in zip(texts, verse, strict=True):
        for word in text.split():
            counts.setdefault(word, np.ones(2))[int(label)] += 1
    total = np.sum(list(counts.values()), axis=0)
    odds = {word: np.log(n[1] / total[1]) - np.log(n[0] / total[0]) for word, n in counts.items()}
    return np.array([sum(odds.get(word, 0) for word in text.split()) for text in asked])


def shares_right(m, texts: list[str], verse: np.ndarray, cut: int = PHRASES) -> dict[str, float]:
    """How often the phrases after the first `cut`, which were learnt from, are told right: by the
    letters, by the words, and by both, where the logits are added."""
    letters = m.predict(*encode(texts[cut:]))["logit"].astype(np.float64)
    words = naive_bayes(texts[:cut], verse[:cut], texts[cut:])
    logits = {"letters": letters, "words": words, "both": letters + words}
    return {name: float(np.mean((z > 0) == verse[cut:])) for name, z in logits.items()}


def main(folder: str | None = None) -> None:
    """Train, test beside naive Bayes, and show a few phrases."""
    texts, verse = load_data(folder)
    m = build().load(seed=0)
    data = (*encode(texts[:PHRASES]), verse[:PHRASES])
    gx.fit(m, data, epochs=EPOCHS, batch_size=BATCH)
    for name, share in shares_right(m, texts, verse).items():
        print(f"right by {name}: {share:.1%}")
    for text in texts[PHRASES : PHRASES + 8]:
        logit = m.predict(*encode([text]))["logit"][0]
        print(f"    {1 / (1 + np.exp(-logit)):.2f} verse   {text}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
