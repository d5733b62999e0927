"""A budget reaches the loops inside of loops and of branches; gradients stay the same."""

import re
from functools import cache

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import graphc as gx
from graphc.errors import CompileError
from graphc.ir.evaluate import evaluate
from graphc.ir.graph import verify
from graphc.passes.loops.stretches import pairs_of, with_less_memory

pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")

RNG = np.random.default_rng(31)
W, U = RNG.normal(size=(2, 3)) * 0.6, RNG.normal(size=(3, 3)) * 0.6


def double(name, *shape):
    return gx.input(name, shape, "float64")


class _Graph:
    """Loops and branches of graphs."""

    tanh, sin, mean = map(staticmethod, (gx.tanh, gx.sin, gx.mean))

    @staticmethod
    def loop(step, first, sequence):
        return gx.scan(lambda h, x: (step(h, x), None), first, sequence)[0]

    choose = staticmethod(gx.cond)


class _Numbers:
    """Those of Python."""

    tanh, sin, mean = map(staticmethod, (anp.tanh, anp.sin, anp.mean))

    @staticmethod
    def loop(step, first, sequence):
        for x in sequence:
            first = step(first, x)
        return first

    @staticmethod
    def choose(predicate, then, otherwise):
        return then() if predicate else otherwise()


# Each function takes sequences of sequences, a state, two weights, and what loops are.
def row_by_row(xs, h, w, u, f):
    def inner(h, x):
        return f.tanh(x @ w + f.sin(h @ u))

    return f.loop(lambda h, row: f.loop(inner, h, row), h, xs)


def two_in_a_row(xs, h, w, u, f):
    def row(h, x):
        h = f.loop(lambda h, x: f.tanh(x @ w + h @ u), h, x)
        return f.loop(lambda h, x: f.sin(h @ u) + f.tanh(x @ w) * 0.5, h, x)

    return f.loop(row, h, xs)


def in_a_branch(xs, h, w, u, f):
    def row(h, x):
        return f.choose(
            f.mean(x) > 0,
            lambda: f.loop(lambda h, x: f.tanh(x @ w + f.sin(h @ u)), h, x),
            lambda: f.sin(h @ u),
        )

    return f.loop(row, h, xs)


def deeper(xs, h, w, u, f):
    def inner(h, x):
        again = f.loop(lambda h, v: f.tanh(h @ u + v), h, w)
        return f.tanh(x @ w + f.sin(again @ u))

    return f.loop(lambda h, row: f.loop(inner, h, row), h, xs)


FUNCTIONS = {f.__name__: f for f in (row_by_row, two_in_a_row, in_a_branch, deeper)}
SIZES = {"S": 4, "T": 100, "N": 4}


@cache
def declared(name):
    """The inputs; the last state's sum of squares and its gradients by the state and the weights."""
    given = [double("xs", "S", "T", "N", 2), double("h", "N", 3), double("w", 2, 3)]
    given.append(double("u", 3, 3))
    last = FUNCTIONS[name](*given, _Graph)
    loss = gx.sum(last * last)
    return given, [loss, *gx.grad(loss, given[1:])]


def least(name):
    """The least that is possible, in bytes."""
    with pytest.raises(CompileError, match="more than the budget of 1 bytes") as caught:
        gx.function(*declared(name), budget=1, sizes=SIZES).network  # noqa: B018
    return int(re.search(r"at least ([\d,]+) bytes", str(caught.value))[1].replace(",", ""))


def number(name):
    def value(xs, h, w, u):
        return anp.sum(FUNCTIONS[name](xs, h, w, u, _Numbers) ** 2)

    return value


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_within_a_budget_are_those_of_the_loops_written_out(name):
    whole = gx.function(*declared(name)).report(**SIZES).planned_bytes
    budget = least(name) if name == "in_a_branch" else int(0.6 * whole)
    tight = gx.function(*declared(name), budget=budget, sizes=SIZES)
    assert tight.report(**SIZES).planned_bytes <= budget <= 0.6 * whole
    assert any(", within d_" in key and "keeps the states" in how for key, how in _loops(tight))
    for rows, length in ((0, 2), (1, 1), (3, 19), (2, 40)):
        given = [RNG.normal(size=(rows, length, 2, 2)), RNG.normal(size=(2, 3)), W, U]
        got = tight(*given)
        np.testing.assert_allclose(got[0], number(name)(*given), rtol=1e-11)
        for k, mine in enumerate(got[1:], 1):
            theirs = autograd.grad(number(name), k)(*given)
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def _loops(function):
    return function.network.report().loops.items()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_choice_for_loops_inside_computes_the_same_by_references(name):
    given, outputs = declared(name)
    graph = gx.Graph("f", tuple(given), tuple((f"out_{k}", t) for k, t in enumerate(outputs)))
    inner = [pair for pair in pairs_of(graph) if pair.within]
    assert any(pair.backward and pair.divisible for pair in inner)
    arrays = [RNG.normal(size=(2, 7, 2, 2)), RNG.normal(size=(2, 3)), W, U]
    table = dict(zip(given, arrays, strict=True))
    want = evaluate(graph.roots, table)
    for pair in inner:
        for choice in [3, *([None] if pair.backward else [])]:
            if choice is not None and not pair.divisible:
                continue
            changed = with_less_memory(graph, {pair: choice})
            verify(changed)
            assert any(a is not b for a, b in zip(changed.roots, graph.roots, strict=True))
            for mine, theirs in zip(evaluate(changed.roots, table), want, strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-13)


def test_the_outer_loop_and_the_inner_one_are_cut_together():
    name, sizes = "row_by_row", {"S": 400, "T": 300, "N": 4}
    whole = gx.function(*declared(name)).report(**sizes).planned_bytes
    f = gx.function(*declared(name), budget=whole // 4, sizes=sizes)
    assert f.report(**sizes).planned_bytes <= whole // 4
    cut = {key.rpartition(" ")[2] for key, how in _loops(f) if "stretches of" in how}
    assert "d_" in " ".join(cut) and len(cut) > 1
    given = [RNG.normal(size=(23, 18, 2, 2)), RNG.normal(size=(2, 3)), W, U]
    for mine, theirs in zip(f(*given), gx.function(*declared(name))(*given), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_what_fits_is_left_as_it_is():
    name = "row_by_row"
    free = gx.function(*declared(name), name="whole")
    f = gx.function(*declared(name), name="whole", budget="1GB", sizes=SIZES)
    assert f.source == free.source
    assert all("keeps what the way back needs" in how for _, how in _loops(f))
