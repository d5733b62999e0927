"""The formulas above the update of an optimiser, read and computed as they stand there."""

import math
import re
from functools import cache

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim

# What each optimiser does, and how many values its header tells.
CASES = {
    "sgd": (optim.SGD(0.1), 1),
    "momentum": (optim.SGD(0.1, momentum=0.9, weight_decay=0.01), 2),
    "nesterov": (optim.SGD(0.1, momentum=0.9, nesterov=True), 2),
    "adagrad": (optim.Adagrad(), 2),
    "rmsprop": (optim.RMSProp(), 2),
    "centered": (optim.RMSProp(centered=True, momentum=0.9), 4),
    "adadelta": (optim.Adadelta(), 3),
    "adam": (optim.Adam(), 3),
    "scheduled": (optim.Adam(optim.schedules.cosine(0.1, 100)), 3),
    "clipped": (optim.Adam(clip_norm=0.01, weight_decay=0.1), 3),
    "clipped_values": (optim.Adam(clip_value=0.001), 3),
    "adamw": (optim.AdamW(clip_norm=0.01), 6),
    "amsgrad": (optim.AMSGrad(), 4),
    "nadam": (optim.NAdam(), 3),
    "adamax": (optim.AdaMax(), 3),
    "lion": (optim.Lion(weight_decay=0.1), 2),
}
REMARKS = {
    "adam": "momentum and squares are without the factor 1 - beta",
    "amsgrad": "momentum and squares are without the factor 1 - beta",
    "nadam": "momentum and squares are without the factor 1 - beta",
    "adamw": "momentum and squares are without the factor 1 - beta",
    "adamax": "momentum is without the factor 1 - beta",
    "lion": "momentum is without the factor 1 - beta",
    "rmsprop": "what is kept is without the factor 1 - rho",
    "adadelta": "squares and steps are without the factor 1 - rho",
}
FUNCTIONS = {
    "sqrt": np.sqrt,
    "square": np.square,
    "sign": np.sign,
    "abs": np.abs,
    "clip": np.clip,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "math": math,
    "min": min,
    "max": max,
}


@cache
def compiled(name):
    optimizer = optim.EMA(optim.Adam()) if name == "averaged" else CASES[name][0]
    with gx.default_dtype("float64"):
        x = gx.input("x", ("N", 12))
        y = gx.input("y", ("N",), dtype="int64")
        logits = nn.Sequential([nn.Dense(16, activation="tanh"), nn.Dense(3)])(x)
        loss = losses.softmax_cross_entropy(logits, y)
        return gx.compile(name, inputs=[x], targets=[y], loss=loss, optimizer=optimizer)


def update_of(source: str) -> list[str]:
    """The statements of the update."""
    start = source.index("    def _update(self")
    return source[start : source.index("\n    def ", start + 1)].splitlines()


def formulas(source: str) -> list[tuple[str, str, int]]:
    """What states become: their names, formulas and sizes; a line that goes on is one with it."""
    found = []
    for line in update_of(source):
        text = line.strip()
        if match := re.fullmatch(r"# (?:\w+: )?(\w+)' = (.*?) +\((\d+),\)(?:   \S+)?", text):
            found.append([match[1], match[2], int(match[3])])
        elif text.startswith("#     ") and found:
            found[-1][1] += " " + text[1:].strip()
    return [tuple(item) for item in found]


def host_numbers(source: str, known: dict[str, float]) -> dict[str, float]:
    """The numbers that the update computes on the host."""
    values = dict(known)
    for line in update_of(source):
        match = re.fullmatch(r"\s+(\w+) = ([^=]*?)(?:  #.*)?", line)
        if match and not re.search(r"\b(np|s|p|d|self)\.", match[2]):
            values[match[1]] = eval(match[2], FUNCTIONS, values)
    return values


def vectors(m) -> dict[str, np.ndarray]:
    """Parameters, gradients and what is kept beside them, each as one vector."""
    found = {"params": m.params.flat, "grads": m.grads.flat}
    found |= {k: v.flat for k, v in vars(m).items() if hasattr(v, "flat") and k not in found}
    return {k: np.array(v) for k, v in found.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_formulas_of_an_update_give_what_it_computes(name):
    optimizer, count = CASES[name]
    net = compiled(name)
    rng = np.random.default_rng(3)
    m = net.load(seed=1)
    for _ in range(3):
        batch = rng.normal(size=(8, 12)), rng.integers(0, 3, size=8)
        before = vectors(m)
        own = {k.replace(".", "_"): v.item() for k, v in m.state_dict().items() if v.ndim == 0}
        m.train_step(*batch)
        after = vectors(m)
        values = host_numbers(net.source, own)
        norm = np.sqrt(np.sum(after["grads"] ** 2))
        clip = getattr(optimizer, "clip_norm", None)
        if clip:
            values["clip_scale"] = min(clip / (norm + 1e-6), 1)
        told = formulas(net.source)
        assert len(told) == count
        at: dict[str, int] = {}
        for state, text, size in told:
            part = slice(at.get(state, 0), at.get(state, 0) + size)
            at[state] = part.stop
            local = {k: v[part] for k, v in before.items()} | {"grads": after["grads"][part]}
            local |= {f"new_{k}": v[part] for k, v in after.items()}
            expression = re.sub(r"(\w+)'", r"new_\1", text)
            result = eval(expression, {**FUNCTIONS, **values}, local)
            # Headers show six digits of a number.
            np.testing.assert_allclose(result, after[state][part], rtol=1e-5, atol=1e-8)
        assert all(end == before["params"].size for end in at.values())


@pytest.mark.parametrize("name", CASES)
def test_a_factor_that_is_not_in_what_is_kept_is_told(name):
    net = compiled(name)
    update = "\n".join(update_of(net.source))
    kind = type(CASES[name][0]).__name__.lower()
    if kind in REMARKS:
        assert REMARKS[kind] in update
    else:
        assert "factor" not in update


def test_a_remark_stands_where_the_optimiser_tells_formulas():
    update = "\n".join(update_of(compiled("averaged").source))
    assert update.count(REMARKS["adam"]) == 1
    assert "average' = average + ema_rate * (params' - average)" in update
