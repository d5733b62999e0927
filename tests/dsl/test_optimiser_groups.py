"""Groups, frozen parameters, averages, clipping and constraints, in compiled networks."""

import numpy as np
import optimiser_problems as known
import pytest
from optimiser_problems import PROBLEMS, agree, network, trained

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import GraphError, TypeMismatchError
from graphc.ir.node import state_of

MLP = PROBLEMS["mlp"]
rng = np.random.default_rng(3)
X, Y = rng.normal(size=(16, 3)), rng.normal(size=(16, 2))


def by_parts(formulas, start=MLP.start, gradient=MLP.gradient, steps=known.STEPS):
    """The path where each parameter follows a formula of its own."""
    p, path, memory = dict(start), [], {name: {} for name in start}
    for t in range(1, steps + 1):
        g = gradient(p)
        p = {k: formulas(k)(p[k], g[k], t, memory[k]) for k in p}
        path.append(p)
    return path


def layered(optimizer, outputs=None, style="planned"):
    """A network with names in scopes, in double precision."""
    x, y = gx.input("x", ("N", 3), "float64"), gx.input("y", ("N", 2), "float64")
    with gx.scope("encoder"):
        W, b = gx.parameter("W", MLP.start["W1"]), gx.parameter("b", MLP.start["b1"])
        h = gx.tanh(x @ W + b)
    with gx.scope("head"):
        W, b = gx.parameter("W", MLP.start["W2"]), gx.parameter("b", MLP.start["b2"])
        out = h @ W + b
    made = outputs(out) if outputs else out
    loss = losses.squared_error(out, y)
    return gx.compile(
        "layered",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs=made,
        optimizer=optimizer,
        style=style,
    )


# ---- groups ---------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_each_group_follows_its_own_optimiser(style):
    groups = optim.Groups({"W1": optim.Adam(1e-2), "b*": optim.SGD(0.1, 0.9), "*": optim.Adam()})
    found = trained(network(MLP, groups, style).load(), MLP)

    def formula(name):
        if name == "W1":
            return known.adam(1e-2)
        return known.sgd(0.1, 0.9) if name.startswith("b") else known.adam(1e-3)

    agree(found, by_parts(formula))


def test_groups_are_chosen_by_functions_and_by_lists_too():
    parameters = {name: gx.parameter(name, value) for name, value in MLP.start.items()}
    groups = optim.Groups(
        [
            ([parameters["W2"]], optim.SGD(0.2)),
            (lambda p: p.ndim < 2, optim.SGD(0.1)),
            ("*", optim.Lion(0.01)),
        ]
    )
    net = gx.compile("problem", inputs=[], loss=MLP.loss(parameters), optimizer=groups)
    rules = {"W2": known.sgd(0.2), "W1": known.lion(0.01)}
    agree(trained(net.load(), MLP), by_parts(lambda name: rules.get(name, known.sgd(0.1))))
    assert repr(groups) == ("Groups({[W2]: SGD(0.2), <lambda>: SGD(0.1), '*': Lion(0.01)})")


def test_frozen_parameters_stay_and_have_no_gradient():
    net = layered(optim.Groups({"encoder.*": None, "*": optim.Adam(0.01)}))
    m = net.load()
    before = m.state_dict()
    for _ in range(3):
        m.train_step(X, Y)
    after = m.state_dict()
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert {n for n in changed if n.startswith("encoder")} == set()
    assert {"head.W", "head.b"} <= changed
    assert list(m.gradients(X, Y)) == ["head.W", "head.b"]
    assert "encoder.W.momentum" not in before
    assert "x.T" not in net.source  # the gradient of encoder.W would need it


def test_an_update_is_flat_within_each_group():
    groups = optim.Groups({"*.b": optim.SGD(0.1), "*": optim.RMSProp(0.01)})
    source = layered(groups).source
    update = source[source.index("def _update") : source.index("def _train_slots")]
    assert update.count("np.sqrt(") == 1
    assert update.count(" = p.flat[") == 2


