"""Every op of the registry on every one of its samples, against oracles that know nothing of it.

The oracles: the op's obvious NumPy `reference`, central differences, HIPS autograd running the
emitted module, and a count of NumPy's allocations.
"""

import contextlib

import numpy as np
import pytest
from allocations import counted
from proof_tools import (
    STYLES,
    applied,
    autograd_gradients,
    differences,
    in_float32,
    phase,
    under_autograd,
    value,
    walk_samples,
    with_gaps,
)

import graphc as gx
from graphc.autodiff import grad
from graphc.errors import GraphError
from graphc.ir.evaluate import evaluate
from graphc.ir.types import TensorType
from graphc.ops.base import REGISTRY, Op, Sample, register

# Ops that users do not apply themselves, and what makes them.
INTERNAL = {
    "add_at": "what `pick` minus a one-hot becomes: softmax cross-entropy backward",
    "apply_mask": "what a product with a boolean mask becomes",
    "column_sum": "what a sum over the rows of a matrix becomes",
    "conv_input_gradient": "gx.conv_transpose, and a derivative of gx.conv",
    "conv_weight_gradient": "a derivative of gx.conv",
    "copy": "made by the pass `materialise`",
    "known_labels": "losses.softmax_cross_entropy with ignore_index",
    "gelu_tanh": 'gx.gelu(x, approximate="tanh")',
    "gelu_tanh_slope": "the derivative of gelu_tanh",
    "matches": "what `one_hot` is lowered to",
    "max_pool_gradient": "the derivative of gx.max_pool",
    "max_pool_index": "the derivative of gx.max_pool",
    "max_pool_take": "the second derivative of gx.max_pool",
    "orthogonal": "init.orthogonal",
    "only_when": "the derivative of gx.in_training",
    "position": "what indexing is lowered to",
    "random_normal": "gx.normal",
    "random_uniform": "gx.uniform, gx.bernoulli, gx.dropout",
    "row_sum": "what a sum over the columns of a matrix becomes",
    "scatter_add_along": "the derivative of gx.gather",
    "scatter_elements": "what scattering is lowered to",
    "scatter_rows": "what scattering is lowered to",
    "sech_squared": "the derivative of gx.tanh",
    "slice": "x[...], gx.split, gx.flip",
    "spread": "the derivative of gx.pick",
    "sum_pool_gradient": "the derivative of gx.sum_pool",
    "truncated_gauss": "init.truncated_normal",
    "unslice": "the derivative of x[...]",
}

# Ops that LAPACK computes, in memory of its own.
BY_LAPACK = {"orthogonal"}

# Ops whose emitted module autograd can't follow.
ADDS_IN_PLACE = "it adds in place, with np.add.at"
NOT_FOR_AUTOGRAD = {
    "add_at": ADDS_IN_PLACE,
    "conv_input_gradient": "it adds to windows, in place",
    "custom_gradient": "its derivative is stated, not that of its value",
    "floor_divide": "autograd's arrays have no //",
    "max_pool_gradient": "it adds to windows, in place",
    "scan": "it writes into stacks",
    "scatter_add": ADDS_IN_PLACE,
    "scatter_add_along": ADDS_IN_PLACE,
    "scatter_elements": ADDS_IN_PLACE,
    "scatter_rows": ADDS_IN_PLACE,
    "spread": ADDS_IN_PLACE,
    "sum_pool_gradient": "it adds to windows, in place",
}


def autograd_cannot(op, sample):
    """Why autograd can't differentiate the emitted module on a sample; "" if it can."""
    if op.random:
        return "autograd knows nothing of our random streams"
    if op.name == "prod" and (sample.arrays[0] == 0).any():
        return "it divides by the factors, and one is 0"
    if op.name == "einsum" and any(len(set(t)) < len(t) for t in terms_of(sample)):
        return "it has no derivative of a diagonal"
    if op.name == "unslice" and any(step != 1 for _, _, step in sample.attrs["region"]):
        return "a region with steps is assigned to"
    if op.name == "copy" and sample.arrays[0].ndim == 0:
        return "it has no derivative of np.asarray"
    return NOT_FOR_AUTOGRAD.get(op.name, "")


