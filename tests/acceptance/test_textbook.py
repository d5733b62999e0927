"""Worked examples of textbooks and lectures, to the tolerances that are stated with them.

The numbers are not part of this project: inputs and expectations are read from ``textbook.json``,
which lies beside the folder of `GRAPHC_DATA`, or in ``shared/`` beside the repository. Without the
file, the tests are skipped.
"""

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import init, losses, nn, optim
from graphc.ir.node import toposort
from graphc.ops.leaf import scalar_of

PLACES = [
    *([Path(os.environ["GRAPHC_DATA"]).parent] if "GRAPHC_DATA" in os.environ else []),
    Path(__file__).resolve().parents[3] / "shared",
]
FILE = next((p / "textbook.json" for p in PLACES if (p / "textbook.json").is_file()), None)
BOOK = {case["id"]: case for case in json.loads(FILE.read_text())} if FILE else {}
STYLES = ("plain", "planned")
COVERED: set[str] = set()

pytestmark = pytest.mark.skipif(FILE is None, reason="there is no textbook.json here")


def reproduces(*ids):
    """Note that a test covers these cases, and give them to it as its last arguments."""
    COVERED.update(ids)

    def decorate(test):
        cases = [BOOK.get(i) for i in ids]
        return pytest.mark.parametrize("cases", [cases], ids=[" ".join(ids)])(test)

    return decorate


def within(tolerance):
    """How `assert_allclose` compares to an absolute tolerance."""
    return {"rtol": 0, "atol": tolerance}


def compute(outputs, given=(), style="planned"):
    """The values of tensors, by a compiled function; `given` pairs inputs with what they are."""
    inputs = [t for t, _ in given]
    arrays = [np.asarray(v, t.dtype) for t, v in given]
    return gx.function(inputs, outputs, style=style)(*arrays)


def double(name, shape=()):
    """An input in float64."""
    return gx.input(name, shape, "float64")


def rounded(x, magic=1.5 * 2.0**52):
    """Four decimals as `numpy.round` gives them: adding so large a number rounds half to even."""
    return (x * 1e4 + magic - magic) / 1e4


# ---- elementary ----------------------------------------------------------------------------------


@reproduces("002-logistic-derivative-0")
def test_the_logistic_function_is_steepest_at_zero(cases):
    (case,) = cases
    z = double("z")
    slope = compute(gx.grad(gx.sigmoid(z), [z]), [(z, case["inputs"]["z"])])[0]
    np.testing.assert_allclose(slope, case["expected"]["value"], **within(case["tolerance"]))


@reproduces("002-range-normalisation")
def test_columns_are_brought_to_the_range_from_zero_to_one(cases):
    (case,) = cases
    given = case["inputs"]
    raw, low, high = double("raw", ("N", 3)), double("low", (3,)), double("high", (3,))
    scaled = (raw - low) / (high - low)
    values = [(raw, given["raw"]), (low, given["min"]), (high, given["max"])]
    for style in STYLES:
        np.testing.assert_allclose(
            compute([scaled], values, style)[0],
            case["expected"]["normalised"],
            **within(case["tolerance"]),
        )


@reproduces("002-linear-collapse")
def test_two_linear_layers_are_one(cases):
    (case,) = cases
    a, w1, w2 = double("A", (5, "N")), double("W1", (4, 5)), double("W2", (3, 4))
    rng = np.random.default_rng(0)
    values = [(t, rng.normal(size=s)) for t, s in ((a, (5, 7)), (w1, (4, 5)), (w2, (3, 4)))]
    twice, once = compute([w2 @ (w1 @ a), (w2 @ w1) @ a], values)
    np.testing.assert_allclose(twice, once, rtol=case["tolerance"], atol=case["tolerance"])


@reproduces("001-activations")
def test_activations_have_their_defining_values(cases):
    (case,) = cases
    z = double("z", ("N",))
    for name, expected in case["expected"].items():
        for style in STYLES:
            value = compute([nn.Activation(name)(z)], [(z, case["inputs"]["z"])], style)[0]
            np.testing.assert_allclose(value, expected, **within(case["tolerance"]))


def where_leaky(z):
    return gx.where(z > 0, z, 0.01 * z)


def sympy_leaky(z):
    sp = pytest.importorskip("sympy")
    rule = gx.elementwise("leaky", lambda v: sp.Piecewise((v, v > 0), (v / 100, True)))
    return rule(z)


@pytest.mark.parametrize("leaky", [where_leaky, sympy_leaky])
@reproduces("002-leaky-relu")
def test_leaky_relu_lets_a_hundredth_through(cases, leaky):
    (case,) = cases
    z = double("z", ("N",))
    a = leaky(z)
    values, slopes = compute([a, *gx.grad(gx.sum(a), [z])], [(z, case["inputs"]["z"])])
    np.testing.assert_allclose(values, case["expected"]["a"], **within(case["tolerance"]))
    np.testing.assert_allclose(slopes, case["expected"]["da_dz"], **within(case["tolerance"]))


