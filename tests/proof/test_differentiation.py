"""Differentiation: of any order, forwards and backwards, and what happens at its edges."""

import numpy as np
import pytest
import sympy as sp
from proof_tools import autograd, differences, under_autograd

import graphc as gx
from graphc.errors import DifferentiationError, GraphError, ShapeError
from graphc.ir.evaluate import evaluate

RNG = np.random.default_rng(8)


def vector(name="x", size=4):
    return gx.input(name, (size,), "float64")


def values(tensors, given):
    """The values of tensors, compiled in both styles and checked against the reference."""
    inputs, arrays = list(given), list(given.values())
    with np.errstate(all="ignore"):
        want = evaluate(tensors, given)
        for style in ("plain", "planned"):
            for mine, theirs in zip(
                gx.function(inputs, tensors, style=style)(*arrays), want, strict=True
            ):
                np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-13)
    return want


def network(x, W, v):
    """A scalar that curves in everything."""
    h = gx.tanh(x @ W) * gx.sigmoid(x @ W[:, ::-1])
    return gx.logsumexp(gx.softmax(h * v) @ v) + gx.sum(gx.square(h)) * 0.1


@pytest.fixture
def small():
    x, W, v = gx.input("x", (2, 3), "float64"), gx.input("W", (3, 4), "float64"), vector("v")
    arrays = [RNG.normal(size=t.shape) for t in (x, W, v)]
    return [x, W, v], arrays, network(x, W, v)


# ---- orders and directions --------------------------------------------------------------------


def test_gradients_agree_with_autograd(small):
    inputs, arrays, loss = small
    call = under_autograd(gx.function(inputs, [loss], style="plain"))
    theirs = autograd.grad(lambda *a: call(*a)[0], (0, 1, 2))(*arrays)
    ours = values(gx.grad(loss, inputs), dict(zip(inputs, arrays, strict=True)))
    for mine, want in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, want, rtol=1e-11, atol=1e-13)


def test_a_jvp_is_the_change_along_a_direction(small):
    inputs, arrays, loss = small
    outputs = [loss, gx.tanh(inputs[0] @ inputs[1])]
    tangents = [gx.input(f"d{t.name}", t.shape, "float64") for t in inputs]
    ways = [RNG.normal(size=t.shape) for t in inputs]
    ours = values(
        gx.jvp(outputs, inputs, tangents),
        dict(zip([*inputs, *tangents], [*arrays, *ways], strict=True)),
    )
    step = 1e-6
    ends = [
        evaluate(
            outputs, {t: a + s * step * w for t, a, w in zip(inputs, arrays, ways, strict=True)}
        )
        for s in (1, -1)
    ]
    for mine, up, down in zip(ours, *ends, strict=True):
        np.testing.assert_allclose(mine, (up - down) / (2 * step), rtol=1e-7, atol=1e-8)


def test_a_jvp_and_a_vjp_are_transposes_of_each_other(small):
    inputs, arrays, _ = small
    y = gx.tanh(inputs[0] @ inputs[1])
    way = RNG.normal(size=(3, 4))
    weight = RNG.normal(size=(2, 4))
    (forward,) = gx.jvp([y], [inputs[1]], [gx.constant(way)])
    (back,) = gx.grad(y, [inputs[1]], cotangent=gx.constant(weight))
    a, b = values(
        [gx.sum(forward * weight), gx.sum(back * way)], dict(zip(inputs, arrays, strict=True))
    )
    assert a == pytest.approx(b, rel=1e-12)


def test_hvp_is_the_hessian_of_autograd_times_a_vector():
    x = vector()
    loss = gx.sum(gx.exp(gx.sin(x)) * x[::-1]) + gx.prod(x)
    v = gx.input("v", (4,), "float64")
    call = under_autograd(gx.function([x], [loss], style="plain"))
    at, along = RNG.normal(size=4), RNG.normal(size=4)
    hessian = autograd.hessian(lambda a: call(a)[0])(at)
    (ours,) = values(gx.hvp(loss, [x], [v]), {x: at, v: along})
    np.testing.assert_allclose(ours, hessian @ along, rtol=1e-10)


