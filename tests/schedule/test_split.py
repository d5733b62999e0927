"""Programs that train: cut at the gradients, one optimiser after the other, the same numbers."""

import re

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.tools.check import check

RATE, BETA1, BETA2, EPSILON = 0.05, 0.5, 0.9, 1e-8


def rows(count, width, seed=0):
    return np.random.default_rng(seed).standard_normal((count, width))


class ByHand:
    """Adam as algorithm 1 of Kingma and Ba (2015) writes it."""

    def __init__(self):
        self.m = self.v = 0.0
        self.t = 0

    def __call__(self, p, g):
        self.t += 1
        self.m = BETA1 * self.m + (1 - BETA1) * g
        self.v = BETA2 * self.v + (1 - BETA2) * g * g
        m, v = self.m / (1 - BETA1**self.t), self.v / (1 - BETA2**self.t)
        return p - RATE * m / (np.sqrt(v) + EPSILON)


def adam(name, **options):
    return optim.Adam(RATE, BETA1, BETA2, EPSILON, name=name, **options)


def phases(net, family):
    return [p.name for f in net.unit.families if f.name == family for p in f.phases]


def regression(extra=None, **options):
    """Least squares with a weight and a bias: d_w = 2 x^T e / N, d_b = 2 mean(e)."""
    x, y = gx.input("x", ("N", 3), "float64"), gx.input("y", ("N",), "float64")
    w = gx.parameter("w", np.arange(3.0))
    b = gx.parameter("b", np.float64(0.5))
    error = x @ w + b - y
    loss = gx.mean(gx.square(error)).named("loss")
    updates = adam("adam", **options).updates([w, b], gx.grad(loss, [w, b]))
    return x, y, {"w": w, "b": b, "error": error, "loss": loss}, updates


def slopes(w, b, x, y):
    error = x @ w + b - y
    return 2 * x.T @ error / len(x), 2 * error.mean(), np.mean(error**2)


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_a_step_in_two_phases_is_adam_by_the_paper(style):
    x, y, _, updates = regression()
    net = gx.Program("fit", style=style, step=gx.function([x, y], [gx.sum(y)], updates))
    assert phases(net, "step") == ["step_backward", "step_update"]
    m = net.load()
    w, b = np.arange(3.0), 0.5
    of_w, of_b = ByHand(), ByHand()
    for k in range(6):
        data, goal = rows(8, 3, k), rows(8, 1, k + 50)[:, 0]
        (total,) = m.step(data, goal)
        assert total == pytest.approx(goal.sum(), abs=1e-12)
        d_w, d_b, _ = slopes(w, b, data, goal)
        np.testing.assert_allclose(m.grads.w, d_w, rtol=1e-10)
        w, b = of_w(w, d_w), of_b(b, d_b)
        np.testing.assert_allclose(m.params.w, w, rtol=1e-10)
        np.testing.assert_allclose(m.params.b, b, rtol=1e-10)
    assert set(m.state_dict()) == {
        *("w", "b", "w.momentum", "b.momentum", "w.squares", "b.squares", "adam.step")
    }


def game(style="planned"):
    """Two players over disjoint parameters, in functions of their own and in one together."""
    x = gx.input("x", ("N", 4))
    first = nn.Sequential([nn.Dense(5, activation="tanh"), nn.Dense(3)], name="first")
    second = nn.Sequential([nn.Dense(6, activation="tanh"), nn.Dense(1)], name="second")
    score = second(first(x))
    step = {}
    for network, loss in ((first, gx.mean(gx.square(score))), (second, gx.mean(gx.tanh(score)))):
        weights = network.parameters()
        step[network.name] = adam(f"{network.name}_adam").updates(weights, gx.grad(loss, weights))
    return gx.Program(
        "game",
        style=style,
        of_first=gx.function([x], [gx.mean(score)], step["first"]),
        of_second=gx.function([x], [gx.mean(score)], step["second"]),
        both=gx.function([x], [gx.mean(score)], {**step["first"], **step["second"]}),
        score=gx.function([x], [score]),
    )


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_two_optimisers_move_their_own_parameters_alone(style):
    net = game(style)
    x = rows(7, 4).astype(np.float32)
    start = net.load(seed=1).state_dict()
    moved = {}
    for name in ("of_first", "of_second", "both"):
        m = net.load(seed=1)
        getattr(m, name)(x)
        moved[name] = {k for k, v in m.state_dict().items() if not np.array_equal(v, start[k])}
    firsts = {k for k in start if k.startswith("first")}
    assert moved["of_first"] <= firsts and "first_adam.step" in moved["of_first"]
    assert moved["of_second"] <= set(start) - firsts and "second_adam.step" in moved["of_second"]
    assert moved["both"] == moved["of_first"] | moved["of_second"]


