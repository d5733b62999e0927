"""Element types and shapes: NumPy's promotion and broadcasting, over symbolic sizes."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.types import DTYPES, TensorType


@pytest.mark.parametrize(("a", "b"), list(itertools.combinations_with_replacement(DTYPES, 2)))
def test_promotion_of_arrays_is_numpys(a, b):
    assert types.promote([a, b]) == np.result_type(np.dtype(a), np.dtype(b)).name


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", [True, 2, 2.5])
def test_python_numbers_are_weak(dtype, number):
    want = (np.ones(2, dtype) + number).dtype.name
    assert types.promote([dtype], number) == want


@pytest.mark.parametrize(
    ("given_", "name"),
    [(float, "float64"), (np.float32, "float32"), ("i4", "int32"), (bool, "bool")],
)
def test_element_types_have_one_name_each(given_, name):
    assert types.dtype_name(given_) == name


@pytest.mark.parametrize(
    "bad", [complex, "complex64", object, "U5", "float128", "bfloat16", "M8[s]"]
)
def test_element_types_that_nothing_here_computes_with_are_refused(bad):
    with pytest.raises(TypeMismatchError, match="no element type here"):
        types.dtype_name(bad)


SHAPES = st.lists(st.integers(1, 3), max_size=4).map(tuple)


@settings(max_examples=200, deadline=None)
@given(st.lists(SHAPES, min_size=1, max_size=3))
def test_broadcasting_of_numbers_is_numpys(shapes):
    try:
        want = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError, match="differ and neither is 1"):
            types.broadcast(shapes)
    else:
        assert types.broadcast(shapes) == want


def test_symbolic_sizes_broadcast_with_themselves_and_with_one():
    n, t = dims.symbol("N"), dims.symbol("T")
    assert types.broadcast([(n, 1), (1, t), (t,)]) == (n, t)
    assert types.broadcast([(), (n,)]) == (n,)
    with pytest.raises(ShapeError, match="axis -1: sizes N and T differ"):
        types.broadcast([(n,), (t,)])
    with pytest.raises(ShapeError, match="axis -2: sizes N and 3 differ"):
        types.broadcast([(n, 2), (3, 1)])


def test_types_print_as_people_write_them():
    assert str(TensorType("float32", dims.shape(("N", 64)))) == "float32[N, 64]"
    assert types.shape_text((3,)) == "(3,)" and types.shape_text(()) == "()"


def test_sizes_in_elements_and_bytes_are_dimensions():
    kind = TensorType("float64", dims.shape(("N", 3)))
    assert str(kind.size) == "3 * N" and str(kind.nbytes) == "24 * N"


@pytest.mark.parametrize(("axis", "want"), [(0, 0), (-1, 2), (np.int64(1), 1)])
def test_axes_count_from_either_end(axis, want):
    assert types.normal_axis(axis, 3) == want


@pytest.mark.parametrize(
    ("axes", "error"),
    [(3, ShapeError), ((0, -3), ShapeError), (True, TypeMismatchError), (1.0, TypeMismatchError)],
)
def test_axes_that_do_not_exist_are_refused(axes, error):
    with pytest.raises(error):
        types.normal_axes(axes, 3)
