"""Differentiation at its edges: kinks and ties, gradients stopped and replaced, extremes, traps, moves
of data, and arrays as they come; against stated conventions, closed forms and autograd."""

import numpy as np
import pytest
from proof_tools import anp, autograd, differences, with_gaps

import graphc as gx

rng = np.random.default_rng(29)
X = rng.uniform(0.3, 2.0, 5)
M = rng.normal(size=(3, 4))
V = rng.normal(size=(3, 4))


def double(name, *shape):
    return gx.input(name, shape, "float64")


def run(tensors, given, style="planned"):
    return gx.function(list(given), list(tensors), style=style)(*given.values())


# ---- ties and kinks -------------------------------------------------------------------------

TIES = np.array([[2.0, 2.0, 1.0], [0.0, -0.0, 0.0], [3.0, 1.0, 2.0]])


@pytest.mark.parametrize(
    ("function", "at", "slopes"),
    [
        (gx.relu, [-1.0, 0.0, -0.0, 1.0], [0, 0, 0, 1]),
        (gx.abs, [-1.0, 0.0, -0.0, 1.0], [-1, 0, 0, 1]),
        (lambda x: gx.maximum(x, 0.0), [-1.0, 0.0, 1.0], [0, 0.5, 1]),
        (lambda x: gx.minimum(x, 0.0), [-1.0, 0.0, 1.0], [1, 0.5, 0]),
        (lambda x: gx.maximum(x, x), [1.0], [1]),
        (lambda x: gx.maximum(x, 2 * x), [0.0], [1.5]),
        (lambda x: gx.clip(x, -1.0, 1.0), [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 1, 1, 1, 0]),
        (lambda x: gx.where(x > 0, x, 0.1 * x), [-1.0, 0.0, 1.0], [0.1, 0.1, 1]),
        (gx.sign, [-1.0, 0.0, 1.0], [0, 0, 0]),
        (lambda x: gx.abs(x) * gx.abs(x), [-2.0, 0.0, 2.0], [-4, 0, 4]),
    ],
)
def test_slopes_at_kinks_are_those_of_the_conventions(function, at, slopes):
    x = double("x", len(at))
    found = run(gx.grad(gx.sum(function(x)), [x], unconnected="zeros"), {x: np.array(at)})
    np.testing.assert_array_equal(found[0], slopes)


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_ties_share_the_cotangent(style):
    x = double("x", 3, 3)
    shares = np.array([[0.5, 0.5, 0], [1 / 3] * 3, [1, 0, 0]])
    (d_max,) = gx.grad(gx.sum(gx.max(x, axis=1)), [x])
    (d_min,) = gx.grad(gx.sum(gx.min(-x, axis=1)), [x])
    (d_all,) = gx.grad(gx.max(x), [x])
    found = run([d_max, d_min, d_all], {x: TIES}, style)
    np.testing.assert_array_equal(found[0], shares)
    np.testing.assert_array_equal(found[1], -shares)
    np.testing.assert_array_equal(found[2], TIES == 3)


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (gx.relu, np.array([0.0, 0, 1, 1])),
        (gx.abs, np.array([-1.0, 0, 1, 1])),
        (lambda x: gx.clip(x, -1.0, 1.0), np.array([0.0, 1, 1, 0])),
        (lambda x: gx.maximum(x, 0.5), np.array([0.0, 0, 0.5, 1])),
    ],
)
def test_second_derivatives_of_piecewise_linear_functions_have_no_curvature_of_their_own(
    function, slope
):
    x = double("x", 4)
    at = np.array([-2.0, 0.0, 0.5, 2.0])
    y = function(x)
    (first,) = gx.grad(gx.sum(y * y), [x])
    (second,) = gx.grad(gx.sum(first), [x])
    found, curvature = run([first, second], {x: at})
    value = {gx.relu: np.maximum(at, 0), gx.abs: abs(at)}.get(function)
    if value is not None:
        np.testing.assert_array_equal(found, 2 * value * slope)
    np.testing.assert_array_equal(curvature, 2 * slope**2)


# ---- gradients stopped and replaced ---------------------------------------------------------


