"""Functions as people write them, in ops and in SymPy: finite and right where they saturate.

Value, first and second derivative against mpmath, in float32 and float64.
"""

from functools import cache

import mpmath
import numpy as np
import pytest
import sympy as sp

import graphc as gx

POINTS = (-1000.0, -100.0, -20.0, -1.25, -1e-30, 0.0, 1e-30, 0.75, 20.0, 100.0, 1000.0)


class _Ops:
    """graphc's functions under SymPy's names, so that one spelling serves both."""

    exp, log, sqrt, tanh = map(staticmethod, (gx.exp, gx.log, gx.sqrt, gx.tanh))
    Abs = staticmethod(gx.abs)

    @staticmethod
    def cosh(x):
        return (gx.exp(x) + gx.exp(-x)) / 2


# The functions meant, over mpmath.
def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


def log_cosh(x):
    return mpmath.log(mpmath.cosh(x))


def softsign(x):
    return x / (1 + abs(x))


SPELLINGS = {
    "1/(1+exp(-x))": (lambda x, m: 1 / (1 + m.exp(-x)), sigmoid),
    "1/(exp(-x)+1)": (lambda x, m: 1 / (m.exp(-x) + 1), sigmoid),
    "1/(1+1/exp(x))": (lambda x, m: 1 / (1 + 1 / m.exp(x)), sigmoid),
    "1/(1+exp(x))": (lambda x, m: 1 / (1 + m.exp(x)), lambda x: sigmoid(-x)),
    "exp(x)/(1+exp(x))": (lambda x, m: m.exp(x) / (1 + m.exp(x)), sigmoid),
    "exp(x)/(exp(x)+1)": (lambda x, m: m.exp(x) / (m.exp(x) + 1), sigmoid),
    "exp(-x)/(1+exp(-x))": (lambda x, m: m.exp(-x) / (1 + m.exp(-x)), lambda x: sigmoid(-x)),
    "1-1/(1+exp(x))": (lambda x, m: 1 - 1 / (1 + m.exp(x)), sigmoid),
    "1-1/(1+exp(-x))": (lambda x, m: 1 - 1 / (1 + m.exp(-x)), lambda x: sigmoid(-x)),
    "(1+tanh(x/2))/2": (lambda x, m: (1 + m.tanh(x / 2)) / 2, sigmoid),
    "1/(1+exp(-2x))": (lambda x, m: 1 / (1 + m.exp(-2 * x)), lambda x: sigmoid(2 * x)),
    "exp(x)/(exp(x)+exp(-x))": (
        lambda x, m: m.exp(x) / (m.exp(x) + m.exp(-x)),
        lambda x: sigmoid(2 * x),
    ),
    "x/(1+exp(-x))": (lambda x, m: x / (1 + m.exp(-x)), lambda x: x * sigmoid(x)),
    "x*(1/(1+exp(-x)))": (lambda x, m: x * (1 / (1 + m.exp(-x))), lambda x: x * sigmoid(x)),
    "x*exp(x)/(1+exp(x))": (lambda x, m: x * m.exp(x) / (1 + m.exp(x)), lambda x: x * sigmoid(x)),
    "exp(x)*x/(exp(x)+1)": (lambda x, m: m.exp(x) * x / (m.exp(x) + 1), lambda x: x * sigmoid(x)),
    "x/(1+exp(-1.702x))": (
        lambda x, m: x / (1 + m.exp(-1.702 * x)),
        lambda x: x * sigmoid(mpmath.mpf("1.702") * x),
    ),
    "(exp(x)-exp(-x))/(exp(x)+exp(-x))": (
        lambda x, m: (m.exp(x) - m.exp(-x)) / (m.exp(x) + m.exp(-x)),
        mpmath.tanh,
    ),
    "(1-exp(-2x))/(1+exp(-2x))": (
        lambda x, m: (1 - m.exp(-2 * x)) / (1 + m.exp(-2 * x)),
        mpmath.tanh,
    ),
    "(exp(2x)-1)/(exp(2x)+1)": (lambda x, m: (m.exp(2 * x) - 1) / (m.exp(2 * x) + 1), mpmath.tanh),
    "2/(1+exp(-2x))-1": (lambda x, m: 2 / (1 + m.exp(-2 * x)) - 1, mpmath.tanh),
    "1-2/(1+exp(2x))": (lambda x, m: 1 - 2 / (1 + m.exp(2 * x)), mpmath.tanh),
    "log(1+exp(x))": (lambda x, m: m.log(1 + m.exp(x)), softplus),
    "log(exp(x)+1)": (lambda x, m: m.log(m.exp(x) + 1), softplus),
    "log(1+exp(-x))": (lambda x, m: m.log(1 + m.exp(-x)), lambda x: softplus(-x)),
    "log(1+exp(2x))/2": (lambda x, m: m.log(1 + m.exp(2 * x)) / 2, lambda x: softplus(2 * x) / 2),
    "x+log(1+exp(-x))": (lambda x, m: x + m.log(1 + m.exp(-x)), softplus),
    "log(cosh(x))": (lambda x, m: m.log(m.cosh(x)), log_cosh),
    "log((exp(x)+exp(-x))/2)": (lambda x, m: m.log((m.exp(x) + m.exp(-x)) / 2), log_cosh),
    "log(exp(x)+exp(-x))": (
        lambda x, m: m.log(m.exp(x) + m.exp(-x)),
        lambda x: mpmath.log(mpmath.exp(x) + mpmath.exp(-x)),
    ),
    "x*tanh(log(1+exp(x)))": (
        lambda x, m: x * m.tanh(m.log(1 + m.exp(x))),
        lambda x: x * mpmath.tanh(softplus(x)),
    ),
    "log(1/(1+exp(-x)))": (lambda x, m: m.log(1 / (1 + m.exp(-x))), lambda x: -softplus(-x)),
    "log(exp(x)/(1+exp(x)))": (
        lambda x, m: m.log(m.exp(x) / (1 + m.exp(x))),
        lambda x: -softplus(-x),
    ),
    "-log(1+exp(-x))": (lambda x, m: -m.log(1 + m.exp(-x)), lambda x: -softplus(-x)),
    "log(1-1/(1+exp(-x)))": (lambda x, m: m.log(1 - 1 / (1 + m.exp(-x))), lambda x: -softplus(x)),
    "log(1/(1+exp(x)))": (lambda x, m: m.log(1 / (1 + m.exp(x))), lambda x: -softplus(x)),
    "1/cosh(x)**2": (lambda x, m: 1 / m.cosh(x) ** 2, lambda x: mpmath.sech(x) ** 2),
    "1/cosh(x)": (lambda x, m: 1 / m.cosh(x), mpmath.sech),
    "4/(exp(x)+exp(-x))**2": (
        lambda x, m: 4 / (m.exp(x) + m.exp(-x)) ** 2,
        lambda x: mpmath.sech(x) ** 2,
    ),
    "exp(-x)/(1+exp(-x))**2": (
        lambda x, m: m.exp(-x) / (1 + m.exp(-x)) ** 2,
        lambda x: sigmoid(x) * sigmoid(-x),
    ),
    "1-tanh(x)**2": (lambda x, m: 1 - m.tanh(x) ** 2, lambda x: mpmath.sech(x) ** 2),
    "exp(-x**2)": (lambda x, m: m.exp(-(x**2)), lambda x: mpmath.exp(-(x**2))),
    "x*exp(-x**2/2)": (lambda x, m: x * m.exp(-(x**2) / 2), lambda x: x * mpmath.exp(-x * x / 2)),
    "sqrt(1+x**2)": (lambda x, m: m.sqrt(1 + x**2), lambda x: mpmath.sqrt(1 + x * x)),
}
AWAY_FROM_0 = {
    "sqrt(x**2)": (lambda x, m: m.sqrt(x**2), abs),
    "log(1+exp(-abs(x)))": (lambda x, m: m.log(1 + m.exp(-m.Abs(x))), lambda x: softplus(-abs(x))),
    "x/(1+abs(x))": (lambda x, m: x / (1 + m.Abs(x)), softsign),
    "x/(1+sqrt(x**2))": (lambda x, m: x / (1 + m.sqrt(x**2)), softsign),
}
EVERY = {**SPELLINGS, **AWAY_FROM_0}


