"""Long vectors, block by block: results, and what is there until the last block."""

import numpy as np
import pytest

import graphc as gx
from graphc.schedule.fuse import BLOCK


@pytest.mark.parametrize("extra", [0, 1, 12345])
def test_long_vectors_are_updated_block_by_block_to_the_last_element(extra):
    n = 2 * BLOCK + extra
    rng = np.random.default_rng(0)
    start, slope = rng.normal(size=n), rng.normal(size=n)
    p, m = gx.parameter("p", start), gx.state("m", np.zeros(n))
    g = gx.state("g", slope)
    momentum = 0.9 * m + g
    function = gx.function([], [], {p: p - 0.1 * gx.tanh(momentum), m: momentum})
    function()
    function()
    want_m = 0.9 * slope + slope
    np.testing.assert_allclose(gx.value(m), want_m, rtol=1e-12)
    np.testing.assert_allclose(
        gx.value(p), start - 0.1 * np.tanh(slope) - 0.1 * np.tanh(want_m), rtol=1e-12
    )
    assert any(g.blocked for g in function.network.plans["function_body"].fusion.groups)


def test_what_a_loop_over_blocks_reads_is_there_until_its_last_block():
    """A number and a vector that its first statements alone read, beside scratch of later ones."""
    rng = np.random.default_rng(1)
    n = 3 * BLOCK
    x = gx.input("x", (2, n), "float64")
    start = rng.normal(size=n)
    p, q = gx.parameter("p", start), gx.state("q", np.zeros(n))
    h = gx.sum(x, axis=0) * gx.max(x) + q
    updates = {q: h, p: p * 0.5 + (gx.sin(p) * 0.3 + gx.cos(p) * 0.2) * (gx.exp(p) - p) * 0.1}
    function = gx.function([x], [], updates)
    (plan,) = function.network.plans.values()
    assert any(group.blocked and len(group.nodes) > 8 for group in plan.fusion.groups)
    given = rng.normal(size=(2, n))
    function(given)
    want = gx.evaluate(list(updates.values()), {x: given, p: start, q: np.zeros(n)})
    np.testing.assert_allclose(gx.value(q), want[0], rtol=1e-12)
    np.testing.assert_allclose(gx.value(p), want[1], rtol=1e-12)


def test_an_op_that_needs_more_buffers_is_not_done_block_by_block():
    p = gx.parameter("p", np.linspace(-2, 2, 2 * BLOCK + 5))
    function = gx.function([], [], {p: gx.erf(p) * 2.0 + p})
    function()
    want = gx.evaluate([gx.erf(p) * 2.0 + p], {p: np.linspace(-2, 2, 2 * BLOCK + 5)})[0]
    np.testing.assert_allclose(gx.value(p), want, rtol=1e-12)
