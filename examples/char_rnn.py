"""A language model of characters with a memory: an RNN, an LSTM or a GRU that reads and then writes.

The text is that of gpt.py: ``tinyshakespeare.txt`` from $GRAPHC_DATA, or the source of Python's standard
library.  It is cut into 32 streams that are read side by side, 64 characters a step; the state at the end
of a step is where the next one starts, so the memory reaches further than the gradient does (truncated
backpropagation through time).  The norm of the gradient is clipped (R. Pascanu et al., "On the difficulty
of training recurrent neural networks", 2013).  A tenth of the text is put aside: the LSTM loses 1.52 nats
a character there.  Takes minutes:

    python examples/char_rnn.py          an LSTM
    python examples/char_rnn.py gru      or rnn

What is exported writes by itself: ``generate(prompt, length)`` carries the state from character to
character.
"""

import string
import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
WIDTH, UNITS, LENGTH, STREAMS = 64, 256, 64, 32
STEPS = 3000
VOCABULARY = len(string.printable)


class CharRNN(nn.Module):
    """Embedded characters, a recurrent layer, a score for each character that may follow."""

    def __init__(self, cell: str, units: int) -> None:
        super().__init__("char_rnn")
        self.characters = nn.Embedding(VOCABULARY, WIDTH)
        self.memory = CELLS[cell](units, return_sequences=True, return_state=True)
        self.scores = nn.Dense(VOCABULARY)

    def forward(self, characters: gx.Tensor, state: list[gx.Tensor]) -> tuple:
        """What is remembered after each of the characters (N, T), (T, N, units), and the state after
        the last one."""
        h, last = self.memory(self.characters(gx.transpose(characters)), state)
        return h, last if isinstance(last, tuple) else (last,)


def build(cell: str = "lstm", units: int = UNITS, steps: int = STEPS) -> gx.Program:
    """Training and a test on streams of text, and a step that writes; each is given the state that the one
    before it left."""
    model = CharRNN(cell, units)
    x = gx.input("x", ("N", "T"), dtype="int64")
    y = gx.input("y", ("N", "T"), dtype="int64")
    state = [gx.input(name, ("N", units)) for name in CELLS[cell].state_names]
    h, last = model(x, state)
    left = {t.name: value for t, value in zip(state, last, strict=True)}
    loss = losses.softmax_cross_entropy(model.scores(h), gx.transpose(y)).named("loss")
    weights = model.parameters()
    adam = optim.Adam(optim.schedules.one_cycle(1e-2, steps), clip_norm=1.0)
    updates = adam.updates(weights, gx.grad(loss, weights))
    return gx.Program(
        "char_rnn",
        train=gx.function([x, y, *state], {"loss": loss, **left}, updates=updates),
        evaluate=gx.function([x, y, *state], {"loss": loss, **left}, training=False),
        step=gx.function(
            [x, *state],
            {"logits": model.scores(h[-1]), **left},
            training=False,
            doc="The logits of what follows, and the state after these characters.",
        ),
    )


def streams(tokens: np.ndarray, count: int) -> np.ndarray:
    """A text cut into so many stretches of one length, one a row."""
    length = len(tokens) // count
    return tokens[: count * length].reshape(count, length)


def zero_state(m, cell: str) -> dict[str, np.ndarray]:
    """The state before the first character of each stream, (32, units)."""
    units = len(m.params.char_rnn_memory_U)
    return {name: np.zeros((STREAMS, units), np.float32) for name in CELLS[cell].state_names}


def read(method, text: np.ndarray, state: dict, start: int, length: int) -> tuple[float, dict]:
    """One step on the characters from `start` on: the loss, and the state for the next step."""
    x, y = text[:, start : start + length], text[:, start + 1 : start + length + 1]
    found = method(x.copy(), y.copy(), *state.values())
    return float(found["loss"]), {name: found[name].copy() for name in state}


def evaluate(m, tokens: np.ndarray, cell: str = "lstm", length: int = LENGTH) -> float:
    """The mean loss over a text in nats a character, the state carried all along."""
    text = streams(tokens, STREAMS)
    state, total = zero_state(m, cell), []
    for start in range(0, text.shape[1] - length, length):
        loss, state = read(m.evaluate, text, state, start, length)
        total.append(loss)
    return float(np.mean(total))


def train(
    m,
    tokens: np.ndarray,
    cell: str = "lstm",
    steps: int = STEPS,
    length: int = LENGTH,
    seed: int = 0,
) -> None:
    """So many steps along the streams; each time round, they are cut at another place."""
    rng = np.random.default_rng(seed)
    text, start = streams(tokens, STREAMS), len(tokens)
    for step in range(1, steps + 1):
        if start + length >= text.shape[1]:
            text = streams(np.roll(tokens, -rng.integers(len(tokens))), STREAMS)
            start, state = 0, zero_state(m, cell)
        loss, state = read(m.train, text, state, start, length)
        start += length
        if step % 250 == 0:
            print(f"step {step:5,}   loss {loss:.3f}")


def main(cell: str = "lstm", folder: str = "output") -> None:
    """Train, test, write, and export."""
    from gpt import decode, encode, load_text

    text = load_text()
    tokens = encode(text)
    cut = len(tokens) * 9 // 10
    m = build(cell).load(seed=0)
    train(m, tokens[:cut], cell)
    print(f"loss on text not seen: {evaluate(m, tokens[cut:], cell):.3f} nats a character")

    prompt = encode("\nROMEO:\n" if "ROMEO" in text else "\ndef ")
    print(decode(gx.sampler(m).generate(prompt, 400, temperature=0.7, seed=0)))

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    path = gx.export(m, out / f"{cell}_writer.py", sampler="step")
    print(f"wrote {path}: it writes without graphc")


if __name__ == "__main__":
    main(*sys.argv[1:3])