def test_hvp_over_several_tensors_takes_their_mixed_derivatives():
    x, y = vector(), vector("y")
    loss = gx.sum(x * x * y)
    p, q = vector("p"), vector("q")
    at = [RNG.normal(size=4) for _ in range(4)]
    ours = values(gx.hvp(loss, [x, y], [p, q]), dict(zip([x, y, p, q], at, strict=True)))
    np.testing.assert_allclose(ours[0], 2 * at[1] * at[2] + 2 * at[0] * at[3])
    np.testing.assert_allclose(ours[1], 2 * at[0] * at[2])


def test_a_jacobian_has_a_row_for_every_element():
    x = gx.input("x", (2, 3), "float64")
    y = gx.softmax(x @ RNG.normal(size=(3, 2)))
    call = under_autograd(gx.function([x], [y], style="plain"))
    at = RNG.normal(size=(2, 3))
    (ours,) = values([gx.jacobian(y, x)], {x: at})
    assert ours.shape == (2, 2, 2, 3)
    np.testing.assert_allclose(ours, autograd.jacobian(lambda a: call(a)[0])(at), atol=1e-13)


def test_jacobians_of_scalars_and_of_nothing_have_their_shapes():
    x = vector()
    assert gx.jacobian(gx.sum(x), x).shape == (4,)
    empty = gx.jacobian(x[:0], x)
    assert empty.shape == (0, 4)
    assert values([empty], {x: np.ones(4)})[0].shape == (0, 4)
    unrelated = gx.jacobian(x, vector("y"))
    assert not values([unrelated], {x: np.ones(4), **{}})[0].any()


def test_fourth_derivatives_are_exact():
    x = gx.input("x", (), "float64")
    y = gx.sin(x) * gx.exp(x * 0.5)
    for _ in range(4):
        (y,) = gx.grad(y, [x])
    symbol = sp.Symbol("x")
    want = sp.diff(sp.sin(symbol) * sp.exp(symbol / 2), symbol, 4)
    (got,) = values([y], {x: np.array(0.7)})
    assert got == pytest.approx(float(want.subs(symbol, 0.7)), rel=1e-12)


def test_a_gradient_by_what_is_computed_on_the_way():
    x = vector()
    h = gx.exp(x)
    loss = gx.sum(h * gx.sin(x))
    (by_h, by_x) = gx.grad(loss, [h, x])
    at = RNG.normal(size=4)
    got = values([by_h, by_x], {x: at})
    np.testing.assert_allclose(got[0], np.sin(at))
    np.testing.assert_allclose(got[1], np.exp(at) * (np.sin(at) + np.cos(at)))


def test_a_gradient_by_the_loss_itself_is_one():
    x = vector()
    loss = gx.sum(x)
    assert values(gx.grad(loss, [loss]), {x: np.ones(4)}) == [1.0]


def test_a_tensor_may_be_asked_for_twice():
    x = vector()
    a, b = gx.grad(gx.sum(x * x), [x, x])
    assert a is b


# ---- accumulation -------------------------------------------------------------------------------


def test_cotangents_of_forks_add_up():
    x = vector()
    loss = gx.sum(x * x + gx.sin(x) * 3.0 - x)
    at = RNG.normal(size=4)
    (got,) = values(gx.grad(loss, [x]), {x: at})
    np.testing.assert_allclose(got, 2 * at + 3 * np.cos(at) - 1)


def test_a_fork_in_a_long_chain_is_not_walked_exponentially():
    x = vector()
    h = x
    for _ in range(60):
        h = (h + h) * 0.5  # 2**60 paths
    (slope,) = gx.grad(gx.sum(h), [x])
    assert len(gx.Graph("g", (x,), (("d", slope),)).nodes) < 400
    np.testing.assert_array_equal(values([slope], {x: np.ones(4)})[0], np.ones(4))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((3, 4), (4,)),
        ((3, 1), (1, 4)),
        ((2, 3, 4), (3, 1)),
        ((), (2, 3)),
        ((1,), (5,)),
        ((1, 1), ()),
    ],
)
def test_what_was_broadcast_is_summed_back(first, second):
    a, b = gx.input("a", first, "float64"), gx.input("b", second, "float64")
    loss = gx.sum(gx.sin(a * b) / (gx.square(b) + 1.0 + gx.square(a)))
    arrays = [RNG.normal(size=first), RNG.normal(size=second)]
    got = values(gx.grad(loss, [a, b]), dict(zip([a, b], arrays, strict=True)))
    want = differences(
        lambda m: float(evaluate([loss], dict(zip([a, b], m, strict=True)))[0]), arrays
    )
    for mine, theirs in zip(got, want, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-9)