def terms_of(sample):
    return sample.attrs["subscripts"].partition("->")[0].split(",")


SAMPLES, SAMPLE_IDS = walk_samples()
IN_BUFFERS, IN_BUFFERS_IDS = walk_samples(lambda op, sample: op.name not in BY_LAPACK)
SMOOTH, SMOOTH_IDS = walk_samples(
    lambda op, sample: (
        op.differentiable and sample.smooth and any(a.dtype == float for a in sample.arrays)
    )
)
STATED, STATED_IDS = walk_samples(
    lambda op, sample: op.differentiable and sample.gradients is not None
)


def typed(sample):
    """The operands of a sample, in each element type that its attributes allow."""
    return [sample.arrays, in_float32(sample.arrays)] if sample.retype else [sample.arrays]


def close(got, want, dtype):
    """Equal to rounding: composites may round otherwise than their references do."""
    tolerance = {"float16": 2e-3, "float32": 3e-6, "float64": 2e-14}.get(dtype, 0.0)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("op", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_types_inferred_are_those_of_the_reference(op, sample):
    for arrays in typed(sample):
        types = [TensorType(a.dtype.name, a.shape) for a in arrays]
        with np.errstate(all="ignore"):
            results = op.reference(arrays, sample.attrs)
        inferred = op.infer(types, sample.attrs)
        assert [t.dtype for t in inferred] == [r.dtype.name for r in results]
        assert [t.shape for t in inferred] == [r.shape for r in results]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("op", "sample"), SAMPLES, ids=SAMPLE_IDS)
def test_emitted_code_computes_the_reference(op, sample, style):
    for arrays in typed(sample):
        xs, out = applied(op, arrays, sample.attrs)
        function = gx.function(xs, [out], style=style, training=False)
        with np.errstate(all="ignore"):
            (want,) = op.reference(arrays, sample.attrs)
        for layout in (arrays, tuple(map(with_gaps, arrays))):
            before = [a.copy() for a in layout]
            with np.errstate(all="ignore"):
                (got,) = function(*layout)
            assert got.dtype == want.dtype and got.shape == want.shape
            if not op.random:
                close(got, want, want.dtype.name)
            for array, kept in zip(layout, before, strict=True):
                np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("op", "sample"), SMOOTH, ids=SMOOTH_IDS)
def test_derivatives_agree_with_central_differences(op, sample, order):
    xs, out = applied(op, sample.arrays, sample.attrs)
    floats = [x for x in xs if x.dtype == "float64"]
    rng = np.random.default_rng(17)
    total = gx.sum(out * rng.normal(size=out.shape))
    if order == 2:
        first = grad(gx.sum(gx.square(out)) + total, floats, unconnected="zeros")
        total = gx.constant(0.0, "float64")
        for part in first:
            total = total + gx.sum(part * rng.normal(size=part.shape))
    given = dict(zip(xs, sample.arrays, strict=True))
    with np.errstate(all="ignore"):
        got = evaluate(grad(total, floats, unconnected="zeros"), given)
        want = differences(
            lambda moved: float(value(total, dict(zip(xs, moved, strict=True)))), sample.arrays
        )
    for mine, slopes in zip(got, [w for w in want if w is not None], strict=True):
        scale = max(1.0, np.abs(slopes).max(initial=0.0))
        np.testing.assert_allclose(mine, slopes, rtol=2e-6, atol=2e-6 * scale)


@pytest.mark.parametrize(("op", "sample"), STATED, ids=STATED_IDS)
def test_derivatives_at_kinks_and_ties_are_those_stated(op, sample):
    xs, out = applied(op, sample.arrays, sample.attrs)
    total = gx.sum(out)
    wanted = [(x, g) for x, g in zip(xs, sample.gradients, strict=True) if g is not None]
    gradients = grad(total, [x for x, _ in wanted], unconnected="zeros")
    got = evaluate(gradients, dict(zip(xs, sample.arrays, strict=True)))
    for mine, (_, stated) in zip(got, wanted, strict=True):
        np.testing.assert_allclose(mine, stated)


