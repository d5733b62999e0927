"""Numbers spelt out by a network that says where it looks: recurrent, with additive attention.

The numbers, their words and the split are those of number_words.py.  A bidirectional GRU reads the digits;
another GRU writes the words, and before each of them weighs what was read (D. Bahdanau, K. Cho and
Y. Bengio, "Neural machine translation by jointly learning to align and translate", 2015).  The weights
are printed: nobody told it that "forty" stands for the first digit.  Takes a minute:

    python examples/number_alignment.py

The writer's state is carried from word to word, so the exported file writes by ``generate``, as that of a
transformer does by its cache.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

DIGITS, WORDS, PAD = 5, 33, 0  # sizes of number_words.py
READ, WRITTEN = 64, 128
STEPS, BATCH = 1200, 64


class Aligner(nn.Module):
    """A reader of digits, and a writer of words that attends to what was read."""

    def __init__(self) -> None:
        super().__init__("aligner")
        self.digits = nn.Embedding(11, 32)
        self.reader = nn.Bidirectional(nn.GRU(READ, return_sequences=True))
        self.words = nn.Embedding(WORDS, 32)
        self.writer = nn.GRU(WRITTEN, cell=True)
        self.attention = nn.AdditiveAttention(64)
        self.scores = nn.Dense(WORDS)

    def encode(self, source: gx.Tensor) -> tuple[gx.Tensor, gx.Tensor]:
        """What was read of each digit (N, 5, 128), and where there is one."""
        there = source > PAD
        read = self.reader(self.digits(gx.transpose(source)), mask=gx.transpose(there))
        return gx.transpose(read, (1, 0, 2)).named("memory"), there

    def decode(
        self, target: gx.Tensor, h: gx.Tensor, memory: gx.Tensor, there: gx.Tensor
    ) -> tuple[gx.Tensor, gx.Tensor, gx.Tensor]:
        """Logits (T, N, words) of what follows each word of (N, T), the weights (T, N, 5) of the
        digits, and the last state; `h` is the one before the first word."""

        def write(h: gx.Tensor, word: gx.Tensor) -> tuple:
            query = gx.expand_dims(h, 1)
            seen = self.attention(query, memory, key_mask=there)[:, 0].named("seen")
            weights = self.attention.attention_weights(query, memory, there)[:, 0].named("weights")
            h = self.writer(gx.concat([word, seen], axis=1), h)
            return h, (gx.concat([h, seen], axis=1).named("h_seen"), weights)

        last, (found, weights) = gx.scan(write, h, self.words(gx.transpose(target)))
        return self.scores(found), weights, last

    def forward(self, source: gx.Tensor, target: gx.Tensor) -> gx.Tensor:
        """Logits (T, N, words) of what follows each word of the target."""
        start = gx.zeros((source.shape[0], WRITTEN))
        return self.decode(target, start, *self.encode(source))[0]


def build(steps: int = STEPS) -> gx.Program:
    """Training, reading a source, and a step that writes and says where it looks."""
    model = Aligner()
    source = gx.input("source", ("N", DIGITS), dtype="int64")
    target = gx.input("target", ("N", "T"), dtype="int64")
    following = gx.input("following", ("N", "T"), dtype="int64")
    logits, answer = model(source, target), gx.transpose(following)
    loss = losses.softmax_cross_entropy(logits, answer, ignore_index=PAD).named("loss")
    weights = model.parameters()
    adam = optim.Adam(optim.schedules.one_cycle(5e-3, steps), clip_norm=1.0)
    updates = adam.updates(weights, gx.grad(loss, weights))

    memory, there = model.encode(source)
    h = gx.input("h", ("N", WRITTEN))
    read = gx.input("memory", ("N", DIGITS, 2 * READ))
    digits = gx.input("there", ("N", DIGITS), dtype="bool")
    logits, looked, last = model.decode(target, h, read, digits)
    return gx.Program(
        "number_alignment",
        train=gx.function([source, target, following], {"loss": loss}, updates=updates),
        read=gx.function([source], {"memory": memory, "there": there}, training=False),
        step=gx.function(
            [target, h, read, digits],
            {"logits": logits[-1], "h": last, "weights": gx.transpose(looked, (1, 0, 2))},
            training=False,
            doc="The logits of the next word, the state, and the weights of the digits for each word.",
        ),
    )


def look(m, number: int) -> tuple[list[str], np.ndarray]:
    """The words for a number, the most probable ones, and the weight of each digit for each word."""
    from number_words import START, STOP, sources
    from number_words import WORDS as names

    context = m.read(sources(np.array([number])))
    tokens = gx.sampler(m).generate([[START]], 8, temperature=0, stop=STOP, context=context)
    found = m.step(tokens[:, :-1].copy(), np.zeros((1, WRITTEN), np.float32), *context.values())
    return [names[token] for token in tokens[0, 1:]], found["weights"][0]


def draw(words: list[str], weights: np.ndarray, number: int) -> str:
    """The weights in per cent, a row for each word and a column for each digit."""
    digits = str(number)
    rows = [f"{'':>10}" + "".join(f"{digit:>5}" for digit in digits)]
    for word, row in zip(words, weights, strict=True):
        rows.append(f"{word:>10}" + "".join(f"{100 * w:5.0f}" for w in row[: len(digits)]))
    return "\n".join(rows)


def main(folder: str = "output") -> None:
    """Train, test, show where it looks, and export."""
    import number_words

    seen, unseen = number_words.split()
    m = build().load(seed=0)
    number_words.train(m, seen, STEPS)
    print(f"right on {number_words.accuracy(m, unseen):.2%} of {len(unseen):,} numbers not seen")
    print(draw(*look(m, 40217), 40217))

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    path = gx.export(m, out / "number_writer.py", functions=["step", "read"], sampler="step")
    print(f"wrote {path}: it spells without graphc")


if __name__ == "__main__":
    main(*sys.argv[1:2])