@reproduces("003-leaky-relu-0.1")
def test_leaky_relu_is_a_maximum(cases):
    (case,) = cases
    x = double("x", ("N",))
    value = compute([gx.maximum(0.1 * x, x)], [(x, case["inputs"]["x"])])[0]
    np.testing.assert_allclose(value, case["expected"]["a"], **within(case["tolerance"]))


@reproduces("002-xor-threshold")
def test_xor_takes_a_hidden_layer_of_threshold_units(cases):
    (case,) = cases
    x = double("x", ("N", 2))

    def unit(value, weights):
        return (value @ np.array(weights, float) >= 1).astype("float64")

    both, either = unit(x, [0.5, 0.5]), unit(x, [1, 1])
    xor = unit(gx.stack([either, both], axis=1), [1, -1])
    grid = np.arange(-3, 3.25, 0.25)
    singles = unit(x, np.array(list(itertools.product(grid, grid))).T)
    given = [(x, case["inputs"]["inputs"])]
    found = compute([xor, both, either, singles], given)
    for value, name in zip(found, ("xor", "and", "or"), strict=False):
        np.testing.assert_array_equal(value, case["expected"][name])
    columns = {tuple(column) for column in found[3].T}
    assert tuple(case["expected"]["and"]) in columns
    assert tuple(case["expected"]["or"]) in columns
    assert tuple(case["expected"]["xor"]) not in columns


@reproduces("002-one-hot-binning")
def test_targets_are_binned_and_one_hot(cases):
    (case,) = cases
    low, high = case["inputs"]["edges"]
    target = double("target", ("N",))
    kind = (target > low).astype("int64") + (target > high).astype("int64")
    for style in STYLES:
        found = compute([gx.one_hot(kind, 3)], [(target, case["inputs"]["target"])], style)[0]
        np.testing.assert_array_equal(found, case["expected"]["one_hot_low_med_high"])


# ---- initial weights and their variance ----------------------------------------------------------


@pytest.mark.parametrize("layer", ["HL1", "HL2"])
@reproduces("002-variance-HL1", "002-variance-HL2")
def test_the_variance_of_a_weighted_sum(cases, layer):
    case = cases[layer == "HL2"]
    given, expected, tolerance = case["inputs"], case["expected"], case["tolerance"]
    n, sigma, var = double("n"), double("sigma"), double("var")
    var_z = n * gx.square(sigma) * var
    values = [(n, given["n_in"]), (sigma, given["sigma_w"]), (var, given["var_d"])]
    found, std = compute([var_z, gx.sqrt(var_z)], values)
    tight = tolerance if isinstance(tolerance, float) else tolerance["var_z"]
    np.testing.assert_allclose(found, expected["var_z"], **within(tight))
    if "std_z" in expected:
        np.testing.assert_allclose(std, expected["std_z"], **within(tolerance["std_z"]))
    with gx.scope(layer):  # and what the draws of an initialiser do has that variance
        w = init.normal(0.0, given["sigma_w"])((given["n_in"], 300), "float64")
        d = gx.normal((3000, given["n_in"]), 0.0, given["var_d"] ** 0.5, "float64")
    observed = compute([gx.var(d @ w)])[0]
    np.testing.assert_allclose(observed, expected["var_z"], rtol=0.15)


def spread(draws):
    """The standard deviation that a tensor of normal draws is scaled by, as the graph has it."""
    numbers = [scalar_of(t) for node in toposort([draws]) for t in node.inputs]
    found = {number for number in numbers if number}
    assert len(found) == 1, found
    return found.pop()


@reproduces("002-xavier-he-init", "000-he-init")
def test_initialisers_scale_by_the_fan_in(cases):
    xavier, he = cases
    sizes = xavier["inputs"]["sizes"]
    pairs = list(itertools.pairwise(sizes))
    rules = [init.lecun_normal, *[init.he_normal] * (len(pairs) - 1)]
    found = [spread(rule(pair, "float64")) for rule, pair in zip(rules, pairs, strict=True)]
    np.testing.assert_allclose(found, xavier["expected"]["std"], **within(xavier["tolerance"]))
    squares = np.square(found)
    np.testing.assert_allclose(squares, xavier["expected"]["var"], **within(xavier["tolerance"]))

    m, scale = he["inputs"]["M"], he["inputs"]["lambda2"]
    eps = spread(init.he_normal((m, 10), "float64"))
    np.testing.assert_allclose(eps, he["expected"]["eps"], **within(he["tolerance"]))
    variance = m / 2 * eps**2 * scale
    np.testing.assert_allclose(variance, he["expected"]["var_z"], **within(he["tolerance"]))


