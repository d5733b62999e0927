"""Activations and the layers that learn them, against PyTorch's definitions and the papers'."""

import numpy as np
import pytest

import graphc as gx
from graphc import nn, optim
from graphc.dsl.activations import ACTIVATIONS, RELU_LIKE
from graphc.errors import GraphcError, GraphError, ShapeError

X = np.array(
    [-700.0, -20.0, -4.0, -3.0, -1.5, -1e-8, -0.0, 0.0, 1e-8, 0.5, 2.9, 3.0, 6.0, 7.0, 700.0]
)

# Value and derivative at 0, and at the other kinks, as the docstrings state them.
AT_KINKS = {
    "threshold": {0.0: (1, 0), -1.0: (0, 0)},
    "relu": {0.0: (0, 0)},
    "relu6": {0.0: (0, 0), 6.0: (6, 0)},
    "leaky_relu": {0.0: (0, 0.01)},
    "elu": {0.0: (0, 1)},
    "selu": {0.0: (0, 1.0507009873554805 * 1.6732632423543772)},
    "softsign": {0.0: (0, 1)},
    "hard_sigmoid": {-3.0: (0, 0), 3.0: (1, 0), 0.0: (0.5, 1 / 6)},
    "hard_swish": {-3.0: (0, 0), 3.0: (3, 1), 0.0: (0, 0.5)},
}

# The formulas as the sources print them, in NumPy.
FORMULAS = {
    "linear": lambda x: x,
    "threshold": lambda x: 1.0 * (x >= 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.where(x > 0, x, 0),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "log_sigmoid": lambda x: -np.log(1 + np.exp(-x)),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))),
}


def value_and_slope(function, array):
    x = gx.input("x", array.shape, array.dtype)
    y = function(x)
    outputs = [y]
    if y.dtype == x.dtype:
        outputs += gx.grad(gx.sum(y), [x], unconnected="zeros")
    return gx.function([x], outputs)(array)


