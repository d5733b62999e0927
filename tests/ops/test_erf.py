"""The error function: against mpmath and math.erf, at the edges, and in place."""

import math
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from op_checks import allocated, check_gradients, check_printed, namespace, samples, value

from graphc.autodiff import grad
from graphc.ops.base import REGISTRY
from graphc.ops.erf import ERF, erf
from graphc.ops.leaf import input
from graphc.ops.reduce import sum as reduce_sum

_erf = namespace(ERF)["_erf"]
CASES = [pytest.param(op, sample, id=name) for op, sample, name in samples("erf")]


def relative_error(x):
    x = x[x != 0]
    exact = [mpmath.erf(mpmath.mpf(float(v))) for v in x]
    got = _erf(x)
    return max(float(abs(float(g) - e) / abs(e)) for g, e in zip(got, exact, strict=True))


@pytest.mark.parametrize(
    ("dtype", "bound", "low"), [("float64", 6e-16, -300), ("float32", 3e-7, -37)]
)
def test_the_relative_error_is_within_the_stated_bound(dtype, bound, low):
    rng = np.random.default_rng(3)
    parts = [rng.uniform(-7, 7, 1500), 10 ** rng.uniform(low, 1, 500), np.linspace(3.8, 6.2, 300)]
    assert relative_error(np.concatenate(parts).astype(dtype)) < bound


@given(st.floats(allow_nan=False))
def test_any_float_agrees_with_the_standard_library(x):
    with np.errstate(all="raise", under="ignore"):
        got = float(_erf(np.array([x]))[0])
    assert math.isclose(got, math.erf(x), rel_tol=1e-15, abs_tol=5e-324)
    assert math.copysign(1, got) == math.copysign(1, x)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_edges_are_exact_and_raise_no_warning(dtype):
    x = np.array([np.inf, -np.inf, 6.5, -6.5, 0.0, -0.0, np.nan, np.finfo(dtype).max], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = _erf(x)
    np.testing.assert_array_equal(got, np.array([1, -1, 1, -1, 0, -0.0, np.nan, 1], dtype))
    assert list(np.signbit(got[4:6])) == [False, True]
    assert got.dtype == dtype


def test_it_takes_scalars_and_strided_arrays_and_leaves_them_as_they_were():
    assert _erf(np.float32(0.5)).shape == ()
    x = np.arange(12.0).reshape(3, 4).T[::2]
    before = x.copy()
    np.testing.assert_allclose(_erf(x), np.vectorize(math.erf)(x), rtol=1e-15)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_printed_statements_agree_with_the_reference_also_in_place(op, sample):
    check_printed(op, sample.arrays, sample.attrs, rtol=1e-15)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_gradients_agree_with_finite_differences_in_both_orders(op, sample):
    check_gradients(op, sample)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_planned_statements_allocate_no_array(dtype):
    x = np.linspace(-5, 5, 300_000).astype(dtype)
    assert allocated(REGISTRY["erf"], (x,), {}).peak < 10_000


def test_the_derivative_is_finite_far_out_and_integers_become_floating():
    x = input("x", (3,), "float64")
    (slope,) = grad(reduce_sum(erf(x)), [x])
    got = value(slope, {x: np.array([-1e3, 0.0, 40.0])})
    np.testing.assert_allclose(got, [0, 2 / math.sqrt(math.pi), 0])
    assert erf(input("n", ("N",), "int32")).dtype == "float64"
