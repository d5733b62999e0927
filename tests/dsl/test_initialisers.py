"""Initialisers: shapes, types and variances."""

import numpy as np
import pytest

from graphc.dsl import init
from graphc.errors import GraphError, ShapeError
from graphc.ir.evaluate import evaluate


def drawn(tensor):
    (value,) = evaluate([tensor])
    return value


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", init.NAMED)
def test_every_named_initialiser_gives_the_shape_and_type_asked_for(name, dtype):
    tensor = init.NAMED[name]((6, 4), dtype)
    assert (tensor.shape, tensor.dtype) == ((6, 4), dtype)
    assert init.NAMED[name]((6, 4)).dtype == "float32"


@pytest.mark.parametrize(
    ("initialiser", "variance"),
    [
        (init.glorot_uniform, 2 / 700),
        (init.glorot_normal, 2 / 700),
        (init.he_uniform, 2 / 300),
        (init.he_normal, 2 / 300),
        (init.lecun_normal, 1 / 300),
        (init.uniform(-0.3, 0.5), 0.8**2 / 12),
        (init.normal(0, 0.2), 0.04),
    ],
)
def test_the_variance_is_that_of_the_paper(initialiser, variance):
    value = drawn(initialiser((300, 400), "float64"))
    assert np.var(value) == pytest.approx(variance, rel=0.02)


def test_uniform_laws_keep_to_their_bounds():
    assert np.abs(drawn(init.glorot_uniform((30, 20)))).max() <= np.sqrt(6 / 50)
    assert np.abs(drawn(init.he_uniform((30, 20)))).max() <= np.sqrt(6 / 30)
    values = drawn(init.uniform(2, 3)((50,)))
    assert values.min() >= 2 and values.max() < 3


def test_constants_fill_any_shape():
    np.testing.assert_array_equal(drawn(init.constant(2.5)((2, 3))), np.full((2, 3), 2.5))
    np.testing.assert_array_equal(drawn(init.zeros(())), 0)
    np.testing.assert_array_equal(drawn(init.ones((2,))), [1, 1])


def test_the_axes_of_a_kernel_multiply_both_fans():
    assert init.fans((3, 3, 16, 32)) == (144, 288)
    assert init.fans((5, 7)) == (5, 7)


def test_two_draws_are_two_streams():
    a, b = init.normal()((3,)), init.normal()((3,))
    assert a is not b


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: init.he_normal((5,)), ShapeError, ["fan-in", "(5,)"]),
        (lambda: init.glorot_uniform(("N", 3)), ShapeError, ["(N, 3)"]),
        (lambda: init.uniform(1, 1)((2,)), GraphError, ["uniform(low=1, high=1)"]),
        (lambda: init.normal(0, 0)((2,)), GraphError, ["deviation"]),
        (lambda: init.variance_scaling(fan="out_in")((2, 2)), GraphError, ["'average'"]),
        (lambda: init.draw("he", (2, 2), "float32", "W"), GraphError, ["'he'", "he_normal"]),
        (lambda: init.draw([1.0], (2, 2), "float32", "W"), ShapeError, ["(2, 2)", "(1,)"]),
    ],
)
def test_what_initialisers_refuse(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
