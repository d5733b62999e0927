from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from test_stand_in import Softmax, blobs, same_state

from graphc.errors import DataError, TypeMismatchError
from graphc.runtime.callbacks import EarlyStopping, LambdaCallback, TerminateOnNaN
from graphc.runtime.data import batches
from graphc.runtime.fit import evaluate, fit

X, Y = blobs(100)
XV, YV = blobs(37, seed=2)


class Recording(Softmax):
    """Remembers what each step was given."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.given = []

    def train_step(self, x, y):
        self.given.append((x.copy(), y.copy()))
        return super().train_step(x, y)


def test_training_lowers_the_loss_and_fills_the_history():
    m = Softmax()
    history = fit(m, (X, Y), epochs=8, validation=(XV, YV), metrics=["accuracy"])
    assert list(history.columns) == ["loss", "val_loss", "val_accuracy", "seconds"]
    assert len(history) == 8
    assert len(history.step_losses) == 8 * 4
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert history["val_accuracy"][-1] > 0.7


def test_each_epoch_goes_through_every_example_once_in_a_new_order():
    m = Recording()
    fit(m, (X, Y), epochs=2, batch_size=30)
    assert [len(x) for x, _ in m.given] == [30, 30, 30, 10] * 2
    first = np.concatenate([x for x, _ in m.given[:4]])
    second = np.concatenate([x for x, _ in m.given[4:]])
    assert not np.array_equal(first, second)
    for seen in (first, second):
        assert np.array_equal(np.sort(seen, axis=0), np.sort(X, axis=0))


def test_inputs_and_targets_are_shuffled_together():
    m = Recording()
    fit(m, (X, Y), epochs=1)
    label = {row.tobytes(): y for row, y in zip(X, Y, strict=True)}
    assert all(label[row.tobytes()] == t for x, y in m.given for row, t in zip(x, y, strict=True))


def test_without_shuffling_batches_are_views_in_order():
    m = Recording()
    fit(m, (X, Y), epochs=1, shuffle=False, batch_size=64)
    assert np.array_equal(np.concatenate([x for x, _ in m.given]), X)


def test_drop_last_leaves_out_a_smaller_last_batch():
    m = Recording()
    fit(m, (X, Y), epochs=1, batch_size=30, drop_last=True)
    assert [len(x) for x, _ in m.given] == [30, 30, 30]


def test_a_batch_larger_than_the_data_is_one_batch():
    m = Recording()
    fit(m, (X, Y), epochs=1, batch_size=1000)
    assert [len(x) for x, _ in m.given] == [100]


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not():
    a, b, c = Softmax(), Softmax(), Softmax()
    fit(a, (X, Y), epochs=2, rng=7)
    fit(b, (X, Y), epochs=2, rng=np.random.default_rng(7))
    fit(c, (X, Y), epochs=2, rng=8)
    assert same_state(a, b)
    assert not same_state(a, c)


@pytest.mark.parametrize(
    "kind",
    ["dict", "list of tuples", "list of dicts", "function", "batches", "batches of a dict"],
)
def test_every_kind_of_data_trains_alike(kind):
    pairs = [(X[i : i + 32], Y[i : i + 32]) for i in range(0, 100, 32)]
    data = {
        "dict": {"y": Y, "x": X},
        "list of tuples": pairs,
        "list of dicts": [{"y": y, "x": x} for x, y in pairs],
        "function": lambda: iter(pairs),
        "batches": batches((X, Y), 32, shuffle=False),
        "batches of a dict": batches({"y": Y, "x": X}, 32, shuffle=False),
    }[kind]
    expected, m = Softmax(), Softmax()
    fit(expected, (X, Y), epochs=3, shuffle=False)
    fit(m, data, epochs=3, shuffle=False)
    assert same_state(m, expected)


def test_a_one_shot_iterator_serves_one_epoch():
    m = Recording()
    fit(m, ((X, Y) for _ in range(3)), epochs=1)
    assert len(m.given) == 3


def test_a_one_shot_iterator_for_several_epochs_is_refused_before_the_first_step():
    m = Recording()
    with pytest.raises(DataError, match=r"one-shot iterator \(generator\).*lambda: make_batches"):
        fit(m, ((X, Y) for _ in range(3)), epochs=2)
    assert not m.given


def test_a_function_that_returns_a_used_up_iterator_is_named_in_the_second_epoch():
    batch = iter([(X, Y)])
    with pytest.raises(DataError, match="epoch 2 had no batches"):
        fit(Softmax(), lambda: batch, epochs=2)


def test_the_validation_loss_is_weighted_by_batch_size():
    m = Softmax(rate=0.0)
    history = fit(m, (X, Y), epochs=1, batch_size=16, validation=(XV, YV))
    assert history["val_loss"] == pytest.approx([float(m.loss(XV, YV))], rel=1e-6)
    stream = fit(m, (X, Y), epochs=1, validation=[(XV[:30], YV[:30]), (XV[30:], YV[30:])])
    assert stream["val_loss"] == pytest.approx(history["val_loss"], rel=1e-6)


def test_a_metric_function_sees_the_whole_validation_set_once():
    seen = []

    def spread(outputs, targets):
        seen.append((outputs.shape, targets.shape))
        return outputs.max() - outputs.min()

    history = fit(Softmax(), (X, Y), epochs=2, validation=(XV, YV), metrics=[spread, "accuracy"])
    assert seen == [((37, 3), (37,))] * 2
    assert "val_spread" in history and "val_accuracy" in history


def test_metrics_are_measured_on_the_training_data_where_that_is_asked_for():
    plain, measured = Softmax(), Softmax()
    common = {"epochs": 3, "validation": (XV, YV), "metrics": "accuracy"}
    fit(plain, (X, Y), **common)
    history = fit(measured, (X, Y), **common, train_metrics=True)
    assert same_state(plain, measured)
    assert list(history.columns) == ["loss", "accuracy", "val_loss", "val_accuracy", "seconds"]
    expected = np.mean(next(iter(measured.predict(X).values())).argmax(axis=1) == Y)
    assert history["accuracy"][-1] == pytest.approx(expected)


@pytest.mark.parametrize(("metrics", "data"), [((), (X, Y)), ("accuracy", [(X, Y)])])
def test_training_metrics_need_metrics_and_arrays(metrics, data):
    m = Softmax()
    with pytest.raises(DataError, match="train_metrics=True needs training data that are arrays"):
        fit(m, data, epochs=1, validation=(XV, YV), metrics=metrics, train_metrics=True)
    assert same_state(m, Softmax())


def test_evaluate_measures_without_training():
    m = Softmax()
    before = m.state_dict()
    figures = evaluate(m, (XV, YV), batch_size=10, metrics=["accuracy"])
    assert figures["loss"] == pytest.approx(float(m.loss(XV, YV)), rel=1e-6)
    assert figures["accuracy"] == np.mean(m.predict(XV)["probs"].argmax(1) == YV)
    assert all((before[name] == value).all() for name, value in m.state.items())


def test_no_epochs_change_nothing():
    m = Softmax()
    history = fit(m, (X, Y), epochs=0)
    assert len(history) == 0 and int(m.state["steps"]) == 0


BAD = {
    "lengths that differ": (
        lambda: dict(data=(X, Y[:-1])),
        "differ in length: x has 100, y has 99",
    ),
    "no examples": (lambda: dict(data=(X[:0], Y[:0])), "no examples"),
    "one array too few": (lambda: dict(data=(X,)), r"data has 1 arrays, expected 2 \(x, y\)"),
    "one array too many": (lambda: dict(data=(X, Y, Y)), "data has 3 arrays, expected 2"),
    "a bare array": (lambda: dict(data=X), "data has 1 arrays, expected 2"),
    "a list of arrays": (lambda: dict(data=[X, Y]), r"give a tuple, such as \(X, y\)"),
    "an unknown name": (lambda: dict(data={"x": X, "yy": Y}), "has 'yy'.*did you mean 'y'"),
    "a missing name": (lambda: dict(data={"x": X}), "data lacks 'y'; expected x, y"),
    "float64 inputs": (
        lambda: dict(data=(X.astype(float), Y)),
        r"'x' is float64, expected float32: convert it with \.astype\('float32'\)",
    ),
    "targets that are no integers": (
        lambda: dict(data=(X, Y.astype("f4"))),
        r"'y' is float32, expected int64: convert it with \.astype\('int64'\)",
    ),
    "boolean targets": (lambda: dict(data=(X, Y > 0)), "'y' is bool, expected int64"),
    "integers that are too large": (
        lambda: dict(data=(X, np.full(len(Y), 2**63, "u8"))),
        "'y' is uint64 and has the value 9223372036854775808, no int64",
    ),
    "foreign byte order": (lambda: dict(data=(X.astype(">f4"), Y)), "'x' is >f4, expected float32"),
    "nested lists": (lambda: dict(data=(X.tolist(), Y)), "'x' is float64"),
    "too few features": (
        lambda: dict(data=(X[:, :5], Y)),
        r"'x' has shape \(100, 5\), in batches of 32; expected \(N, 6\)",
    ),
    "a column of targets": (
        lambda: dict(data=(X, Y[:, None])),
        r"'y' has shape \(100, 1\).*expected \(N,\)",
    ),
    "a number as an input": (lambda: dict(data=(1.0, Y)), "x is a single number"),
    "a string": (lambda: dict(data="data.csv"), "data is a str"),
    "a number": (lambda: dict(data=5), "data is a int"),
    "batches of strings": (lambda: dict(data=["a", "b"]), "batch 1 of data is a str"),
    "batches of the wrong dtype": (
        lambda: dict(data=[(X.astype(float), Y)]),
        "batch 1 of data: 'x' is float64",
    ),
    "a batch whose arrays differ in length": (
        lambda: dict(data=[(X, Y[:7])]),
        r"batch 1 of data: 'y' has shape \(7,\); expected \(N,\) with N = 100, as in 'x'",
    ),
    "an empty list": (lambda: dict(data=[]), "epoch 1 had no batches"),
    "batch size zero": (lambda: dict(batch_size=0), "batch_size=0; expected at least 1"),
    "half a batch": (lambda: dict(batch_size=0.5), "batch_size=0.5; expected a whole number"),
    "nothing but a dropped batch": (
        lambda: dict(batch_size=101, drop_last=True),
        "drop_last=True leaves no batch: 100 examples, batch_size=101",
    ),
    "negative epochs": (lambda: dict(epochs=-1), "epochs=-1; expected at least 0"),
    "half an epoch": (lambda: dict(epochs=1.5), "epochs=1.5; expected a whole number"),
    "validation of the wrong dtype": (
        lambda: dict(validation=(XV.astype(float), YV)),
        "validation data: 'x' is float64",
    ),
    "validation batches of the wrong dtype": (
        lambda: dict(validation=[(XV.astype(float), YV)]),
        "batch 1 of validation data: 'x' is float64",
    ),
    "one-shot validation": (
        lambda: dict(validation=iter([(XV, YV)]), epochs=2),
        "validation data is a one-shot iterator",
    ),
    "an unknown metric": (
        lambda: dict(validation=(XV, YV), metrics=["acuracy"]),
        "unknown metric 'acuracy'; known: accuracy, mse.*did you mean 'accuracy'",
    ),
    "metrics without validation": (lambda: dict(metrics=["accuracy"]), "give validation="),
    "a metric of other shapes": (
        lambda: dict(validation=(XV, YV), metrics=["mse"]),
        r"float32\[32, 3\] and targets int64\[32\] differ in shape",
    ),
    "early stopping without validation": (
        lambda: dict(callbacks=[EarlyStopping()]),
        "EarlyStopping watches 'val_loss'.*give validation=",
    ),
    "resume=True without a Checkpoint": (lambda: dict(resume=True), "needs a Checkpoint callback"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_refused_before_anything_changes(case):
    make, message = BAD[case]
    m = Softmax()
    before = m.state_dict()
    with pytest.raises(DataError, match=message):
        fit(m, **({"data": (X, Y), "epochs": 1} | make()))
    assert all((before[name] == value).all() for name, value in m.state.items())


def test_a_fixed_batch_size_refuses_a_smaller_last_batch():
    class Fixed(Softmax):
        INPUTS: ClassVar = {"x": ("float32", (30, 6))}
        TARGETS: ClassVar = {"y": ("int64", (30,))}

    with pytest.raises(DataError, match=r"in batches of 10; expected \(30, 6\)"):
        fit(Fixed(), (X, Y), epochs=1, batch_size=30)
    assert len(fit(Fixed(), (X, Y), epochs=1, batch_size=30, drop_last=True).step_losses) == 3


@pytest.mark.parametrize("thing", [Softmax, "m", None])
def test_only_models_are_trained(thing):
    with pytest.raises(TypeMismatchError, match="can't be trained: expected an instance"):
        fit(thing, (X, Y), epochs=1)


def test_a_callback_class_is_refused_with_a_hint():
    with pytest.raises(TypeMismatchError, match="TerminateOnNaN is no Callback object"):
        fit(Softmax(), (X, Y), epochs=1, callbacks=[TerminateOnNaN])


def test_an_error_in_a_step_says_where_it_was():
    with pytest.raises(ValueError) as caught:
        fit(Softmax(), [(X, Y), (X, Y.astype("f4"))], epochs=1)
    assert caught.value.__notes__ == ["(in fit: epoch 1, after 1 steps of it)"]


class Diverging(Softmax):
    def train_step(self, x, y):
        loss = super().train_step(x, y)
        return np.float32(np.nan) if self.state["steps"] >= 6 else loss


def test_a_loss_that_is_nan_warns_once_and_training_goes_on():
    with pytest.warns(UserWarning, match="loss is nan at epoch 2, step 2") as caught:
        history = fit(Diverging(), (X, Y), epochs=3)
    assert len(caught) == 1
    assert len(history) == 3


def test_terminate_on_nan_stops_at_that_step_and_names_it(recwarn):
    history = fit(Diverging(), (X, Y), epochs=3, callbacks=[TerminateOnNaN()])
    assert history.stop_reason == "the loss was nan at epoch 2, step 2"
    assert len(history) == 1 and len(history.step_losses) == 6
    assert not recwarn.list


def test_ctrl_c_ends_the_run_after_a_whole_step_and_returns_the_history():
    m = Softmax()
    moments = []

    def press(run):
        if run.position == (1, 2):
            os.kill(os.getpid(), signal.SIGINT)

    spy = LambdaCallback(on_step=press, on_end=lambda run: moments.append("end"))
    handler = signal.getsignal(signal.SIGINT)
    with pytest.warns(UserWarning, match="interrupted 2 steps into epoch 2"):
        history = fit(m, (X, Y), epochs=5, callbacks=[spy])
    assert history.interrupted and moments == ["end"]
    assert len(history) == 1 and len(history.step_losses) == 6 == int(m.state["steps"])
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_within_a_step_lets_the_step_finish():
    class Pressing(Softmax):
        def train_step(self, x, y):
            self.state["m"] += 0
            if self.state["steps"] == 2:
                os.kill(os.getpid(), signal.SIGINT)
            return super().train_step(x, y)

    m, straight = Pressing(), Softmax()
    with pytest.warns(UserWarning, match="interrupted 3 steps into epoch 1"):
        fit(m, (X, Y), epochs=5, shuffle=False)
    fit(straight, (X[:96], Y[:96]), epochs=1, shuffle=False)
    assert same_state(m, straight)


def test_a_second_ctrl_c_raises_at_once():
    def press_twice(run):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(Softmax(), (X, Y), epochs=5, callbacks=[LambdaCallback(on_step=press_twice)])
    assert signal.getsignal(signal.SIGINT) is handler


def test_fit_works_in_a_thread():
    histories = []
    thread = threading.Thread(target=lambda: histories.append(fit(Softmax(), (X, Y), epochs=2)))
    thread.start()
    thread.join()
    assert len(histories[0]) == 2


def test_fit_is_quiet_off_a_terminal(capfd):
    fit(Softmax(), (X, Y), epochs=2)
    assert capfd.readouterr() == ("", "")


def test_progress_off_a_terminal_is_a_line_an_epoch(capfd):
    fit(Softmax(), (X, Y), epochs=2, validation=(XV, YV), metrics="accuracy", progress=True)
    out, err = capfd.readouterr()
    lines = err.splitlines()
    assert out == "" and len(lines) == 2
    assert lines[1].startswith("epoch 2/2  loss 0.") and "val_accuracy" in lines[1]


def test_on_a_terminal_a_bar_is_drawn_on_standard_error_alone():
    pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_stand_in import Softmax, blobs\n"
        "from graphc.runtime.fit import fit\n"
        "fit(Softmax(), blobs(), epochs=3, validation=blobs(), metrics='accuracy')\n"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, env=environment)
    os.close(theirs)
    drawn = b""
    with contextlib.suppress(OSError):  # Linux reports the end of a terminal as an error
        while part := os.read(ours, 4096):
            drawn += part
    os.close(ours)
    assert done.returncode == 0 and done.stdout == b""
    assert all(text in drawn for text in (b"3/3", b"val_accuracy", b"loss"))


def test_importing_the_runtime_imports_nothing_heavy():
    # The packages around it are stubs, since the compiler beside it needs SymPy.
    code = (
        "import importlib.util, sys, types\n"
        "folder = importlib.util.find_spec('graphc').submodule_search_locations[0]\n"
        "for name, path in (('graphc', folder), ('graphc.runtime', folder + '/runtime')):\n"
        "    sys.modules[name] = types.ModuleType(name)\n"
        "    sys.modules[name].__path__ = [path]\n"
        "import graphc.runtime.fit, graphc.runtime.datasets\n"
        "heavy = {'rich', 'matplotlib', 'sklearn', 'safetensors', 'sympy', 'urllib.request'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