def test_one_step_of_both_computes_all_from_the_old_values():
    net = game()
    x = rows(7, 4).astype(np.float32)
    together, apart = net.load(seed=1), {}
    together.both(x)
    for name in ("of_first", "of_second"):
        m = net.load(seed=1)
        getattr(m, name)(x)
        apart |= {k: v for k, v in m.state_dict().items() if k.startswith(name[3:])}
    for key, value in together.state_dict().items():
        np.testing.assert_allclose(value, apart[key], rtol=1e-5, atol=1e-7, err_msg=key)


def test_methods_agree_with_the_reference_in_both_styles():
    for finding in check(game(), {"N": 5}):
        assert finding.passed, finding


def test_an_update_runs_over_a_stretch_of_each_flat_vector_that_has_a_name():
    source = game().source
    update = source[source.index("def _both_update") : source.index("def _both_slots")]
    assert re.findall(r"^        (\w+) = p\.flat\[(\d+):(\d+)\]$", update, re.M) == [
        ("params", "0", "43"),
        ("params_2", "43", "74"),
    ]
    assert update.index("# first_adam") < update.index("# second_adam")
    assert update.count("# first_adam") == update.count("# second_adam") == 1


def test_tensors_of_two_networks_are_told_apart_by_the_networks_names():
    source = game().source
    for name in ("s.first_z1", "s.second_z1", "s.d_first_h1", "s.d_second_z1"):
        assert name in source
    assert "s.z1_2" not in source


def test_what_a_user_asks_for_is_forward_though_a_gradient_needed_it_before():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N",), "int64")
    logits = nn.Dense(4, name="out")(x)
    loss = losses.softmax_cross_entropy(logits, y)
    gx.grad(loss, [logits])  # makes the softmax
    probs = gx.softmax(logits)
    net = gx.Program("p", guess=gx.function([x], {"probs": probs}, training=False))
    assert "---- backward" not in net.source


def by_hand(parts, updates):
    w, loss = parts["w"], parts["loss"]
    (slope,) = gx.grad(loss, [w])
    return {w: w - RATE * slope}


def with_running_mean(parts, updates):
    mean = gx.state("mean", np.float64(0.0))
    return {**updates, mean: 0.9 * mean + 0.1 * gx.mean(parts["error"])}


def with_counter(parts, updates):
    count = gx.state("count", 0)
    return {**updates, count: count + 1}


KINDS = [
    (by_hand, ["step_body"]),
    (with_running_mean, ["step_backward", "step_update"]),
    (with_counter, ["step_backward", "step_update"]),
]


@pytest.mark.parametrize(("make", "expected"), KINDS)
def test_other_updates_stay_where_what_they_need_is_known(make, expected):
    x, y, parts, updates = regression()
    updates = make(parts, updates)
    net = gx.Program("fit", step=gx.function([x, y], [parts["loss"]], updates))
    assert phases(net, "step") == expected
    m = net.load()
    data, goal = rows(8, 3), rows(8, 1, 1)[:, 0]
    d_w, _, loss = slopes(np.arange(3.0), 0.5, data, goal)
    assert m.step(data, goal)[0] == pytest.approx(loss)
    hand = make is by_hand
    wanted = np.arange(3.0) - RATE * d_w if hand else ByHand()(np.arange(3.0), d_w)
    np.testing.assert_allclose(m.params.w, wanted, rtol=1e-10)
    state = m.state_dict()
    if make is with_running_mean:
        error = data @ np.arange(3.0) + 0.5 - goal
        assert state["mean"] == pytest.approx(0.1 * error.mean())
    if make is with_counter:
        assert state["count"] == 1
    for finding in check(net, {"N": 6}):
        assert finding.passed, finding


