"""Loops that end when a condition fails."""

import autograd
import numpy as np
import pytest

import graphc as gx
from graphc.errors import GraphError, TypeMismatchError


def newton(a, steps=50):
    return gx.while_loop(
        lambda r: gx.any(gx.abs(r * r - a) > 1e-12 * a), lambda r: (r + a / r) / 2, a, steps
    )


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_newtons_square_root_stops_when_it_is_there(style):
    a = gx.input("a", (3,), "float64")
    f = gx.function([a], [newton(a)], style=style)
    values = np.array([2.0, 9.0, 1e6])
    np.testing.assert_allclose(f(values)[0], np.sqrt(values), rtol=1e-12)
    assert "break" in f.source


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_several_states_and_the_number_of_steps(style):
    n = gx.input("n", (), "int64")
    value, count = gx.while_loop(
        lambda n, count: n > 1,
        lambda n, count: (gx.where(n % 2 == 0, n // 2, 3 * n + 1), count + 1),
        (n, gx.constant(0)),
        max_steps=200,
    )
    f = gx.function([n], [value, count], style=style)
    for start, steps in ((1, 0), (6, 8), (27, 111)):  # OEIS A006577
        assert f(start) == [1, steps]


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_the_derivative_is_that_of_the_steps_that_were_made(style):
    a = gx.input("a", (2,), "float64")
    root = newton(a, 12)
    slope = gx.grad(gx.sum(root), [a])
    curve = gx.grad(gx.sum(slope[0]), [a])
    f = gx.function([a], [*slope, *curve], style=style)
    values = np.array([2.0, 9.0])

    def written_out(a):
        r = a
        while np.any(np.abs(getattr(r * r - a, "_value", r * r - a)) > 1e-12 * values):
            r = (r + a / r) / 2
        return r.sum()

    got = f(values)
    np.testing.assert_allclose(got[0], autograd.grad(written_out)(values), rtol=1e-10)
    np.testing.assert_allclose(got[0], 0.5 / np.sqrt(values), rtol=1e-8)
    np.testing.assert_allclose(got[1], -0.25 * values**-1.5, rtol=1e-5)


def test_the_bound_is_kept():
    x = gx.input("x", (), "float64")
    f = gx.function([x], [gx.while_loop(lambda x: x > 0, lambda x: x + 1, x, 7)])
    assert f(1.0)[0] == 8 and f(-1.0)[0] == -1


@pytest.mark.parametrize(
    ("condition", "body", "error", "text"),
    [
        (lambda x: x > 0, lambda x: x, TypeMismatchError, "a condition is one boolean"),
        (lambda x: True, lambda x: x, TypeMismatchError, "not True"),
        (lambda x: gx.any(x > 0), lambda x: (x, x), GraphError, r"1 states \(x\).*returns 2"),
    ],
)
def test_misuse_is_explained(condition, body, error, text):
    with pytest.raises(error, match=text) as caught:
        gx.while_loop(condition, body, gx.input("x", (3,)), 5)
    assert "test_while_loop.py" in str(caught.value)