# ---- counting ------------------------------------------------------------------------------------


@reproduces("001-param-count-13", "004-fc-param-count")
def test_parameters_are_counted_with_biases(cases):
    small, dense = cases
    expected = small["expected"]
    first, *units = small["inputs"]["sizes"]
    x = gx.input("x", ("N", first))
    model = nn.Sequential([nn.Dense(n) for n in units])
    net = gx.compile("counted", inputs=[x], outputs=model(x))
    assert net.report().parameters == expected["total"]
    for layer, key in zip(model.layers, ("layer1", "layer2"), strict=True):
        assert (layer.W.size, layer.b.size) == (expected[key]["weights"], expected[key]["biases"])
    d, n = dense["inputs"]["d"], dense["inputs"]["n"]
    x = gx.input("x", ("N", d))
    net = gx.compile("counted", inputs=[x], outputs=nn.Dense(n)(x))
    assert net.report().parameters == dense["expected"]["params"]


# ---- one learning loop ---------------------------------------------------------------------------


def loop_network(given):
    """``yhat = relu(x1 w1 + x2 w2 + b1) w3 + b2`` with its names, and its loss."""
    x1, x2, y = double("x1"), double("x2"), double("y")
    params = {n: gx.parameter(n, np.float64(given[n])) for n in ("w1", "w2", "b1", "w3", "b2")}
    z = (x1 * params["w1"] + x2 * params["w2"] + params["b1"]).named("z")
    h = gx.relu(z).named("h")
    yhat = (h * params["w3"] + params["b2"]).named("yhat")
    table = {"z": z, "h": h, "yhat": yhat, "loss": gx.square(yhat - y).named("loss"), **params}
    return (x1, x2, y), table


def loop_arrays(given):
    return [np.asarray(given[n], "float64") for n in ("x1", "x2", "y")]


@reproduces("001-loop-forward", "001-loop-backward")
def test_one_loop_forward_and_backward(cases):
    forward, backward = cases
    inputs, t = loop_network(forward["inputs"])
    names = list(forward["expected"])
    by = [key.removeprefix("dL_d") for key in backward["expected"]]
    gradients = gx.grad(t["loss"], [t[n] for n in by])
    for style in STYLES:
        f = gx.function(inputs, [*(t[n] for n in names), *gradients], style=style)
        found = f(*loop_arrays(forward["inputs"]))
        np.testing.assert_allclose(
            found[: len(names)], list(forward["expected"].values()), **within(forward["tolerance"])
        )
        np.testing.assert_allclose(
            found[len(names) :],
            list(backward["expected"].values()),
            **within(backward["tolerance"]),
        )


@reproduces("001-loop-update")
def test_one_loop_updates_some_parameters_and_leaves_the_rest(cases):
    (case,) = cases
    given, expected = case["inputs"], case["expected"]
    arrays = loop_arrays(given)
    for style in STYLES:
        inputs, t = loop_network(given)
        net = gx.compile(
            "loop",
            inputs=inputs[:2],
            targets=inputs[2:],
            loss=t["loss"],
            outputs={n: t[n] for n in ("z", "h", "yhat")},
            optimizer=optim.SGD(given["lr"]),
            parameters=[t[n] for n in given["update"]],
            style=style,
        )
        m = net.load()
        m.train_step(*arrays)
        found = {**m.state_dict(), **m.predict(*arrays[:2])}
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, **within(case["tolerance"]))
        for name in {"w2", "b2"} - set(given["update"]):
            assert found[name] == given[name]

    # The same by functions with explicit updates.
    inputs, t = loop_network(given)
    trained = [t[n] for n in given["update"]]
    changes = optim.SGD(given["lr"]).updates(trained, gx.grad(t["loss"], trained))
    gx.function(inputs, [t["loss"]], updates=changes)(*arrays)
    look = gx.function(inputs[:2], {n: t[n] for n in expected})
    for name, value in look(*arrays[:2]).items():
        np.testing.assert_allclose(value, expected[name], **within(case["tolerance"]))


@reproduces("002-sgd-update-w75", "002-batch-update-w75")
def test_a_weight_is_updated_by_one_gradient_or_by_a_batch_of_them(cases):
    single, batch = cases
    given = single["inputs"]
    w, g = gx.parameter("w", np.float64(given["w"])), double("g")
    f = gx.function([g], updates=optim.SGD(given["alpha"]).updates([w], [g]))
    f(np.float64(given["grad"]).reshape(()))
    np.testing.assert_allclose(
        gx.value(w), single["expected"]["w_new"], **within(single["tolerance"])
    )

    given = batch["inputs"]
    w, g = gx.parameter("w", np.float64(given["w"])), double("g", ("N",))
    delta = gx.sum(g)
    f = gx.function([g], [delta], updates=optim.SGD(given["alpha"]).updates([w], [delta]))
    total = f(np.array(given["per_example"]))[0]
    np.testing.assert_allclose(total, batch["expected"]["delta_w"], **within(batch["tolerance"]))
    np.testing.assert_allclose(
        gx.value(w), batch["expected"]["w_new"], **within(batch["tolerance"])
    )


