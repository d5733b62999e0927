"""The neural Turing machine computes what its paper says, and copies what is longer than it was taught."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def machine():
    path = EXAMPLES / "neural_turing_machine.py"
    spec = importlib.util.spec_from_file_location("neural_turing_machine", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def moved(w, head, h, place, memory):
    """Where a head is next: eq. 5 to 9 of A. Graves et al., 2014, for one example."""
    key = np.tanh(h @ w[f"{head}.key.W"] + w[f"{head}.key.b"])
    beta, gate, gamma = h @ w[f"{head}.scalars.W"] + w[f"{head}.scalars.b"]
    shift = softmax(h @ w[f"{head}.moves.W"] + w[f"{head}.moves.b"])
    alike = [row @ key / np.sqrt(row @ row * (key @ key) + 1e-8) for row in memory]
    found = softmax(np.log1p(np.exp(beta)) * np.array(alike))
    kept = sigmoid(gate) * found + (1 - sigmoid(gate)) * place
    rows = len(memory)
    turned = np.zeros(rows)
    for i in range(rows):  # eq. 8: a circular convolution
        for j in range(rows):
            offset = (i - j + rows // 2) % rows - rows // 2
            if offset in (-1, 0, 1):
                turned[i] += kept[j] * shift[offset + 1]
    sharp = (turned + 1e-6) ** (1 + np.log1p(np.exp(gamma)))
    return sharp / sharp.sum()


def by_formulas(w, x, rows, columns, units):
    """Logits (T, bits) and the places of the heads for one sequence (T, bits + 1)."""
    h = c = np.zeros(units)
    read, memory = np.zeros(columns), np.full((rows, columns), 1e-3)
    write_at = read_at = np.eye(1, rows)[0]
    said = []
    for element in x:
        z = np.concatenate([element, read]) @ w["controller.W"] + h @ w["controller.U"]
        i, f, o, g = np.split(z + w["controller.b"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        write_at = moved(w, "writer", h, write_at, memory)
        erase = sigmoid(h @ w["erase.W"] + w["erase.b"])
        add = np.tanh(h @ w["add.W"] + w["add.b"])
        memory = memory * (1 - np.outer(write_at, erase)) + np.outer(write_at, add)
        read_at = moved(w, "reader", h, read_at, memory)
        read = read_at @ memory
        said.append((np.concatenate([h, read]) @ w["say.W"] + w["say.b"], write_at, read_at))
    return [np.stack(part) for part in zip(*said, strict=True)]


def test_the_machine_computes_the_formulas_of_the_paper(machine):
    m = machine.build().load(seed=3)
    rng = np.random.default_rng(0)
    state = m.state_dict()
    for name in state:  # weights so large that heads go to places
        if name.endswith((".W", ".U", ".b")):
            state[name] = rng.normal(size=state[name].shape).astype(np.float32) / 3
    m.load_state_dict(state)
    w = {
        name.removeprefix("machine."): value.astype(np.float64)
        for name, value in m.state_dict().items()
        if name.endswith((".W", ".U", ".b"))
    }
    x, _, _ = machine.sequences(5, 2, rng)
    found = m.answer(x)
    for k in range(2):
        logits, written, read = by_formulas(
            w, x[:, k].astype(np.float64), machine.ROWS, machine.COLUMNS, machine.UNITS
        )
        np.testing.assert_allclose(found["written"][:, k], written, atol=2e-5)
        np.testing.assert_allclose(found["read"][:, k], read, atol=2e-5)
        clear = np.abs(logits) > 1e-3
        np.testing.assert_array_equal(found["bits"][:, k][clear], logits[clear] > 0)
    assert written.max() > 0.1  # the heads were somewhere


def test_sequences_are_shown_then_asked_for(machine):
    x, y, asked = machine.sequences(3, 2, np.random.default_rng(0))
    assert x.shape == (7, 2, 9) and y.shape == (7, 2, 8)
    np.testing.assert_array_equal(x[:3, :, :8], y[4:])
    np.testing.assert_array_equal(x[:, 0, 8], [0, 0, 0, 1, 0, 0, 0])
    assert not x[4:].any() and not y[:4].any()
    np.testing.assert_array_equal(asked, [0, 0, 0, 0, 1, 1, 1])


def test_it_copies_what_is_longer_than_what_it_was_taught(machine):
    m = machine.build().load(seed=0)
    machine.train(m, 900, longest=8, batch=16)
    assert machine.share_wrong(m, 8) < 0.03
    assert machine.share_wrong(m, 16) < 0.06
