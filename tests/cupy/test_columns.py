"""Column kernels: sums down all rows, statistics of images and the way back through them, in one pass
over what they are taken of."""

import re

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc import losses, nn, optim

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")


def run(function, arrays):
    with stand_in.as_cupy():
        return function(*arrays)


def launched(source, method="_function_body"):
    """The kernels that a method launches, in order; ``matmul`` and other functions of CuPy too."""
    body = re.split(r"\n    def ", source.split(f"    def {method}(self")[1])[0]
    names = re.findall(r"^ {8,12}(?:cp\.)?(\w+)\(", body, re.MULTILINE)
    return [name.replace("_matmul", "matmul") for name in names]


def batch_norm(x, gamma, beta):
    """S. Ioffe and C. Szegedy, 2015, section 3.2, for the channels of images."""
    axes = tuple(range(x.ndim - 1))
    centred = x - anp.mean(x, axes)
    return centred / anp.sqrt(anp.mean(centred**2, axes) + 1e-5) * gamma + beta


# Channels: of one lane, of a power of two and less, of a tile, of more, of several tiles.
SHAPES = [(2, 3, 3, 2), (3, 5, 4, 3), (2, 4, 6, 8), (2, 7, 32), (3, 2, 2, 33), (2, 2, 2, 2, 70)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_batch_norm_of_images_and_its_gradients_are_those_of_the_formula(shape, dtype):
    rng = np.random.default_rng(shape[-1])
    sizes = [shape, shape[-1:], shape[-1:], shape]
    arrays = [rng.normal(size=size).astype(dtype) for size in sizes]
    xs = [
        gx.input(n, ("N", *s[1:]) if len(s) > 1 else s, dtype)
        for n, s in zip("xgbw", sizes, strict=True)
    ]
    axes = tuple(range(len(shape) - 1))
    h = gx.relu(gx.standardize(xs[0], axes, 1e-5) * xs[1] + xs[2])
    f = gx.function(xs, [h, *gx.grad(gx.sum(h * xs[3]), xs[:3])], target="cupy")
    results = run(f, arrays)
    exact = [a.astype("float64") for a in arrays]

    def relu(*given):
        return anp.maximum(batch_norm(*given), 0)

    slopes = autograd.grad(lambda *given: anp.sum(relu(*given) * exact[3]), (0, 1, 2))(*exact[:3])
    scale = 2e-12 if dtype == "float64" else 2e-4
    for got, want in zip(results, [relu(*exact[:3]), *slopes], strict=True):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, want, rtol=scale, atol=scale * max(1, np.abs(want).max()))
    assert launched(f.source) == ["_x_mean_columns", "_d_b_columns", "_d_x"]


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_mean_far_from_zero_does_not_cancel_in_the_variance(dtype):
    rng = np.random.default_rng(0)
    far = {"float32": 300, "float16": 2}[dtype]  # what is stored of a mean has its digits
    x = (rng.normal(size=(9, 30, 31, 5)) + far * (1 + np.arange(5))).astype(dtype)
    v = gx.input("x", x.shape, dtype)
    (got,) = run(gx.function([v], [gx.standardize(v, (0, 1, 2), 1e-5)], target="cupy"), [x])
    exact = x.astype("float64")
    want = (exact - exact.mean((0, 1, 2))) / np.sqrt(exact.var((0, 1, 2)) + 1e-5)
    scale = {"float32": 2e-4, "float16": 5e-3}[dtype]
    np.testing.assert_allclose(got, want, rtol=scale, atol=scale)


OPERANDS = [(5, 1, 1, 3), (1, 4, 1, 3), (4, 2, 1), (5, 4, 2, 1), (3,), (5, 1, 2, 1), ()]


@pytest.mark.parametrize("shape", OPERANDS)
def test_sums_read_what_broadcasts_along_rows_and_columns(shape):
    rng = np.random.default_rng(len(shape))
    arrays = [rng.normal(size=s) for s in ((5, 4, 2, 3), shape)]
    x, a = (gx.input(n, v.shape, "float64") for n, v in zip("xa", arrays, strict=True))
    product = x * a
    for axes in ((0, 1, 2), (0, 1), (0,)):
        f = gx.function([x, a], [gx.sum(product, axes), gx.sum(product * x, axes)], target="cupy")
        value = arrays[0] * arrays[1]
        for got, want in zip(run(f, arrays), (value, value * arrays[0]), strict=True):
            np.testing.assert_allclose(got, want.sum(axes), rtol=1e-13, atol=1e-13)
        assert launched(f.source) == ["_out_columns"]


