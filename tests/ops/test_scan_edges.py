"""Loops at the edges: over nothing, and over numbers that the host computes."""

import numpy as np
import pytest
from test_scan import CASES, STYLES, arrays, double, looped

import graphc as gx


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("reverse", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", CASES)
def test_an_empty_sequence_makes_no_step(name, reverse, style):
    step, count = CASES[name]
    inputs, marks, total = looped(step, count, reverse)
    f = gx.function(
        [*inputs, marks], [total, *gx.grad(total, inputs, unconnected="zeros")], style=style
    )
    given = arrays(count, 0)
    for length in (0, 2, 0):  # buffers of other lengths don't matter
        f(*arrays(count, length), np.zeros((length, 4, 2 if name == "unused element" else 3)))
    got = f(*given, np.zeros((0, 4, 2 if name == "unused element" else 3)))
    states = given[:count]
    np.testing.assert_allclose(
        got[0], sum(np.sum(np.cos(s) * (k + 1.0)) for k, s in enumerate(states)), rtol=1e-14
    )
    for k, state in enumerate(states):
        np.testing.assert_allclose(got[1 + k], -np.sin(state) * (k + 1.0), rtol=1e-14)
    for array, mine in zip(given[count:], got[1 + count :], strict=True):
        assert mine.shape == array.shape and not mine.any()


@pytest.mark.parametrize("reduce", [gx.max, gx.mean, gx.logsumexp])
def test_a_size_that_a_maximum_or_a_mean_runs_over_is_at_least_one(reduce):
    h, xs = double("h", 2), double("xs", "T", 2)
    last, hs = gx.scan(lambda h, x: (h + x, h), h, xs)
    f = gx.function([h, xs], [last, reduce(hs)])
    with pytest.raises(ValueError, match="T must be at least 1"):
        f(np.zeros(2), np.zeros((0, 2)))


@pytest.mark.parametrize("style", STYLES)
def test_numbers_of_the_host_in_views_and_in_steps(style):
    count, xs = gx.state("count", np.int64(0)), double("xs", "T", 2)
    number = count.astype("float64") * 2 + 1
    wide = gx.broadcast_to(number, (2, 2))
    last, _ = gx.scan(
        lambda h, x: (h * x + (count + gx.sum(h).astype("int64")).astype("float64"), None),
        gx.constant(np.ones(2)),
        xs,
    )
    f = gx.function([xs], [wide, gx.concat([wide, wide]), last], {count: count + 1}, style=style)
    for k in range(3):
        got = f(np.full((2, 2), 3.0))
        np.testing.assert_array_equal(got[0], np.full((2, 2), 2.0 * k + 1))
        np.testing.assert_array_equal(got[1], np.full((4, 2), 2.0 * k + 1))
        h = np.ones(2)
        for _ in range(2):
            h = h * 3 + k + h.sum()
        np.testing.assert_array_equal(got[2], h)
