"""Every elementwise function over the whole range of float32: within 4 ulps of the exact result."""

import re

import numpy as np
import pytest
from accuracy import BOUND, END, START, SUBJECTS, TABLE, worst

import graphc as gx
from graphc.ops.base import REGISTRY
from graphc.ops.elementwise import Elementwise

# Functions of one operand that are exact by nature, or that others stand for.
NOT_MEASURED = {
    "negative": "exact",
    "sign": "exact",
    "floor": "exact",
    "logical_not": "of truth values",
    "truncated_gauss": "quantiles of random draws, measured as their law",
    "sech_squared": "measured as the derivative of tanh",
    "gelu_tanh_slope": "measured as the derivative of gelu_tanh",
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_values_and_derivatives_are_within_the_bound(name):
    for order, error in enumerate(worst(name)):
        assert error <= BOUND, f"derivative {order}"


def test_every_function_of_one_operand_is_measured():
    unary = {n for n, op in REGISTRY.items() if isinstance(op, Elementwise) and op.arity == 1}
    assert unary - set(SUBJECTS) == set(NOT_MEASURED)


def test_the_table_lists_the_functions_that_are_measured_within_the_bound():
    text = TABLE.read_text(encoding="utf-8").split(START)[1].split(END)[0]
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", text, re.MULTILINE)
    assert [name for name, _ in rows] == list(SUBJECTS)
    for name, cells in rows:
        assert max(map(float, cells.split("|"))) <= BOUND, name


INF = np.inf
LIMITS = {
    "exp": (0, INF), "expm1": (-1, INF), "erf": (-1, 1), "normal_cdf": (0, 1), "threshold": (0, 1),
    "sigmoid": (0, 1), "log_sigmoid": (-INF, 0), "tanh": (-1, 1), "softplus": (0, INF),
    "relu": (0, INF), "relu6": (0, 6), "leaky_relu": (-INF, INF), "elu": (-1, INF),
    "selu": (-1.7580993, INF), "hard_sigmoid": (0, 1),
}  # fmt: skip
SLOPES = {**dict.fromkeys(LIMITS, (0, 0)), "exp": (0, INF), "expm1": (0, INF), "log_sigmoid": (1, 0),
          "softplus": (0, 1), "relu": (0, 1), "leaky_relu": (0.01, 1), "elu": (0, 1),
          "selu": (0, 1.050701)}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_infinite_arguments_give_the_limits(name):
    x = gx.input("x", (2,))
    y = SUBJECTS[name].function(x)
    (slope,) = gx.grad(gx.sum(y), [x])
    with np.errstate(all="ignore"):
        value, slope = gx.function([x], [y, slope])(np.array([-INF, INF], np.float32))
    np.testing.assert_allclose(value, LIMITS[name], rtol=1e-6)
    np.testing.assert_allclose(slope, SLOPES[name], rtol=1e-6, atol=1.2e-38)
