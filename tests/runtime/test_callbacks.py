from __future__ import annotations

import csv

import numpy as np
import pytest
from test_stand_in import Softmax, blobs

from graphc.errors import DataError
from graphc.runtime.callbacks import Callback, CSVLogger, EarlyStopping, LambdaCallback
from graphc.runtime.fit import fit

X, Y = blobs(100)
VALIDATION = blobs(37, seed=2)


class Scripted(Softmax):
    """Its validation losses are those of a list; its weights say how many epochs it has seen."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses

    def train_step(self, x, y):
        self.state["W"][...] += 1
        return np.float32(1)

    def loss(self, x, y):
        return np.float32(self.losses[int(self.state["W"][0, 0]) - 1])


def scripted(losses, epochs=20, **arguments):
    m = Scripted(losses)
    m.state["W"][...] = 0
    stopping = EarlyStopping(**arguments)
    history = fit(m, (X, Y), epochs=epochs, batch_size=100, validation=(X, Y), callbacks=[stopping])
    return m, history, stopping


def test_early_stopping_waits_out_its_patience_and_restores_the_best_epoch():
    m, history, stopping = scripted([5, 3, 4, 2, 6, 7, 8, 9], patience=3)
    assert len(history) == 7
    assert (stopping.best, stopping.best_epoch, stopping.wait) == (2, 4, 3)
    assert m.state["W"][0, 0] == 4
    assert history.stop_reason == (
        "val_loss has not improved for 3 epochs; the best was 2 at epoch 4"
    )


def test_early_stopping_can_leave_the_last_weights():
    m, history, _ = scripted([5, 3, 4, 4, 4], patience=2, restore_best=False)
    assert len(history) == 4 == m.state["W"][0, 0]


def test_the_best_weights_are_restored_where_the_epochs_run_out_first():
    m, history, _ = scripted([5, 3, 4], epochs=3, patience=9)
    assert len(history) == 3 and history.stop_reason is None
    assert m.state["W"][0, 0] == 2


def test_small_improvements_do_not_count():
    _, history, stopping = scripted([5, 4.9, 4.8, 4.7], patience=2, min_delta=0.5)
    assert len(history) == 3 and stopping.best_epoch == 1


def test_nan_is_no_improvement_and_never_the_best():
    m, history, stopping = scripted([np.nan, 5, np.nan, np.nan], patience=2)
    assert len(history) == 4 and stopping.best == 5
    assert m.state["W"][0, 0] == 2


def test_patience_zero_stops_at_the_first_epoch_without_improvement():
    _, history, _ = scripted([5, 4, 4], patience=0)
    assert len(history) == 3


def test_a_figure_that_rises_is_watched_upwards():
    stopping = EarlyStopping("val_accuracy", patience=2)
    fit(
        Softmax(),
        (X, Y),
        epochs=30,
        validation=VALIDATION,
        metrics="accuracy",
        callbacks=stopping,
    )
    assert stopping.best > 0.7


def test_early_stopping_can_be_used_for_a_second_run():
    stopping = EarlyStopping(patience=2)
    for _ in range(2):
        m = Scripted([5, 6, 7, 8])
        m.state["W"][...] = 0
        arguments = {"batch_size": 100, "validation": (X, Y), "callbacks": [stopping]}
        assert len(fit(m, (X, Y), epochs=9, **arguments)) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"patience": -1}, "patience=-1; expected at least 0"),
        ({"min_delta": -0.1}, "min_delta=-0.1"),
        ({"mode": "up"}, "mode is 'up'; expected 'min', 'max' or 'auto'"),
        ({"monitor": "val_bleu"}, "can't tell whether 'val_bleu' should rise or fall"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        EarlyStopping(**arguments)


def test_the_moments_come_in_order_and_on_end_in_reverse():
    moments = []

    class Spy(Callback):
        def __init__(self, name, order=0):
            self.name, self.order = name, order

        def on_begin(self, run):
            moments.append(f"{self.name} begin")

        def on_epoch_begin(self, run):
            moments.append(f"{self.name} epoch {run.epoch}")

        def on_step(self, run):
            moments.append(f"{self.name} step {run.step}")

        def on_epoch_end(self, run):
            moments.append(f"{self.name} end of {run.row['epoch']}")

        def on_end(self, run):
            moments.append(f"{self.name} end")

    fit(Softmax(), (X, Y), epochs=1, batch_size=50, callbacks=[Spy("b", order=1), Spy("a")])
    each = ["begin", "epoch 1", "step 1", "step 2", "end of 1"]
    both = [f"{name} {moment}" for moment in each for name in "ab"]
    assert moments == [*both, "b end", "a end"]


def test_functions_can_be_callbacks_and_stop_a_run():
    stop = LambdaCallback(on_epoch_end=lambda run: run.epoch == 2 and run.stop("enough"))
    history = fit(Softmax(), (X, Y), epochs=9, callbacks=[stop])
    assert len(history) == 2 and history.stop_reason == "enough"


def read(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def test_the_csv_logger_writes_a_line_an_epoch(tmp_path):
    path = tmp_path / "log" / "run.csv"
    lengths = []
    spy = LambdaCallback(on_epoch_end=lambda run: lengths.append(len(read(path))))
    arguments = {"validation": VALIDATION, "metrics": ["accuracy"]}
    history = fit(Softmax(), (X, Y), epochs=3, callbacks=[CSVLogger(path), spy], **arguments)
    lines = read(path)
    assert lengths == [2, 3, 4]
    assert lines[0] == ["epoch", "loss", "val_loss", "val_accuracy", "seconds"]
    assert [float(line[2]) for line in lines[1:]] == history["val_loss"]
    assert [line[0] for line in lines[1:]] == ["1", "2", "3"]


def test_a_resumed_run_continues_its_csv_file_where_the_checkpoint_was(tmp_path):
    from graphc.runtime.callbacks import Checkpoint

    path = tmp_path / "run.csv"
    callbacks = [CSVLogger(path), Checkpoint(tmp_path / "run", every=2)]
    fit(Softmax(), (X, Y), epochs=2, callbacks=callbacks)
    with open(path, "a") as file:
        file.write("3,0.1\r\n4,half a li")
    history = fit(Softmax(), (X, Y), epochs=4, callbacks=callbacks, resume=True)
    assert [float(line[1]) for line in read(path)[1:]] == history["loss"]