# ---- the power-plant network: 2-3-2-1 ------------------------------------------------------------


class PowerPlant:
    """The 2-3-2-1 network of a case, in float64, with everything on the way by its name."""

    def __init__(self, given, activation=gx.sigmoid):
        rows = [np.array(given[k]) for k in ("W1_neurons_3_4_5", "W2_neurons_6_7", "W3_neuron_8")]
        self.x, self.t = double("x", ("N", 2)), double("t", ("N",))
        self.z, self.a, self.params = [], [self.x], []
        for k, row in enumerate(rows, 1):
            w = gx.parameter(f"W{k}", row[:, 1:].T)
            b = gx.parameter(f"b{k}", row[:, 0])
            self.params += [w, b]
            self.z.append((self.a[-1] @ w + b).named(f"z{k}"))
            self.a.append(activation(self.z[-1]).named(f"a{k}"))
        self.pred = gx.squeeze(self.a[-1], axis=1).named("pred")
        self.sse = losses.squared_error(self.pred, self.t, "half_sum")
        self.X, self.T = np.array(given["X"]), np.array(given["T"])

    def run(self, outputs, rows=slice(None), style="planned"):
        given = [(self.x, self.X[rows]), (self.t, self.T[rows])]
        return compute(outputs, given, style)

    def compiled(self, alpha, style="planned"):
        net = gx.compile(
            "power_plant",
            inputs=[self.x],
            targets=[self.t],
            loss=self.sse,
            outputs=self.pred,
            optimizer=optim.SGD(alpha),
            style=style,
        )
        return net.load()


def neurons(arrays):
    """The values of neurons 3 to 8 for one example, by their numbers."""
    flat = np.concatenate([a.reshape(-1) for a in arrays])
    return {str(number): value for number, value in enumerate(flat, 3)}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", ["logistic", "relu"])
@reproduces("002-mlp-logistic-forward", "002-mlp-relu-forward")
def test_the_power_plant_network_predicts_and_differentiates(cases, kind, style):
    case = cases[kind == "relu"]
    plant = PowerPlant(case["inputs"], {"logistic": gx.sigmoid, "relu": gx.relu}[kind])
    expected, tolerance = case["expected"], case["tolerance"]
    deltas = gx.grad(plant.sse, plant.z)
    by_pred = gx.grad(plant.sse, [plant.pred])
    outputs = [plant.pred, plant.t - plant.pred, plant.sse, *by_pred, *plant.z, *plant.a[1:]]
    pred, error, sse, slope, *rest = plant.run([*outputs, *deltas], style=style)
    np.testing.assert_allclose(pred, expected["pred"], **within(tolerance["pred"]))
    np.testing.assert_allclose(error, expected["error"], **within(tolerance["pred"]))
    np.testing.assert_allclose(error**2, expected["error_sq"], **within(2 * tolerance["pred"]))
    np.testing.assert_allclose(sse, expected["sse"], **within(tolerance["sse"]))
    np.testing.assert_allclose(slope, -error, **within(1e-15))
    if "dE_da8" in expected:
        np.testing.assert_allclose(slope, expected["dE_da8"], **within(tolerance["pred"]))
    keys = [f"{k}_{n}" for k in ("z", "a", "delta") for n in ("345", "67", "8")]
    for key, value in zip(keys, rest, strict=True):
        exact = np.reshape(expected["float64"][key], value.shape)
        np.testing.assert_allclose(value, exact, rtol=1e-10, atol=1e-15, err_msg=key)