def test_a_symbolic_axis_is_summed_back_at_every_size():
    x, w = gx.input("x", ("N", 3), "float64"), gx.input("w", (3,), "float64")
    (slope,) = gx.grad(gx.mean(gx.square(x * w)), [w])
    function = gx.function([x, w], [slope])
    for size in (1, 2, 7):
        at, weights = RNG.normal(size=(size, 3)), RNG.normal(size=3)
        np.testing.assert_allclose(
            function(at, weights)[0], (2 * at**2 * weights).sum(0) / (3 * size)
        )


@pytest.mark.parametrize("shape", [(0,), (0, 3), (1,), (1, 1), ()])
def test_gradients_of_empty_and_single_elements(shape):
    x = gx.input("x", shape, "float64")
    loss = gx.sum(gx.softplus(x) * x) + gx.mean(gx.constant([1.0, 2.0], "float64"))
    at = np.full(shape, 0.3)
    (got,) = values(gx.grad(loss, [x]), {x: at})
    s = 1 / (1 + np.exp(-at))
    np.testing.assert_allclose(got, s * at + np.log1p(np.exp(at)))


# ---- what has no derivative -------------------------------------------------------------------------


def test_unconnected_tensors_are_an_error_that_lists_them_all():
    x, y, z = vector(), vector("y"), vector("z")
    with pytest.raises(DifferentiationError, match="does not depend on these") as caught:
        gx.grad(gx.sum(x), [y, x, z])
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["y", "z"]
    assert "test_differentiation.py:" in lines[1]


def test_unconnected_tensors_have_zeros_if_asked():
    x, y = vector(), gx.input("y", ("N", 2), "float32")
    a, b = gx.grad(gx.sum(x), [x, y], unconnected="zeros")
    got = values([a, b], {x: np.ones(4), y: np.ones((3, 2), "float32")})
    assert got[1].shape == (3, 2) and got[1].dtype == np.float32 and not got[1].any()


@pytest.mark.parametrize(
    "through",
    [
        gx.argmax,
        lambda x: x > 0.5,
        lambda x: x.astype("int64"),
        lambda x: gx.one_hot(gx.argmax(x), 4),
    ],
)
def test_what_is_reached_through_integers_only_is_unconnected(through):
    x = vector()
    loss = gx.sum(through(x).astype("float64"))
    with pytest.raises(DifferentiationError, match="does not depend on"):
        gx.grad(loss, [x])
    (zeros,) = gx.grad(loss, [x], unconnected="zeros")
    assert not values([zeros], {x: np.ones(4)})[0].any()


def test_integers_have_no_derivative_and_are_all_listed():
    x, k, m = vector(), gx.input("k", (3,), "int64"), gx.input("m", (2,), "bool")
    with pytest.raises(DifferentiationError, match="only floating tensors") as caught:
        gx.grad(gx.sum(x), [k, x, m, 3.0])
    text = str(caught.value)
    assert "k: int64[3]" in text and "m: bool[2]" in text and "3.0 is no tensor" in text


def test_a_loss_must_be_a_floating_scalar_or_have_a_cotangent():
    x, k = vector(), gx.input("k", (), "int64")
    with pytest.raises(DifferentiationError, match=r"has shape \(4,\); reduce it"):
        gx.grad(x * 2, [x])
    with pytest.raises(DifferentiationError, match="floating loss, not int64"):
        gx.grad(k, [x])
    with pytest.raises(
        DifferentiationError, match=r"cotangent is float64\[3\] but the loss float64\[4\]"
    ):
        gx.grad(x, [x], cotangent=vector("c", 3))
    with pytest.raises(DifferentiationError, match=r"write wrt=\[x\]"):
        gx.grad(gx.sum(x), x)
    with pytest.raises(DifferentiationError, match="the loss must be a tensor, not float"):
        gx.grad(1.0, [x])


