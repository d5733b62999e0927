"""Differentiation as a whole: orders, products, what is not connected, forks
and broadcasting, against autograd and closed forms."""

import itertools
import math

import numpy as np
import pytest
from proof_tools import anp, autograd, erf

import graphc as gx
from graphc.errors import DifferentiationError

rng = np.random.default_rng(23)
X = rng.uniform(0.3, 2.0, 5)
M = rng.normal(size=(3, 4))
V = rng.normal(size=(3, 4))


def double(name, *shape):
    return gx.input(name, shape, "float64")


def run(tensors, given, style="planned"):
    return gx.function(list(given), list(tensors), style=style)(*given.values())


# ---- any order ------------------------------------------------------------------------------

FUNCTIONS = {
    "exp(sin)": (lambda x: gx.exp(gx.sin(x)), lambda x: anp.exp(anp.sin(x))),
    "cube": (lambda x: x * x * x, lambda x: x**3),
    "power": (lambda x: x**2.5, lambda x: x**2.5),
    "tanh": (gx.tanh, anp.tanh),
    "sigmoid": (gx.sigmoid, lambda x: 1 / (1 + anp.exp(-x))),
    "softplus": (gx.softplus, lambda x: anp.log1p(anp.exp(x))),
    "log": (gx.log, anp.log),
    "sqrt": (gx.sqrt, anp.sqrt),
    "rsqrt": (gx.rsqrt, lambda x: x**-0.5),
    "quotient": (lambda x: (x + 1) / (x * x + 1), lambda x: (x + 1) / (x * x + 1)),
    "erf": (gx.erf, erf),
    "log_sigmoid": (gx.log_sigmoid, lambda x: -anp.log1p(anp.exp(-x))),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_of_order_one_to_four_are_those_of_autograd(name):
    ours, theirs = FUNCTIONS[name]
    x = double("x", 5)
    derivative, orders = ours(x), []
    for _ in range(4):
        (derivative,) = gx.grad(gx.sum(derivative), [x], unconnected="zeros")
        orders.append(derivative)
    found = run(orders, {x: X})
    for value in found:
        theirs = autograd.elementwise_grad(theirs)
        np.testing.assert_allclose(value, theirs(X), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("order", range(1, 8))
def test_high_orders_have_their_closed_forms(order):
    x = double("x", 5)
    tensors = []
    for function in (lambda x: gx.exp(-2 * x), gx.sin, lambda x: 1 / x):
        derivative = function(x)
        for _ in range(order):
            (derivative,) = gx.grad(gx.sum(derivative), [x])
        tensors.append(derivative)
    exponential, sine, inverse = run(tensors, {x: X})
    np.testing.assert_allclose(exponential, (-2.0) ** order * np.exp(-2 * X), rtol=1e-12)
    np.testing.assert_allclose(sine, np.sin(X + order * np.pi / 2), atol=1e-12)
    closed = (-1.0) ** order * math.factorial(order) * X ** -(order + 1.0)
    np.testing.assert_allclose(inverse, closed, rtol=1e-11)


# ---- Jacobians, products with them, Hessians ------------------------------------------------


def field(np_, x, w):
    return np_.tanh(x @ w) * np_.sum(x * x) + x[:4] * x[1:5]


W5 = rng.normal(size=(5, 4))


def test_the_jacobian_is_that_of_autograd_in_both_arguments():
    x, w = double("x", 5), double("w", 5, 4)
    y = field(gx, x, w)
    by_x, by_w = run([gx.jacobian(y, x), gx.jacobian(y, w)], {x: X, w: W5})
    assert by_x.shape == (4, 5) and by_w.shape == (4, 5, 4)
    np.testing.assert_allclose(by_x, autograd.jacobian(lambda x: field(anp, x, W5))(X), rtol=1e-12)
    np.testing.assert_allclose(by_w, autograd.jacobian(lambda w: field(anp, X, w))(W5), rtol=1e-11)


def test_jvp_and_vjp_are_products_with_the_jacobian():
    x, w, u, c = double("x", 5), double("w", 5, 4), double("u", 5), double("c", 4)
    y = field(gx, x, w)
    tangent, cotangent = rng.normal(size=5), rng.normal(size=4)
    (forward,) = gx.jvp([y], [x], [u])
    (backward,) = gx.grad(y, [x], cotangent=c)
    jacobian, along, across = run(
        [gx.jacobian(y, x), forward, backward], {x: X, w: W5, u: tangent, c: cotangent}
    )
    np.testing.assert_allclose(along, jacobian @ tangent, rtol=1e-12)
    np.testing.assert_allclose(across, cotangent @ jacobian, rtol=1e-12)
    assert cotangent @ along == pytest.approx(across @ tangent, rel=1e-12)


def test_jvp_of_several_outputs_and_inputs():
    x, y = double("x", 5), double("y", 5)
    u, v = double("u", 5), double("v", 5)
    outputs = [x * y, gx.sum(gx.exp(x)), y + 0.0]
    found = run(gx.jvp(outputs, [x, y], [u, v]), {x: X, y: 2 * X, u: X + 1, v: X - 3})
    want = [(X + 1) * 2 * X + X * (X - 3), (np.exp(X) * (X + 1)).sum(), X - 3]
    for got, expected in zip(found, want, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_hvp_is_the_hessian_times_a_vector():
    x, v = double("x", 5), double("v", 5)

    def loss(np_, x):
        return np_.sum(np_.exp(x[1:] * x[:-1])) + np_.sum(x) ** 3

    direction = rng.normal(size=5)
    (product,) = run(gx.hvp(loss(gx, x), [x], [v]), {x: X, v: direction})
    hessian = autograd.hessian(lambda x: loss(anp, x))(X)
    np.testing.assert_allclose(product, hessian @ direction, rtol=1e-11)
    (gradient,) = gx.grad(loss(gx, x), [x])
    (whole,) = run([gx.jacobian(gradient, x)], {x: X})
    np.testing.assert_allclose(whole, hessian, rtol=1e-11)


def test_hvp_of_several_tensors_has_the_mixed_terms():
    x, y, u, v = double("x"), double("y"), double("u"), double("v")
    found = run(
        gx.hvp(x * x * y, [x, y], [u, v]),
        dict(zip((x, y, u, v), map(np.array, (2.0, 3.0, 5.0, 7.0)), strict=True)),
    )
    assert [float(f) for f in found] == [2 * 3 * 5 + 2 * 2 * 7, 2 * 2 * 5]


def test_the_vector_of_a_hessian_product_is_held_constant_and_can_be_differentiated():
    x, v = double("x", 5), double("v", 5)
    loss = gx.sum(gx.exp(x[1:] * x[:-1]))
    along = gx.hvp(loss, [x], [x])
    (scaled,) = gx.hvp(loss, [x], [v * x])
    (by_v,) = gx.grad(gx.sum(scaled * x), [v])
    direct, found, slope = run([*along, scaled, by_v], {x: X, v: V[0, [0, 1, 2, 3, 0]]})
    hessian = autograd.hessian(lambda x: anp.sum(anp.exp(x[1:] * x[:-1])))(X)
    np.testing.assert_allclose(direct, hessian @ X, rtol=1e-11)
    np.testing.assert_allclose(found, hessian @ (V[0, [0, 1, 2, 3, 0]] * X), rtol=1e-11)
    np.testing.assert_allclose(slope, (hessian @ X) * X, rtol=1e-11)


def test_jacobians_of_scalars_nothing_and_themselves():
    x = double("x", 3)
    tensors = [
        gx.jacobian(gx.sum(x), x),
        gx.jacobian(x, x),
        gx.jacobian(x[:0], x),
        gx.jacobian(x[1], x),
    ]
    first, second, third, fourth = run(tensors, {x: np.arange(3.0)})
    np.testing.assert_array_equal(first, np.ones(3))
    np.testing.assert_array_equal(second, np.eye(3))
    assert third.shape == (0, 3)
    np.testing.assert_array_equal(fourth, [0, 1, 0])


# ---- what is not connected, not floating, not a scalar --------------------------------------


def test_unconnected_tensors_are_errors_or_zeros_as_asked():
    x, y = double("x", 3), double("other", 2)
    loss = gx.sum(x)
    with pytest.raises(DifferentiationError, match=r"other: float64\[2\].*test_differentiation"):
        gx.grad(loss, [x, y])
    d_x, d_y = run(gx.grad(loss, [x, y], unconnected="zeros"), {x: X[:3], y: X[:2]})
    np.testing.assert_array_equal(d_x, np.ones(3))
    np.testing.assert_array_equal(d_y, np.zeros(2))
    products = run(
        [*gx.hvp(loss, [x, y], [x, y]), *gx.jvp([loss], [y], [y]), gx.jacobian(loss, y)],
        {x: X[:3], y: X[:2]},
    )
    assert [p.shape for p in products] == [(3,), (2,), (), (2,)]
    assert not any(p.any() for p in products)


@pytest.mark.parametrize(
    "through",
    [
        gx.stop_gradient,
        gx.floor,
        gx.sign,
        lambda x: gx.cast(x > 0, "float64"),
        lambda x: gx.cast(gx.cast(x, "int64"), "float64"),
        lambda x: gx.cast(gx.argmax(x), "float64"),
        lambda x: gx.one_hot(gx.argmax(x), 3, "float64"),
    ],
)
def test_nothing_passes_where_there_is_no_derivative(through):
    x = double("x", 3)
    both = gx.sum(through(x) * x)
    (d_x,) = gx.grad(both, [x])
    (alone,) = gx.grad(gx.sum(through(x)), [x], unconnected="zeros")
    values, slope, zero = run([through(x), d_x, alone], {x: X[:3]})
    np.testing.assert_array_equal(slope, np.broadcast_to(values, 3))
    assert not zero.any()


x3, i3 = double("x", 3), gx.input("labels", (3,), "int64")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gx.grad(gx.sum(x3), [i3]), ["only floating", "labels: int64"]),
        (lambda: gx.grad(gx.sum(i3), [x3]), ["floating loss", "int64"]),
        (lambda: gx.grad(x3, [x3]), ["scalar", "gx.sum", "(3,)"]),
        (lambda: gx.grad(gx.sum(x3), x3), ["list", "wrt=[x]"]),
        (lambda: gx.grad(2.0, [x3]), ["tensor", "float"]),
        (lambda: gx.grad(x3, [x3], cotangent=gx.constant(1.0)), ["cotangent", "float32"]),
        (lambda: gx.jvp([x3], [x3], []), ["1 tensors but 0"]),
        (lambda: gx.jvp([x3], [x3], [gx.constant(1.0)]), ["tangent of 'x'", "float64[3]"]),
        (lambda: gx.hvp(gx.sum(x3), [x3], [i3]), ["tangent of 'x'", "int64"]),
        (lambda: gx.jacobian(double("n", "N"), x3), ["symbolic", "gx.jvp"]),
        (lambda: gx.grad(gx.sum(x3), ["x"]), ["'x' is no tensor"]),
    ],
)
def test_what_differentiation_refuses(call, words):
    with pytest.raises(DifferentiationError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


# ---- forks, broadcasting, intermediate tensors ----------------------------------------------


def test_cotangents_of_forks_add():
    x = double("x", 5)
    h = gx.sin(x)
    uses = [h, h * h, h[::-1] * x, gx.concat([h, h]), gx.exp(h)]
    (d_x,) = gx.grad(gx.add(gx.sum(uses[3]), sum(gx.sum(u) for u in (*uses[:3], uses[4]))), [x])

    def theirs(x):
        h = anp.sin(x)
        return 3 * anp.sum(h) + anp.sum(h * h) + anp.sum(h[::-1] * x) + anp.sum(anp.exp(h))

    np.testing.assert_allclose(run([d_x], {x: X})[0], autograd.grad(theirs)(X), rtol=1e-12)


def test_an_operand_used_twice_by_one_op():
    x = double("x", 3, 3)
    square = rng.normal(size=(3, 3))
    found = run(
        gx.grad(gx.sum(x @ x) + gx.sum(x * x) + gx.sum(x / x) + gx.sum(x - x), [x]), {x: square}
    )
    want = autograd.grad(lambda x: anp.sum(x @ x) + anp.sum(x * x))(square)
    np.testing.assert_allclose(found[0], want, rtol=1e-11, atol=1e-12)


SHAPES = [
    (),
    (1,),
    (3,),
    (0,),
    (1, 1),
    (1, 3),
    (2, 1),
    (2, 3),
    (0, 3),
    (2, 0),
    (2, 1, 3),
    (1, 2, 1),
]
PAIRS = [
    (a, b)
    for a, b in itertools.product(SHAPES, SHAPES)
    if all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_broadcasting_is_undone_for_every_pair_of_shapes(shape):
    for other in (b for a, b in PAIRS if a == shape):
        x, y = double("x", *shape), double("y", *other)
        a, b = rng.uniform(0.5, 2, shape), rng.uniform(0.5, 2, other)
        scale = rng.normal(size=np.broadcast_shapes(shape, other))
        mixed = (x * y + gx.maximum(x, y) + x / y - gx.where(x > y, x, y)) * scale
        found = run(gx.grad(gx.sum(mixed), [x, y], unconnected="zeros"), {x: a, y: b})

        def theirs(a, b, scale=scale):
            return anp.sum((a * b + a / b) * scale)

        for got, want, like in zip(found, autograd.grad(theirs, (0, 1))(a, b), (a, b), strict=True):
            assert got.shape == like.shape
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


def test_broadcast_to_reshape_and_transpose_are_undone_with_symbolic_sizes():
    x = gx.input("x", ("N", 1, 3), "float64")
    wide = gx.transpose(gx.broadcast_to(x, ("N", 4, 3)), (2, 0, 1))
    weights = double("w", 3, "N", 4)
    (d_x,) = gx.grad(gx.sum(wide * weights), [x])
    a, w = rng.normal(size=(2, 1, 3)), rng.normal(size=(3, 2, 4))
    np.testing.assert_allclose(
        run([d_x], {x: a, weights: w})[0], w.sum(2).T[:, None, :], rtol=1e-13
    )


def test_gradients_with_respect_to_intermediate_tensors():
    x, w = double("x", 3, 4), double("w", 4)
    h = gx.tanh(x)
    y = h * w
    loss = gx.sum(y * y) + gx.sum(h)
    d_y, d_h, d_x = gx.grad(loss, [y, h, x])
    vector = rng.normal(size=4)
    got_y, got_h, got_x = run([d_y, d_h, d_x], {x: M, w: vector})
    t = np.tanh(M)
    np.testing.assert_allclose(got_y, 2 * t * vector, rtol=1e-12)
    np.testing.assert_allclose(got_h, 2 * t * vector**2 + 1, rtol=1e-12)
    np.testing.assert_allclose(got_x, (2 * t * vector**2 + 1) * (1 - t**2), rtol=1e-10)


def test_an_intermediate_tensor_inside_a_stable_form_keeps_its_gradient():
    x = double("x", 3, 4)
    s = gx.softmax(x)
    (d_s,) = gx.grad(-gx.sum(gx.log(s)), [s])
    (d_x,) = gx.grad(-gx.sum(gx.log(s)), [x])
    got_s, got_x = run([d_s, d_x], {x: M})
    p = np.exp(M) / np.exp(M).sum(1, keepdims=True)
    np.testing.assert_allclose(got_s, -1 / p, rtol=1e-12)
    np.testing.assert_allclose(got_x, 4 * p - 1, rtol=1e-12, atol=1e-14)


def test_the_loss_by_itself_and_by_its_own_gradient():
    x = double("x")
    loss = x * x * x
    assert float(run(gx.grad(loss, [loss]), {x: np.array(2.0)})[0]) == 1
    (slope,) = gx.grad(loss, [x])
    (by_slope,) = gx.grad(slope * slope, [slope])
    assert float(run([by_slope], {x: np.array(2.0)})[0]) == 2 * 12
