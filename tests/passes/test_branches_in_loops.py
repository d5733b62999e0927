"""Conditionals in the steps of loops: what the way back needs of a branch is computed once."""

import re
from functools import cache

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import graphc as gx

pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")

RNG = np.random.default_rng(17)
W, U = RNG.normal(size=(3, 3)) * 0.7, RNG.normal(size=(3, 3)) * 0.7


class _Graph:
    """The functions that steps use, on tensors."""

    tanh, exp, sin, mean, sum = map(staticmethod, (gx.tanh, gx.exp, gx.sin, gx.mean, gx.sum))

    @staticmethod
    def choose(predicate, then, otherwise):
        return gx.cond(predicate, then, otherwise)


class _Numbers:
    """The same on arrays, as Python does it."""

    tanh, exp, sin, mean, sum = map(staticmethod, (anp.tanh, anp.exp, anp.sin, anp.mean, anp.sum))

    @staticmethod
    def choose(predicate, then, otherwise):
        return then() if predicate else otherwise()


# Each step takes the state, an element, two weights and the functions; it gives the state and what
# it leaves.
def by_element(h, x, w, u, f):
    h = f.choose(
        f.mean(x) > 0,
        lambda: f.tanh(f.exp(-((x @ w) ** 2)) + h @ u),
        lambda: f.sin(h @ w) * f.tanh(x),
    )
    return h, h


def by_state(h, x, w, u, f):
    h = f.choose(f.sum(h) > 0, lambda: f.tanh(h @ u + x), lambda: x * f.exp(-((h @ w) ** 2)))
    return h, h * h


def one_after_the_other(h, x, w, u, f):
    z = f.choose(f.mean(x) > 0, lambda: f.exp(f.sin(x @ w)), lambda: x)
    h = f.choose(f.mean(z) > 0.5, lambda: f.tanh(z @ u + h), lambda: f.sin(h @ u) * z)
    return h, z


def beside_other_work(h, x, w, u, f):
    z = f.tanh(h @ u + x)
    h = f.choose(f.mean(x) > 0, lambda: f.exp(f.sin(z @ w)) * 0.3, lambda: f.sin(z) * z)
    return h, z * h


def one_in_another(h, x, w, u, f):
    def inner():
        return f.choose(f.sum(h) > 0, lambda: f.exp(f.sin(h @ w)) * x, lambda: f.tanh(h @ u) - x)

    h = f.choose(f.mean(x) > 0, lambda: f.tanh(inner() @ u), lambda: f.sin(x))
    return h, h


def of_different_types(h, x, w, u, f):
    h = f.choose(
        f.mean(x) > 0,
        lambda: f.tanh(h @ u) + f.exp(f.sin(f.sum(h * x))),
        lambda: f.exp(f.sin(f.sum(h @ w, 0))) * x,
    )
    return h, h


STEPS = [by_element, by_state, one_after_the_other, beside_other_work, one_in_another]
STEPS = {step.__name__: step for step in [*STEPS, of_different_types]}
CASES = [*((name, False, "planned") for name in STEPS), ("by_element", True, "planned")]
CASES += [("by_state", True, "plain"), ("by_element", False, "plain")]
CASES += [("one_in_another", False, "plain")]


def double(name, *shape):
    return gx.input(name, shape, "float64")


@cache
def looped(name, reverse=False, disable=(), style="planned", **options):
    """A network with a loop, its loss, and the gradients of that."""
    step = STEPS[name]
    given = [double("xs", "T", "N", 3), double("w", 3, 3), double("u", 3, 3), double("h", "N", 3)]
    xs, w, u, h = given
    last, left = gx.scan(lambda h, x: step(h, x, w, u, _Graph), h, xs, reverse=reverse, **options)
    loss = gx.sum(gx.sin(last)) + gx.sum(left * left)
    results = [loss, *gx.grad(loss, given)]
    outputs = {f"out_{k}": t for k, t in enumerate(results)}
    return gx.compile(name, inputs=given, outputs=outputs, disable=disable, style=style)


def number(name, reverse):
    """The loss by Python's own loop and conditionals."""

    def value(xs, w, u, h):
        total = 0.0
        for x in xs[::-1] if reverse else xs:
            h, left = STEPS[name](h, x, w, u, _Numbers)
            total = total + anp.sum(left * left)
        return total + anp.sum(anp.sin(h))

    return value


