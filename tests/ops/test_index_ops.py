"""Indexing by data: against NumPy and finite differences, over symbolic sizes, and refusals."""

import numpy as np
import pytest
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
from graphc.errors import DataError, ShapeError, TypeMismatchError
from graphc.ops.base import REGISTRY
from graphc.ops.flat import ROW
from graphc.ops.index import (
    add_at,
    gather,
    one_hot,
    pick,
    scatter_add,
    scatter_add_along,
    spread,
    take,
)
from graphc.ops.leaf import constant, input
from graphc.ops.reduce import sum as reduce_sum

SMOOTH = [
    "take",
    "scatter_elements",
    "scatter_rows",
    "scatter_add",
    "gather",
    "scatter_add_along",
    "pick",
    "spread",
    "add_at",
]
CASES = [
    pytest.param(op, sample, id=name)
    for op, sample, name in samples(*SMOOTH, "position", "matches", "one_hot")
]
FLOATING = [pytest.param(op, sample, id=name) for op, sample, name in samples(*SMOOTH)]
RNG = np.random.default_rng(8)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
@pytest.mark.parametrize(("op", "sample"), CASES)
def test_types_values_and_lowering_agree_with_the_reference(op, sample, dtype):
    arrays = [a.astype(dtype) if a.dtype == float else a for a in sample.arrays]
    xs, out = applied(op, arrays, sample.attrs)
    (want,) = op.reference(arrays, sample.attrs)
    assert (out.shape, out.dtype) == (want.shape, want.dtype.name)
    got = value(lowered(out), dict(zip(xs, arrays, strict=True)))
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize(("op", "sample"), FLOATING)
def test_gradients_agree_with_finite_differences_in_both_orders(op, sample):
    check_gradients(op, sample)


@pytest.mark.parametrize(("op", "sample"), CASES)
def test_printed_statements_agree_with_the_reference(op, sample):
    check_printed(op, sample.arrays, sample.attrs, rtol=1e-12)


def test_planned_statements_allocate_no_array():
    table, rows = RNG.normal(size=(500, 600)), RNG.integers(0, 500, 700)
    updates = RNG.normal(size=(700, 600))
    flat = RNG.integers(0, table.size, updates.shape)
    for name, arrays, attrs in (
        ("take", (table, rows), {"axis": 0}),
        ("take", (table, rows % 600), {"axis": 1}),
        ("take", (table, flat), {"axis": None}),
        ("scatter_elements", (flat, updates), {"shape": table.shape}),
        ("scatter_elements", (flat, updates, table), {"shape": table.shape}),
        ("scatter_rows", (rows, updates, table), {"shape": table.shape}),
        ("position", (flat,), {"size": table.size, "stride": 3}),
    ):
        seen = allocated(REGISTRY[name], arrays, attrs)
        assert seen.peak < 200_000 < seen.result, name


def test_symbolic_sizes_stay_symbolic_and_evaluate():
    x, labels = input("x", ("N", "T", "C"), "float64"), input("labels", ("N", "T"), "int32")
    table, tokens = input("table", ("V", "D"), "float64"), input("tokens", ("N", "T"))
    assert pick(x, labels).shape == labels.shape
    assert take(table, tokens.astype("int64")).shape == (*tokens.shape, table.shape[1])
    assert one_hot(labels, "C").shape == x.shape
    given = {x: RNG.normal(size=(2, 3, 4)), labels: RNG.integers(0, 4, (2, 3)).astype("int32")}
    loss = reduce_sum(pick(x, labels) * 2)
    (first,) = grad(loss, [x])
    want = 2 * (given[labels][..., None] == np.arange(4))
    np.testing.assert_array_equal(value(lowered(first), given), want)

    words = input("words", ("N", "T"), "int64")
    (slope,) = grad(reduce_sum(take(table, words) * 3), [table])
    given = {table: RNG.normal(size=(5, 2)), words: np.array([[4, 0], [4, 4]])}
    want = 3 * np.array([[1, 1], [0, 0], [0, 0], [0, 0], [3, 3]])
    np.testing.assert_array_equal(value(lowered(slope), given), want)


@pytest.mark.parametrize("width", [1, 4, ROW, ROW + 1])
def test_embedding_gradients_are_the_same_for_narrow_and_wide_rows(width):
    table, words = input("table", ("V", width), "float64"), input("words", (4,), "int64")
    weight = RNG.normal(size=(6, width))
    (slope,) = grad(reduce_sum(take(table, words) * constant(weight[:4])), [table])
    at = np.array([5, 1, 5, 0])
    got = value(lowered(slope), {table: weight, words: at})
    want = np.zeros((6, width))
    np.add.at(want, at, weight[:4])
    np.testing.assert_allclose(got, want)
    names = {node.op.name for node in nodes(lowered(slope))}
    assert ("scatter_rows" in names) is (width > ROW)


