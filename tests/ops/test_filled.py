"""Arrays of one value, against NumPy's."""

import numpy as np
import pytest

import graphc as gx
from graphc.errors import ShapeError

x = gx.input("x", ("N", 3), dtype="float64")
VALUES = np.arange(6.0).reshape(2, 3)

TABLE = {
    "zeros": (lambda: gx.zeros(("N", 2)), np.zeros((2, 2), "float32")),
    "zeros of integers": (lambda: gx.zeros(3, "int64"), np.zeros(3, "int64")),
    "ones of no axes": (lambda: gx.ones(()), np.ones((), "float32")),
    "ones by a size": (lambda: gx.ones((x.shape[0] + 1, 2)), np.ones((3, 2), "float32")),
    "full": (lambda: gx.full((2, 2), 0.5), np.full((2, 2), 0.5, "float32")),
    "full of a tensor": (lambda: gx.full(("N",), x.sum()), np.full(2, 15.0)),
    "full of a tensor, converted": (lambda: gx.full(2, x.sum(), "int64"), np.full(2, 15)),
    "zeros_like": (lambda: gx.zeros_like(x), np.zeros_like(VALUES)),
    "ones_like": (lambda: gx.ones_like(x, dtype="bool"), np.ones_like(VALUES, bool)),
    "full_like": (lambda: gx.full_like(x, 7), np.full_like(VALUES, 7)),
    "full_like an array": (lambda: gx.full_like(VALUES, 7), np.full_like(VALUES, 7)),
}


@pytest.mark.parametrize("case", TABLE)
def test_values_and_types_are_numpys(case):
    build, expected = TABLE[case]
    result = gx.function([x], build())(VALUES)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


def test_full_takes_one_number():
    with pytest.raises(ShapeError, match=r"one number, not \(N, 3\)"):
        gx.full(("N", 3), x)


def test_derivatives_reach_the_value():
    got = gx.function([x], gx.grad((gx.full(("N", 4), x.sum()) ** 2).sum(), [x])[0])(VALUES)
    np.testing.assert_allclose(got, np.full((2, 3), 2 * 15.0 * 8))
