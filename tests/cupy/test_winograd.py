"""Winograd's algorithm on a GPU: it computes convolutions and their gradients, is chosen where it moves and
multiplies less, and rounds as little as is stated."""

import re

import numpy as np
import pytest
import shim
import stand_in
from numpy.lib.stride_tricks import sliding_window_view

import graphc as gx
from graphc import losses, nn, optim
from graphc.ops.conv import winograd

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")


def patches(x, padding):
    """What each 3 x 3 window sees: (N, H, W, C, 3, 3)."""
    pairs = [(0, 0), *padding, (0, 0)]
    return sliding_window_view(np.pad(x, pairs), (3, 3), axis=(1, 2))


def formulas(x, w, v, padding):
    """The convolution, and the gradients of ``sum(conv(x, w) v)``, by their definitions."""
    seen = patches(x, padding)
    high, wide = x.shape[1:3]
    back = np.zeros((len(x), high + sum(padding[0]), wide + sum(padding[1]), x.shape[-1]), x.dtype)
    for a in range(3):
        for b in range(3):
            back[:, a : a + v.shape[1], b : b + v.shape[2]] += v @ w[a, b].T
    (top, _), (left, _) = padding
    inner = back[:, top : top + high, left : left + wide]
    result = np.einsum("nhwcij,ijco->nhwo", seen, w)
    return result, inner, np.einsum("nhwcij,nhwo->ijco", seen, v)


def convolved(sizes, dtype, m, padding, **options):
    """A function of image, filters and cotangent that computes all three."""
    x, w, v = (
        gx.input(n, ("N", *s[1:]) if n != "w" else s, dtype)
        for n, s in zip("xwv", sizes, strict=True)
    )
    y = gx.conv(x, w, padding=padding)
    outputs = [y, *gx.grad(gx.sum(y * v), [x, w])]
    return gx.function([x, w, v], outputs, target="cupy", **options)


def run(function, arrays):
    with stand_in.as_cupy():
        return function(*arrays)


# Whole tiles and others, no padding, more on one side, more than half a filter, thin images.
CASES = [
    ((2, 8, 8, 3), 4, ((1, 1), (1, 1))),
    ((3, 7, 9, 5), 2, ((1, 1), (1, 1))),
    ((1, 6, 11, 2), 3, ((0, 0), (0, 0))),
    ((2, 5, 4, 1), 1, ((0, 2), (1, 0))),
    ((2, 3, 3, 2), 2, ((2, 2), (2, 2))),
    ((9, 1, 2, 3), 2, ((1, 1), (1, 1))),
]


@pytest.mark.parametrize("m", [2, 4])
@pytest.mark.parametrize(("shape", "filters", "padding"), CASES)
def test_values_and_gradients_are_the_sums_of_the_definition(shape, filters, padding, m):
    rng = np.random.default_rng(shape[1])
    sizes = [n + sum(pair) - 2 for n, pair in zip(shape[1:3], padding, strict=True)]
    shapes = [shape, (3, 3, shape[-1], filters), (shape[0], *sizes, filters)]
    arrays = [rng.normal(size=s) for s in shapes]
    asked = {"conv": f"winograd_{m}", "conv.weight_gradient": f"winograd_{m}"}
    f = convolved(shapes, "float64", m, padding, algorithms=asked)
    for got, want in zip(run(f, arrays), formulas(*arrays, padding), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)
    calls = re.findall(r"^ +(_winograd_\w+?)(?:_\d)?\(", f.source, re.MULTILINE)
    assert sorted(calls) == sorted(
        f"_winograd_{name}"
        for name in ["inputs", "filters", "outputs", "inputs", "d_out", "weights"]
    )


@pytest.mark.parametrize("m", [2, 4])
def test_rounding_errors_in_float32_stay_below_the_bound_stated(m):
    bound, worst, padding = winograd.ERROR_BOUNDS[m, 3], 0.0, ((1, 1), (1, 1))
    for seed, channels in enumerate((1, 16, 48)):
        rng = np.random.default_rng(seed)
        shapes = [(2, 12, 12, channels), (3, 3, channels, 3), (2, 12, 12, 3)]
        x, w, v = (rng.normal(size=s) for s in shapes)
        x *= 10 ** rng.uniform(-3, 3, (1, 1, 1, channels))
        arrays = [a.astype("float32") for a in (x, w, v)]
        asked = {"conv": f"winograd_{m}", "conv.weight_gradient": f"winograd_{m}"}
        got = run(convolved(shapes, "float32", m, padding, algorithms=asked), arrays)
        double = [a.astype("float64") for a in arrays]
        exact, scale = formulas(*double, padding), formulas(*map(np.abs, double), padding)
        for k in (0, 2):
            error = np.abs(got[k] - exact[k]).max() / (2.0**-23 * scale[k].max())
            worst = max(worst, error)
    assert bound / 50 < worst < bound


# ---- choice -------------------------------------------------------------------------------


def network(channels, exact=False, algorithms=None, size=32, name="convolutions", precision=""):
    x, y = gx.input("x", ("N", size, size, channels)), gx.input("y", ("N",), dtype="int64")
    h = nn.Conv2D(channels, 3, padding="same", activation="relu", name="first")(x)
    h = nn.Conv2D(channels, 3, padding="same", name="second")(h)
    logits = nn.Dense(4)(nn.GlobalAvgPool()(h))
    return gx.compile(
        name,
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.SGD(0.1),
        exact=exact,
        precision=precision,
        algorithms=algorithms or {},
        target="cupy",
    )


def chosen(net):
    return {name: how.partition(":")[0] for name, how in net.report().algorithms.items()}


def test_many_channels_are_transformed_and_few_are_copied():
    assert chosen(network(64)) == {
        "first": "winograd_4",
        "first.weight_gradient": "winograd_4",
        "second": "winograd_4",
        "second.input_gradient": "flipped",
        "second.weight_gradient": "winograd_4",
    }
    assert set(chosen(network(2, size=8)).values()) == {"columns"}


def test_exact_leaves_it_out_and_so_does_asking_for_another():
    assert set(chosen(network(64, exact=True)).values()) == {"columns"}
    found = chosen(network(64, algorithms={"first": "columns", "second": "winograd_2"}))
    assert found["first"] == "columns" and found["second"] == "winograd_2"


def test_half_precision_leaves_it_out_and_keeps_float32_where_it_is_asked_for():
    half = network(64, precision="float16")
    assert set(chosen(half).values()) == {"columns"}
    source = network(64, precision="float16", algorithms={"second": "winograd_2"}).source
    (kernel,) = re.findall(r"^_winograd_inputs\w* = .*?^\)", source, re.MULTILINE | re.DOTALL)
    assert "raw float32 image" in kernel and "raw float32 tile_inputs" in kernel


def test_a_network_with_it_trains_as_with_sums_in_order():
    asked = {
        "first": "winograd_4",
        "first.weight_gradient": "winograd_2",
        "second": "winograd_2",
        "second.input_gradient": "flipped",
        "second.weight_gradient": "winograd_4",
    }
    one = stand_in.instance(network(3, algorithms=asked, size=10))
    other = stand_in.instance(network(3, exact=True, size=10))
    rng = np.random.default_rng(5)
    for size in (4, 4, 4, 2):
        x = rng.normal(size=(size, 10, 10, 3)).astype("float32")
        y = rng.integers(0, 4, size)
        np.testing.assert_allclose(
            float(one.train_step(x, y)), float(other.train_step(x, y)), rtol=1e-5
        )
    for name, value in one.state_dict().items():
        np.testing.assert_allclose(value, other.state_dict()[name], rtol=1e-3, atol=1e-5)
