"""A network with a memory of its own learns to copy, and copies what is longer than all it was taught.

Between 1 and 10 rows of eight random bits are shown one by one, then a mark, and then they are to be said
again, from nothing.  A neural Turing machine has a controller, here an LSTM, and a memory of 64 rows that
it reads and writes through two heads; where these are is a distribution over the rows, moved by what is
looked for and by steps to either side (A. Graves, G. Wayne and I. Danihelka, "Neural Turing machines",
2014, section 3).  An LSTM that has no memory besides its state is taught beside it.  Takes three minutes:

    python examples/neural_turing_machine.py

Printed is the share of wrong bits for sequences of lengths that were taught, and of twice the length.
`heads.png` shows where the heads were while one was copied.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

BITS, LONGEST = 8, 10
ROWS, COLUMNS, UNITS = 64, 16, 64
STEPS, BATCH = 4000, 32
FOLDER = "demo/neural_turing_machine"


class Head(nn.Module):
    """Moves a distribution over the rows of a memory (eq. 5 to 9)."""

    def __init__(self) -> None:
        super().__init__()
        self.key = nn.Dense(COLUMNS, activation="tanh")
        self.moves = nn.Dense(3)
        self.scalars = nn.Dense(3)

    def forward(self, h: gx.Tensor, place: gx.Tensor, memory: gx.Tensor) -> gx.Tensor:
        """The next distribution (N, ROWS), of a controller (N, UNITS), the last one and the memory
        (N, ROWS, COLUMNS)."""
        strength, trust, sharpness = gx.split(self.scalars(h), 3, axis=1)
        key = gx.expand_dims(self.key(h), 2)
        lengths = gx.sqrt(gx.sum(gx.square(memory), axis=2) * gx.sum(gx.square(key), axis=1) + 1e-8)
        alike = ((memory @ key)[:, :, 0] / lengths).named("alike")
        found = gx.softmax(gx.softplus(strength) * alike, axis=1).named("found")
        g = gx.sigmoid(trust).named("g")
        kept = (g * found + (1 - g) * place).named("kept")
        back, stay, on = gx.split(gx.softmax(self.moves(h), axis=1), 3, axis=1)
        before = gx.concat([kept[:, 1:], kept[:, :1]], axis=1)
        after = gx.concat([kept[:, -1:], kept[:, :-1]], axis=1)
        moved = (back * before + stay * kept + on * after).named("moved")
        sharp = gx.exp((1 + gx.softplus(sharpness)) * gx.log(moved + 1e-6)).named("sharp")
        return sharp / gx.sum(sharp, axis=1, keepdims=True)


class TuringMachine(nn.Module):
    """A controller, a head that writes, one that reads, and what is said."""

    def __init__(self) -> None:
        super().__init__("machine")
        self.controller = nn.LSTM(UNITS, cell=True)
        self.writer, self.reader = Head(), Head()
        self.erase = nn.Dense(COLUMNS, activation="sigmoid")
        self.add = nn.Dense(COLUMNS, activation="tanh")
        self.say = nn.Dense(BITS)

    def step(self, h, c, read, w, r, memory, x):
        """One step: the controller, its output and what was read; the heads' places; the memory."""
        h, c = self.controller(gx.concat([x, read], axis=1), (h, c))
        w = self.writer(h, w, memory).named("w")
        there = gx.expand_dims(w, 2)
        erased = memory * (1 - there * gx.expand_dims(self.erase(h), 1))
        memory = (erased + there * gx.expand_dims(self.add(h), 1)).named("memory")  # eq. 3 and 4
        r = self.reader(h, r, memory).named("r")
        read = (gx.expand_dims(r, 1) @ memory)[:, 0].named("read")  # eq. 2
        return (h, c, read, w, r, memory), (gx.concat([h, read], axis=1), w, r)

    def forward(self, x: gx.Tensor) -> tuple[gx.Tensor, gx.Tensor, gx.Tensor]:
        """Logits (T, N, BITS) for inputs (T, N, BITS + 1), and where the heads were (T, N, ROWS)."""
        n = x.shape[1]

        def constant(value: object, *shape: int) -> gx.Tensor:
            return gx.broadcast_to(gx.constant(value), (n, *shape))

        first = constant([1.0] + [0.0] * (ROWS - 1), ROWS)  # both heads start at the first row
        state = constant(0.0, UNITS), constant(0.0, UNITS), constant(0.0, COLUMNS)
        start = (*state, first, first, constant(1e-3, ROWS, COLUMNS))
        _, (left, written, read) = gx.scan(self.step, start, x)
        return self.say(left), written, read


