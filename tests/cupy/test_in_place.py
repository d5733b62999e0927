"""Results of a kernel that lie where one of its operands did."""

import numpy as np
import pytest
import shim
import stand_in

import graphc as gx

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")

PAIRS = {  # two results of one operand that nobody reads afterwards, for graphc and for NumPy
    "short": lambda h, np: (np.exp(h * 0.5) + 1, h * 3),
    "long": lambda h, np: (h * 3, np.exp(np.tanh(h) * 0.5) * np.exp(np.square(h) * -0.25) + h),
    "both short": lambda h, np: (h * 3, h * h),
}
ROWS = {
    "elements": lambda h, np: (np.exp(h * 0.5), h - np.max(h, 1, keepdims=True)),
    "columns": lambda h, np: (h - np.sum(h, 0), h * np.sum(h * h, 0)),
}


@pytest.mark.parametrize("name", [*PAIRS, *ROWS])
def test_an_operand_is_read_before_it_is_overwritten(name):
    formula = {**PAIRS, **ROWS}[name]
    x, w = gx.input("x", ("N", 4), "float64"), gx.input("w", (4, 4), "float64")
    a, b = formula(x @ w, gx)
    function = gx.function([x, w], [(a @ w) + (b @ w)], target="cupy")
    rng = np.random.default_rng(0)
    given, weights = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
    with stand_in.as_cupy():
        (result,) = function(given, weights)
    first, second = formula(given @ weights, np)
    np.testing.assert_allclose(result, first @ weights + second @ weights, rtol=1e-12)