def test_tangents_must_fit():
    x = vector()
    with pytest.raises(DifferentiationError, match="1 tensors but 2 tangents"):
        gx.jvp([x], [x], [x, x])
    with pytest.raises(
        DifferentiationError, match=r"tangent of 'x' is float64\[3\]; expected float64\[4\]"
    ):
        gx.jvp([x], [x], [vector("t", 3)])
    with pytest.raises(DifferentiationError, match="tangent"):
        gx.hvp(gx.sum(x), [x], [vector("t", 3)])


def test_a_jacobian_needs_a_number_of_rows():
    x = gx.input("x", ("N", 2))
    with pytest.raises(DifferentiationError, match=r"\(N, 2\) has a symbolic number of rows"):
        gx.jacobian(gx.exp(x), x)


# ---- gradients stopped and replaced -------------------------------------------------------------------


def test_nothing_passes_a_stopped_gradient():
    x = vector()
    loss = gx.sum(gx.stop_gradient(gx.exp(x)) * x)
    at = RNG.normal(size=4)
    (got,) = values(gx.grad(loss, [x]), {x: at})
    np.testing.assert_allclose(got, np.exp(at))
    with pytest.raises(DifferentiationError, match="does not depend"):
        gx.grad(gx.sum(gx.stop_gradient(x)), [x])


def test_a_stopped_gradient_leaves_no_trace_on_what_it_stops():
    x = vector()
    h = gx.exp(x)
    gx.function([x], [gx.stop_gradient(h)])(np.ones(4))
    assert h.whole is None and "stop_gradient" not in gx.function([x], [h * 2.0]).source


def test_a_custom_gradient_replaces_the_derivative():
    @gx.custom_gradient
    def straight_through(x):
        return gx.sign(x), lambda ct: ct * 3.0

    x = vector()
    at = np.array([-2.0, -0.1, 0.5, 3.0])
    y = straight_through(x)
    value, slope = values([y, *gx.grad(gx.sum(y * x), [x])], {x: at})
    np.testing.assert_array_equal(value, np.sign(at))
    np.testing.assert_allclose(slope, np.sign(at) + 3 * at)
    assert straight_through.__name__ == "straight_through"


def test_a_custom_gradient_of_several_arguments_may_leave_some_out():
    @gx.custom_gradient
    def scaled(x, s):
        return x * s, lambda ct: (ct * 10.0, None)

    x, s = vector(), vector("s")
    a, b = gx.grad(gx.sum(scaled(x, s)), [x, s], unconnected="zeros")
    got = values([a, b], {x: np.ones(4), s: np.full(4, 2.0)})
    np.testing.assert_array_equal(got[0], np.full(4, 10.0))
    np.testing.assert_array_equal(got[1], np.zeros(4))


def test_a_custom_gradient_is_differentiated_again_by_its_own_graph():
    @gx.custom_gradient
    def cube(x):
        return x * x * x, lambda ct: ct * (3 * gx.square(x))

    x = vector()
    (first,) = gx.grad(gx.sum(cube(x)), [x])
    (second,) = gx.grad(gx.sum(first), [x])
    at = RNG.normal(size=4)
    np.testing.assert_allclose(values([second], {x: at})[0], 6 * at)


@pytest.mark.parametrize(
    ("backward", "error"),
    [
        (lambda ct: (ct, ct), DifferentiationError),
        (lambda ct: gx.sum(ct), ShapeError),
        (lambda ct: ct.astype("float32"), DifferentiationError),
    ],
)
def test_a_custom_gradient_that_does_not_fit_is_refused(backward, error):
    wrong = gx.custom_gradient(lambda x: (gx.exp(x), backward))
    x = vector()
    with pytest.raises(error):
        gx.grad(gx.sum(wrong(x)), [x])


def test_a_custom_gradient_without_a_backward_function_is_refused():
    with pytest.raises(GraphError, match=r"must return \(result, backward function\)"):
        gx.custom_gradient(lambda x: gx.exp(x))(vector())


