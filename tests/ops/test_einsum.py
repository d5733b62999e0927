"""Einstein summation: against numpy.einsum, against finite differences, and what it lowers to."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from op_checks import (
    allocated,
    applied,
    check_gradients,
    check_printed,
    lowered,
    nodes,
    samples,
    value,
)

from graphc.autodiff import grad
from graphc.errors import ShapeError, TypeMismatchError
from graphc.ops.base import REGISTRY
from graphc.ops.einsum import einsum
from graphc.ops.leaf import constant, input
from graphc.ops.reduce import sum as reduce_sum

CASES = [pytest.param(op, sample, id=name) for op, sample, name in samples("einsum")]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
@pytest.mark.parametrize(("op", "sample"), CASES)
def test_types_values_and_lowering_agree_with_the_reference(op, sample, dtype):
    arrays = [(8 * a).astype(dtype) for a in sample.arrays]
    xs, out = applied(op, arrays, sample.attrs)
    (want,) = op.reference(arrays, sample.attrs)
    assert (out.shape, out.dtype) == (want.shape, want.dtype.name)
    got = value(lowered(out), dict(zip(xs, arrays, strict=True)))
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-2 if dtype == "float32" else 1e-9)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_gradients_agree_with_finite_differences_in_both_orders(op, sample):
    check_gradients(op, sample)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_printed_statements_agree_with_the_reference(op, sample):
    check_printed(op, sample.arrays, sample.attrs, rtol=1e-12)


@st.composite
def problems(draw):
    """Subscripts and shapes that fit: repeated letters, ellipsis, axes of size 1, any result."""
    sizes = {c: draw(st.integers(0 if c == "z" else 1, 3)) for c in "abcAz"}
    wide = draw(st.lists(st.integers(1, 3), max_size=2))
    dotted = draw(st.booleans())
    terms, shapes = [], []
    for _ in range(draw(st.integers(1, 4))):
        letters = draw(st.lists(st.sampled_from("abcAz"), max_size=3))
        shape = []
        for c in letters:
            one = letters.count(c) == 1 and draw(st.integers(0, 9)) == 0
            shape.append(1 if one else sizes[c])
        term = "".join(letters)
        if dotted and draw(st.booleans()):
            place = draw(st.integers(0, len(letters)))
            kept = wide[draw(st.integers(0, len(wide))) :]
            extra = [1 if draw(st.integers(0, 5)) == 0 else n for n in kept]
            term = term[:place] + "..." + term[place:]
            shape[place:place] = extra
        terms.append(term)
        shapes.append(tuple(shape))
    text = draw(st.sampled_from([",", ", ", " ,"])).join(terms)
    if draw(st.booleans()):
        used = sorted(set("".join(terms)) - {"."})
        out = draw(st.permutations(used).map(lambda p: p[: draw(st.integers(0, len(p)))]))
        dots = "..." if "..." in text else ""
        text += draw(st.sampled_from(["->", " -> "])) + "".join(out) + dots
    return text, shapes


@settings(max_examples=300, deadline=None)
@given(problems(), st.integers(0, 2**32 - 1))
def test_any_subscripts_agree_with_numpy(problem, seed):
    text, shapes = problem
    rng = np.random.default_rng(seed)
    arrays = [rng.integers(-4, 5, shape).astype(float) for shape in shapes]
    xs = [input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    given = dict(zip(xs, arrays, strict=True))
    want = np.einsum(text, *arrays)
    out = einsum(text, *xs)
    assert out.shape == want.shape
    np.testing.assert_array_equal(value(out, given), want)
    np.testing.assert_array_equal(value(lowered(out), given), want)
    # Linear in each operand: the derivative along the operand itself is the value.
    for x, slope in zip(xs, grad(reduce_sum(out), xs, unconnected="zeros"), strict=True):
        along = (value(lowered(slope), given) * given[x]).sum()
        np.testing.assert_allclose(along, want.sum())


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [("N", 4), (4, 5)]),
        ("ij,jk->ki", [("N", 4), (4, 5)]),
        ("bti,ij->btj", [("N", "T", 4), (4, 5)]),
        ("bthd,bshd->bhts", [("N", "T", 2, 4), ("N", "S", 2, 4)]),
        ("bhts,bshd->bthd", [("N", 2, "T", "S"), ("N", "S", 2, 4)]),
        ("ij,bjk->bik", [(3, 4), ("N", 4, 5)]),
        ("nihw,oihw->no", [("N", 2, 3, 3), (5, 2, 3, 3)]),
    ],
)
def test_contractions_are_one_matrix_product_over_views(subscripts, shapes):
    xs = [input(f"x{i}", shape) for i, shape in enumerate(shapes)]
    found = nodes(lowered(einsum(subscripts, *xs)))
    names = sorted({n.op.name for n in found} - {"input"})
    assert names.count("matmul") == 1 and set(names) <= {"matmul", "reshape", "transpose"}
    for node in found:  # no reshape of a transposed tensor that would need a copy
        if node.op.name == "reshape" and node.inputs[0].node.op.name == "transpose":
            assert node.op.keeps_strides(node)


def test_many_operands_are_contracted_from_left_to_right():
    shapes = [(2, 3), (3, 4), (4, 5), (5, 6)]
    xs = [input(f"x{i}", shape) for i, shape in enumerate(shapes)]
    out = einsum("ab,bc,cd,de->ae", *xs)
    products = [n for n in nodes(lowered(out)) if n.op.name == "matmul"]
    assert [n.outputs[0].shape for n in products] == [(2, 6), (2, 5), (2, 4)]


def test_what_stays_an_einsum_allocates_no_array():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(20_000, 6)), rng.normal(size=(20_000, 6))
    for subscripts, arrays in (
        ("bi,bi->b", (a, b)),
        ("iij->ij", (rng.normal(size=(200, 200, 90)),)),
    ):
        seen = allocated(REGISTRY["einsum"], arrays, {"subscripts": subscripts})
        assert seen.peak < 10_000 < seen.result


def test_symbolic_sizes_and_ellipsis_go_together():
    x, w = input("x", ("N", "T", 4)), input("w", (4, 7))
    assert einsum("...i,ij->...j", x, w).shape == (*x.shape[:2], 7)
    assert einsum("...i,ij", x, w).shape == (*x.shape[:2], 7)
    assert einsum("nti,nti->n", x, x).shape == x.shape[:1]


def test_element_types_are_promoted():
    x, n = input("x", (3,)), input("n", (3,), "int32")
    assert einsum("i,i", x, n).dtype == "float64"
    assert einsum("i,i", n, n).dtype == "int32"


@pytest.mark.parametrize(
    ("subscripts", "message"),
    [
        (
            "ij,jk->ik",
            r"index 'j' has size 4 \(axis 1 of operand 0\) and size 5 \(axis 0 of operand 1\)",
        ),
        ("ij->ij", "1 terms for 2 operands"),
        ("ijk,jk", "term 'ijk' does not name the 2 axes of operand 0"),
        ("i,jk", "term 'i' does not name the 2 axes of operand 0"),
        ("ij,kl->im", "index 'm' of the result is in no operand"),
        ("ij,kl->ii", "the result has index 'i' twice"),
        ("i1,kl", "'1' is no index"),
        ("i.,kl", "'.' is no index"),
        ("ij,kl->i->k", "'-' is no index"),
        ("...j,kl->j", r"the result lacks '\.\.\.' for the 1 axes"),
    ],
)
def test_subscripts_that_do_not_fit_are_refused_by_what_is_wrong(subscripts, message):
    with pytest.raises(ShapeError, match=message):
        einsum(subscripts, input("a", ("N", 4)), input("b", (5, 6)))


def test_diagonals_need_equal_sizes():
    with pytest.raises(ShapeError, match=r"index 'i' has size N .* and size 3"):
        einsum("ii->i", input("a", ("N", 3)))


def test_what_is_no_number_or_no_text_is_refused():
    with pytest.raises(TypeMismatchError, match="operands of one type of number"):
        einsum("i->", input("a", (3,), "bool"))
    with pytest.raises(TypeMismatchError, match="subscripts are a text"):
        einsum(input("a", (3,)), "i->")


def test_more_axes_than_letters_are_refused():
    x = constant(np.zeros((1,) * 3))
    with pytest.raises(ShapeError, match="more axes than letters"):
        einsum(f"...,{string.ascii_letters[:50]}", x, constant(np.zeros((1,) * 50)))