def test_the_joint_norm_of_all_groups_is_clipped():
    groups = optim.Groups({"W*": optim.SGD(0.1), "*": optim.SGD(0.2)}, clip_norm=0.05)

    def clipped(p):
        g = MLP.gradient(p)
        norm = np.sqrt(sum((v**2).sum() for v in g.values()))
        return {k: v * min(1, 0.05 / (norm + 1e-6)) for k, v in g.items()}

    expected = by_parts(
        lambda name: known.sgd(0.1 if name[0] == "W" else 0.2), gradient=clipped, steps=20
    )
    agree(trained(network(MLP, groups).load(), MLP, 20), expected)
    assert repr(groups) == "Groups({'W*': SGD(0.1), '*': SGD(0.2)}, clip_norm=0.05)"


def test_groups_of_adam_have_counters_of_their_own():
    groups = optim.Groups({"W1": optim.Adam(), "*": optim.Adam(name="slow")})
    states = network(MLP, groups).load().state_dict()
    assert {n for n in states if n.endswith("step")} == {"group_1.adam.step", "group_2.slow.step"}


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"enc.*": optim.SGD(0.1), "*": optim.SGD(0.1)}, ["enc.*", "none fits", "encoder.W"]),
        ({"enc.*": None, "*": optim.SGD(0.1)}, ["'enc.*' takes no parameter"]),
        ({"*": optim.SGD(0.1), "*.b": None}, ["*.b", "earlier groups take encoder.b, head.b"]),
        ({"head.*": optim.SGD(0.1)}, ["no group takes", "encoder.W: float64[3, 5]", "'*'"]),
        ({"*": None}, ["every parameter is frozen"]),
    ],
)
def test_groups_that_do_not_fit_the_network_are_refused(groups, words):
    with pytest.raises(GraphError) as caught:
        layered(optim.Groups(groups))
    assert "test_optimiser_groups.py" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: optim.Groups({}), ["no groups"]),
        (lambda: optim.Groups(["*"]), ["a pair (parameters, optimizer)", "'*'"]),
        (lambda: optim.Groups({"*": 0.1}), ["graphc.optim or None", "0.1"]),
        (lambda: optim.Groups({3: optim.SGD(0.1)}), ["pattern", "not by 3"]),
        (lambda: optim.Groups({"*": None}, clip_norm=0), ["clip_norm"]),
        (lambda: optim.EMA("adam"), ["EMA", "graphc.optim", "'adam'"]),
        (lambda: optim.EMA(optim.SGD(0.1), decay=1.0), ["decay", "below 1"]),
        (lambda: optim.EMA(optim.SGD(0.1)).averaged([3]), ["takes tensors", "not 3"]),
        (lambda: optim.EMA(optim.SGD(0.1)).averaged(gx.constant(3.0)), ["no output depends"]),
        (lambda: optim.EMA(optim.SGD(0.1)).average(gx.state("s", 1.0)), ["'s' has no average"]),
        (lambda: optim.SGD(0.1, clip_norm=1.0, clip_value=1.0), ["norm or by value"]),
        (lambda: optim.SGD(0.1, clip_value=-1), ["clip_value", "-1"]),
        (lambda: optim.SGD(0.1, constraint=3), ["constraint is a function", "not 3"]),
        (lambda: optim.Adagrad(initial=-1), ["Adagrad", "initial"]),
        (lambda: optim.Adagrad(epsilon=0), ["epsilon"]),
        (lambda: optim.RMSProp(rho=1.0), ["RMSProp", "rho"]),
        (lambda: optim.RMSProp(momentum=-0.1), ["momentum"]),
        (lambda: optim.Adadelta(rho=2), ["Adadelta", "rho"]),
        (lambda: optim.NAdam(momentum_decay=-1), ["NAdam", "momentum_decay"]),
        (lambda: optim.Lion(beta2=1), ["Lion", "beta2"]),
        (lambda: optim.LBFGS(0), ["LBFGS", "learning_rate"]),
        (lambda: optim.LBFGS(history=0), ["history", "not 0"]),
    ],
)
def test_what_is_refused_when_it_is_made(make, words):
    with pytest.raises(GraphError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_an_argument_that_there_is_not_is_a_type_error():
    with pytest.raises(
        TypeError, match=r"Adam\(\) has no argument 'beta3'; it takes learning_rate, beta1"
    ):
        optim.Adam(beta3=0.9)


# ---- averages -------------------------------------------------------------------------------


def averages(path, decay, debias, names):
    """The moving averages after each step, from the parameters after each step."""
    result = []
    for t in range(1, len(path) + 1):
        if debias:
            weights = np.array([(1 - decay) * decay ** (t - i) for i in range(1, t + 1)])
            weights /= 1 - decay**t
        else:
            weights = np.array([(1 - decay) * decay ** (t - i) for i in range(1, t + 1)])
            weights[0] = decay ** (t - 1)
        assert weights.sum() == pytest.approx(1)
        result.append({n: sum(w * path[i][n] for i, w in enumerate(weights)) for n in names})
    return result


@pytest.mark.parametrize("style", ["planned", "plain"])
@pytest.mark.parametrize("debias", [False, True])
def test_averages_weigh_the_steps_so_far(debias, style):
    ema = optim.EMA(optim.SGD(0.1), decay=0.9, debias=debias)
    m = network(MLP, ema, style).load()
    path = by_parts(lambda name: known.sgd(0.1))
    for expected in averages(path, 0.9, debias, MLP.start):
        m.train_step()
        state = m.state_dict()
        for name, value in expected.items():
            np.testing.assert_allclose(state[f"{name}.average"], value, rtol=1e-10)


def test_averages_are_torch_s():
    torch = pytest.importorskip("torch")
    from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

    path = by_parts(lambda name: known.sgd(0.1))
    model = torch.nn.ParameterDict({k: torch.from_numpy(v.copy()) for k, v in MLP.start.items()})
    averaged = AveragedModel(model, avg_fn=get_ema_avg_fn(0.95))
    m = network(MLP, optim.EMA(optim.SGD(0.1), 0.95)).load()
    for values in path:
        for name, value in values.items():
            model[name].data.copy_(torch.from_numpy(value))
        averaged.update_parameters(model)
        m.train_step()
        state = m.state_dict()
        for name in MLP.start:
            expected = averaged.module[name].detach().numpy()
            np.testing.assert_allclose(state[f"{name}.average"], expected, rtol=1e-10)


def test_outputs_can_be_those_of_the_averages():
    ema = optim.EMA(optim.Adam(0.05), decay=0.8)
    net = layered(ema, lambda out: {"now": out, "averaged": ema.averaged(out)})
    m = net.load()
    np.testing.assert_array_equal(m.predict(X)["now"], m.predict(X)["averaged"])
    for _ in range(10):
        m.train_step(X, Y)
    state, found = m.state_dict(), m.predict(X)

    def predicted(suffix):
        h = np.tanh(X @ state[f"encoder.W{suffix}"] + state[f"encoder.b{suffix}"])
        return h @ state[f"head.W{suffix}"] + state[f"head.b{suffix}"]

    np.testing.assert_allclose(found["now"], predicted(""), rtol=1e-12)
    np.testing.assert_allclose(found["averaged"], predicted(".average"), rtol=1e-12)
    assert not np.allclose(found["now"], found["averaged"])


def test_an_export_has_the_averages_for_weights(tmp_path):
    import runpy

    ema = optim.EMA(optim.Adam(0.05))
    m = layered(ema, ema.averaged).load()
    for _ in range(3):
        m.train_step(X, Y)
    gx.export(m, tmp_path / "model.py")
    namespace = runpy.run_path(str(tmp_path / "model.py"))
    np.testing.assert_allclose(namespace["predict"](X), m.predict(X), rtol=1e-12)


def test_averages_start_from_random_initial_values():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 2))
    out = nn.Dense(2)(x)
    ema = optim.EMA(optim.SGD(0.1))
    net = gx.compile(
        "net",
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(out, y),
        outputs={"out": out, "averaged": ema.averaged(out)},
        optimizer=ema,
    )
    state = net.load(seed=4).state_dict()
    assert np.abs(state["dense_1.W"]).min() > 0
    np.testing.assert_array_equal(state["dense_1.W.average"], state["dense_1.W"])