# ---- kinks, ties and traps --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (gx.relu, 0.0),
        (gx.abs, 0.0),
        (gx.sign, 0.0),
        (lambda x: gx.maximum(x, 0.0), 0.5),
        (lambda x: gx.minimum(x, 0.0), 0.5),
        (lambda x: gx.clip(x, 0.0, 1.0), 1.0),
        (lambda x: gx.clip(x, -1.0, 0.0), 1.0),
        (lambda x: gx.clip(x, low=0.0), 1.0),
        (lambda x: gx.clip(x, high=0.0), 1.0),
        (lambda x: gx.where(x > 0, x, 0.0), 0.0),
        (lambda x: x * gx.abs(x), 0.0),
        (lambda x: gx.power(x, 2), 0.0),
        (lambda x: x**3, 0.0),
        (lambda x: x**1, 1.0),
    ],
)
def test_the_slope_at_zero_is_the_one_stated(function, slope):
    x = gx.input("x", (2,), "float64")
    y = function(x)
    if y.node.op.name == "sign":
        (got,) = values(gx.grad(gx.sum(y), [x], unconnected="zeros"), {x: np.array([0.0, -0.0])})
    else:
        (got,) = values(gx.grad(gx.sum(y), [x]), {x: np.array([0.0, -0.0])})
    np.testing.assert_array_equal(got, [slope, slope])


@pytest.mark.parametrize("reduce", [gx.max, gx.min])
def test_elements_that_tie_share_the_cotangent(reduce):
    x = gx.input("x", (2, 3), "float64")
    (slope,) = gx.grad(gx.sum(reduce(x, 1)), [x])
    at = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    np.testing.assert_allclose(values([slope], {x: at})[0], np.full((2, 3), 1 / 3))


