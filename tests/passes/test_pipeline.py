"""The passes: each does its job, is counted, can be left out, and keeps names and origins."""

from collections import Counter
from functools import partial

import numpy as np
import pytest

import graphc as gx
from graphc import nn
from graphc.errors import GraphError, RewriteError
from graphc.ir.graph import Graph
from graphc.ir.node import state_of, toposort
from graphc.network import Options
from graphc.passes import pipeline
from graphc.passes.lower import fold, lower, share
from graphc.passes.pipeline import _REQUIRED, PIPELINE, Passes
from graphc.passes.simplify import unbroadcast_scalars


def graph(out, *inputs, training=False, updates=()):
    return Graph("example", inputs, (("out", out),), tuple(updates), training)


def names(graph):
    return [node.op.name for node in graph.nodes]


def after(transform, *args, **options):
    hits = Counter()
    return transform(graph(*args, **options), hits), hits


@pytest.fixture
def x():
    return gx.input("x", ("N", 3), "float64")


# ---- the passes one by one ----------------------------------------------------------------------


def test_dropout_is_there_in_training_and_gone_in_inference(x):
    y = gx.dropout(gx.exp(x), 0.5)
    transform = dict(PIPELINE)["specialise"]
    result, hits = after(transform, y, x)
    assert names(result) == ["input", "exp"] and hits == {"dropout in inference": 1}
    result, hits = after(transform, y, x, training=True)
    assert names(result) == ["input", "exp", "dropout"] and not hits


def test_what_depends_on_constants_alone_is_computed(x):
    table = gx.sin(gx.constant(np.arange(3.0))) * 2.0
    result, hits = after(fold, x * table, x)
    assert names(result) == ["input", "constant", "multiply"]
    assert hits == {"constant folded": 2}
    value = result.nodes[1].attrs["value"].array
    np.testing.assert_allclose(value, np.sin(np.arange(3.0)) * 2)


def test_large_results_random_draws_and_symbolic_sizes_are_not_folded(x):
    large = gx.concat([gx.constant(np.ones(3000)), gx.constant(np.ones(3000))])
    draw = gx.uniform((3,), dtype="float64")
    at = gx.gather(gx.constant(np.eye(3)), np.array([[0]]), 1)
    counted = gx.iota(("N",)) * 2
    out = gx.sum(large) + gx.sum(x * draw) + gx.sum(counted).astype("float64") + gx.sum(at)
    result, _ = after(fold, out, x)
    assert {"concat", "random_uniform", "iota"} <= set(names(result))


def test_broadcast_numbers_stay_numbers(x):
    ones = gx.broadcast_to(gx.constant(2.0, "float64"), ("N", 3))
    result, hits = after(unbroadcast_scalars, x * ones, x)
    assert names(result) == ["input", "constant", "multiply"]
    assert hits == {"broadcast by the op itself": 1}
    result, hits = after(unbroadcast_scalars, gx.reshape(gx.exp(ones), ("N", 3, 1)), x)
    assert names(result) == ["constant", "exp", "broadcast_to"]
    assert hits == {"computed before broadcasting": 1, "scalar broadcast once": 1}


def test_composites_are_lowered_until_primitives_are_left(x):
    result, hits = after(lower, gx.mean(gx.softmax(gx.sigmoid(x))), x)
    assert set(names(result)) <= {
        *("input", "constant", "multiply", "minimum", "add", "max", "subtract", "exp", "sum"),
        *("divide", "dimension"),
    }
    assert hits == {"mean lowered": 1, "softmax lowered": 1, "sigmoid lowered": 1}


def test_a_composite_that_lowers_to_itself_is_an_error(x):
    from graphc.ops.elementwise import Elementwise

    class Endless(Elementwise):
        def lower(self, node):
            return (self(node.inputs[0] + 1.0),)

    endless = Endless("endless", lambda x: x)
    with pytest.raises(RewriteError, match="lowering of graph 'example' does not end"):
        after(lower, endless(x), x)


def test_sums_and_products_in_either_order_are_computed_once(x):
    y = gx.input("y", ("N", 3), "float64")
    result, hits = after(share, gx.sin(x + y) * gx.cos(y + x), x, y)
    assert names(result).count("add") == 1 and hits == {"common subexpression": 1}
    result, hits = after(share, (x - y) * (y - x), x, y)
    assert names(result).count("subtract") == 2 and not hits