def test_adding_into_zeros_reads_no_zeros():
    x, labels = input("x", ("N", 10)), input("labels", ("N",), "int64")
    (slope,) = grad(reduce_sum(pick(x, labels)), [x])
    (node,) = [n for n in nodes(lowered(slope)) if n.op.name == "scatter_elements"]
    assert len(node.inputs) == 2


def test_every_use_of_an_index_tells_its_range_before_and_after_lowering():
    x, labels = input("x", ("N", 10)), input("labels", ("N",), "int32")
    uses = {
        "take": (take(x, labels, 1), 10),
        "gather": (gather(x, labels.reshape("N", 1), 1), 10),
        "pick": (pick(x, labels), 10),
        "spread": (spread(x[:, 0], labels, 7), 7),
        "add_at": (add_at(x, labels, 1.0), 10),
        "one_hot": (one_hot(labels, 12), 12),
        "scatter_add": (scatter_add(x, labels, 1.0, axis=1), 10),
        "scatter_add_along": (scatter_add_along(x, labels.reshape("N", 1), 1.0, 1), 10),
    }
    for name, (tensor, size) in uses.items():
        for stage in (tensor, lowered(tensor)):
            found = []
            for node in nodes(stage):
                for position, limit in getattr(node.op, "index_range", lambda _: [])(node):
                    operand = node.inputs[position]
                    while operand.node.op.name in ("reshape", "cast"):
                        operand = operand.node.inputs[0]
                    found += [limit] if operand is labels else []
            assert found == [size], name


@pytest.mark.parametrize("wrong", [-1, 4, 100])
@pytest.mark.parametrize("use", [pick, lambda x, i: take(x, i, 1), lambda x, i: one_hot(i, 4)])
def test_an_index_out_of_range_is_refused_when_the_graph_runs(use, wrong):
    x, labels = input("x", (3, 4), "float64"), input("labels", (3,), "int64")
    given = {x: np.zeros((3, 4)), labels: np.array([0, wrong, 1])}
    for tensor in (use(x, labels), lowered(use(x, labels))):
        with pytest.raises(DataError, match=f"index {wrong} is out of range"):
            value(tensor, given)


@pytest.mark.parametrize("dtype", ["bool", "float32"])
def test_indices_that_are_no_integers_are_refused_by_name(dtype):
    x, labels = input("x", (3, 4)), input("labels", (3,), dtype)
    for use in (
        lambda: take(x, labels),
        lambda: pick(x, labels),
        lambda: one_hot(labels, 4),
        lambda: gather(x, labels.reshape(3, 1), 1),
        lambda: spread(x[:, 0], labels, 4),
        lambda: add_at(x, labels, 1.0),
        lambda: scatter_add(x, labels, 1.0),
        lambda: scatter_add_along(x, labels.reshape(3, 1), 1.0, 1),
    ):
        with pytest.raises(TypeMismatchError, match=f"indices must be integers, not {dtype}"):
            use()


def test_shapes_that_do_not_fit_are_refused_with_their_sizes():
    x, labels = input("x", ("N", 4)), input("labels", ("M",), "int64")
    with pytest.raises(ShapeError, match=r"indices must have shape \(N,\), not \(M,\)"):
        pick(x, labels)
    with pytest.raises(ShapeError, match=r"\(3,\) can't be broadcast to \(M, 4\)"):
        scatter_add(x, labels, constant(np.zeros(3, "float32")))
    with pytest.raises(ShapeError, match="indices have 1 axes and the operand 2"):
        gather(x, labels, 0)
    with pytest.raises(ShapeError, match="axis 2 is out of range"):
        take(x, labels, 2)
    with pytest.raises(TypeMismatchError, match="updates are float64 and the base is float32"):
        scatter_add(x, labels, constant(np.zeros((1, 4))))


def test_gather_broadcasts_the_other_axes_as_numpy_does():
    x, at = RNG.normal(size=(1, 5, 3)), RNG.integers(0, 5, (2, 4, 1))
    got = value(gather(constant(x), constant(at), -2))
    np.testing.assert_array_equal(got, np.take_along_axis(x, at, -2))


@pytest.mark.parametrize(("dtype", "depth"), [("uint8", 300), ("int8", 128), ("int8", 129)])
def test_one_hot_counts_beyond_the_type_of_its_indices(dtype, depth):
    at = np.array([0, 100, 127], dtype)
    got = value(lowered(one_hot(constant(at), depth)))
    np.testing.assert_array_equal(got, np.eye(depth, dtype="float32")[at])
