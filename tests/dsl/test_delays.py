"""Tapped delay lines: against their formulas under HIPS autograd, and PyTorch's convolution."""

import numpy as np
import pytest

import graphc as gx
from graphc import nn
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir.graph import substituted

autograd = pytest.importorskip("autograd")
anp = pytest.importorskip("autograd.numpy")

UNITS, WIDTH, LENGTH, BATCH = 4, 3, 6, 2


def at(x, t):
    """An element, or zeros outside of the sequence."""
    return x[t] if 0 <= t < len(x) else 0.0 * x[0]


def memory(w, x, back, ahead, taps="a"):
    """Zhang et al. (2015), eqs. 1 to 4, tap by tap."""
    return [
        sum(w[taps][back + j] * at(x, t + j) for j in range(-back, ahead + 1))
        for t in range(len(x))
    ]


def fsmn(w, x, back, ahead):
    """Zhang et al. (2015), eq. 5."""
    seen = memory(w, x, back, ahead, "memory.a")
    return [
        anp.tanh(anp.dot(e, w["W"]) + anp.dot(m, w["V"]) + w["b"])
        for e, m in zip(x, seen, strict=True)
    ]


def time_delay(w, x, delays):
    return [
        anp.tanh(
            sum(anp.dot(at(x, t - d), m) for d, m in zip(delays, w["W"], strict=True)) + w["b"]
        )
        for t in range(len(x))
    ]