TRAPS = {
    "log": lambda x: gx.where(x > 0, gx.log(x), 0.0),
    "sqrt": lambda x: gx.where(x > 0, gx.sqrt(x), 0.0),
    "reciprocal": lambda x: gx.where(x > 0, 1 / x, 0.0),
    "power": lambda x: gx.where(x > 0, x**-1.5, 0.0),
    "rsqrt": lambda x: gx.where(x > 0, gx.rsqrt(x), 0.0),
    "other branch": lambda x: gx.where(x <= 0, 0.0, gx.log(x)),
    "both branches": lambda x: gx.where(x > 0, gx.log(x), gx.log(-x - 0.0)),
    "norm": lambda x: gx.where(x > 0, gx.sqrt(gx.square(x)), 0.0),
    "reshaped": lambda x: gx.where((x > 0)[:, None], gx.log(x)[:, None], 0.0),
    "transposed": lambda x: gx.where((x > 0)[:, None].T, gx.reshape(gx.log(x), (5, 1)).T, 0.0),
    "broadcast": lambda x: gx.where(gx.stack([x, x]) > 0, gx.log(x), 0.0),
    "divided": lambda x: gx.where(x > 0, gx.sin(x) / x, 1.0),
    "scaled": lambda x: 3.0 * gx.where(x > 0, -gx.log(x) * 2.0, 0.0) / 7.0,
    "negated": lambda x: -gx.where(x > 0, -gx.log(x), 0.0),
    "nested": lambda x: gx.where(x > -1, gx.where(x > 0, gx.log(x), 0.0), 0.0),
    "cast": lambda x: gx.where(x > 0, gx.log(x).astype("float32"), 0.0),
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", TRAPS)
def test_the_branch_not_taken_spoils_no_derivative(name, order):
    x = gx.input("x", (5,), "float64")
    at = np.array([0.5, 0.0, -1.0, 2.0, -0.0])
    if name == "both branches":
        at = np.array([0.5, -0.5, -1.0, 2.0, -3.0])
    weight = RNG.normal(size=5)
    slope = gx.sum(TRAPS[name](x))
    for _ in range(order):
        (slope,) = gx.grad(gx.sum(slope * (weight if slope.ndim else 1.0)), [x])
    good = at > 0 if name != "both branches" else at != 0
    for style in ("plain", "planned"):
        with np.errstate(all="ignore"):
            (got,) = gx.function([x], [slope], style=style)(at)
        assert np.isfinite(got).all(), (style, got)
        assert not got[~good].any()
    # where the branch is taken, the derivative is the branch's
    safe = np.abs(at) + 0.1 if name != "both branches" else at
    (inside,) = evaluate([slope], {x: np.where(good, at, safe)})
    np.testing.assert_allclose(got[good], inside[good], rtol=1e-6)


EXTREME = np.array([[-1e4, 1e4, 0.0], [800.0, -800.0, 799.0], [0.0, 0.0, 0.0]])


def test_log_softmax_written_naively_is_differentiated_safely():
    x = gx.input("x", (3, 3), "float64")
    for naive in (gx.log(gx.softmax(x)), gx.log(gx.exp(x) / gx.sum(gx.exp(x), 1, keepdims=True))):
        value, slope = values([naive, *gx.grad(gx.sum(naive[:, 0]), [x])], {x: EXTREME})
        top = EXTREME.max(1, keepdims=True)
        shares = np.exp(EXTREME - top)
        shares /= shares.sum(1, keepdims=True)
        want = EXTREME - top - np.log(np.exp(EXTREME - top).sum(1, keepdims=True))
        np.testing.assert_allclose(value, want)
        np.testing.assert_allclose(slope, np.eye(3)[[0, 0, 0]] - shares, atol=1e-12)


@pytest.mark.parametrize(
    ("naive", "slope"),
    [
        (lambda x: gx.log(gx.sigmoid(x)), lambda s: 1 - s),
        (lambda x: gx.log(1 - gx.sigmoid(x)), lambda s: -s),
        (lambda x: gx.log(1 + gx.exp(x)), lambda s: s),
        (lambda x: gx.log1p(gx.exp(x)), lambda s: s),
        (lambda x: 1 / (1 + gx.exp(-x)), lambda s: s * (1 - s)),
        (lambda x: gx.exp(x) / (1 + gx.exp(x)), lambda s: s * (1 - s)),
        (lambda x: gx.logsumexp(gx.stack([x, x * 0.0]), 0), lambda s: s),
    ],
)
def test_sigmoids_written_naively_are_differentiated_safely(naive, slope):
    x = gx.input("x", (5,), "float64")
    at = np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0])
    value, got = values([naive(x), *gx.grad(gx.sum(naive(x)), [x])], {x: at})
    assert np.isfinite(value).all()
    with np.errstate(all="ignore"):
        s = np.where(at >= 0, 1 / (1 + np.exp(-np.abs(at))), np.exp(-np.abs(at)))
    np.testing.assert_allclose(got, slope(s), rtol=1e-6, atol=1e-15)


def test_the_derivative_of_a_power_by_its_exponent_is_zero_where_there_is_none():
    x, p = gx.input("x", (4,), "float64"), gx.input("p", (4,), "float64")
    a, b = gx.grad(gx.sum(gx.power(x, p)), [x, p])
    at, up = np.array([2.0, 0.0, -2.0, 1.0]), np.array([3.0, 2.0, 2.0, 0.0])
    by_x, by_p = values([a, b], {x: at, p: up})
    np.testing.assert_allclose(by_x, [12.0, 0.0, -4.0, 0.0])
    np.testing.assert_allclose(by_p, [8 * np.log(2), 0.0, 0.0, 0.0])


# ---- elementwise ops of one's own -------------------------------------------------------------------

x_, y_ = sp.symbols("x y", real=True)
OWN = {
    "swish": (lambda x: x / (1 + sp.exp(-x)), 1),
    "mish": (lambda x: x * sp.tanh(sp.log(1 + sp.exp(x))), 1),
    "gauss": (lambda x: sp.exp(-(x**2)), 1),
    "gelu": (lambda x: x * (1 + sp.erf(x / sp.sqrt(2))) / 2, 1),
    "huber": (
        lambda x: sp.Piecewise((x**2 / 2, sp.Abs(x) < 1), (sp.Abs(x) - sp.Rational(1, 2), True)),
        1,
    ),
    "hard_tanh": (lambda x: sp.Max(-1, sp.Min(1, x)), 1),
    "logistic_loss": (lambda x, y: sp.log(1 + sp.exp(-x * y)), 2),
    "softsign": (lambda x: x / (1 + sp.Abs(x)), 1),
    "elu": (lambda x: sp.Piecewise((x, x > 0), (sp.exp(x) - 1, True)), 1),
    "log_cosh": (lambda x: x + sp.log(1 + sp.exp(-2 * x)) - sp.log(2), 1),
    "step": (lambda x: sp.Piecewise((0, x < 0), (1, True)), 1),
}


