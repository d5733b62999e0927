"""What makes two nodes one, and what must not."""

import gc
import weakref

import numpy as np
import pytest

import graphc as gx
from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir.node import Literal, attribute_key, make
from graphc.ops.base import REGISTRY


@pytest.fixture
def x():
    return gx.input("x", (3,), "float64")


def test_the_same_application_is_the_same_node(x):
    assert gx.exp(x) is gx.exp(x)
    assert (x + 1) is (x + 1)
    assert gx.sum(x, keepdims=True) is gx.sum(x, 0, keepdims=True)


def test_operands_in_another_order_are_another_node(x):
    y = gx.input("y", (3,), "float64")
    assert (x + y) is not (y + x)


def test_one_is_not_one_point_zero_nor_true():
    keys = {attribute_key(v) for v in (1, 1.0, True)}
    assert len(keys) == 3
    nodes = {gx.constant(np.asarray(v)).node for v in (1, 1.0, True)}
    assert len(nodes) == 3
    assert [t.dtype for t in map(gx.constant, (1, 1.0, True))] == ["int64", "float32", "bool"]


def test_zero_is_not_minus_zero(x):
    assert attribute_key(0.0) != attribute_key(-0.0)
    assert gx.constant(0.0) is not gx.constant(-0.0)
    plus, minus = gx.pad(x, 1, 0.0), gx.pad(x, 1, -0.0)
    assert plus is not minus
    (got,) = gx.function([x], [minus])(np.ones(3))
    assert np.signbit(got[0])


def test_nan_is_itself(x):
    assert attribute_key(float("nan")) == attribute_key(-float("nan"))
    assert gx.pad(x, 1, float("nan")) is gx.pad(x, 1, float("nan"))
    assert gx.constant(float("nan")) is gx.constant(float("nan"))


def test_equal_attributes_in_tuples_are_told_apart_too():
    assert attribute_key((1, (2.0,))) != attribute_key((1.0, (2.0,)))
    assert attribute_key((0.0, 1)) != attribute_key((-0.0, 1))


def test_constants_are_compared_by_type_shape_and_bits():
    array = np.array([1.0, 2.0])
    assert gx.constant(array) is gx.constant(array.copy())
    assert gx.constant(array) is not gx.constant(array.astype("float32"))
    assert gx.constant(array) is not gx.constant(array[None])
    assert gx.constant(array.astype(">f8").astype("f8")) is gx.constant(array)
    assert Literal(array) != Literal(array + 1e-16 * array) or (array + 1e-16 == array).all()


def test_a_constant_keeps_the_values_it_was_made_of():
    array = np.array([1.0, 2.0])
    tensor = gx.constant(array)
    array[0] = 99.0
    assert gx.evaluate([tensor])[0][0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        tensor.node.attrs["value"].array[0] = 5.0


def test_inputs_and_states_of_one_name_stay_two():
    assert gx.input("x", (3,)) is not gx.input("x", (3,))
    assert gx.state("s", 0) is not gx.state("s", 0)


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: gx.uniform((3,)),
        lambda x: gx.normal((3,)),
        lambda x: gx.bernoulli(0.5, (3,)),
        lambda x: gx.dropout(x, 0.5),
    ],
)
def test_each_draw_has_a_stream_of_its_own(x, draw):
    assert draw(x) is not draw(x)
    assert draw(x).node is not draw(x).node


def test_two_dropouts_of_one_tensor_have_two_masks():
    x = gx.input("x", (1000,), "float64")
    first, second = gx.dropout(x, 0.5), gx.dropout(x, 0.5)
    a, b = gx.function([x], [first, second])(np.ones(1000))
    assert not np.array_equal(a, b)
    # while one dropout that is used twice has one
    a, b = gx.function([x], [first * 1.5, first * 2.0])(np.ones(1000))
    np.testing.assert_array_equal(a / 1.5, b / 2.0)


def test_the_gradient_of_a_dropout_has_the_mask_of_its_value():
    x = gx.input("x", (1000,), "float64")
    y = gx.dropout(x, 0.3)
    value, slope = gx.function([x], [y, *gx.grad(gx.sum(y), [x])])(np.ones(1000))
    np.testing.assert_array_equal(value, slope)


def test_where_a_node_comes_from_is_no_part_of_what_it_is(x):
    with gx.scope("first"):
        a = gx.tanh(x)
    with gx.scope("second"):
        b = gx.tanh(x)
    assert a is b
    assert a.node.origin.scope == ("first",)


def test_names_are_notes_beside_a_tensor(x):
    assert gx.cos(x).named("wave") is gx.cos(x)
    assert gx.cos(x).name == "wave"


def test_nodes_that_nobody_holds_are_forgotten():
    x = gx.input("x", (3,))
    watched = weakref.ref(gx.sin(gx.cos(x)).node)
    gc.collect()
    assert watched() is None


def test_an_error_says_what_was_applied_where_and_to_what(x):
    y = gx.input("y", (4,), "float64")
    with pytest.raises(ShapeError) as caught:
        gx.add(x, y)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("add at test_interning.py:") and "sizes 3 and 4" in lines[0]
    assert lines[1].strip().startswith("x: float64[3]   input, test_interning.py:")
    assert lines[2].strip().startswith("y: float64[4]")


def test_operands_of_several_types_are_refused_by_the_op_itself(x):
    with pytest.raises(TypeMismatchError, match="one element type"):
        make(REGISTRY["add"], (x, x.astype("float32")))


@pytest.mark.parametrize(
    ("wish", "use"),
    [
        ("used as a condition", bool),
        ("made a float", float),
        ("made an int", int),
        ("made an array", np.asarray),
        ("used as an index", lambda t: [1, 2, 3][t]),
    ],
)
def test_a_tensor_has_no_value_and_says_so(x, wish, use):
    with pytest.raises(TypeMismatchError, match=wish):
        use(x)


def test_arrays_on_the_left_leave_the_work_to_the_tensor(x):
    array = np.arange(3.0)
    for tensor in (array + x, array - x, array * x, array / x, array @ x, array == x, array < x):
        assert isinstance(tensor, gx.Tensor)
    (got,) = gx.function([x], [array - x])(np.ones(3))
    np.testing.assert_array_equal(got, array - 1)


def test_tensors_iterate_where_their_first_size_is_a_number(x):
    assert len(x) == 3 and [t.shape for t in x] == [(), (), ()]
    symbolic = gx.input("s", ("N", 2))
    for use in (len, iter):
        with pytest.raises(TypeMismatchError):
            use(symbolic)