@pytest.mark.parametrize("name", FORMULAS)
def test_activations_are_the_formulas_of_their_sources(name):
    array = np.linspace(-9, 9, 60)
    value, slope = value_and_slope(ACTIVATIONS[name], array)
    np.testing.assert_allclose(value, FORMULAS[name](array), rtol=1e-9, atol=1e-15)
    h = 1e-5
    central = (FORMULAS[name](array + h) - FORMULAS[name](array - h)) / (2 * h)
    np.testing.assert_allclose(slope, central, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", AT_KINKS)
def test_kinks_have_the_derivative_that_is_stated(name):
    points = np.array(list(AT_KINKS[name]))
    value, slope = value_and_slope(ACTIVATIONS[name], points)
    np.testing.assert_allclose(value, [v for v, _ in AT_KINKS[name].values()], rtol=1e-15)
    np.testing.assert_allclose(slope, [d for _, d in AT_KINKS[name].values()], rtol=1e-15)


TORCH = {
    "relu": "relu", "relu6": "relu6", "leaky_relu": "leaky_relu", "elu": "elu", "selu": "selu",
    "softplus": "softplus", "softsign": "softsign", "silu": "silu", "mish": "mish", "gelu": "gelu",
    "sigmoid": "sigmoid", "tanh": "tanh", "log_sigmoid": "logsigmoid", "swish": "silu",
    "hard_sigmoid": "hardsigmoid", "hard_swish": "hardswish", "logistic": "sigmoid",
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_values_and_derivatives_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    x = torch.tensor(X, requires_grad=True)
    y = getattr(torch.nn.functional, TORCH[name])(x)
    (want,) = torch.autograd.grad(y.sum(), x)
    value, slope = value_and_slope(ACTIVATIONS[name], X)
    rtol = 1e-7 if name == "hard_sigmoid" else 1e-12  # PyTorch has 1/6 in float32 there
    np.testing.assert_allclose(value, y.detach().numpy(), rtol=rtol, atol=1e-12)
    np.testing.assert_allclose(slope, want.numpy(), rtol=rtol, atol=1e-12)


def test_parameters_of_activations_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    cases = [
        (lambda x: gx.leaky_relu(x, slope=0.3), lambda x: functional.leaky_relu(x, 0.3)),
        (lambda x: gx.leaky_relu(x, slope=1.5), lambda x: functional.leaky_relu(x, 1.5)),
        (lambda x: gx.leaky_relu(x, slope=-0.5), lambda x: functional.leaky_relu(x, -0.5)),
        (lambda x: gx.elu(x, alpha=0.7), lambda x: functional.elu(x, 0.7)),
        (
            lambda x: gx.gelu(x, approximate="tanh"),
            lambda x: functional.gelu(x, approximate="tanh"),
        ),
    ]
    for ours, theirs in cases:
        x = torch.tensor(X, requires_grad=True)
        y = theirs(x)
        (want,) = torch.autograd.grad(y.sum(), x)
        value, slope = value_and_slope(ours, X)
        np.testing.assert_allclose(value, y.detach().numpy(), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(slope, want.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_works_on_any_axis(name, axis):
    array = np.random.default_rng(0).normal(size=(2, 3, 4))
    x = gx.input("x", array.shape, "float64")
    (got,) = gx.function([x], [getattr(gx, name)(x, axis=axis)])(array)
    want = np.exp(array) / np.exp(array).sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(got, np.log(want) if name == "log_softmax" else want, rtol=1e-13)


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_dense_layer_takes_every_name_and_trains(name, style):
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(16, 3)).astype("f4"), rng.normal(size=(16, 2)).astype("f4")
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 2))
    out = nn.Sequential([nn.Dense(4, activation=name), nn.Activation(name), nn.Dense(2)])(x)
    net = gx.compile("net", inputs=[x], targets=[y], loss=gx.mean((out - y) ** 2),
                     outputs=out, optimizer=optim.SGD(0.05), style=style)  # fmt: skip
    m = net.load(seed=0)
    losses = [float(m.train_step(inputs, targets)) for _ in range(30)]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_initialiser_fits_the_activation(name):
    special = {"selu": "lecun_normal", **dict.fromkeys(RELU_LIKE, "he_normal")}
    assert nn.Dense(3, activation=name).init == special.get(name, "glorot_uniform")
    if name in RELU_LIKE:
        assert nn.Dense(3, activation=ACTIVATIONS[name]).init == "he_normal"


def test_an_unknown_approximation_of_gelu_is_refused():
    with pytest.raises(GraphError, match="approximate is 'none' or 'tanh', not 'erf'"):
        gx.gelu(gx.input("x", (2,)), approximate="erf")


# ---- layers -----------------------------------------------------------------------------------


def gradients(layer, array):
    """The layer's result, and the gradients of half the sum of its squares by what it learns."""
    x = gx.input("x", ("N", *array.shape[1:]), array.dtype)
    y = layer(x)
    net = gx.compile("net", inputs=[x], targets=[], loss=gx.sum(y * y) / 2, outputs=y)
    m = net.load(seed=3)
    return m, m.predict(array), m.gradients(array)


@pytest.mark.parametrize("shared", [False, True])
def test_prelu_follows_equation_1_and_learns_its_slopes(shared):
    array = np.random.default_rng(2).normal(size=(5, 3)).astype("f4")
    m, y, found = gradients(nn.PReLU(shared=shared), array)
    np.testing.assert_allclose(y, np.where(array > 0, array, 0.25 * array), rtol=1e-6)
    by_slope = y * np.minimum(array, 0)
    want = by_slope.sum() if shared else by_slope.sum(0)
    np.testing.assert_allclose(found["prelu_1.slope"], want, rtol=1e-5)
    assert m.state_dict()["prelu_1.slope"].shape == (() if shared else (3,))


def test_prelu_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    array = np.random.default_rng(3).normal(size=(6, 4)).astype("f4")
    array[0] = 0
    theirs = torch.nn.PReLU(4, init=0.1)
    out = theirs(torch.tensor(array))
    (out**2 / 2).sum().backward()
    _, y, found = gradients(nn.PReLU(0.1), array)
    np.testing.assert_allclose(y, out.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(found["prelu_1.slope"], theirs.weight.grad.numpy(), rtol=1e-5)


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_maxout_is_the_largest_of_its_pieces(pieces):
    array = np.random.default_rng(4).normal(size=(7, 3)).astype("f4")
    m, y, found = gradients(nn.Maxout(4, pieces), array)
    W, b = m.state_dict()["maxout_1.W"], m.state_dict()["maxout_1.b"]
    assert W.shape == (3, 4 * pieces) and b.shape == (4 * pieces,)
    z = (array @ W + b).reshape(7, 4, pieces)
    np.testing.assert_allclose(y, z.max(-1), rtol=1e-5, atol=1e-6)
    winner = (z == z.max(-1, keepdims=True)) * y[..., None]
    d_z = winner.reshape(7, -1)
    np.testing.assert_allclose(found["maxout_1.W"], array.T @ d_z, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["maxout_1.b"], d_z.sum(0), rtol=1e-4, atol=1e-5)


def test_two_pieces_of_maxout_keep_the_second_moment():
    array = np.random.default_rng(5).normal(size=(400, 300)).astype("f4")
    _, y, _ = gradients(nn.Maxout(200), array)
    assert abs(np.mean(y**2) - 1) < 0.05


BAD = {
    "units": (lambda: nn.Maxout(0), GraphError, "units is a whole number above 0, not 0"),
    "pieces": (lambda: nn.Maxout(3, pieces=1.5), GraphError, "pieces is a whole number above 0"),
    "vector": (lambda: nn.PReLU()(gx.input("x", (3,))), ShapeError, "expects at least 2 axes"),
    "integers": (lambda: nn.Maxout(2)(gx.input("x", ("N", 3), "int64")), GraphcError, "expects floating"),
    "symbolic": (lambda: nn.PReLU()(gx.input("x", ("N", "F"))), ShapeError, "last size that is a number"),
    "initialiser": (lambda: nn.PReLU("no")(gx.input("x", ("N", 3))), GraphError, "no initialiser is called"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_layers_are_refused_by_name(case):
    build, kind, text = BAD[case]
    with pytest.raises(kind, match=text):
        build()


@pytest.mark.parametrize("layer", [nn.PReLU(), nn.Maxout(2)])
def test_another_width_is_refused(layer):
    layer(gx.input("x", ("N", 3)))
    with pytest.raises(ShapeError, match="takes 3 features, not 4"):
        layer(gx.input("x", ("N", 4)))
