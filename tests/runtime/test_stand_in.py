"""A small hand-written model with the interface of an emitted class, for the tests beside it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest


class Softmax:
    """Softmax regression with Adam; each step drops inputs at random, like dropout."""

    NAME = "softmax"
    INPUTS: ClassVar = {"x": ("float32", ("N", 6))}
    TARGETS: ClassVar = {"y": ("int64", ("N",))}
    OUTPUTS: ClassVar = {"probs": ("float32", ("N", 3))}
    FINGERPRINT = "5f7a" * 16

    def __init__(self, seed=0, rate=0.05):
        self.rate = rate
        self.state = {
            "W": np.random.default_rng(seed).normal(size=(6, 3)).astype(np.float32) * 0.1,
            "m": np.zeros((6, 3), np.float32),
            "v": np.zeros((6, 3), np.float32),
            "steps": np.array(0),
            "stream": np.array([seed, 0], np.uint64),
        }

    def _checked(self, x, y=None):
        if x.dtype != np.float32 or x.ndim != 2 or x.shape[1] != 6:
            raise ValueError(f"x is {x.dtype}{x.shape}")
        if y is not None and (y.shape != x.shape[:1] or y.dtype != np.int64):
            raise ValueError(f"y is {y.dtype}{y.shape}")

    def _probs(self, x):
        logits = x @ self.state["W"]
        e = np.exp(logits - logits.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    def predict(self, x):
        self._checked(x)
        return {"probs": self._probs(x)}

    def loss(self, x, y):
        self._checked(x, y)
        return np.float32(-np.log(self._probs(x)[np.arange(len(y)), y]).mean())

    def train_step(self, x, y):
        self._checked(x, y)
        s = self.state
        s["stream"][1] += 1
        x = x * (np.random.default_rng(s["stream"]).random(x.shape, np.float32) > 0.2)
        loss = self.loss(x, y)
        d = self._probs(x)
        d[np.arange(len(y)), y] -= 1
        g = x.T @ d / np.float32(len(y))
        s["steps"] += 1
        t = int(s["steps"])
        s["m"] += np.float32(0.1) * (g - s["m"])
        s["v"] += np.float32(0.001) * (g * g - s["v"])
        step = s["m"] / (1 - 0.9**t) / (np.sqrt(s["v"] / (1 - 0.999**t)) + 1e-8)
        s["W"] -= (self.rate * step).astype(np.float32)
        return loss

    def state_dict(self):
        return {name: value.copy() for name, value in self.state.items()}

    def load_state_dict(self, state):
        if state.keys() != self.state.keys():
            raise ValueError("other names")
        for name, value in state.items():
            own = self.state[name]
            if own.shape != value.shape or own.dtype != value.dtype:
                raise ValueError(f"{name} is {value.dtype}{value.shape}")
        for name, value in state.items():
            self.state[name][...] = value


def blobs(count=100, seed=1):
    """Three overlapping clouds of points: X (count, 6) float32, y (count,) int64."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count)
    centres = np.random.default_rng(0).normal(size=(3, 6)) * 1.5
    return (centres[y] + rng.normal(size=(count, 6))).astype(np.float32), y


def same_state(a, b):
    """Whether two models are equal to the last bit."""
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


def test_the_stand_in_learns():
    m, (X, y) = Softmax(), blobs()
    before = m.loss(X, y)
    for _ in range(50):
        m.train_step(X, y)
    assert m.loss(X, y) < before / 2


def test_the_stand_in_loads_a_state_whole_or_not_at_all():
    m = Softmax()
    before = m.state_dict()
    wrong = m.state_dict() | {"W": np.ones((6, 3), np.float32), "v": np.ones((2, 2), np.float32)}
    with pytest.raises(ValueError):
        m.load_state_dict(wrong)
    assert all((before[name] == value).all() for name, value in m.state.items())