def test_averages_leave_frozen_parameters_alone():
    ema = optim.EMA(optim.Groups({"encoder.*": None, "*": optim.SGD(0.1)}), decay=0.5)
    net = layered(ema, lambda out: {"a": ema.averaged(out), "b": ema.averaged([out])[0]})
    m = net.load()
    m.train_step(X, Y)
    state = m.state_dict()
    assert "head.W.average" in state and "encoder.W.average" not in state
    np.testing.assert_array_equal(state["head.W.average"], state["head.W"])
    assert repr(ema) == "EMA(Groups({'encoder.*': None, '*': SGD(0.1)}), decay=0.5)"


def test_outputs_of_averages_that_are_not_kept_are_refused():
    ema = optim.EMA(optim.SGD(0.1))
    with pytest.raises(GraphError, match=r"'encoder\.W\.average'.*optim\.EMA"):
        layered(optim.SGD(0.1), ema.averaged)


def test_a_saved_average_continues_in_the_same_bits():
    net = network(MLP, optim.EMA(optim.NAdam(), debias=True))
    whole, first, second = net.load(), net.load(), net.load()
    trained(whole, MLP, 6)
    trained(first, MLP, 3)
    second.load_state_dict(first.state_dict())
    trained(second, MLP, 3)
    for name, value in whole.state_dict().items():
        np.testing.assert_array_equal(second.state_dict()[name], value, err_msg=name)


