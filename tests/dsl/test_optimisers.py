"""Optimisers: several steps against formulas written by hand in NumPy, and their structure."""

import numpy as np
import pytest

from graphc.dsl import optim, schedules
from graphc.dsl.variables import parameter, state
from graphc.errors import GraphError, TypeMismatchError
from graphc.ir.evaluate import evaluate
from graphc.ir.node import state_of, toposort
from graphc.ir.origin import scope
from graphc.ops.leaf import input as declare

rng = np.random.default_rng(2)
STEPS = 5
W0, B0 = rng.normal(size=(3, 2)), rng.normal(size=2)
GRADIENTS = [(rng.normal(size=(3, 2)), rng.normal(size=2)) for _ in range(STEPS)]


def run(optimizer, dtype="float64"):
    """The parameters after each step."""
    params = [parameter("layer.W", W0.astype(dtype)), parameter("layer.b", B0.astype(dtype))]
    grads = [declare("dW", (3, 2), dtype), declare("db", (2,), dtype)]
    updates = optimizer.updates(params, grads)
    states = list(updates)
    starts = evaluate([state_of(t).initial for t in states])
    values = {state_of(t): v for t, v in zip(states, starts, strict=True)}
    history = []
    for pair in GRADIENTS:
        fed = {t: g.astype(dtype) for t, g in zip(grads, pair, strict=True)}
        new = evaluate([updates[t] for t in states], fed, values)
        for tensor, array in zip(states, new, strict=True):
            assert (array.dtype, array.shape) == (tensor.dtype, tensor.shape)
        values = {state_of(t): v for t, v in zip(states, new, strict=True)}
        history.append([values[state_of(p)] for p in params])
    return history


def check(optimizer, formula, **options):
    """Compare with `formula`, a generator of the new parameter fed with (p, g, t, decays)."""
    found = run(optimizer)
    gradients = [options.get("gradient", lambda pair: pair)(pair) for pair in GRADIENTS]
    for position, start in enumerate((W0, B0)):
        p, memory = start, {}
        for t in range(1, STEPS + 1):
            p = formula(p, gradients[t - 1][position], t, memory, position == 0)
            np.testing.assert_allclose(found[t - 1][position], p, rtol=1e-12, atol=1e-14)


def test_sgd():
    check(optim.SGD(0.1), lambda p, g, t, m, w: p - 0.1 * g)


def test_sgd_with_momentum():
    def formula(p, g, t, m, w):
        m["v"] = 0.9 * m.get("v", 0) + g
        return p - 0.1 * m["v"]

    check(optim.SGD(0.1, momentum=0.9), formula)


def test_sgd_with_nesterov_momentum():
    def formula(p, g, t, m, w):
        m["v"] = 0.9 * m.get("v", 0) + g
        return p - 0.1 * (g + 0.9 * m["v"])

    check(optim.SGD(0.1, momentum=0.9, nesterov=True), formula)


@pytest.mark.parametrize("biases", [True, False])
def test_sgd_with_weight_decay(biases):
    def formula(p, g, t, m, w):
        return p - 0.1 * (g + (0.01 * p if w or biases else 0))

    check(optim.SGD(0.1, weight_decay=0.01, decay_biases=biases), formula)