@pytest.mark.parametrize(("op", "sample"), SMOOTH, ids=SMOOTH_IDS)
def test_derivatives_agree_with_autograd_on_the_emitted_module(op, sample):
    if reason := autograd_cannot(op, sample):
        pytest.skip(f"autograd can't follow {op.name}: {reason}")
    xs, out = applied(op, sample.arrays, sample.attrs)
    weight = np.random.default_rng(23).normal(size=out.shape)
    total = gx.sum(out * weight)
    floats = [x for x in xs if x.dtype == "float64"]
    mine = gx.function(xs, grad(total, floats, unconnected="zeros"))(*sample.arrays)
    call = under_autograd(gx.function(xs, [total], style="plain"))
    theirs = autograd_gradients(call, sample.arrays)
    for got, want in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("op", "sample"), IN_BUFFERS, ids=IN_BUFFERS_IDS)
def test_planned_code_allocates_no_array_after_its_first_call(op, sample):
    arrays = tuple(np.array(a, order="C") for a in sample.arrays)
    xs, out = applied(op, arrays, sample.attrs)
    function = gx.function(xs, [out], style="planned")
    with np.errstate(all="ignore"):
        function(*arrays)
        run = phase(function, arrays)
        with counted() as allocated:
            for _ in range(3):
                run()
    # A Python number that meets an array is boxed in 8 bytes; that is no array of ours.
    assert [size for size in allocated.sizes if size > 8] == []


class Whole(Op):
    """An op with every part."""

    name = "whole"

    def infer(self, types_, attrs):
        return types_

    def vjp(self, node, cotangents):
        return cotangents

    def reference(self, arrays, attrs):
        return arrays

    def samples(self):
        return [Sample((np.ones(2),))]

    def plain(self, e):
        return e.args[0]

    def planned(self, e):
        return [f"np.copyto({e.out}, {e.args[0]})"]


@pytest.mark.parametrize("part", ["infer", "vjp", "reference", "samples", "plain", "planned"])
def test_registration_refuses_an_op_that_lacks_a_part(part):
    incomplete = type("Incomplete", (Whole,), {part: getattr(Op, part)})
    with pytest.raises(GraphError, match=rf"'whole' lacks {part}"):
        register(incomplete())
    assert "whole" not in REGISTRY


def test_registration_refuses_an_op_without_a_name():
    with pytest.raises(GraphError, match="lacks name"):
        register(type("Nameless", (Whole,), {"name": ""})())


def test_registration_refuses_a_name_that_is_taken():
    with pytest.raises(GraphError, match="'add' is registered already"):
        register(type("Again", (Whole,), {"name": "add"})())


def test_registration_takes_a_whole_op_and_says_what_a_view_need_not_have():
    view = type("View", (Whole,), {"name": "window", "view": True, "planned": Op.planned})
    flat = type("Flat", (Whole,), {"name": "flat", "differentiable": False, "vjp": Op.vjp})
    with contextlib.ExitStack() as stack:
        for kind in (Whole, view, flat):
            op = register(kind())
            stack.callback(REGISTRY.pop, op.name)
            assert REGISTRY[op.name] is op


def test_every_op_has_a_function_for_users_or_is_known_to_be_internal():
    unreachable = [name for name in REGISTRY if not hasattr(gx, name) and name not in INTERNAL]
    assert unreachable == []
    assert [name for name in INTERNAL if name not in REGISTRY or hasattr(gx, name)] == []


def test_every_op_has_samples_unless_it_stands_for_what_is_given():
    assert [n for n, op in REGISTRY.items() if not op.samples()] == ["input", "state"]


def test_every_differentiable_op_has_a_sample_that_finite_differences_can_check():
    checked = {op.name for op, _ in SMOOTH}
    stated = {"custom_gradient", "orthogonal"}
    missing = [n for n, op in REGISTRY.items() if op.differentiable and n not in checked]
    assert set(missing) == stated
