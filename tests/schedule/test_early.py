"""Derivatives that the forward pass computes: where they go, what that saves, and that no bit changes."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim

ACTIVATIONS = {  # whether its derivative needs several forward values, all for itself
    "gelu": True,
    "gelu_tanh": True,
    "silu": True,
    "mish": True,
    "relu": False,
    "tanh": False,
    "sigmoid": False,
}


def network(activation, **options):
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 3))
    layers = [nn.Dense(64, activation), nn.Dense(64, activation), nn.Dense(3)]
    loss = losses.squared_error(nn.Sequential(layers, name="net")(x), y)
    optimizer = optim.SGD(0.1, momentum=0.9)
    return gx.compile(
        "net", inputs=[x], targets=[y], loss=loss, optimizer=optimizer, **options
    )  # fmt: skip


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(7, 6)).astype("float32"), rng.normal(size=(7, 3)).astype("float32")


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_is_learnt_is_the_same_to_the_last_bit(activation, style):
    states = []
    for disable in ((), ("early",)):
        m = network(activation, style=style, disable=disable).load(seed=3)
        losses_ = [float(m.train_step(*data())) for _ in range(3)]
        states.append((losses_, m.state_dict()))
    (first, a), (second, b) = states
    assert first == second
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_slope_is_computed_beside_its_activation_where_less_is_kept_then(activation):
    net = network(activation)
    early = net.source.split("# ---- forward")[1].split("# ---- backward")[0]
    assert ("_slope" in early) == ACTIVATIONS[activation]


@pytest.mark.parametrize("activation", [name for name, moves in ACTIVATIONS.items() if moves])
def test_the_arena_shrinks(activation):
    sizes = [
        network(activation, disable=disable).report(N=64).planned_bytes
        for disable in ((), ("early",))
    ]
    assert sizes[0] < 0.9 * sizes[1]


def test_values_that_the_loss_alone_needs_stay_in_the_backward_pass():
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N",), dtype="int64")
    loss = losses.softmax_cross_entropy(nn.Dense(4)(x), y)
    optimizer = optim.SGD(0.1)
    nets = [
        gx.compile("net", inputs=[x], targets=[y], loss=loss, optimizer=optimizer, disable=disable)
        for disable in ((), ("early",))
    ]
    assert nets[0].source == nets[1].source


def test_masks_stay_where_they_are_used():
    x = gx.input("x", ("N", 6))
    h = nn.Dropout(0.2)(nn.Dense(16, "relu")(x))
    net = gx.compile("net", inputs=[x], loss=gx.mean(nn.Dense(1)(h)), optimizer=optim.SGD(0.1))
    assert "_mask" in net.source.split("# ---- backward")[1] and "_slope" not in net.source