# ---- clipping and constraints ------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_gradients_are_clipped_element_by_element(optimizer):
    make, formula = {
        "SGD": (optim.SGD(0.1, clip_value=0.05), known.sgd(0.1)),
        "Adam": (optim.Adam(clip_value=0.05), known.adam(1e-3)),
    }[optimizer]

    def clipped(p):
        return {k: np.clip(v, -0.05, 0.05) for k, v in MLP.gradient(p).items()}

    assert any((np.abs(v) > 0.05).any() for v in MLP.gradient(MLP.start).values())
    agree(trained(network(MLP, make).load(), MLP), by_parts(lambda _: formula, gradient=clipped))
    assert "clip_value=0.05" in repr(make)


def longest_one(parameter, value):
    """Columns of matrices are at most of length 1."""
    if parameter.ndim < 2:
        return value
    length = gx.sqrt(gx.sum(gx.square(value), axis=0, keepdims=True))
    return value / gx.maximum(length, 1.0)


def bounded(p):
    if p.ndim < 2:
        return p
    return p / np.maximum(np.sqrt((p**2).sum(0, keepdims=True)), 1)


@pytest.mark.parametrize("style", ["planned", "plain"])
@pytest.mark.parametrize(
    ("constraint", "formula"),
    [
        (lambda p, v: gx.maximum(v, 0.0), lambda p: np.maximum(p, 0)),
        (longest_one, bounded),
        (lambda p, v: gx.where(v * p < 0, 0.0, v), None),
    ],
)
def test_a_constraint_has_the_last_word(constraint, formula, style):
    optimizer = optim.Adam(0.05, constraint=constraint)
    step = known.adam(0.05)

    def constrained(p, g, t, memory):
        new = step(p, g, t, memory)
        return np.where(new * p < 0, 0, new) if formula is None else formula(new)

    found = trained(network(MLP, optimizer, style).load(), MLP)
    agree(found, by_parts(lambda name: constrained))


def test_a_constraint_that_gives_another_type_is_refused_by_name():
    with pytest.raises(TypeMismatchError, match=r"constraint flattened gives float64\[15\]") as e:

        def flattened(parameter, value):
            return value.reshape(-1)

        network(MLP, optim.SGD(0.1, constraint=flattened))
    assert "W1: float64[3, 5]" in str(e.value)


def test_what_is_emitted_does_not_depend_on_where_functions_lie():
    sources = {
        network(MLP, optim.SGD(lambda step: 0.1, constraint=lambda p, v: v)).source
        for _ in range(2)
    }
    assert len(sources) == 1 and " at 0x" not in sources.pop()


def test_optimisers_keep_no_state_between_compilations():
    ema = optim.EMA(optim.Adam())
    names = [[state_of(t).name for t in _updates(ema)] for _ in range(2)]
    assert names[0] == names[1]


def _updates(optimizer):
    p = gx.parameter("p", np.ones(3))
    return optimizer.updates([p], [gx.input("g", (3,), "float64")])
