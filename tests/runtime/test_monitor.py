"""gx.Monitor: its figures are right, watching changes nothing, and it warns where it should."""

import math
import warnings

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import DataError
from graphc.runtime.probe import KINDS
from graphc.runtime.statistics import summarise


@pytest.fixture(scope="module")
def data():
    pytest.importorskip("sklearn")
    images, labels = gx.datasets.digits()
    return images[:1000], labels[:1000]


def network(layers, optimizer, width=64):
    x, y = gx.input("x", ("N", width)), gx.input("y", ("N",), dtype="int64")
    scores = nn.Sequential(layers, name="net")(x)
    return gx.compile(
        "watched",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(scores, y),
        outputs=scores,
        optimizer=optimizer,
    )


def dropping(optimizer=None):
    layers = [nn.Dense(32, "relu"), nn.Dropout(0.3), nn.Dense(16, "tanh"), nn.Dense(10)]
    return network(layers, optimizer or optim.Adam(1e-3))


def by_hand(p, x, y):
    """Backpropagation through relu and tanh, as in the textbook (Nielsen, 2015, BP1 to BP4)."""
    p = {name: value.astype(np.float64) for name, value in p.items() if value.dtype == np.float32}
    z1 = x @ p["dense_1.W"] + p["dense_1.b"]
    h1 = np.maximum(z1, 0)
    z2 = h1 @ p["dense_2.W"] + p["dense_2.b"]
    h2 = np.tanh(z2)
    z3 = h2 @ p["dense_3.W"] + p["dense_3.b"]
    e = np.exp(z3 - z3.max(axis=1, keepdims=True))
    d3 = (e / e.sum(axis=1, keepdims=True) - np.eye(10)[y]) / len(y)
    dh2 = d3 @ p["dense_3.W"].T
    d2 = dh2 * (1 - h2**2)
    dh1 = d2 @ p["dense_2.W"].T
    d1 = dh1 * (z1 > 0)
    zs = {"dense_1": z1, "dense_2": z2, "dense_3": z3}
    return {
        "preactivations": zs,
        "activations": {"dense_1": h1, "dense_2": h2, "dense_3": z3},
        "gradients": {
            **{
                f"dense_{i}.W": a.T @ d for i, (a, d) in enumerate([(x, d1), (h1, d2), (h2, d3)], 1)
            },
            **{f"dense_{i}.b": d.sum(axis=0) for i, d in enumerate([d1, d2, d3], 1)},
        },
        "preactivation_gradients": {"dense_1": d1, "dense_2": d2, "dense_3": d3},
        "activation_gradients": {"dense_1": dh1, "dense_2": dh2, "dense_3": d3},
    }


def test_all_that_is_recorded_is_what_backpropagation_by_hand_gives(data):
    net = network([nn.Dense(32, "relu"), nn.Dense(16, "tanh"), nn.Dense(10)], optim.SGD(0.1))
    m, monitor = net.load(seed=1), gx.Monitor(net)
    x, y = data[0][:50], data[1][:50]
    record = monitor.record(m, x, y)
    expected = by_hand(m.state_dict(), x.astype(np.float64), y)
    assert set(record.summaries) == set(KINDS) == {*expected, "weights"}
    for kind, some in expected.items():
        assert set(monitor.values[kind]) == set(some)
        for name, value in some.items():
            np.testing.assert_allclose(monitor.values[kind][name], value, rtol=2e-4, atol=2e-6)
            found = record.summaries[kind][name]
            assert found.std == pytest.approx(value.std(), rel=1e-3, abs=1e-7)
            assert found.norm == pytest.approx(np.linalg.norm(value), rel=1e-3)
    h1 = expected["activations"]["dense_1"]
    relu = record.summaries["activations"]["dense_1"]
    assert relu.dead == (h1 == 0).all(axis=0).mean()
    assert relu.zero == pytest.approx((h1 == 0).mean())
    assert math.isnan(record.summaries["activations"]["dense_2"].dead)
    tanh = np.abs(expected["activations"]["dense_2"]) > 0.99
    assert record.summaries["activations"]["dense_2"].saturated == pytest.approx(
        tanh.mean(), abs=2e-3
    )
    weights = monitor.values["weights"]
    assert all((weights[name] == m.state_dict()[name]).all() for name in weights)


