from __future__ import annotations

import csv
import math
import sys

import pytest

from graphc.errors import DataError, GraphcError
from graphc.runtime.history import History


def sample(epochs=12):
    history = History()
    for epoch in range(epochs):
        for step in range(10):
            history.add_step(2 * 0.97 ** (10 * epoch + step))
        history.add_epoch(
            {
                "loss": 2 * 0.75**epoch,
                "val_loss": 2 * 0.8**epoch + 0.01 * epoch**1.5,
                "val_accuracy": 1 - 0.8 * 0.7**epoch,
                "seconds": 0.25,
            }
        )
    return history


def test_columns_rows_and_steps_can_be_read():
    history = sample(3)
    assert len(history) == 3 and history.epochs == [1, 2, 3]
    assert history["loss"] == [2, 1.5, 1.125]
    assert "val_loss" in history and "val_mse" not in history
    assert history.row(2)["epoch"] == 2 and history.row(2)["loss"] == 1.5
    assert history.step_losses.shape == (30,)


def test_an_unknown_column_names_those_there_are():
    with pytest.raises(DataError, match="no column 'val_los', only: loss, val_loss"):
        sample(1)["val_los"]


def test_the_best_epoch_is_the_lowest_loss_or_the_highest_accuracy():
    history = sample()
    best = history.best()
    assert best["val_loss"] == min(history["val_loss"])
    assert history.best("val_accuracy")["epoch"] == 12
    assert history.best("val_accuracy", mode="min")["epoch"] == 1


def test_the_best_epoch_skips_nan_and_takes_the_earliest_of_equals():
    history = History()
    for value in (math.nan, 2.0, 1.0, 1.0):
        history.add_epoch({"loss": value})
    assert history.best("loss")["epoch"] == 3
    empty = History()
    empty.add_epoch({"loss": math.nan})
    with pytest.raises(DataError, match="no epoch has a 'loss' that is a number"):
        empty.best("loss")


def test_a_column_that_comes_later_starts_with_nan():
    history = History()
    history.add_epoch({"loss": 1})
    history.add_epoch({"loss": 2, "val_loss": 3})
    history.add_epoch({"loss": 4})
    assert history["val_loss"][1] == 3
    assert math.isnan(history["val_loss"][0]) and math.isnan(history["val_loss"][2])


def test_the_csv_file_reads_back_exactly(tmp_path):
    history = sample()
    with open(history.to_csv(tmp_path / "h.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in rows] == history["val_loss"]
    assert rows[0].keys() == {"epoch", "loss", "val_loss", "val_accuracy", "seconds"}


def test_a_state_makes_the_same_history_again():
    history, again = sample(), History()
    again.load_state_dict(history.state_dict())
    assert again.columns == history.columns
    assert again.step_losses.tolist() == history.step_losses.tolist()
    again.add_step(1.0)
    assert len(again.step_losses) == len(history.step_losses) + 1


def test_its_text_shows_first_last_and_best():
    history = sample()
    history.stop_reason = "enough"
    text = repr(history).splitlines()
    assert text[0] == "History: 12 epochs, 120 steps, 3 s"
    assert text[1].split() == ["first", "last", "best", "at", "epoch"]
    assert text[2].split()[0] == "loss" and text[2].split()[-1] == "12"
    assert text[-1] == "  stopped: enough"
    assert repr(History()) == "History: 0 epochs, 0 steps, 0 s"


def test_the_figure_has_a_panel_of_losses_and_one_of_metrics(tmp_path):
    history = sample()
    pyplot_was_there = "matplotlib.pyplot" in sys.modules
    figure = history.plot(tmp_path / "curve.png")
    losses, metrics = figure.axes
    labels = [text.get_text() for axes in (losses, metrics) for text in axes.get_legend().texts]
    best = history.best()
    assert labels == [
        "training",
        f"validation (best {best['val_loss']:.4g}, epoch {best['epoch']})",
        f"validation (best {max(history['val_accuracy']):.4g}, epoch 12)",
    ]
    assert [axes.get_ylabel() for axes in (losses, metrics)] == ["loss", "accuracy"]
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert ("matplotlib.pyplot" in sys.modules) == pyplot_was_there


def test_training_and_validation_share_a_panel_and_the_losses_can_be_logarithmic():
    history = History()
    for epoch in range(1, 4):
        row = {"loss": 1 / epoch, "accuracy": 0.8, "f1": 0.7, "val_loss": 2 / epoch}
        history.add_epoch({**row, "val_accuracy": 0.5, "val_f1": 0.6, "seconds": 1})
    figure = history.plot(log=True)
    assert [axes.get_title() for axes in figure.axes] == ["objective", "accuracy", "f1"]
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "linear", "linear"]
    assert all(len(axes.get_legend().texts) == 2 for axes in figure.axes)
    history.columns["loss"][0] = -1.0  # a density model's, say
    assert history.plot(log=True).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_the_format_follows_the_suffix(tmp_path, name, start):
    sample().plot(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_without_metrics_there_is_one_panel():
    history = History()
    history.add_epoch({"loss": 1.0, "seconds": 1.0})
    assert len(history.plot().axes) == 1


def test_nothing_to_plot_and_a_missing_matplotlib_are_clear_errors(monkeypatch):
    with pytest.raises(DataError, match="nothing to plot"):
        History().plot()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(GraphcError, match=r"pip install graphc\[plot\]"):
        sample().plot()