@cache
def exact(name, dtype):
    """Rows of value, first and second derivative at each point."""
    meant = EVERY[name][1]
    rows = []
    with mpmath.workdps(1400):  # sech(1000)**2 is 1e-869
        for point in points(name, dtype):
            at = mpmath.mpf(float(point))
            h = mpmath.ldexp(1, -300) if name in SPELLINGS else mpmath.ldexp(abs(at), -300)
            low, here, high = meant(at - h), meant(at), meant(at + h)
            rows.append((here, (high - low) / (2 * h), (high - 2 * here + low) / h**2))
    return np.array([[float(v) for v in row] for row in rows]).T


def points(name, dtype):
    return np.array([p for p in POINTS if p or name in SPELLINGS], dtype)


def computed(function, array):
    x = gx.input("x", array.shape, array.dtype)
    y = function(x)
    (first,) = gx.grad(gx.sum(y), [x])
    (second,) = gx.grad(gx.sum(first), [x], unconnected="zeros")
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return gx.function([x], [y, first, second])(array)


def check(function, name, dtype):
    array = points(name, dtype)
    got, want = computed(function, array), exact(name, dtype)
    tight = 2e-6 if dtype == "float32" else 1e-13
    for order, (mine, true) in enumerate(zip(got, want, strict=True)):
        assert np.isfinite(mine).all(), f"derivative {order}: {mine} at {array}"
        np.testing.assert_allclose(
            mine, true, rtol=20 * tight, atol=tight, err_msg=f"derivative {order}"
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EVERY)
def test_graphs_written_naively_are_right(name, dtype):
    spelling = EVERY[name][0]
    check(lambda x: spelling(x, _Ops), name, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EVERY)