@reproduces("002-mlp-logistic-d2-trace", "002-mlp-relu-d2-trace")
def test_every_neuron_of_the_power_plant_network_for_one_example(cases):
    logistic, relu = cases
    row = logistic["inputs"]["example"]
    plant = PowerPlant(logistic["inputs"])
    slopes = [gx.grad(gx.sum(a), [z])[0] for z, a in zip(plant.z, plant.a[1:], strict=True)]
    found = plant.run([*plant.z, *plant.a[1:], *slopes], slice(row, row + 1))
    expected, tolerance = logistic["expected"], logistic["tolerance"]
    for number, value in neurons(found[:3]).items():
        allowed = tolerance["z_345" if number in "345" else "z_678"]
        np.testing.assert_allclose(value, expected["z"][number], **within(allowed))
    for number, value in expected["a"].items():
        assert abs(neurons(found[3:6])[number] - value) <= tolerance["a"]
    for number, value in expected["da_dz"].items():
        assert abs(neurons(found[6:])[number] - value) <= tolerance["da_dz"]
    assert abs(found[5].item() - expected["predicted"]) <= tolerance["a"]

    plant = PowerPlant(relu["inputs"], gx.relu)
    slopes = [gx.grad(gx.sum(a), [z])[0] for z, a in zip(plant.z, plant.a[1:], strict=True)]
    found = plant.run([*plant.z, *slopes], slice(row, row + 1))
    expected, tolerance = relu["expected"], relu["tolerance"]
    for number, value in neurons(found[:3]).items():
        allowed = tolerance["z8_float64" if number == "8" else "z_3_to_7"]
        np.testing.assert_allclose(value, expected["z"][number], **within(allowed))
    for number, value in neurons(found[3:]).items():
        assert value == expected["da_dz"][number]
    plant = PowerPlant(relu["inputs"], lambda z: rounded(gx.relu(z)))
    z8 = plant.run([plant.z[2]], slice(row, row + 1))[0]
    np.testing.assert_allclose(
        z8.item(), expected["z"]["8"], **within(tolerance["z8_with_4dec_activations"])
    )


@reproduces("002-mlp-logistic-d2-deltas", "002-mlp-logistic-d2-gradients")
def test_deltas_and_all_gradients_of_the_power_plant_network_for_one_example(cases):
    deltas, gradients = cases
    row = deltas["inputs"]["example"]
    plant = PowerPlant(deltas["inputs"])
    delta = gx.grad(plant.sse, plant.z)
    found = plant.run(delta, slice(row, row + 1))
    for number, value in deltas["expected"].items():
        assert abs(neurons(found)[number] - value) <= deltas["tolerance"]

    exact, by_rule = {}, {}
    layers = list(zip(plant.params[::2], plant.params[1::2], delta, plant.a, strict=False))
    first = [3, 6, 8]  # the number of the first neuron of each layer
    for k, (w, b, d, a) in enumerate(layers):
        dw, db = gx.grad(plant.sse, [w, b])
        d, a = rounded(d), rounded(a) if k else a
        both = [dw, db, gx.matmul(a.T, d), gx.sum(d, axis=0)]
        values = plant.run(both, slice(row, row + 1))
        before = [1, 3, 6][k]
        for table, (weights, bias) in ((exact, values[:2]), (by_rule, values[2:])):
            for (i, j), value in np.ndenumerate(weights):
                table[f"{first[k] + j},{before + i}"] = value
            for j, value in enumerate(bias):
                table[f"{first[k] + j},0"] = value
    expected, tolerance = gradients["expected"], gradients["tolerance"]
    assert set(expected) == set(exact) and len(exact) == 20
    for key, value in expected.items():
        assert abs(exact[key] - value) <= tolerance["float64_abs"], key
        assert abs(by_rule[key] - value) <= tolerance["with_rounding_rule"], key


@pytest.mark.parametrize("style", STYLES)
@reproduces("002-mlp-logistic-after-1-update")
def test_one_batch_update_of_the_power_plant_network(cases, style):
    (case,) = cases
    expected, tolerance = case["expected"], case["tolerance"]
    plant = PowerPlant(case["inputs"])
    m = plant.compiled(case["inputs"]["alpha"], style)
    m.train_step(plant.X, plant.T)
    pred, sse = m.predict(plant.X), m.loss(plant.X, plant.T)
    np.testing.assert_allclose(pred, expected["pred"], **within(tolerance["pred"]))
    np.testing.assert_allclose(sse, expected["sse"], **within(tolerance["sse"]))
    np.testing.assert_allclose(pred, expected["float64_pred"], **within(tolerance["float64"]))
    np.testing.assert_allclose(sse, expected["float64_sse"], **within(tolerance["float64"]))


def first_gradient(m, plant):
    """The gradient of each layer as the case lays it out: a row a neuron, the bias first."""
    found = m.gradients(plant.X, plant.T)
    return {f"W{k}": np.vstack([found[f"b{k}"], found[f"W{k}"]]).T for k in (1, 2, 3)}