def test_stop_gradient_in_first_and_second_order():
    x = double("x", 5)
    (first,) = gx.grad(gx.sum(x * gx.stop_gradient(x * x)), [x])
    (second,) = gx.grad(gx.sum(first * x), [x])
    slope, curvature = run([first, second], {x: X})
    np.testing.assert_allclose(slope, X**2, rtol=1e-14)
    np.testing.assert_allclose(curvature, X**2, rtol=1e-14)


def test_a_stopped_gradient_of_a_gradient_is_constant():
    x = double("x", 5)
    (first,) = gx.grad(gx.sum(x * x * x), [x])
    (d,) = gx.grad(gx.sum(gx.stop_gradient(first) * x), [x])
    np.testing.assert_allclose(run([d], {x: X})[0], 3 * X**2, rtol=1e-14)


def test_custom_gradients_in_first_and_second_order():
    @gx.custom_gradient
    def clipped_log(x):
        return gx.log(x), lambda ct: ct * gx.minimum(1 / x, 1.0)

    x = double("x", 4)
    at = np.array([0.25, 0.5, 2.0, 4.0])
    (first,) = gx.grad(gx.sum(clipped_log(x * x)), [x])
    (second,) = gx.grad(gx.sum(first), [x])
    value, slope, curvature = run([clipped_log(x * x), first, second], {x: at})
    np.testing.assert_allclose(value, 2 * np.log(at), rtol=1e-14)
    np.testing.assert_allclose(slope, 2 * at * np.minimum(1 / at**2, 1), rtol=1e-14)
    np.testing.assert_allclose(curvature, np.where(at > 1, -2 / at**2, 2), rtol=1e-14)


def test_custom_gradients_of_several_arguments_some_without():
    @gx.custom_gradient
    def scaled(x, y, k):
        return x * y, lambda ct: (ct * 10.0, None, ct * 0.0)

    x, y, k = double("x", 3), double("y", 3), double("k", 3)
    d_x, d_y, d_k = gx.grad(gx.sum(scaled(x, y, k) + y), [x, y, k])
    found = run([d_x, d_y, d_k], {x: X[:3], y: X[:3], k: X[:3]})
    np.testing.assert_array_equal(found, [[10.0] * 3, [1.0] * 3, [0.0] * 3])


def test_products_go_through_custom_gradients():
    @gx.custom_gradient
    def identity(x):
        return x * 1.0, lambda ct: ct * 3.0

    x, u = double("x", 5), double("u", 5)
    tensors = [
        *gx.jvp([identity(x)], [x], [u]),
        gx.jacobian(identity(x), x),
        *gx.hvp(gx.sum(identity(x) * x), [x], [u]),
    ]
    along, jacobian, product = run(tensors, {x: X, u: X + 1})
    np.testing.assert_allclose(along, 3 * (X + 1))
    np.testing.assert_allclose(jacobian, 3 * np.eye(5))
    np.testing.assert_allclose(product, 6 * (X + 1))


# ---- extremes -------------------------------------------------------------------------------

FAR = np.array([[1e4, -1e4, 0.0], [800.0, 799.0, -800.0], [-1e4, -1e4, -1e4]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_logarithm_of_a_softmax_at_extremes(dtype):
    x = gx.input("x", (3, 3), dtype)
    y = gx.log(gx.softmax(x))
    (first,) = gx.grad(gx.sum(y[:, 0]), [x])
    (second,) = gx.grad(gx.sum(first * first), [x])
    value, slope, curvature = run([y, first, second], {x: FAR.astype(dtype)})
    centred = FAR - FAR.max(1, keepdims=True)
    total = np.exp(centred).sum(1, keepdims=True)
    rounding = 3e-7 if dtype == "float32" else 1e-15
    np.testing.assert_allclose(value, centred - np.log(total), rtol=rounding, atol=rounding)
    np.testing.assert_allclose(slope, np.eye(3)[0] - np.exp(centred) / total, atol=rounding)
    assert np.isfinite(curvature).all()


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda x: gx.log(gx.sigmoid(x)), lambda x: 1 / (1 + np.exp(x))),
        (lambda x: gx.log(1 + gx.exp(x)), lambda x: 1 / (1 + np.exp(-x))),
        (lambda x: gx.log(gx.exp(x)), np.ones_like),
        (gx.softplus, lambda x: 1 / (1 + np.exp(-x))),
        (gx.sigmoid, lambda x: np.exp(-abs(x)) / (1 + np.exp(-abs(x))) ** 2),
        (gx.tanh, lambda x: 4 * np.exp(-2 * abs(x)) / (1 + np.exp(-2 * abs(x))) ** 2),
        (lambda x: gx.logsumexp(gx.stack([x, -x]), 0), np.tanh),
    ],
)
def test_slopes_far_out_are_finite_and_right(function, slope):
    x = double("x", 7)
    at = np.array([-1e4, -700.0, -1.0, 0.0, 1.0, 700.0, 1e4])
    y = function(x)
    (first,) = gx.grad(gx.sum(y), [x])
    (second,) = gx.grad(gx.sum(first), [x], unconnected="zeros")
    found, curvature = run([first, second], {x: at})
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(found, slope(at), rtol=1e-12, atol=1e-15)
    assert np.isfinite(curvature).all()