def test_many_blocks_find_the_same_sum_in_every_call():
    rng = np.random.default_rng(1)
    x = gx.input("x", ("N", 40, 50, 3))
    f = gx.function([x], [gx.sum(x * x, (0, 1, 2)), gx.sum(x, (0, 1, 2))], target="cupy")
    for size in (4, 1, 4):
        array = rng.normal(size=(size, 40, 50, 3)).astype("float32")
        first, again = run(f, [array]), run(f, [array])
        for a, b, power in zip(first, again, (2, 1), strict=True):
            np.testing.assert_array_equal(a, b)
            exact = (array.astype("float64") ** power).sum((0, 1, 2))
            np.testing.assert_allclose(a, exact, rtol=1e-5, atol=2e-3)


def test_draws_in_a_sum_are_those_of_the_elements():
    x = gx.input("x", ("N", 4, 5, 3), "float64")
    y = gx.dropout(x, 0.5)
    f = gx.function([x], [y * 1.0, gx.sum(y * 2.0, (0, 1, 2))], target="cupy")
    kept, total = run(f, [np.random.default_rng(2).normal(size=(6, 4, 5, 3))])
    assert 0.3 < (kept == 0).mean() < 0.7
    np.testing.assert_allclose(total, 2 * kept.sum((0, 1, 2)), rtol=1e-13)


def residual(target, name="residual"):
    x, y = gx.input("x", ("N", 6, 6, 2)), gx.input("y", ("N",), dtype="int64")

    def conv():
        return nn.Conv2D(4, 3, padding="same", use_bias=False)

    stem = gx.relu(nn.BatchNorm()(conv()(x)))
    inner = gx.relu(nn.BatchNorm()(conv()(stem)))
    block = gx.relu(nn.BatchNorm()(conv()(inner)) + stem)
    logits = nn.Dense(3)(nn.GlobalAvgPool()(block))
    return gx.compile(
        f"{name}_{target}",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.SGD(0.1),
        target=target,
    )


def test_a_residual_network_trains_as_with_numpy_and_its_steps_are_captured():
    rng = np.random.default_rng(3)
    here, there = residual("numpy").load(seed=0), stand_in.instance(residual("cupy"), seed=0)
    there.load_state_dict(here.state_dict())
    for size in (5, 5, 5, 3, 5):
        x, y = rng.normal(size=(size, 6, 6, 2)).astype("float32"), rng.integers(0, 3, size)
        np.testing.assert_allclose(float(there.train_step(x, y)), here.train_step(x, y), rtol=2e-4)
    for name, value in here.state_dict().items():
        np.testing.assert_allclose(there.state_dict()[name], value, rtol=5e-3, atol=5e-4)
    np.testing.assert_allclose(there.predict(x), here.predict(x), rtol=5e-3, atol=5e-3)


def test_batch_norm_of_images_is_four_launches_and_stores_nothing_standardised():
    source = residual("cupy").source
    names = launched(source, "_backward")
    assert names.count("matmul") == 3 + 3 + 2 + 3
    assert sum(name.endswith("_columns") and name != "_gathered_columns" for name in names) == (
        3 * 2 + 3 + 3  # sums; patches on the way there and back
    )
    assert "_hat" not in source[source.index("def _plan_train") :]


@pytest.mark.parametrize("axes", [(3,), (2, 3), (1, 2, 3), (0, 1, 2)])
def test_rows_of_what_is_standardised_are_those_of_the_formula(axes):
    rng = np.random.default_rng(6)
    array = rng.normal(size=(4, 3, 2, 5))
    x = gx.input("x", ("N", 3, 2, 5), "float64")
    first = gx.standardize(x, (0, 1, 2), 1e-5)
    f = gx.function([x], [first * 2.0, gx.standardize(first, axes, 1e-5)], target="cupy")

    def standard(a, axes):
        centred = a - a.mean(axes, keepdims=True)
        return centred / np.sqrt((centred**2).mean(axes, keepdims=True) + 1e-5)

    want = standard(array, (0, 1, 2))
    got = run(f, [array])
    np.testing.assert_allclose(got[0], 2 * want, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(got[1], standard(want, axes), rtol=1e-11, atol=1e-11)


# ---- gradients of biases ------------------------------------------------------------------


def test_the_gradient_of_a_bias_is_summed_up_where_it_is_computed():
    x, W = gx.input("x", ("N", 7), "float64"), gx.input("W", (7, 40), "float64")
    b, v = gx.input("b", (40,), "float64"), gx.input("v", ("N", 40), "float64")
    h = gx.relu(x @ W + b)
    f = gx.function([x, W, b, v], [h, *gx.grad(gx.sum(h * v), [x, W, b])], target="cupy")
    rng = np.random.default_rng(4)
    arrays = [rng.normal(size=s) for s in ((9, 7), (7, 40), (40,), (9, 40))]

    def formula(x, W, b):
        return anp.maximum(anp.dot(x, W) + b, 0)

    want = autograd.grad(lambda *given: anp.sum(formula(*given) * arrays[3]), (0, 1, 2))(
        *arrays[:3]
    )
    got = run(f, arrays)
    for mine, theirs in zip(got, [formula(*arrays[:3]), *want], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)
    assert launched(f.source) == ["matmul", "_d_b_columns", "matmul", "matmul"]