@pytest.mark.parametrize("style", STYLES)
@reproduces("002-mlp-logistic-converged")
def test_the_power_plant_network_converges_in_exactly_so_many_epochs(cases, style):
    (case,) = cases
    given, expected, tolerance = case["inputs"], case["expected"], case["tolerance"]
    plant = PowerPlant(given)
    m = plant.compiled(given["alpha"], style)
    points = dict(expected["float64_checkpoints"])
    for key, gradient in first_gradient(m, plant).items():
        exact = points["first_batch_gradient"][key]
        np.testing.assert_allclose(gradient, exact, rtol=1e-9, atol=1e-15)
    del points["first_batch_gradient"]
    for epochs in range(expected["float64_epochs"] + 10):
        sse = m.loss(plant.X, plant.T)
        if point := points.pop(str(epochs), None):
            allowed = within(tolerance["float64_pred"])
            np.testing.assert_allclose(sse, point["sse"], **allowed)
            np.testing.assert_allclose(m.predict(plant.X), point["pred"], **allowed)
        if sse < 1e-4:
            break
        m.train_step(plant.X, plant.T)
    assert epochs == expected["float64_epochs"]
    assert not points
    pred = m.predict(plant.X)
    np.testing.assert_allclose(pred, expected["float64_pred"], **within(tolerance["float64_pred"]))
    np.testing.assert_allclose(sse, expected["float64_sse"], **within(tolerance["float64_pred"]))
    against_book = within(tolerance["pred_float64_vs_book"])
    np.testing.assert_allclose(pred, expected["book_pred"], **against_book)
    assert abs(epochs / expected["book_epochs"] - 1) < tolerance["float64_vs_book_epochs_rel"]


@reproduces("002-mlp-logistic-converged")
def test_the_power_plant_network_converges_as_printed_if_it_is_rounded_as_printed(cases):
    (case,) = cases
    given, expected, tolerance = case["inputs"], case["expected"], case["tolerance"]
    plant = PowerPlant(given, lambda z: rounded(gx.sigmoid(z)))
    slopes = [rounded(gx.sigmoid(z) * (1 - gx.sigmoid(z))) for z in plant.z]
    delta = gx.expand_dims(plant.pred - plant.t, 1)
    updates = {}
    for k in (2, 1, 0):
        w, b = plant.params[2 * k : 2 * k + 2]
        delta = rounded(delta * slopes[k])
        updates[w] = w - given["alpha"] * (plant.a[k].T @ delta)
        updates[b] = b - given["alpha"] * gx.sum(delta, axis=0)
        delta = delta @ w.T
    step = gx.function([plant.x, plant.t], [plant.sse, plant.pred], updates)
    for epochs in range(expected["book_epochs"] + 10):  # noqa: B007
        sse, pred = step(plant.X, plant.T)
        if sse < 1e-4:
            break
    assert abs(epochs - expected["book_epochs"]) <= tolerance["book_epochs_with_book_convention"]
    np.testing.assert_allclose(pred, expected["book_pred"], **within(5e-5))
    np.testing.assert_allclose(sse, expected["book_sse"], **within(5e-9))


# ---- softmax and cross entropy -------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@reproduces("002-softmax-table15", "002-cross-entropy-one-hot", "004-softmax-jacobian")
def test_softmax_of_three_logits_its_loss_and_its_jacobian(cases, style):
    table, entropy, jacobian = cases
    z = double("z", (3,))
    outputs = [gx.exp(z), gx.sum(gx.exp(z)), gx.softmax(z), gx.jacobian(gx.softmax(z), z)]
    found = compute(outputs, [(z, table["inputs"]["logits"])], style)
    for value, key in zip(found, ("exp", "sum", "softmax"), strict=False):
        np.testing.assert_allclose(value, table["expected"][key], **within(table["tolerance"]))
    assert jacobian["inputs"]["x"] == table["inputs"]["logits"]
    np.testing.assert_allclose(found[3], jacobian["expected"]["J"], **within(jacobian["tolerance"]))

    p, t = double("p", (3,)), double("t", (3,))
    by_hand = -gx.sum(t * gx.log(p))
    ready_made = losses.softmax_cross_entropy(gx.log(p), t)
    given = [(p, entropy["inputs"]["p"]), (t, entropy["inputs"]["t"])]
    for value in compute([by_hand, ready_made], given, style):
        np.testing.assert_allclose(value, entropy["expected"]["ce"], **within(entropy["tolerance"]))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("labels", ["one-hot", "classes"])
@reproduces("002-softmax-delta-table16")
def test_the_delta_of_softmax_is_probability_minus_target(cases, labels, style):
    (case,) = cases
    table = {k: np.array(list(v.values())).T for k, v in case["inputs"].items()}
    logits = double("logits", ("N", 3))
    if labels == "one-hot":
        target, value = double("target", ("N", 3)), table["one_hot"]
    else:
        target = gx.input("target", ("N",), "int64")
        value = table["one_hot"].argmax(axis=1)
    loss = losses.softmax_cross_entropy(logits, target, reduction="sum")
    exp = gx.exp(logits)
    outputs = [exp, gx.sum(exp, axis=1), gx.softmax(logits), *gx.grad(loss, [logits])]
    found = compute(outputs, [(logits, table["logits"]), (target, value)], style)
    for result, key in zip(found, ("exp", "sum_exp", "softmax", "delta"), strict=True):
        expected = case["expected"][key]
        if isinstance(expected, dict):
            expected = np.array(list(expected.values())).T
        np.testing.assert_allclose(result, expected, **within(case["tolerance"][key]))


