"""ReduceOnPlateau: when the rate drops, and that a resumed run is the run that never stopped."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.dsl import schedules
from graphc.errors import DataError

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(48, 4)).astype(np.float32), rng.normal(size=(48, 2)).astype(np.float32)
FIGURES = [5, 4, 4, 4.1, 3.9, 4, 4, 4, 4, np.nan, 3, 3, 3, 3, 3, 3, 3, 2.95, 2.9, 2.9, 2.9, 2.9]


def network(rate=None, style="planned"):
    x, y = gx.input("x", ("N", 4)), gx.input("y", ("N", 2))
    out = nn.Dense(2)(nn.Dropout(0.2)(nn.Dense(5, activation="tanh")(x)))
    rate = schedules.plateau(0.1) if rate is None else rate
    loss = losses.squared_error(out, y)
    adam = optim.Adam(rate)
    return gx.compile(
        "net", inputs=[x], targets=[y], loss=loss, outputs=out, optimizer=adam, style=style
    )


class Scripted:
    """A model whose validation losses are those of a list."""

    def __init__(self, m, losses):
        self.m, self.losses = m, iter(losses)

    def __getattr__(self, name):
        return getattr(self.m, name)

    def loss(self, x, y):
        return np.float32(next(self.losses))


def scales(figures, **arguments):
    """The scale after each epoch of a run with those validation losses."""
    m = Scripted(network().load(), figures)
    seen = []
    note = gx.LambdaCallback(
        on_epoch_end=lambda run: seen.append(float(m.state_dict()["learning_rate_scale"]))
    )
    callbacks = [gx.ReduceOnPlateau(**arguments), note]
    gx.fit(m, (X, Y), epochs=len(figures), batch_size=64, validation=(X, Y), callbacks=callbacks)
    return seen


@pytest.mark.parametrize(
    "arguments",
    [
        {"factor": 0.1, "patience": 2},
        {"factor": 0.5, "patience": 0},
        {"factor": 0.5, "patience": 1, "cooldown": 2},
        {"factor": 0.25, "patience": 1, "min_delta": 0.2},
    ],
)
def test_the_rate_drops_when_torch_drops_it(arguments):
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        factor=arguments["factor"],
        patience=arguments["patience"],
        cooldown=arguments.get("cooldown", 0),
        threshold=arguments.get("min_delta", 0.0),
        threshold_mode="abs",
        eps=0,
    )
    expected = []
    for figure in FIGURES:
        scheduler.step(float(np.float32(figure)))
        expected.append(optimizer.param_groups[0]["lr"])
    assert scales(FIGURES, **arguments) == pytest.approx(expected)


def test_the_rate_drops_after_patience_runs_out():
    assert scales([3, 2, 2, 2, 1, 1, 1], factor=0.5, patience=1) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert scales([1, 2, 3], patience=0, monitor="val_loss", mode="max") == [1, 1, 1]


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_the_scale_multiplies_the_rate_down_to_the_floor(style):
    scaled = network(schedules.plateau(schedules.exponential(0.1, 0.9), floor=0.004), style).load()
    for scale in (1.0, 0.5, 0.001):
        state = scaled.state_dict()
        state["learning_rate_scale"] = np.float64(scale)
        scaled.load_state_dict(state)
        step = int(state["adam.step"])
        plain = network(max(0.1 * 0.9**step * scale, 0.004), style).load()
        del state["learning_rate_scale"]
        plain.load_state_dict(state)
        for m in (scaled, plain):
            m.train_step(X, Y)
        for name, value in plain.state_dict().items():
            np.testing.assert_allclose(scaled.state_dict()[name], value, rtol=1e-5, err_msg=name)


def test_a_resumed_run_ends_in_the_same_bits(tmp_path):
    net = network()

    def run(epochs, resume=False):
        m = net.load()
        plateau = gx.ReduceOnPlateau(factor=0.5, patience=0, monitor="loss", min_delta=0.02)
        callbacks = [gx.Checkpoint(tmp_path / ("whole" if epochs == 9 and not resume else "cut"))]
        arguments = {"batch_size": 16, "callbacks": [plateau, *callbacks], "resume": resume}
        gx.fit(m, (X, Y), epochs=epochs, **arguments)
        return m.state_dict(), plateau.state_dict()

    whole, waiting = run(9)
    run(4)
    resumed, still = run(9, resume=True)
    assert whole["learning_rate_scale"] < 1 and still == waiting
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value, err_msg=name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"factor": 1.0}, "factor=1.0"),
        ({"patience": -1}, "patience=-1"),
        ({"cooldown": -1}, "cooldown=-1"),
        ({"min_delta": -0.5}, "min_delta=-0.5"),
        ({"mode": "up"}, "mode is 'up'"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        gx.ReduceOnPlateau(**arguments)


def test_a_run_without_the_column_or_the_scale_is_refused_before_it_begins():
    with pytest.raises(DataError, match=r"'val_loss'.*give validation"):
        gx.fit(network().load(), (X, Y), epochs=1, callbacks=gx.ReduceOnPlateau())
    m = network(rate=0.1).load()
    before = m.state_dict()
    with pytest.raises(DataError, match=r"has none: .*schedules\.plateau"):
        gx.fit(m, (X, Y), epochs=1, callbacks=gx.ReduceOnPlateau(monitor="loss"))
    assert all(np.array_equal(before[k], v) for k, v in m.state_dict().items())
