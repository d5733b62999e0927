"""Whole networks against PyTorch in float64, from the same weights: outputs, losses, every gradient, and
50 steps of gradient descent."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim

torch = pytest.importorskip("torch")
F = torch.nn.functional

BATCH, FEATURES, CLASSES, WORDS = 8, 5, 3, 11
STEPS, RATE = 50, 0.05


def regression(model):
    x = gx.input("x", ("N", FEATURES), "float64")
    y = gx.input("y", ("N", CLASSES), "float64")
    return [x], [y], model(x), losses.squared_error


def classification(model):
    x = gx.input("x", ("N", FEATURES), "float64")
    y = gx.input("y", ("N",), "int64")
    return [x], [y], model(x), losses.softmax_cross_entropy


def mlp(activation, *sizes):
    layers = [nn.Dense(size, activation=activation, name=f"d{i}") for i, size in enumerate(sizes)]
    return nn.Sequential([*layers, nn.Dense(CLASSES, name="last")])


def dense(p, name, x):
    return x @ p[f"{name}.W"] + p[f"{name}.b"]


def their_mlp(activation, depth):
    def forward(p, x):
        for i in range(depth):
            x = activation(dense(p, f"d{i}", x))
        return dense(p, "last", x)

    return forward


class Residual(nn.Module):
    def __init__(self):
        self.first = nn.Dense(6, name="first")
        inner = nn.Sequential([nn.Dense(9, activation="relu", name="up"), nn.Dense(6, name="down")])
        self.block = nn.Residual(inner, name="block")
        self.last = nn.Dense(CLASSES, name="last")

    def forward(self, x):
        return self.last(self.block(gx.tanh(self.first(x))))


def their_residual(p, x):
    h = torch.tanh(dense(p, "first", x))
    inner = dense(p, "block.down", torch.relu(dense(p, "block.up", h)))
    return dense(p, "last", h + inner)


class Shared(nn.Module):
    """One layer applied three times, and its weight once more, transposed."""

    def __init__(self):
        self.same = nn.Dense(FEATURES, activation="tanh", name="same")
        self.last = nn.Dense(CLASSES, name="last")

    def forward(self, x):
        h = self.same(self.same(self.same(x)))
        return self.last(h @ self.same.W.T)


def their_shared(p, x):
    for _ in range(3):
        x = torch.tanh(dense(p, "same", x))
    return dense(p, "last", x @ p["same.W"].T)


class Norm(nn.Module):
    """Layer normalisation and a gate, written out."""

    def __init__(self):
        self.inner, self.gate = nn.Dense(6, name="inner"), nn.Dense(6, name="gate")
        self.scale = gx.parameter("scale", np.linspace(0.5, 1.5, 6))
        self.last = nn.Dense(CLASSES, name="last")

    def forward(self, x):
        h = self.inner(x)
        h = (h - gx.mean(h, -1, keepdims=True)) * gx.rsqrt(gx.var(h, -1, keepdims=True) + 1e-5)
        return self.last(h * self.scale * gx.sigmoid(self.gate(x)))


def their_norm(p, x):
    h = F.layer_norm(dense(p, "inner", x), (6,), p["scale"], eps=1e-5)
    return dense(p, "last", h * torch.sigmoid(dense(p, "gate", x)))


class Attention(nn.Module):
    def __init__(self):
        self.q, self.k, self.v = (nn.Dense(4, use_bias=False, name=n) for n in "qkv")
        self.last = nn.Dense(CLASSES, name="last")

    def forward(self, x):
        scores = self.q(x) @ self.k(x).T / 2.0
        return self.last(gx.softmax(scores) @ self.v(x))


def their_attention(p, x):
    q, k, v = (x @ p[f"{n}.W"] for n in "qkv")
    return dense(p, "last", F.scaled_dot_product_attention(q, k, v))


def embedding():
    words = gx.input("words", ("N", 3), "int64")
    y = gx.input("y", ("N",), "int64")
    table = gx.parameter("table", np.random.default_rng(3).normal(size=(WORDS, 4)))
    h = gx.mean(gx.take(table, words), axis=1)
    return [words], [y], mlp("tanh", 6)(h), losses.softmax_cross_entropy


def their_embedding(p, words):
    return their_mlp(torch.tanh, 1)(p, F.embedding(words, p["table"]).mean(1))


def binary(p, t, reduction="mean"):
    return losses.binary_cross_entropy_with_logits(p, gx.sigmoid(t), reduction)


def their_binary(p, t):
    return F.binary_cross_entropy_with_logits(p, torch.sigmoid(t))


def smoothed(z, y):
    return losses.softmax_cross_entropy(z, y, label_smoothing=0.1, class_weights=[1.0, 2.0, 0.5])


def their_smoothed(z, y):
    weights = torch.tensor([1.0, 2.0, 0.5], dtype=z.dtype)
    return F.cross_entropy(z, y, label_smoothing=0.1, weight=weights)


def with_loss(given, loss):
    return lambda: (*given()[:3], loss)


# name: (ours, their forward pass, their loss)
NETWORKS = {
    "tanh": (lambda: regression(mlp("tanh", 7, 6)), their_mlp(torch.tanh, 2), F.mse_loss),
    "relu": (lambda: classification(mlp("relu", 9, 7)), their_mlp(torch.relu, 2), F.cross_entropy),
    "softplus": (lambda: regression(mlp("softplus", 7)), their_mlp(F.softplus, 1), F.mse_loss),
    "gelu": (lambda: classification(mlp("gelu", 7)), their_mlp(F.gelu, 1), F.cross_entropy),
    "silu": (lambda: regression(mlp("silu", 7)), their_mlp(F.silu, 1), F.mse_loss),
    "selu": (lambda: regression(mlp("selu", 7)), their_mlp(F.selu, 1), F.mse_loss),
    "six layers": (
        lambda: classification(mlp("tanh", *[6] * 6)),
        their_mlp(torch.tanh, 6),
        F.cross_entropy,
    ),
    "residual": (lambda: classification(Residual()), their_residual, F.cross_entropy),
    "shared weights": (lambda: regression(Shared()), their_shared, F.mse_loss),
    "normalised and gated": (lambda: classification(Norm()), their_norm, F.cross_entropy),
    "attention": (lambda: classification(Attention()), their_attention, F.cross_entropy),
    "embedding": (embedding, their_embedding, F.cross_entropy),
    "binary": (
        with_loss(lambda: regression(mlp("tanh", 6)), binary),
        their_mlp(torch.tanh, 1),
        their_binary,
    ),
    "huber": (
        with_loss(lambda: regression(mlp("tanh", 6)), losses.huber),
        their_mlp(torch.tanh, 1),
        F.huber_loss,
    ),
    "smoothed and weighted classes": (
        with_loss(lambda: classification(mlp("tanh", 6)), smoothed),
        their_mlp(torch.tanh, 1),
        their_smoothed,
    ),
}


def draw(tensor, rng):
    shape = tuple(BATCH if not isinstance(size, int) else size for size in tensor.shape)
    if tensor.dtype == "int64":
        return rng.integers(0, WORDS if tensor.name == "words" else CLASSES, shape)
    return rng.normal(size=shape)


def close(mine, theirs, tolerance):
    theirs = theirs.numpy(force=True)
    scale = max(1.0, np.abs(theirs).max(initial=0.0))
    np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("name", NETWORKS)
def test_training_is_that_of_pytorch(name):
    build, forward, criterion = NETWORKS[name]
    inputs, targets, output, loss = build()
    rng = np.random.default_rng(len(name))
    net = gx.compile(
        "oracle",
        inputs=inputs,
        targets=targets,
        loss=loss(output, targets[0]),
        outputs={"out": output},
        optimizer=optim.SGD(RATE),
    )
    ours = net.load(seed=3)
    weights = {k: rng.normal(size=v.shape) * 0.6 for k, v in ours.state_dict().items()}
    ours.load_state_dict(weights)
    theirs = {k: torch.tensor(v, requires_grad=True) for k, v in weights.items()}
    sgd = torch.optim.SGD(theirs.values(), lr=RATE)
    for step in range(STEPS):
        x, y = draw(inputs[0], rng), draw(targets[0], rng)
        if step == 0:
            close(ours.predict(x)["out"], forward(theirs, torch.tensor(x)), 1e-13)
        value = criterion(forward(theirs, torch.tensor(x)), torch.tensor(y))
        sgd.zero_grad()
        value.backward()
        if step in (0, STEPS - 1):
            assert ours.loss(x, y) == pytest.approx(float(value), rel=1e-12)
            found = ours.gradients(x, y)
            assert set(found) == set(theirs)
            for key, gradient in found.items():
                close(gradient, theirs[key].grad, 1e-12)
        assert ours.train_step(x, y) == pytest.approx(float(value), rel=1e-12)
        sgd.step()
    for key, mine in ours.state_dict().items():
        close(mine, theirs[key], 1e-12)
        assert np.abs(mine - weights[key]).max() > 1e-6