class Plain(nn.Module):
    """An LSTM with more than the weights of the machine, and no memory besides its state."""

    def __init__(self) -> None:
        super().__init__("plain")
        self.memory = nn.LSTM(2 * UNITS, return_sequences=True)
        self.say = nn.Dense(BITS)

    def forward(self, x: gx.Tensor) -> gx.Tensor:
        """Logits (T, N, BITS)."""
        return self.say(self.memory(x))


def build(kind: str = "machine") -> gx.Program:
    """Training, and what is said and where the heads are: of the machine, or of the plain LSTM."""
    x = gx.input("x", ("T", "N", BITS + 1))
    y = gx.input("y", ("T", "N", BITS))
    asked = gx.input("asked", ("T",))
    model = TuringMachine() if kind == "machine" else Plain()
    logits, *heads = model(x) if kind == "machine" else [model(x)]
    nats = losses.binary_cross_entropy_with_logits(logits, y, reduction="none")
    each = gx.mean(nats, axis=(1, 2))
    loss = (gx.sum(each * asked) / gx.sum(asked)).named("loss")
    weights = model.parameters()
    updates = optim.Adam(2e-3, clip_norm=1.0).updates(weights, gx.grad(loss, weights))
    found = dict(zip(("written", "read"), heads, strict=False))
    return gx.Program(
        f"neural_turing_{kind}",
        train=gx.function([x, y, asked], {"loss": loss}, updates=updates),
        answer=gx.function([x], {"bits": logits > 0, **found}, training=False),
    )


def sequences(
    length: int, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is shown (2 length + 1, count, BITS + 1), what is to be said (..., BITS), and when, (2 length +
    1,): float32."""
    bits = rng.integers(2, size=(length, count, BITS))
    x = np.zeros((2 * length + 1, count, BITS + 1), np.float32)
    y = np.zeros((2 * length + 1, count, BITS), np.float32)
    asked = np.zeros(2 * length + 1, np.float32)
    x[:length, :, :BITS] = bits
    x[length, :, BITS] = 1
    y[length + 1 :] = bits
    asked[length + 1 :] = 1
    return x, y, asked


def train(m, steps: int = STEPS, longest: int = LONGEST, batch: int = BATCH, seed: int = 0) -> None:
    """So many steps, each on sequences of one length drawn at random."""
    rng = np.random.default_rng(seed)
    total = 0.0
    for step in range(1, steps + 1):
        total += float(m.train(*sequences(rng.integers(1, longest + 1), batch, rng))["loss"])
        if step % 500 == 0:
            print(f"step {step:5,}   loss {total / 500:.4f}")
            total = 0.0


def share_wrong(m, length: int, count: int = 100) -> float:
    """The share of bits that are said wrong in new sequences of one length."""
    x, y, asked = sequences(length, count, np.random.default_rng(1))
    return float(np.mean(m.answer(x)["bits"][asked > 0] != y[asked > 0]))


def draw(m, length: int, path: Path) -> None:
    """One sequence: what is shown and said, and where the heads write and read."""
    from matplotlib.figure import Figure

    x, _, asked = sequences(length, 1, np.random.default_rng(2))
    found = m.answer(x)
    said = found["bits"] * (asked > 0)[:, None, None]
    figure = Figure(figsize=(10, 7), layout="constrained")
    shown = {"shown": x, "said": said, "written to": found["written"], "read from": found["read"]}
    for axis, (title, values) in zip(figure.subplots(2, 2).ravel(), shown.items(), strict=True):
        axis.imshow(values[:, 0].T, aspect="auto", cmap="gray_r", interpolation="nearest")
        axis.set(title=title, xlabel="step")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER) -> None:
    """Train the machine and the LSTM, compare them, and draw where the heads go."""
    for kind in ("plain", "machine"):
        m = build(kind).load(seed=0)
        train(m)
        for length in (LONGEST, 2 * LONGEST):
            print(f"{kind}: wrong bits of sequences of {length}: {share_wrong(m, length):.2%}")
    draw(m, 2 * LONGEST, Path(folder) / "heads.png")
    print(f"wrote {folder}/heads.png")


if __name__ == "__main__":
    main(*sys.argv[1:2])
