"""Whole networks: the emitted plain forward run by HIPS autograd, against our emitted backward."""

from types import SimpleNamespace

import numpy as np
import pytest
from proof_tools import autograd, module_under_autograd

import graphc as gx
from graphc import losses, nn
from graphc.dsl.activations import ACTIVATIONS

BATCH, FEATURES, CLASSES = 7, 5, 3


def regression(model, loss=losses.squared_error, **options):
    """Inputs, targets and loss of a model with CLASSES results."""
    x = gx.input("x", ("N", FEATURES), "float64")
    y = gx.input("y", ("N", CLASSES), "float64")
    return [x], [y], loss(model(x), y, **options)


def classification(model, loss=losses.softmax_cross_entropy, **options):
    x = gx.input("x", ("N", FEATURES), "float64")
    y = gx.input("y", ("N",), "int64")
    return [x], [y], loss(model(x), y, **options)


def mlp(*sizes, activation="tanh", last=None):
    layers = [nn.Dense(size, activation=activation) for size in sizes]
    return nn.Sequential([*layers, nn.Dense(CLASSES, activation=last)], name="net")


class Gated(nn.Module):
    """A user's module, with a product of two branches."""

    def __init__(self, units):
        self.value = nn.Dense(units)
        self.gate = nn.Dense(units, activation="sigmoid")

    def forward(self, x):
        return self.value(x) * self.gate(x)


class Tied(nn.Module):
    """One weight used twice, the second time transposed."""

    def __init__(self):
        self.W = gx.parameter("W", np.random.default_rng(5).normal(size=(FEATURES, CLASSES)))

    def forward(self, x):
        return gx.tanh(gx.tanh(x @ self.W) @ self.W.T) @ self.W


class Normalised(nn.Module):
    """Layer normalisation by hand."""

    def __init__(self):
        self.inner = nn.Dense(8)
        self.scale = gx.parameter("scale", np.linspace(0.5, 1.5, 8))
        self.shift = gx.parameter("shift", np.linspace(-1.0, 1.0, 8))
        self.outer = nn.Dense(CLASSES)

    def forward(self, x):
        h = self.inner(x)
        centred = h - gx.mean(h, -1, keepdims=True)
        h = centred * gx.rsqrt(gx.var(h, -1, keepdims=True) + 1e-5)
        return self.outer(gx.relu(h * self.scale + self.shift))


class Attention(nn.Module):
    """Every example attends to the features of every other."""

    def __init__(self):
        self.query, self.key, self.value = nn.Dense(4), nn.Dense(4), nn.Dense(CLASSES)

    def forward(self, x):
        scores = self.query(x) @ self.key(x).T / 2.0
        return gx.softmax(scores, -1) @ self.value(x)


class Pieces(nn.Module):
    """Slices, concatenation, maxima and cumulative sums of hidden units."""

    def __init__(self):
        self.inner, self.outer = nn.Dense(6), nn.Dense(CLASSES)

    def forward(self, x):
        h = self.inner(x)
        parts = [h[:, ::2], gx.flip(h[:, 1:4], 1), gx.cumsum(h, 1)[:, -2:]]
        top = gx.max(h, 1, keepdims=True)
        return self.outer(gx.concat([*parts, top, gx.logsumexp(h, 1, keepdims=True)], 1))


def residual():
    block = nn.Sequential([nn.Dense(6, activation="relu"), nn.Dense(FEATURES)])
    return nn.Sequential([nn.Residual(block), nn.Dense(CLASSES)], name="net")


def embedding():
    table = gx.parameter("table", np.random.default_rng(3).normal(size=(9, 4)))
    words = gx.input("words", ("N", 2), "int64")
    y = gx.input("y", ("N",), "int64")
    h = gx.reshape(gx.take(table, words), ("N", 8))
    return [words], [y], losses.softmax_cross_entropy(mlp(6)(h), y)


