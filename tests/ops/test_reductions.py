"""Reductions: against NumPy, against finite differences in both orders, and at zeros, ties and
infinities."""

import tracemalloc
import warnings

import numpy as np
import pytest

import graphc as gx
from graphc.autodiff import grad
from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir.evaluate import evaluate
from graphc.ir.node import make
from graphc.ops import reduce
from graphc.ops.base import ATOM, REGISTRY
from graphc.ops.leaf import constant, input

SMOOTH = ["sum", "prod", "max", "min", "cumsum", "mean", "var", "logsumexp"]
OPS = [*SMOOTH, "any", "all", "argmax", "argmin"]
SAMPLES = [
    pytest.param(REGISTRY[name], sample, id=f"{name}-{number}")
    for name in OPS
    for number, sample in enumerate(REGISTRY[name].samples())
]
FLOATING = [
    p for p in SAMPLES if p.values[0].differentiable and p.values[1].arrays[0].dtype == float
]
RNG = np.random.default_rng(5)


def value(tensor, given=None):
    return evaluate([tensor], given)[0]


def slope(function, array, step=1e-5):
    """The gradient of a number by central differences."""
    result = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        ends = []
        for sign in (1, -1):
            moved = np.array(array)
            moved[place] += sign * step
            ends.append(function(moved))
        result[place] = (ends[0] - ends[1]) / (2 * step)
    return result


def applied(op, sample):
    x = input("x", sample.arrays[0].shape, sample.arrays[0].dtype)
    return x, make(op, [x], sample.attrs).outputs[0]


# ---- every sample -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int32", "bool", "uint8"])
@pytest.mark.parametrize(("op", "sample"), SAMPLES)
def test_inferred_types_are_those_of_the_reference(op, sample, dtype):
    (array,) = sample.arrays
    floating = dtype.startswith("float")
    if op.name in ("mean", "var", "logsumexp") and not floating:
        with pytest.raises(TypeMismatchError, match="floating operand"):
            make(op, [input("x", array.shape, dtype)], sample.attrs)
        return
    if not floating:
        array = np.nan_to_num(array, posinf=9, neginf=0).clip(0, 9)
    with np.errstate(all="ignore"):
        array = array.astype(dtype)
        (expected,) = op.reference([array], sample.attrs)
    out = make(op, [input("x", array.shape, dtype)], sample.attrs).outputs[0]
    assert (out.shape, out.dtype) == (expected.shape, expected.dtype.name)


@pytest.mark.parametrize(("op", "sample"), SAMPLES)
def test_what_a_composite_is_lowered_to_agrees_with_its_reference(op, sample):
    x, out = applied(op, sample)
    lowered = op.lower(out.node)
    if lowered is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = value(lowered[0], {x: sample.arrays[0]})
    np.testing.assert_allclose(got, value(out, {x: sample.arrays[0]}), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("op", "sample"), [p for p in FLOATING if p.values[1].smooth])
def test_gradients_agree_with_finite_differences_in_both_orders(op, sample):
    x, out = applied(op, sample)
    (array,) = sample.arrays
    rng = np.random.default_rng(0)
    weight = constant(rng.normal(size=out.shape))
    loss = reduce.sum(out * weight)
    (first,) = grad(loss, [x])
    got = value(first, {x: array})
    want = slope(
        lambda moved: float(value(loss, {x: moved})),
        array,
        1e-3 if array.max(initial=0) > 99 else 1e-5,
    )
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)

    bent = reduce.sum(out * out * weight)
    (first,) = grad(bent, [x])
    along = reduce.sum(first * constant(rng.normal(size=array.shape)))
    (second,) = grad(along, [x], unconnected="zeros")
    if array.max(initial=0) > 99:  # squares of thousands leave no digits to differences
        return
    want = slope(lambda moved: float(value(along, {x: moved})), array)
    np.testing.assert_allclose(value(second, {x: array}), want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("op", "sample"), [p for p in FLOATING if p.values[1].gradients])
def test_gradients_at_ties_follow_the_convention(op, sample):
    x, out = applied(op, sample)
    (got,) = grad(reduce.sum(out), [x])
    np.testing.assert_allclose(value(got, {x: sample.arrays[0]}), sample.gradients[0])


class Printer:
    """The least that an op needs to print itself."""

    def __init__(self, node):
        self.node = node
        self.args, self.out, self.scratch, self.prepared = ["x"], "out", ["scratch"], []

    def arg(self, position, precedence=ATOM):
        return self.args[position]


