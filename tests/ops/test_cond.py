"""Conditionals: values and derivatives of the branch that is taken, against autograd."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import graphc as gx
from graphc.errors import GraphError, ShapeError, TypeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")

STYLES = ("plain", "planned")
RNG = np.random.default_rng(12)
X, W, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3)), RNG.normal(size=3)


def double(name, *shape):
    return gx.input(name, shape, "float64")


# Each case: both branches, as functions of x (N, 3), w (3, 3), b (3) over a namespace like NumPy's.
CASES = {
    "products and exponentials": (
        lambda x, w, b, np: np.tanh(x @ w + b),
        lambda x, w, b, np: np.exp(-x * x) * b,
    ),
    "one branch reads less": (lambda x, w, b, np: np.sin(x @ w), lambda x, w, b, np: x * 2),
    "one branch is an operand": (lambda x, w, b, np: x, lambda x, w, b, np: np.cos(x) @ w),
    "both are the operand": (lambda x, w, b, np: x, lambda x, w, b, np: x),
    "the same computation": (lambda x, w, b, np: np.sin(x @ w), lambda x, w, b, np: np.sin(x @ w)),
    "a number in one": (lambda x, w, b, np: np.exp(x @ w) * b, lambda x, w, b, np: x * 0 + 3.5),
    "intermediate values of one type": (
        lambda x, w, b, np: np.tanh(np.tanh(x @ w) @ w),
        lambda x, w, b, np: np.sin(np.exp(np.sin(x @ w) @ w)),
    ),
}


class _Graph:
    tanh, exp, sin, cos = map(staticmethod, (gx.tanh, gx.exp, gx.sin, gx.cos))


def conditional(name):
    """The inputs (the predicate first) and a number computed by a conditional."""
    then, otherwise = CASES[name]
    taken, x, w, b = (
        gx.input("taken", (), "bool"),
        double("x", "N", 3),
        double("w", 3, 3),
        double("b", 3),
    )
    y = gx.cond(taken, lambda x: then(x, w, b, _Graph), lambda x: otherwise(x, w, b, _Graph), x)
    return taken, [x, w, b], gx.sum(gx.sin(y) * y)


def written_out(name, taken):
    branch = CASES[name][0 if taken else 1]

    def number(x, w, b):
        y = branch(x, w, b, anp)
        return anp.sum(anp.sin(y) * y)

    return number


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_the_branch_taken(name, style):
    taken, inputs, total = conditional(name)
    f = gx.function(
        [taken, *inputs], [total, *gx.grad(total, inputs, unconnected="zeros")], style=style
    )
    for choice in (True, False, True):  # buffers of one branch don't disturb those of the other
        got = f(np.array(choice), X, W, B)
        want = written_out(name, choice)
        np.testing.assert_allclose(got[0], want(X, W, B), rtol=1e-13)
        for k, mine in enumerate(got[1:]):
            np.testing.assert_allclose(
                mine, autograd.grad(want, k)(X, W, B), rtol=1e-11, atol=1e-13
            )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", CASES)
def test_second_derivatives_are_those_of_the_branch_taken(name, style):
    taken, inputs, total = conditional(name)
    directions = [double(f"v{k}", *x.shape) for k, x in enumerate(inputs)]
    products = gx.hvp(total, inputs, directions)
    f = gx.function([taken, *inputs, *directions], products, style=style)
    along = [RNG.normal(size=a.shape) for a in (X, W, B)]
    for choice in (True, False):
        want = written_out(name, choice)

        def slope(*given, want=want):
            gradients = autograd.grad(want, (0, 1, 2))(*given)
            return sum(anp.sum(g * v) for g, v in zip(gradients, along, strict=True))

        got = f(np.array(choice), X, W, B, *along)
        for k, mine in enumerate(got):
            np.testing.assert_allclose(
                mine, autograd.grad(slope, k)(X, W, B), rtol=1e-10, atol=1e-12
            )


def test_forward_mode_products_and_jacobians_go_through_branches():
    taken, (x, w, b), _ = conditional("products and exponentials")
    then, otherwise = CASES["products and exponentials"]
    y = gx.cond(taken, lambda: then(x, w, b, _Graph), lambda: otherwise(x, w, b, _Graph))[0]
    v = double("v", "N", 3)
    (moved,) = gx.jvp([y], [x], [v])
    f = gx.function([taken, x, w, b, v], [moved, gx.jacobian(y, b)])
    along = RNG.normal(size=X.shape)
    for choice, branch in ((True, then), (False, otherwise)):
        got_jvp, got_jacobian = f(np.array(choice), X, W, B, along)
        by_x, _, by_b = (autograd.jacobian(branch, k)(X, W, B, anp)[0] for k in range(3))
        np.testing.assert_allclose(got_jvp, np.tensordot(by_x, along, 2), rtol=1e-12)
        np.testing.assert_allclose(got_jacobian, by_b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("style", STYLES)
def test_the_branch_not_taken_is_not_computed(style):
    x = double("x", "N")

    def fragile(x):
        return gx.log(x) + gx.sqrt(x) + 1 / x

    y = gx.cond(gx.all(x > 0), fragile, lambda x: x - 1, x)
    (slope,) = gx.grad(gx.sum(y), [x])
    (twice,) = gx.grad(gx.sum(slope * slope), [x])
    f = gx.function([x], [y, slope, twice], style=style)
    with np.errstate(all="raise"):
        y, slope, twice = f(np.array([0.0, -1.0]))
        assert list(y) == [-1, -2] and list(slope) == [1, 1] and list(twice) == [0, 0]
        got = f(np.array([4.0]))
    np.testing.assert_allclose(got[1], [1 / 4 + 1 / 4 - 1 / 16])


def test_what_is_known_outside_is_computed_again_only_in_the_branch():
    x = double("x", "N")
    gx.exp(x)  # somewhere else in the program
    y = gx.cond(gx.all(x > 0), lambda: gx.exp(x), lambda: x)
    (body,) = [n for n in gx.function([x], [y]).network.graphs.values()]
    assert [n.op.name for n in body.nodes].count("exp") == 0


@pytest.mark.parametrize("style", STYLES)
def test_results_come_back_in_the_structure_of_the_branches(style):
    x, taken = double("x", 2), gx.input("taken", (), "bool")
    a, (b, c), d = (
        gx.cond(taken, lambda x: {"p": x, "q": x * 2}, lambda x: {"q": x * 3, "p": 1.0}, x),
        gx.cond(taken, lambda x: (x > 0, 7), lambda x: (x > 1, 8), x),
        gx.cond(taken, lambda: None, lambda: None),
    )
    assert list(a) == ["p", "q"] and d is None and c.ndim == 0
    f = gx.function([x, taken], [a["p"], a["q"], b, c], style=style)
    given = np.array([0.5, 2.0])
    for choice, want in (
        (True, (given, given * 2, given > 0, 7)),
        (False, ([1, 1], given * 3, given > 1, 8)),
    ):
        for got, expected in zip(f(given, np.array(choice)), want, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_a_python_bool_decides_at_once_after_the_same_checks():
    x = double("x", 2)
    assert gx.cond(True, lambda x: x, lambda x: x + 1, x) is x
    assert gx.cond(np.bool_(False), lambda x: x, lambda x: x + 1, x).node.op.name == "add"
    with pytest.raises(ShapeError, match="true_branch but"):
        gx.cond(True, lambda x: x, lambda x: gx.sum(x), x)


def test_a_predicate_that_a_pass_decides_leaves_one_branch():
    x = double("x", 2)
    training = gx.in_training(gx.constant(True), gx.constant(False))
    y = gx.cond(training, lambda: gx.exp(x), lambda: gx.sin(x))
    for train, name in ((True, "np.exp"), (False, "np.sin")):
        source = gx.function([x], [y], training=train).source
        assert name in source and "    if " not in source.split("_body(self")[1].split("return")[0]


x_bad = gx.input("x", (2, 3), "float64")


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: gx.cond(x > 0, lambda: x, lambda: x), TypeMismatchError, "gx.where chooses"),
        (lambda x: gx.cond(gx.sum(x), lambda: x, lambda: x), TypeMismatchError, "one boolean"),
        (lambda x: gx.cond(1, lambda: x, lambda: x), TypeMismatchError, "not 1"),
        (lambda x: gx.cond(gx.any(x > 0), lambda: x, x), GraphError, "false_branch is a function"),
        (
            lambda x: gx.cond(gx.any(x > 0), lambda: (x, x), lambda: (x, gx.sum(x))),
            ShapeError,
            r"result 2 of 2 is float64\[2, 3\] in true_branch but float64\[\] in false_branch",
        ),
        (
            lambda x: gx.cond(gx.any(x > 0), lambda: {"a": x}, lambda: {"a": x > 0}),
            TypeMismatchError,
            r"result 'a' is float64\[2, 3\] in true_branch but bool\[2, 3\] in false_branch",
        ),
        (
            lambda x: gx.cond(gx.any(x > 0), lambda: (x, x), lambda: x),
            GraphError,
            "true_branch returns a tuple of 2 and false_branch a tensor",
        ),
        (
            lambda x: gx.cond(gx.any(x > 0), lambda: "x", lambda: x),
            GraphError,
            "true_branch returns tensors, not str: 'x'",
        ),
        (
            lambda x: gx.cond(
                gx.any(x > 0),
                lambda: gx.updating(x, gx.state("moved", np.zeros(3)), gx.sum(x, axis=0)),
                lambda: x,
            ),
            GraphError,
            "true_branch changes the state 'moved'",
        ),
    ],
)
def test_errors_say_what_differs_and_where(call, error, text):
    with pytest.raises(error, match=text) as caught:
        call(x_bad)
    assert "cond at test_cond.py:" in str(caught.value)


def test_the_error_for_a_result_shows_both_lines():
    with pytest.raises(ShapeError) as caught:
        gx.cond(gx.any(x_bad > 0), lambda: gx.exp(x_bad), lambda: gx.sum(x_bad, axis=0))
    _, *lines = str(caught.value).splitlines()
    assert [line.split()[-2] for line in lines] == ["exp,", "sum,"]
    assert all("test_cond.py" in line for line in lines)


def test_agrees_with_lax_cond():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    for name, (then, otherwise) in CASES.items():
        taken, inputs, total = conditional(name)
        f = gx.function([taken, *inputs], gx.grad(total, inputs, unconnected="zeros"))

        def number(flag, x, w, b, then=then, otherwise=otherwise):
            y = jax.lax.cond(
                flag,
                lambda x: then(x, w, b, jax.numpy),
                lambda x: otherwise(x, w, b, jax.numpy),
                x,
            )
            return jax.numpy.sum(jax.numpy.sin(y) * y)

        for choice in (True, False):
            want = jax.grad(number, (1, 2, 3))(choice, X, W, B)
            for mine, theirs in zip(f(np.array(choice), X, W, B), want, strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-13)