def adam(p, g, t, m, rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Algorithm 1 of the paper, in its plain order."""
    m["m"] = beta1 * m.get("m", 0) + (1 - beta1) * g
    m["v"] = beta2 * m.get("v", 0) + (1 - beta2) * g * g
    mean, variance = m["m"] / (1 - beta1**t), m["v"] / (1 - beta2**t)
    return p - rate * mean / (np.sqrt(variance) + epsilon)


def test_adam():
    check(optim.Adam(0.01), lambda p, g, t, m, w: adam(p, g, t, m))


def test_adam_with_other_constants_and_a_large_epsilon():
    check(
        optim.Adam(0.1, beta1=0.5, beta2=0.7, epsilon=0.3),
        lambda p, g, t, m, w: adam(p, g, t, m, 0.1, 0.5, 0.7, 0.3),
    )


@pytest.mark.parametrize("biases", [True, False])
def test_adam_with_weight_decay_in_the_gradient(biases):
    check(
        optim.Adam(0.01, weight_decay=0.1, decay_biases=biases),
        lambda p, g, t, m, w: adam(p, g + (0.1 * p if w or biases else 0), t, m),
    )


@pytest.mark.parametrize("biases", [True, False])
def test_adamw(biases):
    check(
        optim.AdamW(0.01, weight_decay=0.1, decay_biases=biases),
        lambda p, g, t, m, w: adam(p * (1 - 0.01 * 0.1) if w or biases else p, g, t, m),
    )


def test_adamw_leaves_biases_alone_unless_asked():
    check(
        optim.AdamW(0.01),
        lambda p, g, t, m, w: adam(p * (1 - 0.01 * 0.01) if w else p, g, t, m),
    )


@pytest.mark.parametrize("norm", [0.5, 2.0, 1e6])
def test_clipping_keeps_the_direction_of_the_whole(norm):
    def scaled(pair):
        total = np.sqrt(sum((g**2).sum() for g in pair))
        return [g * min(1.0, norm / (total + 1e-6)) for g in pair]

    check(optim.SGD(0.1, clip_norm=norm), lambda p, g, t, m, w: p - 0.1 * g, gradient=scaled)
    check(optim.Adam(0.01, clip_norm=norm), lambda p, g, t, m, w: adam(p, g, t, m), gradient=scaled)


def test_schedules_start_at_step_zero():
    check(
        optim.SGD(schedules.exponential(0.1, 0.5)),
        lambda p, g, t, m, w: p - 0.1 * 0.5 ** (t - 1) * g,
    )
    check(
        optim.Adam(schedules.piecewise([2], [0.1, 0.01])),
        lambda p, g, t, m, w: adam(p, g, t, m, 0.1 if t <= 2 else 0.01),
    )
    check(
        optim.AdamW(schedules.exponential(0.1, 0.5), weight_decay=0.1, decay_biases=True),
        lambda p, g, t, m, w: adam(
            p * (1 - 0.1 * 0.5 ** (t - 1) * 0.1), g, t, m, 0.1 * 0.5 ** (t - 1)
        ),
    )


def test_float32_stays_float32():
    for optimizer in (optim.SGD(schedules.cosine(0.1, 9), 0.9, clip_norm=1), optim.AdamW(0.01)):
        assert {a.dtype.name for pair in run(optimizer, "float32") for a in pair} == {"float32"}


# ---- structure ------------------------------------------------------------------------------


def declared():
    with scope("net"):
        params = [parameter("W", W0), parameter("b", B0)]
    return params, [declare("dW", (3, 2), "float64"), declare("db", (2,), "float64")]


def test_states_are_kept_for_each_parameter_and_steps_only_where_needed():
    params, grads = declared()
    found = [state_of(t) for t in optim.Adam(0.01).updates(params, grads)]
    assert [s.name for s in found] == [
        "net.W",
        "net.b",
        "net.W.momentum",
        "net.W.squares",
        "net.b.momentum",
        "net.b.squares",
        "adam.step",
    ]
    assert [s.slot for s in found] == ["", "", "momentum", "squares", "momentum", "squares", ""]
    assert found[2].of is state_of(params[0]) and not found[2].trainable
    assert str(found[-1].type) == "int64[]"
    momentum = optim.SGD(0.1, momentum=0.9).updates(params, grads)
    assert [t.name for t in momentum][2:] == ["net.W.momentum", "net.b.momentum"]
    assert [t.name for t in optim.SGD(schedules.constant(0.1), name="d").updates(params, grads)][
        2:
    ] == ["d.step"]
    assert len(optim.SGD(0.1).updates(params, grads)) == 2


def shape_of(tensor, leaves):
    """The expression as nested tuples; scalars and states of a parameter are leaves."""
    if tensor.ndim == 0:
        return ("scalar", id(tensor))
    if tensor in leaves:
        return leaves[tensor]
    return (tensor.node.op.name, *[shape_of(t, leaves) for t in tensor.node.inputs])


@pytest.mark.parametrize(
    "optimizer",
    [
        optim.SGD(schedules.cosine(0.1, 10), 0.9, nesterov=True, weight_decay=0.1, clip_norm=1.0),
        optim.Adam(0.01, weight_decay=0.1, clip_norm=1.0),
        optim.AdamW(schedules.warmup(3, 0.01), decay_biases=True),
    ],
)
def test_every_parameter_s_update_is_the_same_expression(optimizer):
    params, grads = declared()
    updates = optimizer.updates(params, grads)
    forms = []
    for p, g in zip(params, grads, strict=True):
        mine = [t for t in updates if t is p or state_of(t).of is state_of(p)]
        leaves = {g: "gradient", **{t: state_of(t).slot or "parameter" for t in mine}}
        forms.append([shape_of(updates[t], leaves) for t in mine])
    assert forms[0] == forms[1]


def test_nodes_are_updates_in_the_optimiser_s_scope_and_line():
    params, grads = declared()
    optimizer = optim.Adam(0.01)
    updates = optimizer.updates(params, grads)
    made = [n for n in toposort(updates.values()) if n.inputs and n.origin]
    assert {n.origin.role for n in made} == {"update"}
    assert {n.origin.scope for n in made} == {("adam",)}
    assert len({n.origin.line for n in made}) == 1


def test_an_optimiser_prints_what_was_asked_for():
    assert repr(optim.Adam(1e-3)) == "Adam(0.001)"
    shown = repr(optim.SGD(schedules.constant(0.1), momentum=0.9, clip_norm=1.0))
    assert shown == "SGD(constant(0.1), momentum=0.9, clip_norm=1.0)"


def test_each_element_type_has_its_own_scalars():
    params = [parameter("a", W0), parameter("b", B0.astype("float32"))]
    grads = [declare("da", (3, 2), "float64"), declare("db", (2,), "float32")]
    updates = optim.Adam(0.01, clip_norm=1.0).updates(params, grads)
    assert all(updates[t].type == t.type for t in updates)


p, g = parameter("p", W0), declare("g", (3, 2), "float64")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: optim.SGD(0), GraphError, ["SGD", "learning_rate", "above 0", "not 0"]),
        (lambda: optim.SGD(-0.1), GraphError, ["-0.1"]),
        (lambda: optim.SGD("fast"), GraphError, ["'fast'"]),
        (lambda: optim.Adam(float("nan")), GraphError, ["nan"]),
        (lambda: optim.Adam(float("inf")), GraphError, ["inf"]),
        (lambda: optim.SGD(0.1, momentum=1.0), GraphError, ["momentum", "below 1"]),
        (lambda: optim.SGD(0.1, nesterov=True), GraphError, ["nesterov", "momentum"]),
        (lambda: optim.SGD(0.1, weight_decay=-1), GraphError, ["weight_decay", "-1"]),
        (lambda: optim.SGD(0.1, clip_norm=0), GraphError, ["clip_norm"]),
        (lambda: optim.Adam(beta1=1.0), GraphError, ["Adam", "beta1"]),
        (lambda: optim.Adam(beta2=-0.1), GraphError, ["beta2"]),
        (lambda: optim.AdamW(epsilon=0), GraphError, ["AdamW", "epsilon"]),
        (lambda: optim.SGD(0.1).updates([], []), GraphError, ["no parameters"]),
        (lambda: optim.SGD(0.1).updates([p], []), GraphError, ["1 parameters but 0"]),
        (lambda: optim.SGD(0.1).updates([p, p], [g, g]), GraphError, ["twice", "p: float64"]),
        (lambda: optim.SGD(0.1).updates([g], [g]), GraphError, ["state"]),
        (lambda: optim.SGD(0.1).updates([state("s", W0)], [g]), GraphError, ["not trainable"]),
        (
            lambda: optim.SGD(0.1).updates([p], [g.astype("float32")]),
            TypeMismatchError,
            ["another type", "float32[3, 2]"],
        ),
    ],
)
def test_what_optimisers_refuse(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