@reproduces("002-softmax-update-w96")
def test_a_weight_below_softmax_is_updated_by_a_batch(cases):
    (case,) = cases
    given, expected, allowed = case["inputs"], case["expected"], within(case["tolerance"])
    w = gx.parameter("w", np.float64(given["w"]))
    delta, a = double("delta", ("N",)), double("a", ("N",))
    terms, total = delta * a, gx.sum(delta * a)
    updates = optim.SGD(given["alpha"]).updates([w], [total])
    f = gx.function([delta, a], [terms, total], updates)
    found = f(np.array(given["delta9"]), np.array(given["a6"]))
    np.testing.assert_allclose(found[0], expected["terms"], **allowed)
    np.testing.assert_allclose(found[1], expected["delta_w"], **allowed)
    np.testing.assert_allclose(gx.value(w), expected["w_new"], **allowed)


@reproduces("003-loss-gradients")
def test_losses_have_their_derivatives_by_the_prediction(cases):
    (case,) = cases
    h, y = double("h"), double("y")
    by_square = gx.grad(losses.squared_error(h, y, "half_sum"), [h])
    by_entropy = gx.grad(losses.binary_cross_entropy(h, y), [h])
    given = [(h, case["inputs"]["h"]), (y, case["inputs"]["y"])]
    found = compute([*by_square, *by_entropy], given)
    expected = [case["expected"]["mse"], case["expected"]["bce"]]
    np.testing.assert_allclose(found, expected, **within(case["tolerance"]))


# ---- convolution and pooling ---------------------------------------------------------------------


def convolved(image, weights, stride=1, pad=0):
    """The convolution of one image, (H, W) or (H, W, C), with (f, f) or (f, f, C, K)."""
    if image.ndim == 2:
        whole = convolved(image[..., None], weights[..., None, None], stride, pad)
        return whole[..., 0]
    return gx.conv(image[None], weights, stride, pad)[0]


def pooled(image, f, stride):
    if image.ndim == 2:
        return pooled(image[..., None], f, stride)[..., 0]
    return gx.max_pool(image[None], f, stride)[0]


@reproduces("002-conv-neuron-eq92", "002-conv-neuron-eq93")
def test_one_neuron_sees_its_receptive_field(cases):
    for case in cases:
        given = case["inputs"]
        image, weights = double("image", (6, 6)), double("weights", (3, 3))
        r, c = given["row"], given["col"]
        a = gx.relu(gx.sum(image[r : r + 3, c : c + 3] * weights))
        values = [(image, given["image"]), (weights, given["filter"])]
        assert compute([a], values)[0] == case["expected"]["a"]


@pytest.mark.parametrize("style", STYLES)
@reproduces(
    "002-conv-map-eq96", "002-conv-map-eq97", "002-conv-map-eq98", "002-conv-map-eq99",
    "000-conv-3x3-2x2",
)  # fmt: skip
def test_feature_maps(cases, style):
    for case in cases:
        given = case["inputs"]
        image, weights = (
            np.array(given[next(k for k in given if k.startswith(start))], float)
            for start in ("image", "filter")
        )
        x, w = double("x", image.shape), double("w", weights.shape)
        out = convolved(x, w, given.get("stride", 1), given.get("pad", 0))
        out = gx.relu(out) if given.get("relu") else out
        found = compute([out], [(x, image), (w, weights)], style)[0]
        np.testing.assert_array_equal(found, case["expected"]["map"])