def test_gradients_are_those_of_the_next_step_dropout_included(data):
    net = dropping()
    m, monitor = net.load(seed=3), gx.Monitor(net)
    x, y = data[0][:64], data[1][:64]
    monitor.record(m, x, y)
    for name, value in m.gradients(x, y).items():
        np.testing.assert_allclose(monitor.values["gradients"][name], value, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("every", ["epoch", "step", 7])
def test_watching_changes_no_bit_of_the_run(data, every):
    net, runs = dropping(), []
    for callbacks in ([], [gx.Monitor(net, every=every, sample=100)]):
        m = net.load(seed=0)
        history = gx.fit(m, data, epochs=2, callbacks=callbacks)
        runs.append((history.step_losses.tobytes(), m.state_dict()))
    assert runs[0][0] == runs[1][0]
    assert runs[0][1].keys() == runs[1][1].keys()
    assert all(runs[0][1][name].tobytes() == runs[1][1][name].tobytes() for name in runs[0][1])
    steps = [record.step for record in callbacks[0].records]
    assert steps == {"epoch": [0, 32, 64], "step": list(range(65)), 7: [0, *range(7, 65, 7)]}[every]


def test_a_resumed_run_has_the_records_of_one_that_was_never_stopped(data, tmp_path):
    net = dropping()
    whole = gx.Monitor(net)
    m = net.load(seed=0)
    gx.fit(m, data, epochs=4, callbacks=[whole])
    for epochs in (2, 4):
        resumed, again = gx.Monitor(net), net.load(seed=0)
        gx.fit(
            again, data, epochs=epochs, callbacks=[resumed, gx.Checkpoint(tmp_path)], resume=True
        )
    assert [r.step for r in resumed.records] == [r.step for r in whole.records]
    for a, b in zip(resumed.records, whole.records, strict=True):
        for kind, some in a.summaries.items():
            for name, found in some.items():
                other = b.summaries[kind][name]
                assert np.array_equal(found.counts, other.counts)
                assert np.array_equal(found.edges, other.edges) and found.norm == other.norm
    assert all((m.state_dict()[k] == again.state_dict()[k]).all() for k in m.state_dict())
    assert resumed.table() == whole.table()


def test_data_that_come_as_an_iterable_are_looked_at_by_the_last_batch(data):
    net = dropping()
    monitor = gx.Monitor(net, sample=20)
    batches = [(data[0][i : i + 50], data[1][i : i + 50]) for i in range(0, 200, 50)]
    gx.fit(net.load(), batches, epochs=2, callbacks=[monitor])
    assert [record.step for record in monitor.records] == [4, 8]
    assert monitor.values["activations"]["dense_1"].shape == (20, 32)


def test_layers_of_a_network_without_modules_are_found():
    x, y = gx.input("x", ("N", 6), dtype="float64"), gx.input("y", ("N", 2), dtype="float64")
    V, W = gx.parameter("V", np.eye(6)), gx.parameter("W", np.ones((6, 2)))
    b = gx.parameter("b", np.zeros(6))
    loss = gx.mean((gx.sigmoid(gx.tanh(x @ V + b) @ V + b) @ W - y) ** 2)
    net = gx.compile("bare", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1))
    monitor = gx.Monitor(net)
    layers = [(layer.name, layer.function) for layer in monitor.probe.layers]
    assert layers == [("V", "tanh"), ("V (2)", "sigmoid"), ("W", "")]
    values = np.random.default_rng(0).normal(size=(5, 6))
    monitor.record(net.load(), values, np.zeros((5, 2)))
    np.testing.assert_allclose(monitor.values["activations"]["V"], np.tanh(values))


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("gelu", "gelu"),
        ("leaky_relu", ""),
        ("sigmoid", "sigmoid"),
        (None, ""),
        ("softplus", "softplus"),
    ],
)
def test_the_activation_of_a_dense_layer_is_what_leaves_it(activation, expected):
    net = network([nn.Dense(4, activation), nn.Dense(10)], optim.SGD(0.1), width=3)
    layer = gx.Monitor(net).probe.layers[0]
    assert layer.z.name == "z1" or layer.z is layer.h
    assert (layer.function, layer.h.name) == (expected, "h1")