def test_views_are_copied_where_an_op_needs_them_whole(x):
    transform = dict(PIPELINE)["materialise"]
    result, hits = after(transform, gx.reshape(gx.transpose(x), (-1,)) * 1.0, x)
    assert names(result)[:4] == ["input", "transpose", "copy", "reshape"]
    assert hits == {"copied to be contiguous": 1}
    result, hits = after(transform, gx.reshape(gx.transpose(x), (3, 1, "N")) * 1.0, x)
    assert "copy" not in names(result), "axes of size 1 come and go without a copy"


@pytest.mark.parametrize(
    ("view", "copies"),
    [
        (lambda a: a, 0),
        (lambda a: gx.transpose(a), 0),
        (lambda a: a[1:, 2:5], 0),
        (lambda a: a[::2], 0),
        (lambda a: gx.transpose(a)[1:], 0),
        (lambda a: a[:, ::2], 1),
        (lambda a: a[::-1], 1),
        (lambda a: a[:, ::-1], 1),
        (lambda a: gx.broadcast_to(a[:, :1], (6, 6)), 1),
        (lambda a: gx.broadcast_to(a[0], (6, 6)), 1),
        (lambda a: gx.broadcast_to(a, (2, 6, 6)), 0),
        (lambda a: gx.expand_dims(a, 1)[:, 0], 0),
        (lambda a: gx.transpose(gx.reshape(a, (6, 2, 3)), (1, 0, 2)), 0),
        (lambda a: gx.transpose(gx.reshape(a, (6, 2, 3)), (2, 0, 1)), 1),
    ],
)
def test_products_of_matrices_copy_only_what_blas_cannot_read(view, copies):
    a = gx.exp(gx.input("a", (6, 6), "float64"))
    operand = view(a)
    b = gx.input("b", (operand.shape[-1], 2), "float64")
    inputs = [a.node.inputs[0], b]
    function = gx.function(inputs, [operand @ b])
    ops = names(function.network.graphs["function_body"])
    assert ops.count("copy") == copies
    arrays = [np.random.default_rng(0).normal(size=t.shape) for t in inputs]
    np.testing.assert_allclose(
        function(*arrays)[0], gx.evaluate([operand @ b], dict(zip(inputs, arrays, strict=True)))[0]
    )


@pytest.mark.parametrize(
    ("tensor", "op"),
    [
        (lambda x, z: gx.sum(x, 0), "column_sum"),
        (lambda x, z: gx.sum(x, 0, keepdims=True), "column_sum"),
        (lambda x, z: gx.sum(z, (0, 1)), "column_sum"),
        (lambda x, z: gx.sum(x, 1), "row_sum"),
        (lambda x, z: gx.sum(z, 2, keepdims=True), "row_sum"),
        (lambda x, z: gx.sum(x.T, 1), "row_sum"),
        (lambda x, z: gx.sum(gx.exp(gx.transpose(z)), 2, keepdims=True), "row_sum"),
        (lambda x, z: gx.sum(x), "sum"),
        (lambda x, z: gx.sum(z, 1), "sum"),
        (lambda x, z: gx.sum(x[:, ::2], 0), "sum"),
        (lambda x, z: gx.sum(x[:, :4], 1), "sum"),
    ],
)
def test_sums_over_rows_and_long_columns_become_products(tensor, op):
    x, z = gx.input("x", (80, 100), "float64"), gx.input("z", ("N", 3, 100), "float64")
    result = tensor(x, z)
    inputs = [t for t in (x, z) if t.node in toposort([result])]
    after_pass, hits = after(dict(PIPELINE)["sums_as_products"], result, *inputs)
    assert op in names(after_pass) and sum(hits.values()) == (op != "sum")
    arrays = [
        np.random.default_rng(0).normal(size=(80, 100) if t is x else (2, 3, 100)) for t in inputs
    ]
    (got,) = gx.function(inputs, [result])(*arrays)
    (want,) = gx.evaluate([result], dict(zip(inputs, arrays, strict=True)))
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


WIDENED = {
    "a bias": (lambda x, v: x + v, True),
    "the first operand": (lambda x, v: v - x, True),
    "a vector with axes of 1": (lambda x, v: x * gx.reshape(v, (1, 1, 1, 6)), True),
    "an image": (lambda x, v: x + x, False),
    "a matrix of vectors": (lambda x, v: gx.reshape(x, (-1, 6)) * v, False),
    "a strided image": (lambda x, v: x[:, :, ::2] * v, False),
    "one number": (lambda x, v: x * v[0], False),
}