def test_expressions_written_naively_are_right(name, dtype):
    check(expression(name), name, dtype)


@cache
def expression(name):
    return gx.elementwise("naive", lambda x: EVERY[name][0](x, sp))


# ---- the branch not taken -------------------------------------------------------------------

GUARDED = {
    "cast of a choice": lambda x: gx.where(x > 0, gx.log(x), 0).astype("float64"),
    "choice of a cast": lambda x: gx.where(x > 0, gx.log(x).astype("float64"), 0),
    "cast of the other branch": lambda x: gx.where(x <= 0, 0, gx.log(x)).astype("float64"),
    "cast before": lambda x: gx.where(x > 0, gx.log(x.astype("float64")), 0),
    "two casts": lambda x: gx.where(x > 0, gx.log(x), 0).astype("float64").astype("float32"),
    "scaled and cast": lambda x: (-2 * gx.where(x > 0, gx.log(x), 0)).astype("float64") / -2,
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_cast_of_where_keeps_the_branch_not_taken_out_of_derivatives(name):
    array = np.array([-1.0, 0.0, 0.5, 2.0], np.float32)
    y, first, second = computed(GUARDED[name], array)
    np.testing.assert_allclose(y, [0, 0, np.log(0.5), np.log(2)], rtol=1e-6)
    np.testing.assert_allclose(first, [0, 0, 2, 0.5], rtol=1e-6)
    np.testing.assert_allclose(second, [0, 0, -4, -0.25], rtol=1e-6)


def test_numbers_in_expressions_keep_the_element_type():
    scaled = gx.elementwise("scaled", lambda x: sp.log(2) * x + sp.sqrt(sp.pi))
    x = gx.input("x", (1,))
    (got,) = gx.function([x], [scaled(x)])(np.ones(1, np.float32))
    np.testing.assert_allclose(got, [np.log(2) + np.sqrt(np.pi)], rtol=1e-6)
    assert got.dtype == np.float32