def soft_labels():
    x = gx.input("x", ("N", FEATURES), "float64")
    y = gx.input("y", ("N", CLASSES), "float64")
    return [x], [y], losses.softmax_cross_entropy(mlp(6)(x), gx.softmax(y))


def binary(loss, last):
    return lambda: regression(
        mlp(6, last=last), lambda p, t, **o: loss(p, gx.sigmoid(t), **o), reduction="mean"
    )


def penalised():
    inputs, targets, loss = classification(model := mlp(6, 4))
    weights = [p for p in model.parameters() if p.ndim == 2]
    return inputs, targets, (loss + 0.01 * gx.sum_of_squares(weights)).named("loss")


NETWORKS = {
    **{
        f"activation {name}": lambda name=name: regression(mlp(6, 4, activation=name))
        for name in ACTIVATIONS
    },
    "linear regression": lambda: regression(mlp()),
    "squared error, sum": lambda: regression(mlp(6), reduction="sum"),
    "squared error, half sum": lambda: regression(mlp(6), reduction="half_sum"),
    "absolute error": lambda: regression(mlp(6), losses.absolute_error),
    "cross-entropy": lambda: classification(mlp(6)),
    "cross-entropy, sum": lambda: classification(mlp(6), reduction="sum"),
    "cross-entropy of soft labels": soft_labels,
    "binary cross-entropy with logits": binary(losses.binary_cross_entropy_with_logits, None),
    "binary cross-entropy of a sigmoid": binary(losses.binary_cross_entropy, "sigmoid"),
    "binary cross-entropy of a softmax": binary(losses.binary_cross_entropy, "softmax"),
    "residual": lambda: classification(residual()),
    "eight layers": lambda: classification(mlp(*[6] * 8, activation="relu")),
    "gated": lambda: regression(nn.Sequential([Gated(6), nn.Dense(CLASSES)], name="net")),
    "tied weights": lambda: classification(Tied()),
    "layer normalisation": lambda: classification(Normalised()),
    "attention": lambda: classification(Attention()),
    "slices and sums": lambda: classification(Pieces()),
    "embedding": embedding,
    "weight penalty": penalised,
}


def draw(tensor, rng):
    shape = tuple(BATCH if not isinstance(d, int) else d for d in tensor.shape)
    if tensor.dtype == "int64":
        return rng.integers(0, CLASSES, shape)
    return rng.normal(size=shape)


@pytest.mark.parametrize("name", NETWORKS)
def test_our_gradients_are_those_of_autograd_through_the_emitted_forward(name):
    inputs, targets, loss = NETWORKS[name]()
    rng = np.random.default_rng(len(name))
    arrays = [draw(t, rng) for t in (*inputs, *targets)]
    plain = gx.compile("oracle", inputs=inputs, targets=targets, loss=loss, style="plain")
    instance = module_under_autograd(plain)(seed=1)
    weights = {key: rng.normal(size=v.shape) * 0.7 for key, v in instance.state_dict().items()}
    attributes = {key: place[1] for key, place in instance.STATES.items()}

    def their_loss(values):
        pairs = zip(attributes.values(), values, strict=True)
        instance.params = SimpleNamespace(**dict(pairs))
        return instance._forward_loss(*arrays)

    given = tuple(weights[key] for key in attributes)
    value = their_loss(given)
    theirs = dict(zip(attributes, autograd.grad(their_loss)(given), strict=True))
    for style in ("plain", "planned"):
        ours = gx.compile("oracle", inputs=inputs, targets=targets, loss=loss, style=style).load()
        ours.load_state_dict(weights)
        assert ours.loss(*arrays) == pytest.approx(float(value), rel=1e-13)
        gradients = ours.gradients(*arrays)
        assert sorted(gradients) == sorted(theirs)
        for key, mine in gradients.items():
            scale = max(1.0, np.abs(theirs[key]).max())
            np.testing.assert_allclose(mine, theirs[key], rtol=1e-9, atol=1e-13 * scale)