def arguments(length, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(length, 2, 3)), W, U, rng.normal(size=(2, 3))


@pytest.mark.parametrize(("name", "reverse", "style"), CASES)
def test_gradients_are_those_of_the_branches_taken(name, reverse, style):
    m = looped(name, reverse, style=style).load()
    want = number(name, reverse)
    for length in (0, 1, 7):  # memory of the longer ones has values of other branches in it
        for seed in range(2):
            given = arguments(length, seed)
            got = m.predict(*given)
            np.testing.assert_allclose(got["out_0"], want(*given), rtol=1e-12)
            for k in range(4):
                theirs = autograd.grad(want, k)(*given)
                np.testing.assert_allclose(got[f"out_{k + 1}"], theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "reverse", "style"), CASES)
def test_keeping_values_of_branches_changes_no_bit(name, reverse, style):
    mine = looped(name, reverse, style=style).load()
    theirs = looped(name, reverse, disable=("keep_branches",), style=style).load()
    for length in (1, 6):
        given = arguments(length, length)
        a, b = mine.predict(*given), theirs.predict(*given)
        for key, value in b.items():
            np.testing.assert_array_equal(a[key], value)


def calls(network, function):
    """How often a module calls a function of NumPy."""
    return len(re.findall(rf"\bnp\.{function}\(", network.source))


@pytest.mark.parametrize(
    ("name", "function", "times"),
    [
        ("by_element", "exp", 1),
        ("by_element", "tanh", 2),  # one in each branch
        ("by_state", "exp", 1),
        ("by_state", "tanh", 1),
        ("one_after_the_other", "exp", 1),
        ("one_after_the_other", "tanh", 1),
        ("beside_other_work", "exp", 1),
        ("of_different_types", "exp", 2),
        ("of_different_types", "tanh", 1),
    ],
)
def test_what_a_branch_computes_is_not_computed_again(name, function, times):
    kept = looped(name)
    assert calls(kept, function) == times
    assert calls(looped(name, disable=("keep_branches",)), function) > times
    assert kept.report().rules["value of a branch kept for the way back"] > 0


def test_a_loop_that_computes_its_steps_again_keeps_nothing_of_its_branches():
    again = looped("by_element", recompute=True)
    assert calls(again, "exp") == 2
    given = arguments(9)
    stored = looped("by_element")
    assert again.report(T=500, N=2).planned_bytes < 0.6 * stored.report(T=500, N=2).planned_bytes
    want, got = stored.load().predict(*given), again.load().predict(*given)
    for key, value in want.items():
        np.testing.assert_array_equal(got[key], value)


def test_a_budget_chooses_between_keeping_and_computing_again():
    name = "by_element"
    given = [double("xs", "T", "N", 3), double("h", "N", 3)]
    w, u = gx.constant(W), gx.constant(U)
    last, _ = gx.scan(lambda h, x: STEPS[name](h, x, w, u, _Graph), given[1], given[0])
    loss = gx.sum(gx.sin(last))
    gradients = gx.grad(loss, given)
    sizes = {"T": 400, "N": 4}
    free = gx.function(given, gradients)
    stored = free.report(**sizes).planned_bytes
    small = gx.function(given, gradients, budget=stored // 2, sizes=sizes)
    assert small.report(**sizes).planned_bytes <= stored // 2
    arrays = RNG.normal(size=(30, 4, 3)), RNG.normal(size=(4, 3))
    for mine, theirs in zip(small(*arrays), free(*arrays), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_second_derivatives_go_through_branches_in_steps():
    name = "by_element"
    given = [double("xs", "T", "N", 3), double("h", "N", 3), double("v", "N", 3)]
    xs, h, v = given
    w, u = gx.constant(W), gx.constant(U)
    last, left = gx.scan(lambda h, x: STEPS[name](h, x, w, u, _Graph), h, xs)
    loss = gx.sum(gx.sin(last)) + gx.sum(left * left)
    (gradient,) = gx.grad(loss, [h])
    f = gx.function(given, gx.grad(gx.sum(gradient * v), [xs, h]))
    arrays = RNG.normal(size=(5, 2, 3)), RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3))

    def along(xs, h):
        return anp.sum(autograd.grad(lambda h: number(name, False)(xs, W, U, h))(h) * arrays[2])

    for k, mine in enumerate(f(*arrays)):
        theirs = autograd.grad(along, k)(*arrays[:2])
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
