"""Ops that move elements: against NumPy, against finite differences, and over symbolic sizes."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphc.autodiff import grad
from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims
from graphc.ir.evaluate import evaluate
from graphc.ir.node import make
from graphc.ir.types import shape_text
from graphc.ops.base import REGISTRY
from graphc.ops.leaf import constant, input
from graphc.ops.reduce import sum as reduce_sum
from graphc.ops.regions import index_text, slice_part
from graphc.ops.shape import (
    broadcast_to,
    concat,
    copy,
    expand_dims,
    flip,
    moveaxis,
    pad,
    repeat,
    reshape,
    split,
    squeeze,
    stack,
    swapaxes,
    take_region,
    tile,
    transpose,
    unslice,
)

OPS = ["reshape", "transpose", "broadcast_to", "copy", "concat", "slice", "unslice", "pad"]
SAMPLES = [
    pytest.param(REGISTRY[name], sample, id=f"{name}-{number}")
    for name in OPS
    for number, sample in enumerate(REGISTRY[name].samples())
]
A = np.arange(24.0, dtype="float32").reshape(2, 3, 4)


def placeholders(arrays):
    return [input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]


def value(tensor, given=None):
    return evaluate([tensor], given)[0]


def differences(function, arrays, step=1e-5):
    """The gradient of a number by central differences."""
    result = []
    for position, array in enumerate(arrays):
        slope = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                moved = [np.array(a) for a in arrays]
                moved[position][place] += sign * step
                ends.append(function(moved))
            slope[place] = (ends[0] - ends[1]) / (2 * step)
        result.append(slope)
    return result


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
@pytest.mark.parametrize(("op", "sample"), SAMPLES)
def test_inferred_types_are_those_of_the_reference(op, sample, dtype):
    if dtype == "int32" and not np.isfinite(sample.attrs.get("value", 0)):
        pytest.skip("an integer is never infinite")
    arrays = [a.astype(dtype) for a in sample.arrays]
    out = make(op, placeholders(arrays), sample.attrs).outputs[0]
    (expected,) = op.reference(arrays, sample.attrs)
    assert (out.shape, out.dtype) == (expected.shape, expected.dtype.name)


@pytest.mark.parametrize(("op", "sample"), [p for p in SAMPLES if p.values[1].smooth])
def test_gradients_agree_with_finite_differences_in_both_orders(op, sample):
    xs = placeholders(sample.arrays)
    out = make(op, xs, sample.attrs).outputs[0]
    rng = np.random.default_rng(0)
    weight = rng.normal(size=out.shape)
    given = dict(zip(xs, sample.arrays, strict=True))

    gradients = grad(reduce_sum(out * constant(weight)), xs, unconnected="zeros")
    expected = differences(
        lambda moved: float((op.reference(moved, sample.attrs)[0] * weight).sum()),
        sample.arrays,
    )
    for got, want in zip(evaluate(gradients, given), expected, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-8)

    # Moving elements is linear, so a cube is put behind it.
    cube = reduce_sum(out * out * out)
    first = grad(cube, xs, unconnected="zeros")
    along = [rng.normal(size=a.shape) for a in sample.arrays]
    total = constant(0.0, "float64")
    for part, direction in zip(first, along, strict=True):
        total = total + reduce_sum(part * constant(direction))
    second = grad(total, xs, unconnected="zeros")
    expected = differences(
        lambda moved: float(value(total, dict(zip(xs, moved, strict=True)))), sample.arrays
    )
    for got, want in zip(evaluate(second, given), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


# ---- indexing -----------------------------------------------------------------------------

bound = st.none() | st.integers(-6, 6)
piece = st.builds(slice, bound, bound, st.sampled_from([None, 1, 2, 3, -1, -2, -4]))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_indexing_agrees_with_numpy(data):
    shape = data.draw(st.lists(st.integers(0, 5), max_size=3).map(tuple))
    array = np.arange(np.prod(shape, dtype=int), dtype="float32").reshape(shape)
    count = data.draw(st.integers(0, len(shape)))
    items = [
        data.draw(piece | st.integers(-n, n - 1)) if n else data.draw(piece) for n in shape[:count]
    ]
    for extra in data.draw(st.lists(st.none(), max_size=2)):
        items.insert(data.draw(st.integers(0, len(items))), extra)
    if data.draw(st.booleans()):
        items.insert(data.draw(st.integers(0, len(items))), ...)
        back = len([i for i in items[items.index(...) + 1 :] if i is not None])
        if any(isinstance(i, int) for i in items[-back:] if back):
            items.remove(...)
    x = input("x", shape)
    try:
        expected = array[tuple(items)]
    except IndexError:  # the dots moved an integer to an axis where it does not fit
        with pytest.raises(ShapeError):
            x[tuple(items)]
        return
    out = x[tuple(items)]
    assert out.shape == expected.shape
    np.testing.assert_array_equal(value(out, {x: array}), expected)


def _symbolic_cases():
    bounds = [None, 0, 1, 2, 5, -1, -2, -5]
    steps = [None, 2, -1, -2]
    return [slice(a, b, s) for a, b, s in itertools.product(bounds, bounds, steps)]


@pytest.mark.parametrize("name", ["N", "N + 1", "2 * N"])
def test_slices_of_symbolic_axes_are_right_for_every_size(name):
    size = dims.dim(name)
    for index in _symbolic_cases():
        part = slice_part(size, index)
        text = index_text((size,), (part,), (), str)
        for number in range(1, 8):
            line = np.arange(dims.evaluate(size, {"N": number}))
            expected = line[index]
            assert dims.evaluate(part[1], {"N": number}) == len(expected), (index, part)
            printed = eval(f"line{text}", {"line": line, "N": number})
            np.testing.assert_array_equal(printed, expected, f"{index}: {text}")


@pytest.mark.parametrize(
    ("index", "shape", "text"),
    [
        (np.s_[:5], ("min(5, N)",), "[:5]"),
        (np.s_[1:], ("N - 1",), "[1:]"),
        (np.s_[:-1], ("N - 1",), "[:-1]"),
        (np.s_[-3:], ("min(3, N)",), "[-3:]"),
        (np.s_[2:], ("N - min(2, N)",), "[2:]"),
        (np.s_[1:-1], ("N - min(2, N)",), "[1:-1]"),
        (np.s_[::2], ("((N + 1) // 2)",), "[::2]"),
        (np.s_[::-1], ("N",), "[::-1]"),
        (np.s_[::-2], ("((N + 1) // 2)",), "[::-2]"),
        (np.s_[0], (), "[0]"),
        (np.s_[-1], (), "[-1]"),
        (np.s_[3:3], ("0",), "[:0]"),
        (np.s_[dims.dim("T") :], ("N - T",), "[T:]"),
        (np.s_[: dims.dim("T")], ("T",), "[:T]"),
        (np.s_[dims.dim("T") : dims.dim("T + 4")], ("4",), "[T:T + 4]"),
        (np.s_[: -dims.dim("T")], ("N - T",), "[:N - T]"),
    ],
)
def test_sizes_and_printed_form_of_symbolic_slices(index, shape, text):
    out = input("x", ("N",))[index]
    assert tuple(map(str, out.shape)) == shape
    attrs = out.node.attrs
    printed = index_text(out.node.inputs[0].shape, attrs["region"], attrs["drop"], str)
    assert printed == text


def test_slices_that_shift_against_each_other_have_one_size():
    x = input("x", ("N", 4))
    assert (x[1:] - x[:-1]).shape == (dims.dim("N - 1"), 4)
    assert (x[2:] + x[:-2] - x[1:-1]).shape[1] == 4


def test_a_symbolic_slice_evaluates_and_differentiates():
    x = input("x", ("N", 3), "float64")
    out = x[1:, ::-2] - x[:-1, ::2]
    data = np.random.default_rng(1).normal(size=(5, 3))
    np.testing.assert_allclose(value(out, {x: data}), data[1:, ::-2] - data[:-1, ::2])
    (slope,) = grad(reduce_sum(out * out), [x])
    (want,) = differences(lambda a: ((a[0][1:, ::-2] - a[0][:-1, ::2]) ** 2).sum(), [data])
    np.testing.assert_allclose(value(slope, {x: data}), want, atol=1e-8)


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (3, ShapeError, "index 3 is out of range for axis 0 of size 3"),
        (-4, ShapeError, "index -4 is out of range"),
        ((0, 0, 0), ShapeError, "3 indices for the 2 axes"),
        ((..., ...), ShapeError, "one '...' at most"),
        (slice(None, None, 0), ShapeError, "can't be 0"),
        (slice(0.5, None), TypeMismatchError, "a bound of a slice"),
        (slice(None, None, dims.dim("N")), TypeMismatchError, "step of a slice is a number"),
        (True, TypeMismatchError, "gx.where"),
        (np.array([True, False, True]), TypeMismatchError, "gx.where"),
        (1.0, TypeMismatchError, "is no index"),
        (constant(1.0), TypeMismatchError, "integer tensor, not float32"),
        ((0, np.array([1, 0])), TypeMismatchError, "in two steps"),
    ],
)
def test_a_wrong_index_is_explained(index, error, message):
    with pytest.raises(error, match=message.replace("'...'", r"'\.\.\.'")):
        input("x", (3, 4))[index]


def test_a_mask_of_tensors_is_refused():
    x = input("x", (3, 4))
    with pytest.raises(TypeMismatchError, match=r"gx\.where\(mask, x, 0\)"):
        x[x > 0]


def test_unslice_of_everything_is_no_scatter():
    x = input("x", (3, 4))
    assert unslice(x, (3, 4), ((2, 3, -1), (0, 4, 1))).node.op.name == "slice"
    row = x[0]
    assert unslice(row, (1, 4), ((0, 1, 1), (0, 4, 1)), (0,)).node.op.name == "reshape"


@pytest.mark.parametrize(
    ("shape", "region", "message"),
    [
        ((3,), ((2, 2, 1),), "index 3 is outside of size 3"),
        ((3,), ((0, 3, -1),), "index -2 is outside of size 3"),
        ((3, 2), ((0, 3, 1),), "1 slices for the 2 axes"),
    ],
)
def test_a_region_outside_of_the_tensor_is_refused(shape, region, message):
    with pytest.raises(ShapeError, match=message):
        take_region(input("x", shape), region)


# ---- shapes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "asked", "after"),
    [
        (("N", 4), (-1,), "(4 * N,)"),
        (("N", 4), ("2*N", 2), "(2 * N, 2)"),
        (("N", 4), ("N", -1, 2), "(N, 2, 2)"),
        (("N", "T", 6), (-1, 6), "(N * T, 6)"),
        (("N", "T", 6), ("N", "T", 2, 3), "(N, T, 2, 3)"),
        (("N", 4), (-1, 1, 2), "(2 * N, 1, 2)"),
        ((0, 3), (-1, 3), "(0, 3)"),
        ((2, 3), 6, "(6,)"),
    ],
)
def test_reshape_over_symbolic_sizes(before, asked, after):
    assert shape_text(reshape(input("x", before), asked).shape) == after


@pytest.mark.parametrize(
    ("before", "asked", "message"),
    [
        (("N", 4), ("N", 3), r"\(N, 4\) has 4 \* N elements and \(N, 3\) has 3 \* N"),
        (("N", 4), (-1, 3), "4 \\* N elements of \\(N, 4\\) can't be divided by 3"),
        (("N", 4), ("T", -1), "can't be divided by T"),
        ((2, 3), (-1, -1), "one size at most"),
        ((0, 3), (-1, 0), "can't be divided by 0"),
        ((2, 3), (-2, -3), "negative"),
    ],
)
def test_reshape_that_does_not_fit_names_both_sizes(before, asked, message):
    with pytest.raises(ShapeError, match=message):
        reshape(input("x", before), asked)


def test_views_of_the_same_shape_are_the_tensor_itself():
    x = input("x", ("N", 4))
    for same in (
        reshape(x, ("N", 4)),
        transpose(x, (0, 1)),
        broadcast_to(x, ("N", 4)),
        x[:],
        x[...],
    ):
        assert same is x
    assert pad(x, 0) is x
    assert concat([x]) is x


@pytest.mark.parametrize(
    ("shape", "target", "message"),
    [
        ((3,), ("N", 4), r"\(3,\) can't be broadcast to \(N, 4\): axis -1: sizes 3 and 4"),
        (("N", 1), ("T", 1), "sizes N and T differ"),
        ((3, 4), (4,), "fewer axes"),
        ((3,), (1,), "smaller size"),
    ],
)
def test_broadcast_that_does_not_fit_names_the_sizes(shape, target, message):
    with pytest.raises(ShapeError, match=message):
        broadcast_to(input("x", shape), target)


@pytest.mark.parametrize(
    ("ours", "numpy"),
    [
        (lambda x: transpose(x), np.transpose),
        (lambda x: transpose(x, (1, -1, 0)), lambda a: np.transpose(a, (1, -1, 0))),
        (lambda x: swapaxes(x, 0, -1), lambda a: np.swapaxes(a, 0, -1)),
        (lambda x: moveaxis(x, 0, -1), lambda a: np.moveaxis(a, 0, -1)),
        (lambda x: moveaxis(x, (0, 1), (2, 0)), lambda a: np.moveaxis(a, (0, 1), (2, 0))),
        (lambda x: expand_dims(x, (0, -1)), lambda a: np.expand_dims(a, (0, -1))),
        (lambda x: squeeze(x[:, :1], 1), lambda a: np.squeeze(a[:, :1], 1)),
        (lambda x: squeeze(x[:1, :1]), lambda a: np.squeeze(a[:1, :1])),
        (lambda x: flip(x), np.flip),
        (lambda x: flip(x, (0, -1)), lambda a: np.flip(a, (0, -1))),
        (lambda x: concat([x, x[:, :1], x[:, :0]], 1), lambda a: np.concatenate([a, a[:, :1]], 1)),
        (lambda x: stack([x, x, x], -1), lambda a: np.stack([a, a, a], -1)),
        (lambda x: stack([x[0], x[1]]), lambda a: np.stack([a[0], a[1]])),
        (lambda x: repeat(x, 3, 1), lambda a: np.repeat(a, 3, 1)),
        (lambda x: repeat(x, 2), lambda a: np.repeat(a, 2)),
        (lambda x: repeat(x, 0, -1), lambda a: np.repeat(a, 0, -1)),
        (lambda x: tile(x, 2), lambda a: np.tile(a, 2)),
        (lambda x: tile(x, (2, 1, 3)), lambda a: np.tile(a, (2, 1, 3))),
        (lambda x: tile(x, (2, 1, 1, 2)), lambda a: np.tile(a, (2, 1, 1, 2))),
        (lambda x: pad(x, 1), lambda a: np.pad(a, 1)),
        (lambda x: pad(x, (1, 2), 5), lambda a: np.pad(a, (1, 2), constant_values=5)),
        (
            lambda x: pad(x, [(0, 0), (1, 0), (0, 2)], -np.inf),
            lambda a: np.pad(a, [(0, 0), (1, 0), (0, 2)], constant_values=-np.inf),
        ),
        (lambda x: copy(x.T), lambda a: a.T),
        (lambda x: x.T[1:, None, ::-1].T[0], lambda a: a.T[1:, None, ::-1].T[0]),
    ],
)
def test_functions_agree_with_numpy(ours, numpy):
    x = input("x", A.shape)
    out = ours(x)
    expected = numpy(A)
    assert out.shape == expected.shape
    np.testing.assert_array_equal(value(out, {x: A}), expected)


@pytest.mark.parametrize("sections", [2, 4, [1, 3], [1], [-1], [], [2, 9]])
def test_split_agrees_with_numpy(sections):
    x = input("x", A.shape)
    parts = split(x, sections, -1)
    expected = np.split(A, sections, -1)
    assert len(parts) == len(expected)
    for part, want in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(value(part, {x: A}), want)


def test_symbolic_sizes_pass_through_every_function():
    x = input("x", ("N", 6), "float64")
    shapes = {
        "split": split(x, 3, 1)[2].shape,
        "cut": split(input("y", ("M", 6)), ["T"])[1].shape,
        "concat": concat([x, x, x[:1]]).shape,
        "stack": stack([x, x]).shape,
        "repeat": repeat(x, 2, 0).shape,
        "repeat by": repeat(x, "T", 1).shape,
        "tile": tile(x, ("T", 1)).shape,
        "pad": pad(x, [(1, "T"), (0, 0)]).shape,
        "flip": flip(x).shape,
    }
    assert {name: ", ".join(map(str, shape)) for name, shape in shapes.items()} == {
        "split": "N, 2",
        "cut": "M - T, 6",
        "concat": "2 * N + 1, 6",
        "stack": "2, N, 6",
        "repeat": "2 * N, 6",
        "repeat by": "N, 6 * T",
        "tile": "N * T, 6",
        "pad": "N + T + 1, 6",
        "flip": "N, 6",
    }
    data = np.random.default_rng(2).normal(size=(3, 6))
    out = reduce_sum(flip(pad(concat([x, x[:1]]), [(1, 0), (0, 2)]), 0)[1:] ** 3)
    (slope,) = grad(out, [x])
    (want,) = differences(lambda a: float(value(out, {x: a[0]})), [data])
    np.testing.assert_allclose(value(slope, {x: data}), want, rtol=1e-6, atol=1e-8)


def test_concat_promotes_and_explains():
    x, y = input("x", ("N", 3)), input("y", ("N", 4), "int64")
    assert concat([x, y], 1).dtype == "float64"
    for wrong, message in (
        (lambda: concat([x, y]), "axis 1: size 4 of operand 1 and 3 of operand 0 differ"),
        (lambda: concat([x, x[0]]), "operand 1 has 1 axes and operand 0 2"),
        (lambda: concat([]), "at least one tensor"),
        (lambda: concat([x, x], 2), "axis 2 is out of range"),
        (lambda: stack([x, y]), r"operand 1 has shape \(N, 4\) and operand 0 \(N, 3\)"),
        (lambda: split(x, 2, 1), "size 3 of axis 1 can't be divided by 2"),
        (lambda: split(x, 2, 0), "size N of axis 0 can't be divided by 2"),
        (lambda: squeeze(x, 1), r"axis 1 of \(N, 3\) has size 3, not 1"),
        (lambda: transpose(x, (0, 0)), "no order of the 2 axes"),
        (lambda: moveaxis(x, (0, 1), (0, 0)), "one to one"),
        (lambda: pad(x, [(1, 1)] * 3), "2 pairs"),
        (lambda: pad(x, -1), "negative"),
        (lambda: expand_dims(x, 4), "out of range"),
    ):
        with pytest.raises(ShapeError, match=message):
            wrong()
    with pytest.raises(TypeMismatchError, match=r"0\.5 is no value for int64"):
        pad(y, 1, 0.5)
