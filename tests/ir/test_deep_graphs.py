"""Graphs of thousands of nodes in a row: no part of the compiler recurses over them."""

import sys

import numpy as np
import pytest

import graphc as gx
from graphc.ir.drawing import to_svg
from graphc.ir.graph import Graph
from graphc.ir.printer import to_dot, to_text

DEPTH = 5000


def chain(start, link, depth=DEPTH):
    h = start
    for _ in range(depth):
        h = link(h)
    return h


@pytest.fixture(autouse=True)
def shallow_stack():
    """A stack that would overflow long before 5,000 calls."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_a_deep_network_is_built_differentiated_compiled_and_run(style):
    x = gx.input("x", (4,), "float64")
    loss = gx.sum(chain(x, lambda h: gx.sin(h) * 0.5 + x, DEPTH // 4))
    function = gx.function([x], [loss, *gx.grad(loss, [x])], style=style)
    value, slope = function(np.full(4, 0.3))
    h, d = np.full(4, 0.3), np.ones(4)
    for _ in range(DEPTH // 4):
        h, d = np.sin(h) * 0.5 + 0.3, np.cos(h) * 0.5 * d + 1
    np.testing.assert_allclose(value, h.sum())
    np.testing.assert_allclose(slope, d)


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_a_deep_chain_of_views_compiles(style):
    x = gx.input("x", (4,), "float64")
    y = chain(gx.exp(x), lambda h: h[::-1], DEPTH)
    (got,) = gx.function([x], [y * 1.5], style=style)(np.arange(4.0))
    np.testing.assert_allclose(got, np.exp(np.arange(4.0)) * 1.5)


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_a_deep_chain_of_numbers_on_the_host_compiles(style):
    step = gx.state("step", np.float64(2.0))
    y = chain(step, lambda h: h * 0.5 + 1.0, DEPTH // 5)
    (got,) = gx.function([], [y], style=style)()
    assert got == 2.0


def test_a_deep_chain_of_constants_is_folded():
    y = chain(gx.constant(np.full(3, 2.0)), lambda h: h * 0.5 + 1.0, DEPTH)
    (got,) = gx.function([], [y])()
    np.testing.assert_array_equal(got, np.full(3, 2.0))


def test_a_deep_graph_is_printed_drawn_and_analysed():
    x = gx.input("x", (4,))
    graph = Graph("deep", (x,), (("out", chain(x, gx.tanh)),))
    assert to_text(graph).count("tanh") == DEPTH
    assert to_dot(graph).count("->") == DEPTH + 1
    assert to_svg(graph).count("<rect") == DEPTH + 2
    assert graph.to_networkx().number_of_edges() == DEPTH


def test_a_deep_graph_is_evaluated_and_forgotten():
    x = gx.input("x", (2,), "float64")
    y = chain(x, gx.tanh)
    assert gx.evaluate([y], {x: np.ones(2)})[0][0] < 0.03
    del y  # nodes free one another in a row: that too must not recurse


def test_an_optimizer_over_many_parameters_compiles():
    x = gx.input("x", ("N", 4))
    h = x
    for _ in range(60):
        h = gx.nn.Dense(4, activation="tanh")(h)
    net = gx.compile("deep", inputs=[x], loss=gx.mean(h), optimizer=gx.optim.Adam(1e-3))
    model = net.load()
    assert np.isfinite(model.train_step(np.ones((3, 4), "float32")))
