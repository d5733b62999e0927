"""Each way to compute a convolution, on every class of sizes, against sums written out in NumPy."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.ir.node import make
from graphc.ops.base import REGISTRY
from graphc.ops.conv import winograd, winograd_columns
from graphc.ops.conv.algorithms import ALGORITHMS, geometry
from graphc.ops.conv.fourier import ERROR_BOUND
from graphc.ops.conv.geometry import make_window

sys.path.insert(0, str(Path(__file__).parents[1] / "proof"))

from allocations import counted
from proof_tools import phase

# image, weights, strides, padding, dilation, groups
CLASSES = {
    "3x3, same": ((3, 8, 8, 5), (3, 3, 5, 6), 1, 1, 1, 1),
    "3x3, sizes that tiles do not divide": ((2, 7, 9, 3), (3, 3, 3, 4), 1, 1, 1, 1),
    "3x3, valid": ((2, 6, 11, 2), (3, 3, 2, 3), 1, 0, 1, 1),
    "3x3, one side padded": ((2, 6, 7, 2), (3, 3, 2, 3), 1, ((2, 0), (0, 1)), 1, 1),
    "3x2, uneven padding": ((5, 9, 7, 3), (3, 2, 3, 4), 1, ((0, 2), (1, 0)), 1, 1),
    "whole tiles, no padding": ((3, 10, 5, 2), (3, 3, 2, 3), 1, 0, 1, 1),
    "5x5, one channel": ((4, 12, 12, 1), (5, 5, 1, 6), 1, 2, 1, 1),
    "5x5": ((2, 9, 10, 4), (5, 5, 4, 3), 1, 2, 1, 1),
    "kernel larger than the image": ((2, 4, 6, 2), (7, 9, 2, 3), 1, ((3, 3), (4, 4)), 1, 1),
    "strides": ((2, 9, 13, 3), (3, 3, 3, 4), 2, 1, 1, 1),
    "strides and dilation": ((2, 12, 14, 2), (3, 2, 2, 4), (2, 3), (1, 2), (2, 3), 1),
    "padding beyond the kernel": ((2, 4, 6, 2), (2, 2, 2, 3), 1, 3, 1, 1),
    "groups": ((2, 6, 8, 4), (3, 3, 2, 6), 1, 1, 1, 2),
    "depthwise": ((2, 6, 8, 3), (3, 3, 1, 6), 2, 1, 1, 3),
    "kernel of one": ((2, 5, 6, 3), (1, 1, 3, 4), 1, 0, 1, 1),
    "kernel of one, strides": ((2, 5, 6, 3), (1, 1, 3, 4), 2, 0, 1, 1),
    "one axis": ((3, 12, 2), (3, 2, 4), 1, 1, 1, 1),
    "one axis, strides and dilation": ((3, 13, 2), (3, 2, 4), 2, 1, 2, 1),
    "three axes": ((2, 4, 5, 6, 2), (2, 3, 3, 2, 3), (1, 2, 1), 1, 1, 1),
}


def sums(x, w, window, groups):
    """For each output, its patch times each filter, as the definition says."""
    padded = np.pad(x, ((0, 0), *window.padding, (0, 0)))
    outputs = window.output_sizes(x.shape[1:-1])
    inner, each = w.shape[-2], w.shape[-1] // groups
    y = np.empty((len(x), *outputs, w.shape[-1]), x.dtype)
    for place in np.ndindex(*outputs):
        where = [
            slice(i * s, i * s + (k - 1) * d + 1, d)
            for i, s, k, d in zip(
                place, window.strides, window.kernel, window.dilation, strict=True
            )
        ]
        patch = padded[(slice(None), *where)]
        for k in range(groups):
            part = patch[..., k * inner : (k + 1) * inner].reshape(len(x), -1)
            filters = slice(k * each, (k + 1) * each)
            y[(slice(None), *place, filters)] = part @ w[..., filters].reshape(-1, each)
    return y


def gradient(function, shape, cotangent):
    """The transpose of a linear function, column by column."""
    result = np.empty(int(np.prod(shape)))
    for i in range(len(result)):
        unit = np.zeros(len(result))
        unit[i] = 1
        result[i] = np.vdot(function(unit.reshape(shape)), cotangent)
    return result.reshape(shape)


def case(name):
    """Operands, attributes and the value, for each of the three ops."""
    image, weights, strides, padding, dilation, groups = CLASSES[name]
    rng = np.random.default_rng(7)
    x, w = rng.normal(size=image), rng.normal(size=weights)
    window = make_window(weights[:-2], image[1:-1], strides, padding, dilation)
    y = sums(x, w, window, groups)
    g = rng.normal(size=y.shape)
    attrs = {**window.attrs, "groups": groups}
    back = gradient(lambda a: sums(a, w, window, groups), image, g)
    by_w = gradient(lambda a: sums(x, a, window, groups), weights, g)
    return {
        "conv": ((x, w), attrs, y),
        "conv_input_gradient": ((g, w), {**attrs, "sizes": image[1:-1]}, back),
        "conv_weight_gradient": ((x, g), {**attrs, "kernel": weights[:-2]}, by_w),
    }


def applied(algorithm, arrays, attrs, symbolic=False):
    """A node that names an algorithm, and its inputs; images may be any number."""
    images = (True, algorithm.op == "conv_weight_gradient")
    inputs = [
        gx.input(f"x{k}", ("N", *a.shape[1:]) if symbolic and of_images else a.shape, a.dtype)
        for k, (a, of_images) in enumerate(zip(arrays, images, strict=True))
    ]
    return make(REGISTRY[algorithm.op], inputs, {**attrs, "algorithm": algorithm.name}), inputs


COLUMNS = {"winograd_2x1", "winograd_4x1"}
WINOGRAD = {"winograd_2", "winograd_4"} | COLUMNS
FIT = {  # for the forward convolution
    "3x3, same": {"im2col", "toeplitz", "fft"} | WINOGRAD,
    "5x5, one channel": {"im2col", "toeplitz", "fft"} | WINOGRAD,
    "3x2, uneven padding": {"im2col", "toeplitz", "fft"} | COLUMNS,
    "whole tiles, no padding": {"im2col", "toeplitz", "fft"} | WINOGRAD,
    "kernel larger than the image": {"im2col", "toeplitz", "fft"},
    "strides and dilation": {"im2col", "toeplitz", "fft"},
    "groups": {"im2col"},
    "depthwise": {"im2col", "shifts"},
    "kernel of one": {"im2col", "matmul", "toeplitz", "fft"},
    "one axis": {"im2col", "toeplitz", "fft"} | COLUMNS,
    "three axes": {"im2col", "toeplitz", "fft"},
}


@pytest.mark.parametrize("name", CLASSES)
def test_every_algorithm_that_fits_gives_the_sums(name):
    for op, (arrays, attrs, want) in case(name).items():
        tried = set()
        for algorithm, symbolic in itertools.product(ALGORITHMS[op], (False, True)):
            node, inputs = applied(algorithm, arrays, attrs, symbolic)
            if not algorithm.applies(node):
                continue
            tried.add(algorithm.name)
            function = gx.function(inputs, [node.outputs[0]])
            for _ in range(2):
                np.testing.assert_allclose(function(*arrays)[0], want, rtol=1e-10, atol=1e-10)
        if op == "conv":
            assert tried == FIT.get(name, tried)


@pytest.mark.parametrize("name", CLASSES)
def test_every_algorithm_computes_in_planned_memory(name):
    for op, (arrays, attrs, _) in case(name).items():
        for algorithm in ALGORITHMS[op]:
            node, inputs = applied(algorithm, arrays, attrs)
            if not algorithm.applies(node) or algorithm.name == "flipped":
                continue
            function = gx.function(inputs, [node.outputs[0]])
            function(*arrays)
            run = phase(function, arrays)
            with counted() as allocated:
                run()
            assert [size for size in allocated.sizes if size > 8] == [], (op, algorithm.name)


FLOAT32 = 2.0**-23


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("name", ["winograd_2", "winograd_4", "winograd_2x1", "winograd_4x1"])
@pytest.mark.parametrize("op", ["conv", "conv_weight_gradient"])
def test_errors_of_winograd_in_float32_stay_below_the_bound_stated(op, name, kernel):
    algorithm = next(a for a in ALGORITHMS[op] if a.name == name)
    bounds = winograd_columns.ERROR_BOUNDS if name.endswith("x1") else winograd.ERROR_BOUNDS
    bound = bounds[algorithm.outputs, kernel]
    worst, ordinary = 0.0, 0.0
    for seed, channels in itertools.product(range(4), (1, 16, 64)):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(2, 12, 12, channels)) * 10 ** rng.uniform(-3, 3, (1, 1, 1, channels))
        w = rng.normal(size=(kernel, kernel, channels, 3))
        window = make_window((kernel, kernel), (12, 12), 1, kernel // 2, 1)
        if op == "conv":
            arrays, attrs = (x, w), {**window.attrs, "groups": 1}
        else:
            arrays = (x, rng.normal(size=(2, 12, 12, 3)))
            attrs = {**window.attrs, "groups": 1, "kernel": (kernel, kernel)}
        arrays = tuple(a.astype("float32") for a in arrays)
        double = tuple(a.astype("float64") for a in arrays)
        (want,) = REGISTRY[op].reference(double, attrs)
        (scale,) = REGISTRY[op].reference(tuple(map(np.abs, double)), attrs)
        errors = []
        for a in (algorithm, ALGORITHMS[op][0]):
            node, inputs = applied(a, arrays, attrs)
            (got,) = gx.function(inputs, [node.outputs[0]])(*arrays)
            errors.append(np.abs(got - want).max() / (FLOAT32 * scale.max()))
        worst, ordinary = max(worst, errors[0]), max(ordinary, errors[1])
    assert worst < bound
    assert worst > bound / 50  # a bound that says something
    assert ordinary < 10


@pytest.mark.parametrize("op", ["conv", "conv_weight_gradient"])
def test_errors_of_fourier_transforms_stay_below_the_bound_stated(op):
    algorithm = next(a for a in ALGORITHMS[op] if a.name == "fft")
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x = (rng.normal(size=(2, 20, 20, 4)) + 3 * (seed % 2)).astype("float32")
        if op == "conv":
            other, extra = rng.normal(size=(9, 9, 4, 3)).astype("float32"), {}
        else:
            other, extra = rng.normal(size=(2, 20, 20, 3)).astype("float32"), {"kernel": (9, 9)}
        window = make_window((9, 9), (20, 20), 1, 4, 1)
        attrs = {**window.attrs, "groups": 1, **extra}
        double = x.astype("float64"), other.astype("float64")
        (want,) = REGISTRY[op].reference(double, attrs)
        node, inputs = applied(algorithm, (x, other), attrs)
        (got,) = gx.function(inputs, [node.outputs[0]])(x, other)
        length = np.prod(algorithm.lengths(geometry(node)))
        norms = np.linalg.norm(double[0]) * np.linalg.norm(double[1])
        error = np.abs(got - want).max() / (FLOAT32 * np.log2(length) * norms)
        assert error < ERROR_BOUND


def network(algorithm="", **options):
    x, y = gx.input("x", ("N", 16, 16, 8)), gx.input("y", ("N",), dtype="int64")
    model = nn.Sequential(
        [
            nn.Conv2D(32, 3, padding="same", activation="relu", algorithm=algorithm),
            nn.Conv2D(32, 3, padding="same", activation="relu"),
            nn.Conv2D(32, 3, padding="same", activation="relu"),
            nn.GlobalAvgPool(),
            nn.Dense(4),
        ],
        name="net",
    )
    loss = losses.softmax_cross_entropy(model(x), y)
    return gx.compile(
        "net", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1), **options
    )


def chosen(net):
    return {name: how.split(":")[0] for name, how in net.report(N=32).algorithms.items()}


def test_a_layer_or_the_compiler_can_be_told_the_algorithm():
    assert chosen(network("winograd_2"))["conv_1"] == "winograd_2"
    asked = {"conv_1": "fft", "conv_2.weight_gradient": "toeplitz", "conv_3": "winograd_4"}
    asked["conv_2.input_gradient"] = "col2im"
    net = network(algorithms=asked)
    assert {name: chosen(net)[name] for name in asked} == asked
    for helper in ("_conv_fft(", "_conv_weight_toeplitz(", "_conv_winograd(", "_conv_col2im("):
        assert net.source.count(helper) >= 2


def test_networks_learn_the_same_by_every_algorithm():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 16, 16, 8)).astype("float32"), rng.integers(0, 4, 6)
    steps = {}
    for name in ("im2col", "toeplitz", "winograd_2", "winograd_4", "winograd_4x1", "fft"):
        parts = ("", ".weight_gradient")
        asked = {f"conv_{i}{part}": name for i in (1, 2, 3) for part in parts}
        m = network(algorithms=asked).load(seed=0)
        steps[name] = [float(m.train_step(x, y)) for _ in range(5)]
    for name, losses_ in steps.items():
        np.testing.assert_allclose(losses_, steps["im2col"], rtol=2e-5, err_msg=name)


def test_exact_leaves_out_what_rounds_more_than_sums():
    for asked in ({}, {"conv_1": "im2col"}):
        names = set(chosen(network(algorithms=asked, exact=True)).values())
        assert not {n for n in names if n.startswith(("winograd", "fft"))}
    source = network(exact=True).source
    assert "_winograd" not in source and "_fft" not in source


BAD = {
    "no such algorithm": ({"conv_1": "magic"}, "can't be computed by 'magic'; there are im2col"),
    "no such layer": ({"conv_9": "im2col"}, "there is no convolution 'conv_9'; there are"),
    "does not fit": ({"conv_1": "shifts"}, "'shifts' does not fit the sizes of 'conv_1' at"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_is_refused(name):
    asked, message = BAD[name]
    with pytest.raises(gx.GraphError, match=message):
        network(algorithms=asked)


def test_a_layer_refuses_an_unknown_algorithm_where_it_is_declared():
    with pytest.raises(gx.GraphError, match="there is no algorithm 'magic' for conv; there are"):
        nn.Conv2D(3, 3, algorithm="magic")