@pytest.mark.parametrize("name", WIDENED)
def test_vectors_over_few_channels_are_repeated_along_rows_of_images(name):
    function, fires = WIDENED[name]
    x, v = gx.input("x", ("N", 4, 10, 6), "float64"), gx.input("v", (6,), "float64")
    result = function(x, v)
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(3, 4, 10, 6)), rng.normal(size=6)
    used = toposort([result])
    pairs = [(t, a) for t, a in zip((x, v), arrays, strict=True) if t.node in used]
    inputs, given = zip(*pairs, strict=True)
    compiled = gx.function(inputs, [result])
    assert ("vector repeated along rows of images" in compiled.network.report().rules) == fires
    (want,) = gx.evaluate([result], dict(zip(inputs, given, strict=True)))
    np.testing.assert_array_equal(compiled(*given)[0], want)
    plain = gx.function(inputs, [result], style="plain")
    assert "vector repeated along rows of images" not in plain.network.report().rules
    assert "broadcast_to" not in plain.source
    assert plain.network.unit.fingerprint == compiled.network.unit.fingerprint


def test_wide_and_large_images_keep_their_vectors():
    for shape in (("N", 4, 10, 64), ("N", 4, "W", 6), ("N", 4, 1, 6), ("N", 4, 400, 6)):
        x, v = gx.input("x", shape), gx.input("v", shape[-1:])
        rules = gx.function([x, v], [x + v]).network.report().rules
        assert "vector repeated along rows of images" not in rules


def test_cross_entropy_picks_a_label_and_its_derivative_subtracts_one_hot():
    x, y = gx.input("x", ("N", 5)), gx.input("y", ("N",), "int64")
    loss = gx.losses.softmax_cross_entropy(x, y)
    function = gx.function([x, y], [loss, *gx.grad(loss, [x])])
    hits = function.network.report().rules
    assert hits["softmax cross-entropy"] == 1 and hits["softmax minus one-hot"] == 1
    ops = names(function.network.graphs["function_body"])
    assert ops.count("exp") == 1, "forward and backward share the exponentials"


def test_elementwise_chains_are_done_in_place():
    x = gx.input("x", ("N", 64))
    y = gx.tanh(gx.sin(gx.exp(x)) * 2.0 + 1.0)
    fused = gx.function([x], [y]).network.plans["function_body"]
    assert len(fused.pieces) == 1 and len(fused.fusion.groups) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graphc.functions.Options", partial(Options, disable=("fuse",)))
        loose = gx.function([x], [y]).network.plans["function_body"]
    assert len(loose.pieces) > 1 and not loose.fusion.groups


# ---- the pipeline as a whole ------------------------------------------------------------------


def example():
    """A network whose compilation gives every pass something to do."""
    x, y = gx.input("x", ("N", 4), "float64"), gx.input("y", ("N",), "int64")
    h = nn.Dropout(0.5)(nn.Dense(5, activation="relu")(x))
    h = h + gx.log(1 + gx.exp(h)) * (gx.constant(np.array(2.0)) * 3.0) + 0.0
    logits = nn.Dense(3)(gx.reshape(gx.transpose(gx.transpose(h)), ("N", 5)))
    again = gx.sum((x + 1.0) * gx.sin(x + 1.0)) * 1e-3
    loss = gx.losses.softmax_cross_entropy(logits, y) + again
    return [x], [y], loss.named("loss"), logits


SWITCHES = [name for name, _ in PIPELINE if name not in _REQUIRED] + ["widen_rows", "fuse"]


@pytest.mark.parametrize("name", SWITCHES)
def test_a_network_computes_the_same_without_a_pass(name):
    inputs, targets, loss, logits = example()
    options = {"inputs": inputs, "targets": targets, "loss": loss, "outputs": logits}
    arrays = [np.random.default_rng(1).normal(size=(6, 4)), np.arange(6) % 3]
    whole = gx.compile("net", **options).load(seed=3)
    partial = gx.compile("net", **options, disable=[name]).load(seed=3)
    assert partial.loss(*arrays) == pytest.approx(whole.loss(*arrays), rel=1e-13)
    np.testing.assert_allclose(partial.predict(arrays[0]), whole.predict(arrays[0]), rtol=1e-12)
    for (key, mine), theirs in zip(
        partial.gradients(*arrays).items(), whole.gradients(*arrays).values(), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-14, err_msg=key)