TRAPS = {
    "log": (lambda x: gx.log(x), lambda x: 1 / x, lambda x: -1 / x**2),
    "sqrt": (lambda x: gx.sqrt(x), lambda x: 0.5 / np.sqrt(x), lambda x: -0.25 * x**-1.5),
    "inverse": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
    "power": (lambda x: x**-1.5, lambda x: -1.5 * x**-2.5, lambda x: 3.75 * x**-3.5),
}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("name", TRAPS)
def test_the_branch_not_taken_reaches_no_derivative_of_any_order(name, swapped):
    function, slope, curvature = TRAPS[name]
    x = double("x", 3)
    y = gx.where(x <= 0, 0.0, function(x)) if swapped else gx.where(x > 0, function(x), 0.0)
    (first,) = gx.grad(gx.sum(y), [x])
    (second,) = gx.grad(gx.sum(first), [x])
    with np.errstate(all="ignore"):
        found = run([first, second], {x: np.array([0.0, 0.5, 2.0])})
    at = np.array([0.5, 2.0])
    np.testing.assert_allclose(found[0], [0, *slope(at)], rtol=1e-12)
    np.testing.assert_allclose(found[1], [0, *curvature(at)], rtol=1e-12)


# ---- indexing, joining, cutting -------------------------------------------------------------