def allocated(code, scope):
    """The most that a statement takes while it runs, in bytes."""
    exec(code, scope)
    tracemalloc.start()
    try:
        exec(code, scope)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        exec(code, scope)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool"])
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize(
    "name", ["sum", "prod", "max", "min", "any", "all", "argmax", "argmin", "cumsum"]
)
def test_planned_statements_allocate_no_array(name, axis, dtype):
    if name == "cumsum" and axis is None:
        return
    array = np.random.default_rng(1).normal(size=(700, 800)).astype(dtype)
    out = getattr(reduce, name)(input("x", array.shape, dtype), axis)
    printer = Printer(out.node)
    (scratch,) = out.node.op.scratch(out.node) or (None,)
    scope = {"np": np, "x": array, "out": np.zeros(out.shape, out.dtype)}
    if scratch:
        scope["scratch"] = np.zeros(scratch.shape, scratch.dtype)
    code = compile("\n".join(out.node.op.planned(printer)), "planned", "exec")
    # NumPy converts element types through a buffer of 8192 elements, whatever the size.
    assert allocated(code, scope) < (4096 if dtype == out.dtype else 80_000)
    np.testing.assert_allclose(scope["out"], getattr(np, name)(array, axis=axis), rtol=1e-4)


# ---- particular behaviours ----------------------------------------------------------------


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_the_gradient_of_a_product_is_exact_at_zeros(zeros):
    array = np.array([2.0, -3.0, 0.5, 4.0])
    array[:zeros] = 0.0
    x = input("x", (4,), "float64")
    out = reduce.prod(x)
    (first,) = grad(out, [x])
    others = [np.prod(np.delete(array, i)) for i in range(4)]
    np.testing.assert_array_equal(value(first, {x: array}), others)
    hessian = np.array(
        [value(grad(first[i], [x], unconnected="zeros")[0], {x: array}) for i in range(4)]
    )
    for i, j in np.ndindex(4, 4):
        expected = np.prod(np.delete(array, [i, j])) if i != j else 0.0
        assert hessian[i, j] == expected


def test_logsumexp_is_right_where_the_naive_form_is_not():
    x = input("x", (5, 2), "float64")
    inf = np.inf
    rows = np.array([[1e4, 1e4], [-1e4, -1e4], [-inf, 3.0], [-inf, -inf], [inf, 1e3]])
    out = reduce.logsumexp(x, 1)
    (first,) = grad(reduce.sum(out[:4]), [x])
    lowered = out.node.op.lower(out.node)[0]
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(
            value(lowered, {x: rows}), [1e4 + np.log(2), -1e4 + np.log(2), 3, -inf, inf]
        )
    got = value(first, {x: rows})[:4]
    np.testing.assert_allclose(got, [[0.5, 0.5], [0.5, 0.5], [0, 1], [0, 0]], atol=1e-10)


def test_variance_keeps_its_digits_far_from_zero():
    array = (1e8 + np.array([[1.0, 2.0, 3.0, 4.0]])).astype("float64")
    x = input("x", (1, 4), "float64")
    out = reduce.var(x, 1, ddof=1)
    np.testing.assert_allclose(
        value(out.node.op.lower(out.node)[0], {x: array}), [5 / 3], rtol=1e-12
    )


@pytest.mark.parametrize("name", ["max", "min"])
def test_nan_is_the_extreme_of_what_contains_it(name):
    x = input("x", (2, 2))
    data = np.array([[np.nan, 1.0], [2.0, 3.0]], "float32")
    got = value(getattr(reduce, name)(x, 1), {x: data})
    assert np.isnan(got[0]) and got[1] == getattr(np, name)(data[1])


def test_nothing_is_summed_to_zero_and_multiplied_to_one():
    x = input("x", (0, 3), "float64")
    given = {x: np.zeros((0, 3))}
    np.testing.assert_array_equal(value(reduce.sum(x, 0), given), np.zeros(3))
    np.testing.assert_array_equal(value(reduce.prod(x, 0), given), np.ones(3))
    assert np.isnan(value(reduce.mean(x, 0), given)).all()
    assert not value(reduce.any(x), given) and value(reduce.all(x), given)
    for gradient in grad(reduce.sum(reduce.prod(x, 0)), [x]):
        assert value(gradient, given).shape == (0, 3)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin", "logsumexp"])
def test_the_extreme_of_nothing_is_refused(name):
    with pytest.raises(ShapeError, match=r"axis 1 of \(N, 0\) is empty"):
        getattr(reduce, name)(input("x", ("N", 0)), 1)
    assert getattr(reduce, name)(input("x", ("N", 0)), 0).shape == (0,)