@reproduces("002-conv-output-sizes", "000-padding-size", "003-conv-28x28", "004-conv1d-size")
def test_sizes_of_feature_maps(cases):
    small, padded, coloured, line = cases
    for c, size in zip(small["inputs"]["cases"], small["expected"]["out"], strict=True):
        out = convolved(double("x", (c["n"], c["n"])), double("w", (c["f"],) * 2), c["s"], c["p"])
        assert out.shape == (size, size)
    x, w = double("x", (6, 6)), double("w", (3, 3))
    by_x = gx.grad(gx.sum(convolved(x, w)), [x])
    coverage = compute(by_x, [(x, np.ones((6, 6))), (w, np.ones((3, 3)))])[0]
    assert coverage[0, 0] == small["expected"]["coverage_corner_pixel"]
    assert coverage[3, 3] == small["expected"]["coverage_pixel_3_3"]

    g = padded["inputs"]
    out = convolved(double("x", (g["J"], g["K"])), double("w", (g["M"],) * 2), g["S"], g["P"])
    assert out.shape == tuple(padded["expected"]["out"])
    g = coloured["inputs"]
    out = convolved(double("x", tuple(g["image"])), double("w", (*g["filter"], 1)), g["stride"])
    assert out.shape == tuple(coloured["expected"]["out"])

    g, expected = line["inputs"], line["expected"]
    x, w = double("x", (len(g["x"]),)), double("w", (3,))
    y = gx.conv(x[None, :, None], w[:, None, None])
    found = compute([y], [(x, g["x"]), (w, g["w"])])[0].ravel()
    np.testing.assert_array_equal(found, expected["y"])
    assert len(found) == expected["n"]
    e = double("e", (3,))
    by_x, by_w = gx.grad(y, [x, w], cotangent=e[None, :, None])
    given = [(x, g["x"]), (w, g["w"]), (e, [0.5, -1.0, 2.0])]
    found = compute([by_x, by_w], given)
    padded = np.pad([0.5, -1.0, 2.0], 2)  # e convolved with the reversed w; x with e
    reverse = [padded[i : i + 3] @ np.array(g["w"])[::-1] for i in range(5)]
    np.testing.assert_allclose(found[0], reverse)
    np.testing.assert_allclose(found[1], np.correlate(g["x"], [0.5, -1.0, 2.0]))


@reproduces("002-pool-2x2-size")
def test_pooling_halves_and_sends_the_gradient_to_the_largest(cases):
    (case,) = cases
    x = double("x", tuple(case["inputs"]["in"]))
    out = pooled(x, case["inputs"]["pool"], case["inputs"]["pool"])
    assert out.shape == tuple(case["expected"]["out"])
    values = np.random.default_rng(1).permutation(16).reshape(4, 4).astype(float)
    by_x = compute(gx.grad(gx.sum(out), [x]), [(x, values)])[0]
    blocks = values.reshape(2, 2, 2, 2).max(axis=(1, 3)).repeat(2, 0).repeat(2, 1)
    np.testing.assert_array_equal(by_x, values == blocks)


@reproduces("003-alexnet-dims")
def test_sizes_of_the_layers_of_alexnet(cases):
    (case,) = cases
    x, found = double("x", tuple(case["inputs"]["input"])), []
    for kind, *sizes in case["inputs"]["layers"]:
        if kind == "conv":
            filters, f, stride, pad = sizes
            weights = double("w", (f, f, x.shape[-1], filters))
            x = convolved(x, weights, stride, pad)
        elif kind == "pool":
            x = pooled(x, *sizes)
        else:
            x = gx.reshape(x, (1, -1)) @ double("w", (x.size, *sizes))
            x = gx.reshape(x, (-1,))
        found.append(list(x.shape))
    assert found == case["expected"]["out"]


# ---- gates and attention, by their formulas ------------------------------------------------------


@reproduces("002-lstm-forget-gate", "002-lstm-dc-prev")
def test_a_forget_gate_and_what_it_passes_back(cases):
    gate, back = cases
    given, expected, tolerance = gate["inputs"], gate["expected"], gate["tolerance"]
    w, h, x, c = double("Wf", (3, 4)), double("h", (2,)), double("x", (1,)), double("c", (3,))
    z = w @ gx.concat([np.ones(1), h, x])
    f = gx.sigmoid(z)
    values = [(w, given["Wf"]), (h, given["h_prev"]), (x, given["x"]), (c, given["c_prev"])]
    for value, key in zip(compute([z, f, f * c], values), ("z_f", "f", "c_dagger"), strict=True):
        np.testing.assert_allclose(value, expected[key], **within(tolerance))

    f, c, ct = double("f", (2,)), double("c", (2,)), double("ct", (2,))
    by_c = gx.grad(f * c, [c], cotangent=ct)
    values = [(f, back["inputs"]["f"]), (ct, back["inputs"]["dE_dc"])]
    found = compute(by_c, values)[0]
    np.testing.assert_allclose(found, back["expected"]["dE_dc_prev"], **within(back["tolerance"]))


@reproduces("004-multihead-shapes")
def test_shapes_of_attention_with_several_heads(cases):
    (case,) = cases
    d, o, heads, t = (case["inputs"][k] for k in ("d", "o", "heads", "T"))
    x = double("x", (d, t))
    outputs = []
    for k in range(heads):
        q, key, v = (double(f"W{name}{k}", (o, d)) @ x for name in "qkv")
        outputs.append(v @ gx.softmax(key.T @ q, axis=0))
    assert list(outputs[0].shape) == case["expected"]["Z_head"]
    assert list(gx.concat(outputs).shape) == case["expected"]["Z"]


def test_every_case_of_the_file_is_reproduced_here():
    assert set(BOOK) == COVERED