INDEX = np.array([2, 0, 2, 1])
MOVES = {
    "take": (lambda x: gx.take(x, INDEX, axis=0), lambda x: x[INDEX]),
    "take columns": (lambda x: gx.take(x, INDEX, axis=1), lambda x: x[:, INDEX]),
    "gather": (
        lambda x: gx.gather(x, np.array([[1, 1, 3, 0]] * 3), axis=1),
        lambda x: x[:, np.array([1, 1, 3, 0])],
    ),
    "pick": (
        lambda x: gx.pick(x, np.array([3, 0, 3])),
        lambda x: x[np.arange(3), np.array([3, 0, 3])],
    ),
    "concat": (
        lambda x: gx.concat([x, 2 * x, x[:, :1]], axis=1),
        lambda x: anp.concatenate([x, 2 * x, x[:, :1]], axis=1),
    ),
    "stack": (lambda x: gx.stack([x, x * x], axis=1), lambda x: anp.stack([x, x * x], axis=1)),
    "split": (lambda x: gx.split(x, 2, axis=1)[1] * 3.0, lambda x: x[:, 2:] * 3.0),
    "pad": (
        lambda x: gx.pad(x, ((1, 0), (2, 1))),
        lambda x: anp.pad(x, ((1, 0), (2, 1)), mode="constant"),
    ),
    "steps": (lambda x: x[::-2, 1::2], lambda x: x[::-2, 1::2]),
    "one element": (lambda x: x[1, 2], lambda x: x[1, 2]),
    "flip": (lambda x: gx.flip(x, 1), lambda x: x[:, ::-1]),
    "tile": (lambda x: gx.tile(x, (2, 1)), lambda x: anp.tile(x, (2, 1))),
    "repeat": (lambda x: gx.repeat(x, 3, axis=1), lambda x: anp.repeat(x, 3, axis=1)),
    "cumsum": (lambda x: gx.cumsum(x, 1), lambda x: anp.cumsum(x, 1)),
    "prod": (lambda x: gx.prod(x, 1), lambda x: anp.prod(x, 1)),
    "var": (lambda x: gx.var(x, 1), lambda x: anp.var(x, 1)),
    "einsum": (
        lambda x: gx.einsum("ij,kj->ik", x, x),
        lambda x: anp.einsum("ij,kj->ik", x, x),
    ),
    "moved axes": (
        lambda x: gx.moveaxis(gx.reshape(x, (3, 2, 2)), 0, 2),
        lambda x: anp.moveaxis(anp.reshape(x, (3, 2, 2)), 0, 2),
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_derivatives_through_moves_of_data_are_those_of_autograd(name):
    ours, theirs = MOVES[name]
    x = double("x", 3, 4)
    y = ours(x)
    scale = rng.normal(size=y.shape)
    (first,) = gx.grad(gx.sum(gx.sin(y) * scale), [x])
    (second,) = gx.grad(gx.sum(first * V), [x])
    found = run([first, second], {x: M})

    def loss(x):
        return anp.sum(anp.sin(theirs(x)) * scale)

    slope = autograd.grad(loss)
    np.testing.assert_allclose(found[0], slope(M), rtol=1e-11, atol=1e-13)
    curvature = autograd.grad(lambda x: anp.sum(slope(x) * V))(M)
    np.testing.assert_allclose(found[1], curvature, rtol=1e-10, atol=1e-12)


def test_scattering_passes_the_cotangent_to_the_base_and_gathers_it_for_the_updates():
    base, values = double("base", 3, 4), double("values", 4, 4)
    y = gx.scatter_add(base, INDEX, values)
    d_base, d_values = gx.grad(gx.sum(y * y * y), [base, values])
    given = {base: M, values: rng.normal(size=(4, 4))}
    found = run([y, d_base, d_values], given)
    want = M.copy()
    np.add.at(want, INDEX, given[values])
    np.testing.assert_allclose(found[0], want, rtol=1e-14)
    np.testing.assert_allclose(found[1], 3 * want**2, rtol=1e-12)
    np.testing.assert_allclose(found[2], 3 * want[INDEX] ** 2, rtol=1e-12)


# ---- arrays as they come --------------------------------------------------------------------


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("layout", ["gaps", "reversed", "transposed", "fortran"])
def test_gradients_do_not_depend_on_how_arguments_lie_in_memory(layout, style):
    x, w = double("x", "N", 4), double("w", 4, 3)
    y = gx.tanh(x @ w)
    loss = (
        gx.mean(y * y) + gx.sum(gx.max(x, axis=0) * x[0]) + gx.sum(gx.take(x, np.array([1, 0, 1])))
    )
    tensors = [loss, *gx.grad(loss, [x, w])]
    matrix, weights = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
    change = {
        "gaps": with_gaps,
        "reversed": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
        "transposed": lambda a: a.T.copy().T,
        "fortran": np.asfortranarray,
    }[layout]
    f = gx.function([x, w], tensors, style=style)
    want = f(matrix, weights)
    found = f(change(matrix), change(weights))
    for got, expected in zip(found, want, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-13)
    value = gx.function([x, w], [loss])
    slopes = differences(lambda arrays: float(value(*arrays)[0]), [matrix, weights])
    for got, expected in zip(found[1:], slopes, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-8)


def test_a_scatter_of_what_depends_on_sizes_alone():
    x = gx.input("x", ("N", 4), "float64")
    (d_x,) = gx.grad(gx.sum(gx.take(x, np.array([1, 0, 1]))), [x])
    for style in ("plain", "planned"):
        (found,) = run([d_x], {x: M}, style)
        np.testing.assert_array_equal(found, [[1] * 4, [2] * 4, [0] * 4])


def test_gradients_of_each_type_stay_in_that_type():
    x, w = gx.input("x", (3,), "float32"), double("w", 3)
    loss = gx.sum(gx.cast(x, "float64") * w)
    d_x, d_w = gx.grad(loss, [x, w])
    assert (d_x.dtype, d_w.dtype) == ("float32", "float64")
    found = run([d_x, d_w], {x: np.float32([1, 2, 3]), w: X[:3]})
    np.testing.assert_array_equal(found[0], X[:3].astype("float32"))
    np.testing.assert_array_equal(found[1], [1, 2, 3])
