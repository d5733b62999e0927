"""Flat vectors: one update for all parameters, equal to the updates one by one."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.ir.node import state_of
from graphc.schedule.flatten import Segment, group_parameters, lay_out

OPTIMIZERS = {
    "SGD": lambda: optim.SGD(0.1),
    "momentum": lambda: optim.SGD(0.1, momentum=0.9),
    "Nesterov": lambda: optim.SGD(0.1, momentum=0.9, nesterov=True),
    "SGD with decay": lambda: optim.SGD(0.1, weight_decay=0.01, decay_biases=False),
    "Adam": lambda: optim.Adam(0.01),
    "Adam with decay": lambda: optim.Adam(0.01, weight_decay=0.1),
    "AdamW": lambda: optim.AdamW(0.01, weight_decay=0.1),
    "AdamW, biases too": lambda: optim.AdamW(0.01, weight_decay=0.1, decay_biases=True),
    "clipped": lambda: optim.Adam(0.01, clip_norm=0.1),
    "clipped by value": lambda: optim.SGD(0.1, clip_value=0.1),
    "Adagrad": optim.Adagrad,
    "RMSProp": lambda: optim.RMSProp(momentum=0.9, centered=True, epsilon=1e-3),
    "Adadelta": optim.Adadelta,
    "AMSGrad": optim.AMSGrad,
    "NAdam": optim.NAdam,
    "AdaMax": optim.AdaMax,
    "Lion": lambda: optim.Lion(weight_decay=0.1),
    "averages": lambda: optim.EMA(optim.Adam(0.01)),
    "a constraint": lambda: optim.SGD(0.1, constraint=lambda p, v: gx.maximum(v, -0.1)),
    "a constraint on columns": lambda: optim.SGD(0.1, constraint=lambda p, v: v / gx.max(v)),
    "a schedule": lambda: optim.Adam(lambda step: 0.1 / (1.0 + step)),
}


def network(optimizer, dtype="float64", extra=False):
    x, y = gx.input("x", ("N", 4), dtype), gx.input("y", ("N", 2), dtype)
    out = nn.Sequential([nn.Dense(5, activation="tanh"), nn.Dense(2)], name="net")(x)
    if extra:
        gain = gx.parameter("gain", np.asarray(1.5, dtype))  # a number on its own
        fixed = gx.parameter("fixed", np.ones(2, dtype), trainable=False)
        other = gx.parameter("other", np.ones((2,), "float32"))
        out = out * gain + fixed + other.astype(dtype)
    loss = losses.squared_error(out, y)
    return gx.compile("net", inputs=[x], targets=[y], loss=loss, optimizer=optimizer)


def batches(count, dtype="float64"):
    rng = np.random.default_rng(2)
    return [
        (rng.normal(size=(6, 4)).astype(dtype), rng.normal(size=(6, 2)).astype(dtype))
        for _ in range(count)
    ]


def trained(model, steps=5):
    seen = [float(model.train_step(*batch)) for batch in batches(steps)]
    return seen, model.state_dict()


@pytest.mark.parametrize("extra", [False, True], ids=["", "several kinds"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_merged_update_equals_the_updates_one_by_one(name, extra, monkeypatch):
    whole = network(OPTIMIZERS[name](), extra=extra).load(seed=1)
    merged_losses, merged = trained(whole)
    monkeypatch.setattr("graphc.compiler.merge", lambda graph, layout, groups: graph)
    single = network(OPTIMIZERS[name](), extra=extra).load(seed=1)
    single_losses, one_by_one = trained(single)
    assert merged_losses == pytest.approx(single_losses, rel=1e-12)
    assert sorted(merged) == sorted(one_by_one)
    for key, value in merged.items():
        np.testing.assert_allclose(value, one_by_one[key], rtol=1e-9, atol=1e-15, err_msg=key)


def segments(net):
    return [s for s, _ in net.graphs["update"].updates if isinstance(s, Segment)]


def test_adam_is_one_update_of_three_vectors():
    net = network(optim.Adam(0.01))
    updates = net.graphs["update"].updates
    size = 4 * 5 + 5 + 5 * 2 + 2
    assert {(s.vector, s.start, s.stop) for s in segments(net)} == {
        ("params", 0, size),
        ("momentum", 0, size),
        ("squares", 0, size),
    }
    assert len(updates) == 4 and {s.name for s, _ in updates} >= {"adam.step"}
    assert sum(n.op.name == "sqrt" and n.outputs[0].ndim for n in net.graphs["update"].nodes) == 1


def test_weights_that_decay_and_biases_that_do_not_are_two_stretches():
    net = network(optim.AdamW(0.01, weight_decay=0.1))
    parts = sorted((s.start, s.stop) for s in segments(net) if s.vector == "params")
    assert parts == [(0, 30), (30, 37)]


def test_a_global_norm_is_one_product_over_the_whole_vector():
    net = network(optim.Adam(0.01, clip_norm=1.0))
    squares = [n for n in net.graphs["update"].nodes if n.op.name == "sum_of_squares"]
    assert len(squares) == 1 and len(squares[0].inputs) == 1
    assert squares[0].inputs[0].node.attrs["state"].vector == "grads"


def test_named_views_are_windows_on_the_flat_vectors():
    model = network(optim.Adam(0.01)).load()
    for views in (model.params, model.grads, model.momentum, model.squares):
        total = 0
        for name, array in vars(views).items():
            if isinstance(array, np.ndarray) and name != "flat":
                assert np.shares_memory(array, views.flat), name
                total += array.size
        assert total == views.flat.size
    model.params.flat[...] = 3.0
    assert all((v == 3.0).all() for k, v in model.state_dict().items() if k.endswith((".W", ".b")))


def test_parameters_lie_in_one_vector_for_each_element_type():
    net = network(optim.Adam(0.01), extra=True)
    vectors = {v.name: (v.dtype, v.size) for v in net.unit.layout.vectors}
    assert vectors["params_float64"] == ("float64", 38)
    assert vectors["params_float32"] == ("float32", 2)
    assert vectors["momentum_float32"] == ("float32", 2) and vectors["grads_float64"][1] == 38
    assert [s.name for s in net.unit.layout.singles] == ["fixed", "adam.step"]


def test_states_that_are_no_parameters_live_on_their_own():
    p, s = gx.parameter("p", np.ones((2, 3))), gx.state("s", np.zeros(4))
    layout = lay_out([state_of(s), state_of(p)])
    assert [v.name for v in layout.vectors] == ["params"] and layout.singles == (state_of(s),)
    assert layout.states == (state_of(p), state_of(s))
    assert layout.home[state_of(p)].size == 6


def update_graph(updates):
    return gx.Graph("update", (), (), tuple((state_of(t), v) for t, v in updates.items()))


def test_parameters_with_one_update_are_a_group():
    a, b, c = (gx.parameter(n, np.ones(shape)) for n, shape in (("a", 3), ("b", (2, 2)), ("c", 4)))
    rate = gx.state("rate", np.float64(0.1))
    groups = group_parameters(
        update_graph({a: a - rate * gx.sin(a), b: b - rate * gx.sin(b), c: c - rate * gx.cos(c)})
    )
    assert [[s.name for s in group] for group in groups] == [["a", "b"], ["c"]]


def test_other_numbers_make_other_groups():
    a, b = gx.parameter("a", np.ones(3)), gx.parameter("b", np.ones(3))
    groups = group_parameters(update_graph({a: a * 0.9, b: b * 0.8}))
    assert len(groups) == 2


def test_ops_of_ones_own_that_share_a_name_are_not_the_same():
    first = gx.elementwise("shrink", lambda x: x / 2)
    second = gx.elementwise("shrink", lambda x: x / 3)
    a, b = gx.parameter("a", np.ones(3)), gx.parameter("b", np.ones(3))
    assert len(group_parameters(update_graph({a: first(a), b: second(b)}))) == 2


@pytest.mark.parametrize(
    "update",
    [
        lambda p: p - gx.mean(p, 0, keepdims=True),  # reads other elements than its own
        lambda p: p.T,
        lambda p: p @ p,
        lambda p: p[::-1],
    ],
)
def test_updates_that_are_not_elementwise_stay_apart(update):
    a, b = gx.parameter("a", np.eye(3)), gx.parameter("b", np.eye(3))
    assert len(group_parameters(update_graph({a: update(a), b: update(b)}))) == 2


def test_parameters_that_read_each_other_are_not_merged_wrongly():
    class Coupled(optim.Optimizer):
        """Each parameter steps by its own gradient, and the first also towards the second."""

        def __init__(self):
            super().__init__("coupled")

        def updates(self, parameters, gradients):
            found = {p: p - 0.1 * g for p, g in zip(parameters, gradients, strict=True)}
            first, second = parameters[1], parameters[3]
            found[first] = found[first] - 0.01 * gx.mean(second) * gx.mean(first)
            return found

    def run(net):
        return trained(net.load(seed=1))[1]

    merged = run(network(Coupled()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graphc.compiler.merge", lambda graph, layout, groups: graph)
        single = run(network(Coupled()))
    for key, value in merged.items():
        np.testing.assert_allclose(value, single[key], rtol=1e-12, err_msg=key)


def test_training_some_parameters_leaves_the_others_alone():
    x, y = gx.input("x", ("N", 4)), gx.input("y", ("N", 2))
    first, second = nn.Dense(5, activation="tanh"), nn.Dense(2)
    model = nn.Sequential([first, second], name="net")
    loss = losses.squared_error(model(x), y)
    net = gx.compile(
        "net",
        inputs=[x],
        targets=[y],
        loss=loss,
        optimizer=optim.Adam(0.01),
        parameters=second.parameters(),
    )
    instance = net.load()
    before = instance.state_dict()
    for batch in batches(3, "float32"):
        instance.train_step(*batch)
    changed = {k for k, v in instance.state_dict().items() if not np.array_equal(v, before[k])}
    assert {"dense_2.W", "dense_2.b"} <= changed and not {"dense_1.W", "dense_1.b"} & changed
