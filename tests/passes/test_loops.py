"""What the passes take out of loops, and that it is gone from the emitted steps."""

import re

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.ir.body import body_of
from graphc.passes.pipeline import Passes

RNG = np.random.default_rng(0)


def single(name, *shape):
    return gx.input(name, shape)


def optimised(outputs, inputs, **options):
    """The one graph that a function of these becomes, and what the passes did."""
    graph = gx.Graph("f", tuple(inputs), tuple((f"o{k}", t) for k, t in enumerate(outputs)))
    passes = Passes(**options)
    return passes.run(graph), passes.hits


def loops(graph):
    return [n for n in graph.nodes if body_of(n) is not None]


def ops(node):
    return [n.op.name for n in body_of(node).graph.nodes if n.op.name != "input"]


def elman():
    x, h0, w, u = (
        single("x", "T", "N", 3),
        single("h0", "N", 4),
        single("w", 3, 4),
        single("u", 4, 4),
    )

    def step(h, x):
        h = gx.tanh(x @ w + h @ u)
        return h, h

    return gx.scan(step, h0, x), [x, h0, w, u]


def test_the_product_with_an_element_is_one_product_before_the_loop():
    (last, _), inputs = elman()
    graph, hits = optimised([last], inputs)
    assert ops(loops(graph)[0]) == ["matmul", "add", "tanh"]
    assert hits["product of every step before the loop"] == 1
    product = next(n for n in graph.nodes if n.op.name == "matmul")
    assert str(product.outputs[0].type) == "float32[N * T, 4]"


def test_only_the_last_state_is_kept_where_nobody_reads_the_others():
    (last, _), inputs = elman()
    graph, hits = optimised([last], inputs)
    (loop,) = loops(graph)
    assert [str(t.type) for t in loop.outputs] == ["float32[N, 4]"]
    assert hits["only the last state kept"] == 1


def test_the_way_back_keeps_no_stack_but_that_of_the_states():
    (_, hs), inputs = elman()
    total = gx.sum(hs * hs)
    graph, hits = optimised([total, *gx.grad(total, inputs[2:])], inputs)
    forward, back = loops(graph)
    assert [str(t.type) for t in forward.outputs] == ["float32[T + 1, N, 4]"]
    assert ops(back).count("matmul") == 1 and "tanh" not in ops(back)
    assert hits["value of a step kept for the way back"] == 0
    assert hits["derivative of tanh from its value"] == 1


def test_gradients_of_weights_are_one_product_after_the_loop():
    (_, hs), inputs = elman()
    total = gx.sum(hs * hs)
    graph, hits = optimised(gx.grad(total, inputs[2:]), inputs)
    assert hits["sum of products over the steps as one product"] == 2
    back = loops(graph)[1]
    assert [str(t.type) for t in back.outputs] == ["float32[N, 4]", "float32[T, N, 4]"]


def test_the_gradient_of_the_sequence_is_one_product_after_the_loop():
    (_, hs), inputs = elman()
    graph, hits = optimised(gx.grad(gx.sum(hs * hs), inputs[:1]), inputs)
    assert hits["product of every step after the loop"] == 1
    assert ops(loops(graph)[1]).count("matmul") == 1


def test_an_lstm_keeps_its_gates_and_computes_no_product_twice():
    x = single("x", "T", "N", 3)
    layer = nn.LSTM(4)
    y = layer(x)
    graph, hits = optimised(gx.grad(gx.sum(y * y), layer.parameters()), [x])
    forward, back = loops(graph)
    assert sorted(t.name for t in forward.outputs) == ["c", "c_tanh", "g", "gates", "h"]
    assert hits["value of a step kept for the way back"] == 3
    assert not {"exp", "tanh", "divide"} & set(ops(back)) and ops(back).count("matmul") == 1
    assert ops(back).count("concat") == 2 and "unslice" not in ops(back)


