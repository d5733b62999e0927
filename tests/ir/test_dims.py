"""Symbolic dimensions: their arithmetic against Python's and SymPy's, their limits, their errors."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphc.errors import ShapeError
from graphc.ir import dims

NAMES = ("M", "N", "T")
SIZES = st.fixed_dictionaries({name: st.integers(1, 40) for name in NAMES})
SYMBOLS = {name: sp.Symbol(name, integer=True, positive=True) for name in NAMES}
LEAVES = st.one_of(st.integers(0, 7).map(str), st.sampled_from(NAMES))


def joined(operators):
    """Expressions as text, made with some operators."""
    return st.recursive(
        LEAVES,
        lambda inner: st.tuples(inner, st.sampled_from(operators), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        max_leaves=6,
    )


POLYNOMIALS = joined(["+", "-", "*"])
QUICK = settings(max_examples=150, deadline=None)


def python_value(text, sizes):
    return eval(text, {"__builtins__": {}, "min": min, "max": max}, dict(sizes))


@QUICK
@given(POLYNOMIALS, SIZES)
def test_arithmetic_on_dimensions_is_that_of_their_values(text, sizes):
    assert dims.evaluate(dims.dim(text), sizes) == python_value(text, sizes)


@QUICK
@given(POLYNOMIALS, POLYNOMIALS)
def test_dimensions_are_equal_just_where_sympy_finds_them_equal(first, second):
    a, b = dims.dim(first), dims.dim(second)
    same = sp.expand(sp.sympify(first, SYMBOLS) - sp.sympify(second, SYMBOLS)) == 0
    assert (a == b) == same
    if same:
        assert hash(a) == hash(b)


@QUICK
@given(POLYNOMIALS)
def test_a_dimension_is_the_same_expression_in_sympy(text):
    value = dims.dim(text)
    if isinstance(value, dims.Dim):
        assert sp.expand(value.as_sympy() - sp.sympify(text, SYMBOLS)) == 0
        assert {s.name for s in value.as_sympy().free_symbols} == set(value.symbols)


@QUICK
@given(POLYNOMIALS, POLYNOMIALS, SIZES)
def test_quotients_and_remainders_are_those_of_the_values(first, second, sizes):
    a, b = dims.dim(first), dims.dim(second)
    below = python_value(second, sizes)
    if below == 0:
        return
    assert dims.evaluate(dims.floordiv(a, b), sizes) == python_value(first, sizes) // below
    if isinstance(a, dims.Dim):
        assert dims.evaluate(a % b, sizes) == python_value(first, sizes) % below


@QUICK
@given(POLYNOMIALS, POLYNOMIALS, SIZES)
def test_the_smaller_and_the_larger_are_those_of_the_values(first, second, sizes):
    a, b = dims.dim(first), dims.dim(second)
    values = python_value(first, sizes), python_value(second, sizes)
    assert dims.evaluate(dims.minimum(a, b), sizes) == min(values)
    assert dims.evaluate(dims.maximum(a, b), sizes) == max(values)
    assert dims.minimum(a, b) == dims.minimum(b, a)


@st.composite
def nested(draw):
    """Dimensions with quotients and extremes inside one another."""
    value = dims.dim(draw(POLYNOMIALS))
    for _ in range(draw(st.integers(1, 3))):
        other = dims.dim(draw(POLYNOMIALS))
        match draw(st.sampled_from(["min", "max", "//", "+", "-", "*"])):
            case "min":
                value = dims.minimum(value, other)
            case "max":
                value = dims.maximum(value, other)
            case "//":
                value = dims.floordiv(value, draw(st.integers(1, 4)))
            case "+":
                value = other + value
            case "-":
                value = other - value
            case "*":
                value = other * value
    return value


@QUICK
@given(nested(), SIZES)
def test_printed_dimensions_evaluate_to_themselves(value, sizes):
    assert python_value(str(value), sizes) == dims.evaluate(value, sizes)


@QUICK
@given(nested(), SIZES)
def test_no_dimension_falls_below_its_lower_limit(value, sizes):
    limit = dims.lower_limit(value)
    assert limit is None or dims.evaluate(value, sizes) >= limit


@QUICK
@given(nested(), SIZES)
def test_names_are_replaced_throughout(value, sizes):
    renamed = dims.substitute(value, {"N": dims.dim("2*K + 1"), "T": 3})
    values = {"M": sizes["M"], "K": sizes["N"], "N": 2 * sizes["N"] + 1, "T": 3}
    assert dims.evaluate(renamed, values) == dims.evaluate(value, values)
    assert not {"N", "T"} & set(dims.symbols([renamed]))


@QUICK
@given(POLYNOMIALS, POLYNOMIALS)
def test_what_was_multiplied_divides_out(first, second):
    a, b = dims.dim(first), dims.dim(second)
    if b != 0:
        assert dims.exact_quotient(a * b, b) == a


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("N + N", "2 * N"),
        ("N - N", "0"),
        ("T*N + N*T", "2 * N * T"),
        ("1 + N", "N + 1"),
        ("3 - N", "-N + 3"),
        ("(N + 1) * (N - 1)", "N * N - 1"),
        ("6*N // 3", "2 * N"),
        ("N // 2", "(N // 2)"),
        ("(N + 1) // 2 * 2", "2 * ((N + 1) // 2)"),
        ("-N", "-N"),
    ],
)
def test_dimensions_print_in_one_normal_form(text, printed):
    assert str(dims.dim(text)) == printed


@pytest.mark.parametrize(
    ("first", "second", "smaller"),
    [
        ("N", "N + 1", "N"),
        ("0", "N", "0"),
        ("1", "N", "1"),
        ("2", "N", "min(2, N)"),
        ("3*N + T", "2*N", "2 * N"),
        ("N // 2", "0", "0"),
        ("N - T", "T - N", "min(-N + T, N - T)"),
    ],
)
def test_extremes_are_decided_at_once_where_they_can_be(first, second, smaller):
    assert str(dims.minimum(dims.dim(first), dims.dim(second))) == smaller


def test_extremes_of_extremes_are_decided_by_their_limits():
    inner = dims.minimum(3, dims.dim("N"))
    assert dims.minimum(1, inner) == 1
    assert dims.maximum(4, inner) == 4
    assert dims.lower_limit(dims.floordiv(dims.dim("N - 5"), 2)) == -4


@pytest.mark.parametrize(
    "bad",
    [
        True,
        -1,
        1.5,
        None,
        "",
        "N +",
        "N / 2",
        "N ** 2",
        "f(N)",
        "N.T",
        "N[0]",
        "2 <= N",
        "lambda: N",
        "__import__('os')",
        "1.5 * N",
        "True",
        "N; M",
        "(" * 5000 + "N" + ")" * 5000,
    ],
)
def test_what_is_no_dimension_is_refused(bad):
    with pytest.raises(ShapeError):
        dims.dim(bad)


def test_division_by_zero_is_refused():
    with pytest.raises(ShapeError, match="by zero"):
        dims.dim("4 // 0")


def test_names_that_are_no_identifiers_are_refused():
    with pytest.raises(ShapeError, match="no name for a dimension"):
        dims.symbol("batch size")


def test_anything_with_an_index_is_a_number():
    assert dims.dim(np.int32(4)) == 4 and type(dims.dim(np.int32(4))) is int


def test_a_shape_is_read_from_a_sequence_or_one_dimension():
    n = dims.symbol("N")
    assert dims.shape(("N", 3)) == (n, 3)
    assert dims.shape("N") == (n,)
    assert dims.shape(5) == (5,)
    assert dims.shape(()) == ()


def test_a_name_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        dims.evaluate(dims.dim("N + T"), {"N": 3})