CASES = {
    "vector": (lambda w, x: memory(w, x, 2, 0), lambda **o: nn.MemoryBlock(2, **o)),
    "scalar": (lambda w, x: memory(w, x, 3, 0), lambda **o: nn.MemoryBlock(3, scalar=True, **o)),
    "both ways": (lambda w, x: memory(w, x, 1, 2), lambda **o: nn.MemoryBlock(1, 2, **o)),
    "scalar both ways": (
        lambda w, x: memory(w, x, 2, 1),
        lambda **o: nn.MemoryBlock(2, 1, scalar=True, **o),
    ),
    "longer than the sequence": (
        lambda w, x: memory(w, x, LENGTH + 1, 0),
        lambda **o: nn.MemoryBlock(LENGTH + 1, **o),
    ),
    "fsmn": (
        lambda w, x: fsmn(w, x, 2, 1),
        lambda **o: nn.FSMN(UNITS, 2, 1, activation="tanh", **o),
    ),
    "scalar fsmn": (
        lambda w, x: fsmn(w, x, 3, 0),
        lambda **o: nn.FSMN(UNITS, 3, scalar=True, activation="tanh", **o),
    ),
    "time delay": (
        lambda w, x: time_delay(w, x, (0, 1, 2)),
        lambda **o: nn.TimeDelay(UNITS, activation="tanh", **o),
    ),
    "delays with gaps": (
        lambda w, x: time_delay(w, x, (-2, 3)),
        lambda **o: nn.TimeDelay(UNITS, (-2, 3), activation="tanh", **o),
    ),
}


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("case", CASES)
def test_values_and_derivatives_of_both_orders_are_those_of_the_formula(case, style, axis):
    formula, make = CASES[case]
    x = gx.input("x", ("T", "N", WIDTH) if axis == 0 else ("N", "T", WIDTH), "float64")
    layer = make(axis=axis, name="layer")
    y = layer(x)
    first = gx.grad(gx.sum(gx.sin(y)), [x, *layer.parameters()])
    second = gx.grad(sum(gx.sum(g * g) for g in first), [x, *layer.parameters()])
    given = {p: gx.input(p.name.replace(".", "_"), p.shape, "float64") for p in layer.parameters()}
    f = gx.function([x, *given.values()], substituted([y, *first, *second], given), style=style)

    rng = np.random.default_rng(2)
    sequence = rng.normal(size=(LENGTH, BATCH, WIDTH))
    names = [p.name.removeprefix("layer.") for p in given]
    arrays = [rng.normal(size=p.shape) / 2 for p in given]
    turned = sequence if axis == 0 else sequence.transpose(1, 0, 2).copy()
    got = [
        a if axis == 0 or a.ndim < 3 or a.shape[:2] != (BATCH, LENGTH) else a.transpose(1, 0, 2)
        for a in f(turned, *arrays)
    ]

    def value(*args):
        return anp.stack(formula(dict(zip(names, args[1:], strict=True)), args[0]))

    args = (sequence, *arrays)
    every = tuple(range(len(args)))
    slopes = autograd.grad(lambda *a: anp.sum(anp.sin(value(*a))), every)
    curved = autograd.grad(lambda *a: sum(anp.sum(g * g) for g in slopes(*a)), every)
    for a, b in zip(got, [value(*args), *slopes(*args), *curved(*args)], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("lookahead", [0, 2])
def test_a_memory_is_the_grouped_convolution_of_torch(lookahead):
    torch = pytest.importorskip("torch")
    x = gx.input("x", ("T", "N", WIDTH), "float64")
    taps = np.random.default_rng(0).normal(size=(4 + lookahead, WIDTH))
    f = gx.function([x], [nn.MemoryBlock(3, lookahead, init=taps)(x)])
    sequence = np.random.default_rng(1).normal(size=(LENGTH, BATCH, WIDTH))
    padded = torch.nn.functional.pad(torch.tensor(sequence).permute(1, 2, 0), (3, lookahead))
    wanted = torch.nn.functional.conv1d(padded, torch.tensor(taps.T[:, None]), groups=WIDTH)
    np.testing.assert_allclose(f(sequence)[0], wanted.permute(2, 0, 1).numpy(), rtol=1e-12)


def test_the_parameters_are_those_that_the_layers_say():
    x = gx.input("x", ("T", "N", WIDTH))
    found = {}
    for name in ("vector", "scalar both ways", "fsmn", "delays with gaps"):
        layer = CASES[name][1](name="layer")
        layer(x)
        found[name] = {p.name.removeprefix("layer."): p.shape for p in layer.parameters()}
    w = (WIDTH, UNITS)
    assert found == {
        "vector": {"a": (3, WIDTH)},
        "scalar both ways": {"a": (4,)},
        "fsmn": {"memory.a": (4, WIDTH), "W": w, "V": w, "b": (UNITS,)},
        "delays with gaps": {"W": (2, WIDTH, UNITS), "b": (UNITS,)},
    }


def test_a_memory_learns_which_element_counts():
    """The target is the element three steps before: the tap of that delay becomes one."""
    x = gx.input("x", ("T", "N", 1), "float64")
    model = nn.MemoryBlock(5, scalar=True, init="zeros")
    y = gx.pad(x, ((3, 0), (0, 0), (0, 0)))[:-3]
    loss = gx.mean(gx.square(model(x) - y)).named("loss")
    m = gx.compile("echo", inputs=[x], loss=loss, optimizer=gx.optim.SGD(0.5)).load()
    data = np.random.default_rng(0).normal(size=(40, 8, 1))
    for _ in range(200):
        m.train_step(data)
    taps = next(iter(m.state_dict().values()))
    np.testing.assert_allclose(taps, [0, 0, 1, 0, 0, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda x: nn.MemoryBlock(-1), GraphError, "lookback is a whole number from 0 on, not -1"),
        (lambda x: nn.FSMN(3, 2, 0.5), GraphError, "lookahead is a whole number from 0 on"),
        (lambda x: nn.FSMN(0, 2), GraphError, "units is a whole number above 0"),
        (lambda x: nn.TimeDelay(3, ()), GraphError, r"whole numbers, each once, not \(\)"),
        (lambda x: nn.TimeDelay(3, (1, 1)), GraphError, "each once"),
        (lambda x: nn.TimeDelay(3, (0.5,)), GraphError, "whole numbers"),
        (lambda x: nn.TimeDelay(3, 2), GraphError, "whole numbers, each once, not 2"),
        (lambda x: nn.TimeDelay(3, axis=2), GraphError, "axis of time is 0 or 1, not 2"),
        (lambda x: nn.FSMN(3, 2)(x[0]), ShapeError, r"takes a sequence \(T, N, features\)"),
        (lambda x: nn.MemoryBlock(2, axis=1)(x[0]), ShapeError, r"sequence \(N, T, features\)"),
        (lambda x: nn.MemoryBlock(1, init=np.ones((3, 3)))(x), ShapeError, r"\(2, 3\)"),
        (lambda x: nn.FSMN(3, 2)(x.astype("int64")), TypeMismatchError, "floating numbers"),
    ],
)
def test_misuse_is_explained(make, error, text):
    with pytest.raises(error, match=text) as caught:
        make(gx.input("x", ("T", "N", WIDTH)))
    assert "test_delays.py" in str(caught.value)


@pytest.mark.parametrize("make", [lambda: nn.FSMN(3, 2), lambda: nn.TimeDelay(3)])
def test_a_layer_called_on_another_width_says_so(make):
    layer = make()
    layer(gx.input("x", ("T", "N", 2)))
    with pytest.raises(ShapeError, match="takes 2 features, not 5"):
        layer(gx.input("x", ("T", "N", 5)))