def test_a_learning_rate_that_is_an_argument_keeps_the_step_in_one_phase():
    x, y, rate = gx.input("x", ("N", 3)), gx.input("y", ("N",)), gx.input("rate", ())
    w = gx.parameter("w", np.ones(3, np.float32))
    loss = gx.mean(gx.square(x @ w - y))
    updates = optim.SGD(lambda step: rate).updates([w], gx.grad(loss, [w]))
    net = gx.Program("fit", step=gx.function([x, y, rate], [loss], updates))
    assert phases(net, "step") == ["step_body"]
    m = net.load()
    data, goal = rows(8, 3).astype("f4"), rows(8, 1, 1)[:, 0].astype("f4")
    m.step(data, goal, np.asarray(0.5, dtype=np.float32))
    wanted = 1 - 0.5 * 2 * data.T @ (data.sum(axis=1) - goal) / 8
    np.testing.assert_allclose(m.params.w, wanted, rtol=1e-5)


@pytest.mark.parametrize("norm", [0.1, 1e6])
def test_clipping_is_by_the_joint_norm_of_all_gradients(norm):
    x, y = gx.input("x", ("N", 3), "float64"), gx.input("y", ("N", 2), "float64")
    w, b = gx.parameter("w", np.ones((3, 2))), gx.parameter("b", np.zeros(2))
    loss = gx.mean(gx.square(x @ w + b - y))
    updates = optim.SGD(1.0, clip_norm=norm).updates([w, b], gx.grad(loss, [w, b]))
    net = gx.Program("fit", step=gx.function([x, y], [loss], updates))
    assert phases(net, "step") == ["step_backward", "step_update"]
    m = net.load()
    data, goal = rows(8, 3), rows(8, 2, 1)
    m.step(data, goal)
    error = data @ np.ones((3, 2)) - goal
    d_w, d_b = 2 * data.T @ error / error.size, 2 * error.sum(axis=0) / error.size
    scale = min(1.0, norm / (np.sqrt((d_w**2).sum() + (d_b**2).sum()) + 1e-6))
    np.testing.assert_allclose(m.params.w, 1 - scale * d_w, rtol=1e-10)
    np.testing.assert_allclose(m.params.b, -scale * d_b, rtol=1e-10)


def test_two_functions_may_train_the_same_parameter():
    x = gx.input("x", ("N", 2), "float64")
    w = gx.parameter("w", np.array([1.0, -2.0]))
    steps = {}
    for name, loss in (("up", -gx.mean(x @ w)), ("shrink", gx.sum(gx.square(w)))):
        updates = optim.SGD(0.1, name=name).updates([w], gx.grad(loss, [w]))
        steps[name] = gx.function([x] if name == "up" else [], [loss], updates)
    m = gx.Program("pull", **steps).load()
    data = rows(4, 2)
    m.up(data)
    m.shrink()
    wanted = (np.array([1.0, -2.0]) + 0.1 * data.mean(axis=0)) * 0.8
    np.testing.assert_allclose(m.params.w, wanted, rtol=1e-12)


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_results_that_are_states_are_those_before_the_step(style):
    x = gx.input("x", ("N",), "float64")
    w, b = gx.parameter("w", np.ones((2, 3))), gx.parameter("b", np.float64(1.0))
    loss = gx.sum(w) * gx.sum(x) + gx.sum(b * x)
    updates = optim.SGD(1.0).updates([w, b], gx.grad(loss, [w, b]))
    results = [w, w.T, gx.reshape(w, (6,)), w[0], w[:, 1:], b, 2.0 * w]
    net = gx.Program("p", style=style, step=gx.function([x], results, updates))
    assert phases(net, "step") == ["step_backward", "step_update"]
    m = net.load()
    *old, double = m.step(np.ones(3))
    assert all(np.all(value == 1.0) for value in old)
    assert np.all(double == 2.0)
    assert np.all(m.params.w == -2.0) and m.params.b == -2.0


def test_the_module_says_how_its_methods_are_called():
    source = game().source
    assert "m.of_first(x)   # Returns out_1; changes first, first_adam.\n" in source
    assert "m.score(x)" in source.partition('"""\n')[0]


def test_a_function_may_say_what_it_does():
    x = gx.input("x", ("N",))
    net = gx.Program("p", twice=gx.function([x], [2.0 * x], doc='Doubles """x""".'))
    assert "\"\"\"Doubles '''x'''." in net.source
    assert net.load().twice.__doc__.startswith("Doubles")


def test_a_program_with_a_train_step_has_no_script_that_it_could_not_run():
    x, y, parts, updates = regression()
    net = gx.Program("fit", train_step=gx.function([x, y], [parts["loss"]], updates))
    assert "argparse" not in net.source
    assert "m.train_step(x, y)" in net.source