@pytest.mark.parametrize("name", OWN)
def test_an_op_of_ones_own_computes_what_sympy_says(name):
    expression, arity = OWN[name]
    own = gx.elementwise(name, expression)
    inputs = [gx.input(n, (5,), "float64") for n in ("x", "y")[:arity]]
    arrays = [np.array([-2.3, -0.4, 0.3, 1.7, 4.1]), np.array([0.5, 1.5, -2.5, 1.0, -0.3])][:arity]
    symbols = (x_, y_)[:arity]
    result = own(*inputs)
    slopes = gx.grad(gx.sum(result), inputs, unconnected="zeros")
    second = gx.grad(gx.sum(slopes[0]), [inputs[0]], unconnected="zeros")
    got = values([result, *slopes, *second], dict(zip(inputs, arrays, strict=True)))
    formula = expression(*symbols)
    wanted = [formula, *(sp.diff(formula, s) for s in symbols), sp.diff(formula, x_, 2)]
    for mine, want in zip(got, wanted, strict=True):
        exact = [
            complex(want.subs(dict(zip(symbols, at, strict=True))).evalf()).real
            for at in zip(*arrays, strict=True)
        ]
        np.testing.assert_allclose(mine, exact, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", OWN)
def test_an_op_of_ones_own_is_finite_where_it_saturates(name, order):
    expression, arity = OWN[name]
    own = gx.elementwise(name, expression)
    for dtype in ("float32", "float64"):
        inputs = [gx.input(n, (6,), dtype) for n in ("x", "y")[:arity]]
        far = np.array([-1000.0, -100.0, -30.0, 30.0, 100.0, 1000.0], dtype)
        result = own(*inputs)
        for _ in range(order):
            (result,) = gx.grad(gx.sum(result), [inputs[0]], unconnected="zeros")
        with np.errstate(all="ignore"):
            (got,) = gx.function(inputs, [result])(*[far] * arity)
        if name == "gauss" or order == 2:
            assert not np.isnan(got).any()
        assert np.isfinite(got).all(), (dtype, got)
        assert got.dtype == dtype


def test_swish_is_exact_where_it_saturates():
    swish = gx.elementwise("swish", OWN["swish"][0])
    x = gx.input("x", (4,), "float64")
    at = np.array([-1000.0, -100.0, 100.0, 1000.0])
    value, slope = values([swish(x), *gx.grad(gx.sum(swish(x)), [x])], {x: at})
    np.testing.assert_allclose(value, [0.0, 0.0, 100.0, 1000.0], atol=1e-40)
    np.testing.assert_allclose(slope, [0.0, 0.0, 1.0, 1.0], atol=1e-40)


def test_an_op_of_ones_own_broadcasts_and_takes_numbers():
    blend = gx.elementwise("blend", lambda x, y, z: x * y + (1 - x) * z)
    a, b = gx.input("a", ("N", 1)), gx.input("b", (3,))
    y = blend(0.25, a, b)
    assert str(y.type) == "float32[N, 3]"
    (got,) = gx.function([a, b], [y])(np.ones((2, 1), "float32"), np.zeros(3, "float32"))
    np.testing.assert_allclose(got, np.full((2, 3), 0.25))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (lambda x: sp.gamma(x), "can't use gamma"),
        (lambda x: x + sp.Symbol("q"), "symbols that are no operands"),
        (lambda: sp.Integer(1), "takes 1 to 6 operands"),
        (lambda x: "x + 1 +", "elementwise 'bad'"),
    ],
)
def test_an_expression_that_is_none_is_refused_when_it_is_declared(expression, message):
    with pytest.raises(GraphError, match=message):
        gx.elementwise("bad", expression)