@pytest.mark.parametrize("name", OPS)
def test_an_axis_that_does_not_exist_is_refused(name):
    for axis, message in ((2, "out of range for 2 axes"), (-3, "out of range")):
        with pytest.raises(ShapeError, match=message):
            getattr(reduce, name)(input("x", (3, 4)), axis)
    with pytest.raises(TypeMismatchError, match="must be an integer"):
        getattr(reduce, name)(input("x", (3, 4)), 1.5)
    if name in ("sum", "mean", "logsumexp"):
        with pytest.raises(ShapeError, match="named twice"):
            getattr(reduce, name)(input("x", (3, 4)), (0, -2))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float32"])
def test_element_types_of_results_are_numpys(dtype):
    x, array = input("x", (3, 4), dtype), np.ones((3, 4), dtype)
    for name in ("sum", "prod", "max", "min", "mean", "var", "any", "all", "argmax", "argmin"):
        expected = getattr(np, name)(array, axis=0).dtype.name
        assert getattr(reduce, name)(x, 0).dtype == expected, name
    assert reduce.cumsum(x, 0).dtype == np.cumsum(array, 0).dtype.name


def test_axes_are_kept_in_one_form():
    x = input("x", ("N", 3, 4))
    assert reduce.sum(x, (-1, 0)).node is reduce.sum(x, [0, 2]).node
    assert reduce.sum(x, (0, 2)).node.attrs == {"axes": (0, 2), "keepdims": False}
    assert reduce.argmax(x, -1).node.attrs == {"axis": 2}
    assert reduce.sum(x, ()) is x
    scalar = input("s", ())
    assert reduce.mean(scalar) is scalar and reduce.max(scalar) is scalar


def test_symbolic_sizes_are_counted_when_the_function_runs():
    x = input("x", ("N", "T", 2), "float64")
    data = RNG.normal(size=(3, 4, 2))
    mean, var = reduce.mean(x, (0, 1)), reduce.var(x, 1, keepdims=True, ddof=1)
    assert (str(mean.shape), str(var.shape)) == ("(2,)", "(N, 1, 2)")
    for out, want in ((mean, data.mean((0, 1))), (var, data.var(1, keepdims=True, ddof=1))):
        np.testing.assert_allclose(value(out.node.op.lower(out.node)[0], {x: data}), want)
    (first,) = grad(reduce.sum(var * var) + reduce.sum(reduce.prod(x, (0, 2))), [x])
    want = slope(
        lambda a: (a.var(1, ddof=1) ** 2).sum() + a.prod((0, 2)).sum(),
        data,
    )
    np.testing.assert_allclose(value(first, {x: data}), want, rtol=1e-6, atol=1e-8)


def test_formulas_name_the_axis_that_is_reduced():
    x = input("x", ("N", 4))
    formulas = {
        reduce.sum(x, 0): ("sum over N of x", "sum over N of (a + b)"),
        reduce.max(x, 1): ("max(x, axis 1)", "max(a + b, axis 1)"),
        reduce.mean(x): ("mean(x)", "mean(a + b)"),
        reduce.argmax(x, 1): ("argmax(x, axis 1)", "argmax(a + b, axis 1)"),
    }
    for out, expected in formulas.items():
        for text, want in zip(("x", "a + b"), expected, strict=True):
            assert out.node.op.math(out.node, [text])[0] == want


def test_first_of_ties_is_found():
    x = input("x", (2, 3))
    data = np.array([[1, 3, 3], [0, 0, 2]], "float32")
    np.testing.assert_array_equal(value(reduce.argmax(x, 1), {x: data}), [1, 2])
    np.testing.assert_array_equal(value(reduce.argmin(x, 1), {x: data}), [0, 0])
    assert value(reduce.argmax(x), {x: data}) == 1


@pytest.mark.parametrize("turned", [False, True])
def test_the_largest_of_many_rows_is_that_of_each(turned):
    x = gx.input("x", ("N", "T", 5))
    source = gx.transpose(x * 2, (0, 2, 1)) if turned else x * 2
    net = gx.function([x], [gx.max(source, axis=2)])
    assert ("_row_max(" in net.source) is not turned  # which would copy a transposed array
    rng = np.random.default_rng(0)
    for shape in ((2, 3, 5), (1, 1, 5), (4, 7, 5)):
        given = rng.normal(size=shape).astype("float32")
        given[0, 0] = [-np.inf, np.nan, 1, np.inf, 0]
        given[-1, -1] = -np.inf
        want = (given.swapaxes(1, 2) if turned else given).max(axis=2) * 2
        np.testing.assert_array_equal(net(given)[0], want)
