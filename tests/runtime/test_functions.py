"""What a function returns: a list, a dict or one array, as its outputs were given."""

import numpy as np
import pytest

import graphc as gx
from graphc import optim
from graphc.errors import TypeMismatchError

VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def x():
    return gx.input("x", ("N", 3))


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_results_come_as_the_outputs_were_given(x, style):
    doubled, total = x * 2, x.sum()
    several = gx.function([x], [doubled, total], style=style)(VALUES)
    assert isinstance(several, list) and len(several) == 2
    named = gx.function([x], {"total": total}, style=style)(VALUES)
    assert list(named) == ["total"]
    one = gx.function([x], doubled, style=style)(VALUES)
    np.testing.assert_array_equal(one, VALUES * 2)
    number = gx.function([x], total, style=style)(VALUES)
    assert isinstance(number, (np.ndarray, np.generic)) and number.dtype == np.float32
    assert several[1] == named["total"] == number == 15


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_an_array_is_the_callers_own(x, style):
    double = gx.function([x], x * 2, style=style)
    first = double(VALUES)
    double(VALUES + 1)
    np.testing.assert_array_equal(first, VALUES * 2)


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("form", ["array", "list", "dict", "long names"])
def test_results_of_a_step_that_trains_are_from_before_it(x, style, form):
    """Results are of the first phase; the second computes in the same memory."""
    w = gx.parameter("w", np.ones(3, np.float32))
    error = (x @ w).named("error")
    doubled = (2 * error).named("doubled")
    outputs, parts = {
        "array": (error, lambda r: (r, 2 * r)),
        "list": ([error, doubled], lambda r: r),
        "dict": ({"error": error, "doubled": doubled}, lambda r: (r["error"], r["doubled"])),
        "long names": ({"e" * 60: error, "d" * 60: doubled}, lambda r: r.values()),
    }[form]
    updates = optim.SGD(0.1).updates([w], gx.grad(gx.mean(error**2), [w]))
    step = gx.function([x], outputs, updates)
    program = gx.Program("steps", style=style, step=step).load(seed=0)
    first, twice = parts(program.step(VALUES))
    np.testing.assert_array_equal(first, VALUES.sum(1))
    np.testing.assert_array_equal(twice, 2 * VALUES.sum(1))
    changed = np.ones(3) - 0.1 * VALUES.T @ VALUES.sum(1)
    again, _ = parts(program.step(VALUES))
    np.testing.assert_allclose(again, VALUES @ changed, rtol=1e-5)


def test_tensors_are_not_assigned_to(x):
    with pytest.raises(TypeMismatchError, match=r"'x' .* can't be changed: gx.where"):
        x[0] = 1


def test_a_name_that_graphc_lacks_can_be_suggested():
    with pytest.raises(AttributeError, match="no attribute 'softmx'") as caught:
        gx.softmx  # noqa: B018
    assert caught.value.obj is gx and caught.value.name == "softmx"