def test_what_a_disabled_pass_does_is_not_counted():
    inputs, targets, loss, _ = example()
    options = {"inputs": inputs, "targets": targets, "loss": loss}
    rules = gx.compile("net", **options).report().rules
    assert rules["log(1 + exp)"] and rules["softmax cross-entropy"] and rules["constant folded"]
    less = gx.compile("net", **options, disable=["cross_entropy"]).report().rules
    assert "softmax cross-entropy" not in less and "softmax minus one-hot" not in less


@pytest.mark.parametrize("name", sorted(_REQUIRED))
def test_passes_that_emission_depends_on_stay(name):
    inputs, targets, loss, _ = example()
    with pytest.raises(GraphError, match=f"the pass '{name}' can't be disabled"):
        gx.compile("net", inputs=inputs, targets=targets, loss=loss, disable=[name])


@pytest.mark.parametrize("option", ["disable", "dump_after"])
def test_a_pass_that_there_is_not_is_an_error_that_lists_those_there_are(option):
    with pytest.raises(GraphError, match="there is no pass 'fusion'; the passes are specialise,"):
        Passes(**{option: ["fusion"]})


def test_all_passes_cannot_be_disabled_at_once():
    with pytest.raises(GraphError, match="there is no pass 'all'"):
        Passes(disable="all")


@pytest.mark.parametrize("name", [name for name, _ in PIPELINE] + ["widen_rows", "fuse"])
def test_the_graph_is_printed_after_the_pass_that_is_named(name, capsys):
    inputs, _, _, logits = example()
    gx.compile("net", inputs=inputs, outputs=logits, dump_after=[name])
    printed = capsys.readouterr().out
    assert printed.startswith(f"# after {name}\ngraph forward(") and printed.count("# after") == 1


def test_the_graph_is_printed_after_every_pass_in_order(capsys):
    inputs, _, _, logits = example()
    gx.compile("net", inputs=inputs, outputs=logits, dump_after="all")
    printed = [line[8:] for line in capsys.readouterr().out.splitlines() if line[:8] == "# after "]
    assert printed == [name for name, _ in PIPELINE] + ["widen_rows", "fuse"]


def test_a_pass_that_breaks_the_graph_is_named(x, monkeypatch):
    def broken(graph, hits):
        return Graph(graph.name, (), graph.outputs)

    monkeypatch.setattr(pipeline, "PIPELINE", [("tidy", broken)])
    with pytest.raises(RewriteError, match="'example' is invalid after pass 'tidy'"):
        Passes().run(graph(gx.exp(x), x))


def test_hits_add_up_over_the_graphs_of_a_program(x):
    passes = Passes()
    for _ in range(2):
        passes.run(graph(gx.log(gx.exp(x)) + gx.sin(x), x))
    assert passes.hits["log(exp)"] == 2


# ---- names and places -------------------------------------------------------------------------


def test_names_survive_every_rewrite(x):
    h = gx.softmax(x * 2.0 * 3.0 + 0.0).named("shares")
    out = (gx.log(h).named("logs") * 1.0 - 0.0).named("result")
    result = Passes().run(graph(out, x))
    assert result.outputs[0][1].name in ("logs", "result")
    source = gx.function([x], [h * 1.5, out]).source
    assert "shares = softmax(" in source


def test_a_rewrite_names_no_constant_that_other_programs_share(x):
    zero = gx.constant(0.0, "float64")
    s = gx.state("s", np.zeros(3))
    before = zero.name
    masked = gx.where(gx.constant(False), x, 0.0).named("nothing")
    Passes().run(graph(masked, x))
    Passes().run(graph(s + 0.0, updates=[(state_of(s), (s * 1.0).named("kept"))]))
    assert zero.name == before == ""
    assert gx.constant(False).name == ""


def test_a_lowered_composite_is_remembered_for_formulas(x):
    result = Passes().run(graph(gx.sigmoid(x), x))
    assert result.outputs[0][1].whole.op.name == "sigmoid"
    source = gx.function([x], [gx.sigmoid(x).named("gate")]).source
    assert "# gate = sigmoid(x)" in source


def test_compiling_leaves_no_trace_on_the_users_graph():
    inputs, targets, loss, logits = example()
    before = gx.to_text(Graph("g", (*inputs, *targets), (("loss", loss), ("logits", logits))))
    gx.compile("net", inputs=inputs, targets=targets, loss=loss, outputs=logits)
    after_ = gx.to_text(Graph("g", (*inputs, *targets), (("loss", loss), ("logits", logits))))
    assert after_ == before
