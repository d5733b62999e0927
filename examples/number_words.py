"""Numbers written in digits, spelt out: a transformer that reads one sequence and writes another.

``40217`` becomes ``forty thousand two hundred seventeen``.  The numbers are those below 100,000, split at
random: 20,000 to learn from, and 2,000 others to test on.  The source is read digit by digit, the target is
written word by word (A. Vaswani et al., "Attention is all you need", 2017).  Takes a minute:

    python examples/number_words.py
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

WIDTH, HEADS, HIDDEN, DEPTH, BATCH = 64, 4, 128, 2, 64
STEPS = 1500
DIGITS, PAD = 5, 0
START, STOP = 1, 2  # of the words; digits are 1 to 10
_NAMES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
"""
_UNITS, _TENS = _NAMES.split()[:20], _NAMES.split()[20:]
WORDS = ["", "<start>", "<stop>", *_UNITS, *_TENS, "hundred", "thousand"]
LONGEST = 7  # words of a number


def words(number: int) -> list[str]:
    """A number below a million in English words."""
    if number >= 1000:
        rest = words(number % 1000) if number % 1000 else []
        return [*words(number // 1000), "thousand", *rest]
    if number >= 100:
        rest = words(number % 100) if number % 100 else []
        return [_UNITS[number // 100], "hundred", *rest]
    if number >= 20:
        rest = [_UNITS[number % 10]] if number % 10 else []
        return [_TENS[number // 10 - 2], *rest]
    return [_UNITS[number]]


def sources(numbers: np.ndarray) -> np.ndarray:
    """Digits from the left, each plus 1, then padding: (N, 5) int64."""
    result = np.full((len(numbers), DIGITS), PAD, np.int64)
    for row, number in zip(result, numbers, strict=True):
        text = str(number)
        row[: len(text)] = [int(digit) + 1 for digit in text]
    return result


def targets(numbers: np.ndarray) -> np.ndarray:
    """The start, the words, the stop, then padding: (N, 9) int64."""
    result = np.full((len(numbers), LONGEST + 2), PAD, np.int64)
    for row, number in zip(result, numbers, strict=True):
        spelt = [START, *(WORDS.index(word) for word in words(int(number))), STOP]
        row[: len(spelt)] = spelt
    return result


class Speller(nn.Module):
    """An encoder of digits and a decoder of words, whose last layer shares the words' vectors."""

    def __init__(self) -> None:
        super().__init__("speller")
        self.digits = nn.Embedding(11, WIDTH, scale=True)
        self.words = nn.Embedding(len(WORDS), WIDTH, scale=True)
        self.positions = nn.SinusoidalPositions()
        self.body = nn.Transformer(WIDTH, HEADS, HIDDEN, DEPTH, DEPTH, norm_first=True, dropout=0.0)

    def encode(self, source: gx.Tensor) -> gx.Tensor:
        """What the decoder attends to (N, S, WIDTH)."""
        memory: gx.Tensor = self.body.encoder(
            self.positions(self.digits(source)), key_mask=source > PAD
        )
        return memory

    def decode(
        self,
        target: gx.Tensor,
        memory: gx.Tensor | nn.MemoryCache,
        there: gx.Tensor,
        cache: nn.KeyValueCache | None = None,
    ) -> gx.Tensor:
        """Logits (N, T, words) of what follows each word."""
        start = 0 if cache is None else cache.start
        h = self.positions(self.words(target), start)
        h = self.body.decoder(h, memory, memory_key_mask=there, cache=cache)
        return self.words.logits(h)

    def forward(self, source: gx.Tensor, target: gx.Tensor) -> gx.Tensor:
        """Logits of what follows each word of the target."""
        return self.decode(target, self.encode(source), source > PAD)


def build(steps: int = STEPS) -> gx.Program:
    """Training, reading a source, and a step that writes."""
    model = Speller()
    source = gx.input("source", ("N", DIGITS), dtype="int64")
    target = gx.input("target", ("N", "T"), dtype="int64")
    following = gx.input("following", ("N", "T"), dtype="int64")
    logits = model(source, target)
    loss = losses.softmax_cross_entropy(logits, following, ignore_index=PAD).named("loss")
    weights = model.parameters()
    rate = optim.schedules.one_cycle(3e-3, steps)
    adam = optim.Adam(rate, beta2=0.98, clip_norm=1.0)
    updates = adam.updates(weights, gx.grad(loss, weights))

    memory = nn.MemoryCache(model.encode(source))  # its keys and values are computed once
    there = gx.input("there", ("N", DIGITS), dtype="bool")
    cache = nn.KeyValueCache(LONGEST + 2)
    written = model.decode(target, memory, there, cache)[:, -1]
    return gx.Program(
        "number_words",
        train=gx.function([source, target, following], {"loss": loss}, updates=updates),
        read=gx.function(
            [source],
            {**memory.outputs, "there": source > PAD},
            training=False,
            doc="Which digits there are, and their keys and values in each layer that writes.",
        ),
        step=gx.function(
            [target, cache.start, there, *memory.inputs, *cache.inputs],
            {"logits": written, **cache.outputs},
            training=False,
            doc="The logits of the next word, and the cache with these words in it.",
        ),
    )


def split(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Numbers to learn from and others to test on."""
    order = np.random.default_rng(seed).permutation(100_000)
    return order[:20_000], order[20_000:22_000]


def train(m, numbers: np.ndarray, steps: int = STEPS, seed: int = 0) -> None:
    """So many steps on numbers drawn from those."""
    rng = np.random.default_rng(seed)
    for step in range(1, steps + 1):
        batch = rng.choice(numbers, BATCH)
        target = targets(batch)
        loss = m.train(sources(batch), target[:, :-1].copy(), target[:, 1:].copy())["loss"]
        if step % 500 == 0:
            print(f"step {step:5,}   loss {loss:.5f}")


def spell(m, numbers: np.ndarray) -> list[str]:
    """The words that are written for numbers, the most probable one at each step."""
    context = m.read(sources(numbers))
    start = np.full((len(numbers), 1), START)
    found = gx.sampler(m).generate(start, LONGEST + 1, temperature=0, stop=STOP, context=context)
    return [" ".join(WORDS[w] for w in row[1:] if w not in (PAD, STOP)) for row in found]


def accuracy(m, numbers: np.ndarray) -> float:
    """The share of numbers that are spelt right, every word of them."""
    pairs = zip(spell(m, numbers), numbers, strict=True)
    return float(np.mean([text == " ".join(words(int(number))) for text, number in pairs]))


def main(folder: str = "output") -> None:
    """Train, test, spell a few, and export."""
    seen, unseen = split()
    m = build().load(seed=0)
    train(m, seen)
    print(f"right on {accuracy(m, unseen):.2%} of {len(unseen):,} numbers not seen")
    few = unseen[:4]
    for number, text in zip(few, spell(m, few), strict=True):
        print(f"{number:>6} {text}")

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    path = gx.export(m, out / "number_speller.py", functions=["step", "read"], sampler="step")
    print(f"wrote {path}: it spells without graphc")


if __name__ == "__main__":
    main(*sys.argv[1:2])