RELU = [lambda: nn.Dense(64, "relu"), lambda: nn.Dense(64, "relu"), lambda: nn.Dense(10)]
UNHEALTHY = {
    "dead": (RELU, optim.SGD(10.0), "dense_2", "0 for every example; try a smaller learning rate"),
    "saturated": (
        [lambda: nn.Dense(64, "tanh", init=gx.init.normal(3.0)), lambda: nn.Dense(10)],
        optim.SGD(0.1),
        "dense_1",
        "saturated; try smaller initial weights",
    ),
    "vanishing": (
        [lambda: nn.Dense(32, "sigmoid")] * 7 + [lambda: nn.Dense(10)],
        optim.SGD(0.1),
        "dense_1.W",
        r"times those of dense_8\.W .*try relu, residual",
    ),
    "not finite": (
        [lambda: nn.Dense(64), lambda: nn.Dense(64), lambda: nn.Dense(64), lambda: nn.Dense(10)],
        optim.SGD(30.0),
        "dense_1.W",
        "NaN or infinite; try a smaller learning rate or clipping",
    ),
    "plateau": (RELU[1:], optim.SGD(1e-9), "", "on a plateau: .* try another learning rate"),
}


@pytest.mark.filterwarnings("ignore:the loss is:UserWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", UNHEALTHY)
def test_a_run_that_goes_wrong_is_warned_of(data, kind):
    layers, optimizer, layer, said = UNHEALTHY[kind]
    net = network([make() for make in layers], optimizer)
    monitor = gx.Monitor(net)
    with pytest.warns(gx.TrainingWarning, match=said) as caught:
        gx.fit(net.load(), data, epochs=12 if kind == "plateau" else 2, callbacks=[monitor])
    shown = [w.filename for w in caught if issubclass(w.category, gx.TrainingWarning)]
    assert set(shown) == {__file__}  # the user's line, not ours
    rows = [f for f in monitor.warnings if (f.kind, f.layer) == (kind, layer)]
    assert len(rows) == 1 and rows[0].message.startswith(layer)


def test_exploding_gradients_are_warned_of(data):
    x, y = gx.input("x", ("N", 64)), gx.input("y", ("N", 1))
    out = nn.Sequential([nn.Dense(32, "relu"), nn.Dense(1)], name="net")(x)
    loss = losses.squared_error(out, y)
    net = gx.compile(
        "steep", inputs=[x], targets=[y], loss=loss, outputs=out, optimizer=optim.SGD(0.3)
    )
    monitor = gx.Monitor(net, every="step")
    targets = 10 * data[1][:, None].astype(np.float32)
    monitor.limits["dead"] = 1.0
    with pytest.warns(gx.TrainingWarning, match="explode: their norm is .* clipping by norm"):
        gx.fit(net.load(), (data[0], targets), epochs=1, callbacks=[monitor], batch_size=100)
    assert "exploding" in [finding.kind for finding in monitor.warnings]


