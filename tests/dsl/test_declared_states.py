"""Parameters and states: names, types, and what they refuse."""

import numpy as np
import pytest

from graphc.dsl import init
from graphc.dsl.variables import parameter, state
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir.evaluate import evaluate
from graphc.ir.node import state_of
from graphc.ir.origin import scope
from graphc.ops.leaf import input as declare
from graphc.ops.leaf import value_of
from graphc.ops.shape import broadcast_to


def test_a_name_begins_with_the_scopes_that_are_open():
    with scope("encoder"), scope("dense_1"):
        w = parameter("W", np.ones((2, 3), np.float32))
    assert w.name == state_of(w).name == "encoder.dense_1.W"
    assert parameter("W", 0.0).name == "W"


def test_shape_and_type_come_from_the_initial_value():
    w = parameter("W", [[1.0, 2.0, 3.0]])
    assert (w.shape, w.dtype) == ((1, 3), "float32")
    assert parameter("W", np.zeros(4)).dtype == "float64"
    assert parameter("W", init.normal()((3, 4), "float64")).shape == (3, 4)
    count = state("count", np.int64(7))
    assert (count.shape, count.dtype) == ((), "int64")


def test_arrays_become_a_constant_to_start_from():
    values = np.arange(6.0).reshape(2, 3)
    w = state_of(parameter("W", values))
    values[:] = 0
    assert w.initial is not None
    np.testing.assert_array_equal(value_of(w.initial), np.arange(6.0).reshape(2, 3))
    assert w.trainable


def test_only_parameters_are_trained():
    assert not state_of(state("s", 1.0)).trainable
    assert not state_of(parameter("W", 1.0, trainable=False)).trainable


def test_two_states_of_one_name_are_two_states():
    a, b = parameter("W", 1.0), parameter("W", 1.0)
    assert state_of(a) is not state_of(b)


def test_an_initial_value_may_be_computed():
    w = parameter("W", 2 * init.ones((2, 2)) - 1)
    (value,) = evaluate([state_of(w).initial])
    np.testing.assert_array_equal(value, np.ones((2, 2)))


x = declare("images", ("N", 3))


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("W", 3, TypeMismatchError, ["parameter 'W'", "int64", "floating", "gx.state"]),
        ("W", [1, 2], TypeMismatchError, ["int64[2]"]),
        ("W", (3, 2), TypeMismatchError, ["if (3, 2) is its shape", "init.glorot_uniform((3, 2))"]),
        ("W", True, TypeMismatchError, ["bool"]),
        ("W", init.he_normal, TypeMismatchError, ["function", "shape"]),
        ("W", "zeros", TypeMismatchError, ["'zeros'"]),
        ("W", None, TypeMismatchError, ["None"]),
        ("W", [[1.0], [1.0, 2.0]], TypeMismatchError, ["[[1.0]"]),
        ("W", 1j, TypeMismatchError, ["complex"]),
        ("W", x, ShapeError, ["(N, 3)", "symbolic"]),
        ("W", (x + 1).sum(), GraphError, ["'images'", "initial value"]),
        ("W", broadcast_to(parameter("other", 1.0), (2,)), GraphError, ["'other'"]),
        ("", 1.0, GraphError, ["text", "''"]),
        (5, 1.0, GraphError, ["text", "5"]),
    ],
)
def test_what_a_parameter_refuses(name, value, error, words):
    with pytest.raises(error) as caught:
        parameter(name, value)
    for word in [*words, "test_declared_states.py:"]:
        assert word in str(caught.value)