def test_recomputation_keeps_the_states_alone_and_gives_the_same_gradients():
    x = single("x", "T", "N", 3)
    data, found, planned = RNG.normal(size=(9, 4, 3)).astype("float32"), [], []
    for recompute in (False, True):
        y = nn.LSTM(5, recompute=recompute)(x)
        net = gx.compile("net", inputs=[x], loss=gx.mean(y * y))
        found.append(net.load(seed=2).gradients(data))
        planned.append(net.report(T=200, N=16).planned_bytes)
        forward, back = loops(net.graphs["backward"])
        kept = sorted(t.name for t in forward.outputs)
        assert kept == (["c", "h"] if recompute else ["c", "c_tanh", "g", "gates", "h"])
        assert ops(back).count("matmul") == (3 if recompute else 1)
    assert planned[1] < 0.75 * planned[0]
    for key, want in found[0].items():
        np.testing.assert_allclose(found[1][key], want, rtol=1e-4, atol=1e-7)


def test_work_that_is_the_same_in_every_step_happens_once():
    x, h0, w = single("x", "T", 3), single("h0", 3), single("w", 3)
    bias = single("bias", "T", 3)

    def step(h, x, b):
        return gx.tanh(h * gx.exp(w) + x) + gx.exp(b), None

    shared = gx.broadcast_to(w, ("T", 3))
    last, _ = gx.scan(step, h0, [x, shared])
    graph, hits = optimised([last], [x, h0, w])
    assert "exp" not in ops(loops(graph)[0])
    assert hits["sequence of one value"] == 1
    assert hits["loop-invariant work moved out"] >= 1
    graph, _ = optimised([gx.scan(step, h0, [x, bias])[0]], [x, h0, w, bias])
    assert ops(loops(graph)[0]).count("exp") == 1


def test_states_and_outputs_that_nobody_reads_are_not_computed():
    x, h0 = single("x", "T", 3), single("h0", 3)

    def step(h, dead, still, x):
        return (h + x * still, gx.exp(dead), still), (gx.cos(h), h)

    (last, _, same), (_, hs) = gx.scan(step, (h0, h0, h0), x)
    graph, hits = optimised([last, same, hs], [x, h0])
    (loop,) = loops(graph)
    assert not {"exp", "cos"} & set(ops(loop))
    assert hits["dead state of a loop dropped"] == 1
    assert hits["dead result of a loop dropped"] == 1
    assert hits["state that stays as it is"] == 1


def test_a_state_that_turns_out_to_stay_as_it_is_is_a_constant():
    x, h0 = single("x", "T", 3), single("h0", 3)
    last, (old, same) = gx.scan(lambda h, x: (h * 1.0, (h, h + 0.0)), h0, x)
    _, hits = optimised([last, old, same], [x, h0])
    assert hits["state that stays as it is"] == 1
    got = gx.function([x, h0], [last, old, same])(np.zeros((2, 3), "f"), np.arange(3, dtype="f"))
    for result in got:
        np.testing.assert_array_equal(result, np.broadcast_to(np.arange(3), result.shape))


@pytest.mark.parametrize(
    "name", ["tidy_loops", "share_steps", "batch_loops", "tidy_batched", "transpose_once", "fuse"]
)
def test_results_are_the_same_without_each_pass(name):
    x, y = single("x", "T", "N", 3), gx.input("y", ("N",), "int64")
    model = nn.Sequential([nn.LSTM(4, return_sequences=True), nn.GRU(4), nn.Dense(2)], name="m")
    loss = losses.softmax_cross_entropy(model(x), y)
    data = RNG.normal(size=(5, 6, 3)).astype("float32"), np.arange(6) % 2
    found = []
    for disable in ((), (name,)):
        net = gx.compile("net", inputs=[x], targets=[y], loss=loss, disable=disable)
        found.append(net.load(seed=1).gradients(*data))
    for key, want in found[0].items():
        np.testing.assert_allclose(found[1][key], want, rtol=2e-4, atol=2e-6)


def test_emission_is_the_same_on_every_run():
    def source():
        x, y = single("x", "T", "N", 3), gx.input("y", ("N",), "int64")
        loss = losses.softmax_cross_entropy(nn.LSTM(4)(x), y)
        return gx.compile("net", inputs=[x], targets=[y], loss=loss, optimizer=optim.Adam()).source

    first = source()
    assert re.sub(r"test_loops.py:\d+", "", first) == re.sub(r"test_loops.py:\d+", "", source())