HEALTHY = {
    "relu": (RELU, optim.Adam(1e-3)),
    "tanh": ([lambda: nn.Dense(64, "tanh"), *RELU[1:]], optim.SGD(0.1)),
    "deep": ([lambda: nn.Dense(32, "relu")] * 8 + [lambda: nn.Dense(10)], optim.Adam(1e-3)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_training_is_not_warned_of(data, name):
    layers, optimizer = HEALTHY[name]
    net = network([make() for make in layers], optimizer)
    monitor = gx.Monitor(net)
    with warnings.catch_warnings():
        warnings.simplefilter("error", gx.TrainingWarning)
        history = gx.fit(net.load(), data, epochs=12, callbacks=[monitor])
    assert history["loss"][-1] < history["loss"][0] / 3
    assert monitor.warnings == []


def test_warnings_can_be_kept_quiet_and_limits_moved(data):
    layers = [nn.Dense(64, "tanh", init=gx.init.normal(3.0)), nn.Dense(10)]
    net = network(layers, optim.SGD(0.1))
    quiet = gx.Monitor(net, warn=False)
    moved = gx.Monitor(net, limits={"saturated": 1.0})
    with warnings.catch_warnings():
        warnings.simplefilter("error", gx.TrainingWarning)
        gx.fit(net.load(), data, epochs=1, callbacks=[quiet, moved])
    assert [f.kind for f in quiet.warnings] == ["saturated"] and not moved.warnings


def test_the_table_has_a_row_for_each_layer_and_parameter(data):
    net = dropping()
    monitor = gx.Monitor(net, what=("activations", "gradients"))
    monitor.record(net.load(), data[0][:99], data[1][:99])
    text = monitor.table()
    names = [line.split()[0] for line in text.splitlines()[1:] if line.startswith("  ")]
    heads = ["mean", "mean"]
    parameters = ["W", "b"]
    layers = ["dense_1", "dense_2", "dense_3"]
    assert sorted(names) == sorted(
        [*heads, *layers, *(f"{n}.{p}" for n in layers for p in parameters)]
    )
    (row,) = [line for line in monitor.table("activations").splitlines() if "dense_1" in line]
    figures = [float(word) for word in row.replace("%", "").split()[1:6]]
    value = monitor.values["activations"]["dense_1"].astype(np.float64)
    expected = [value.mean(), value.std(), value.min(), value.max(), np.linalg.norm(value)]
    assert figures == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn(data, kind, tmp_path):
    pytest.importorskip("matplotlib")
    net = dropping()
    monitor = gx.Monitor(net)
    gx.fit(net.load(), data, epochs=2, callbacks=[monitor])
    figure = monitor.plot(kind, path=tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    *panels, spread, time = [axes for axes in figure.axes if axes.get_visible()]
    titles = [axes.get_title() for axes in panels]
    suffix = ".W" if kind in ("weights", "gradients") else ""
    assert titles == [f"dense_{i}{suffix}" for i in (1, 2, 3)]
    assert spread.get_yscale() == time.get_yscale() == "log"
    last = monitor.records[-1].summaries[kind]
    np.testing.assert_allclose(spread.lines[-1].get_ydata(), [last[t].std for t in titles])
    assert list(time.lines[0].get_xdata()) == [0, 32, 64]


def test_a_network_that_went_to_nan_is_drawn_and_told(data):
    pytest.importorskip("matplotlib")
    net = dropping()
    m, monitor = net.load(), gx.Monitor(net, warn=False)
    m.load_state_dict({k: v * np.nan if "W" in k else v for k, v in m.state_dict().items()})
    monitor.record(m, data[0][:9], data[1][:9])
    texts = [t.get_text() for axes in monitor.plot("weights").axes for t in axes.texts]
    assert any("100% not finite" in text for text in texts)
    assert "nan" in monitor.table("weights")


@pytest.mark.parametrize(
    ("array", "function", "expected"),
    [
        (
            [[0.0, 1.0], [0.0, -1.0]],
            "",
            {"zero": 0.5, "mean": 0, "norm": math.sqrt(2), "rms": 0.5**0.5},
        ),
        ([[0.0, 1.0], [0.0, 0.0]], "relu", {"dead": 0.5, "zero": 0.75}),
        ([[0.995, 0.5], [-1.0, 0.0]], "tanh", {"saturated": 0.5}),
        ([[0.995, 0.5], [0.001, 0.2]], "sigmoid", {"saturated": 0.5}),
        ([np.nan, 1.0, np.inf, 3.0], "", {"nonfinite": 0.5, "mean": 2, "minimum": 1, "maximum": 3}),
        ([np.nan], "", {"nonfinite": 1.0, "mean": 0}),
        ([5.0, 5.0], "", {"std": 0, "minimum": 5, "maximum": 5}),
        (3.0, "relu", {"count": 1}),
    ],
)
def test_summaries_by_hand(array, function, expected):
    found = summarise(np.array(array), function)
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected)
    assert found.counts.sum() == np.isfinite(array).sum()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"what": ("weights", "moods")}, "no kind 'moods' to monitor; there are weights"),
        ({"every": "minute"}, 'expected "epoch", "step" or a number'),
        ({"every": 0}, "every"),
        ({"sample": 0}, "sample"),
        ({"limits": {"ded": 1}}, "no limit 'ded'; there are dead"),
    ],
)
def test_bad_arguments_are_refused(arguments, said):
    with pytest.raises(DataError, match=said):
        gx.Monitor(dropping(), **arguments)


def test_a_network_without_a_loss_and_an_instance_of_another_are_refused(data):
    x = gx.input("x", ("N", 64))
    with pytest.raises(DataError, match="no loss and trained parameters to monitor"):
        gx.Monitor(gx.compile("p", inputs=[x], outputs=gx.tanh(x)))
    with pytest.raises(DataError, match=r"takes what gx\.compile returns, not a list"):
        gx.Monitor([])
    other = network([nn.Dense(10)], optim.SGD(0.1)).load()
    with pytest.raises(DataError, match="was given an instance of 'watched'"):
        gx.Monitor(dropping()).record(other, data[0][:5], data[1][:5])


def test_what_was_not_recorded_is_not_shown(data):
    net = dropping()
    monitor = gx.Monitor(net, what="weights")
    with pytest.raises(DataError, match="no record yet"):
        monitor.plot()
    monitor.record(net.load(), data[0][:9], data[1][:9])
    with pytest.raises(DataError, match="'gradients' was not recorded, only weights"):
        monitor.plot("gradients")
    with pytest.raises(
        DataError, match=r"no weights were recorded for 'dense_9', only for dense_1\.W"
    ):
        monitor.plot("weights", names=["dense_9"])
