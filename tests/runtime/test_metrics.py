from __future__ import annotations

import math

import numpy as np
import pytest

from graphc.errors import DataError
from graphc.runtime import metrics
from graphc.runtime.metrics import Tally, direction, resolve

PROBS = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]], np.float32)


def test_accuracy_takes_class_numbers_and_one_hot_targets():
    assert metrics.accuracy(PROBS, np.array([0, 1, 0])) == pytest.approx(2 / 3)
    assert metrics.accuracy(PROBS, np.eye(3)[[0, 1, 0]]) == pytest.approx(2 / 3)
    sequence = np.stack([PROBS, PROBS])
    assert metrics.accuracy(sequence, np.array([[0, 1, 2], [1, 1, 1]])) == pytest.approx(4 / 6)


def test_accuracy_takes_one_probability_an_example():
    p = np.array([0.9, 0.4, 0.6], np.float32)
    y = np.array([1, 0, 0])
    assert metrics.accuracy(p, y) == pytest.approx(2 / 3)
    assert metrics.accuracy(p[:, None], y) == pytest.approx(2 / 3)
    assert metrics.accuracy(p[:, None], y[:, None].astype(np.float32)) == pytest.approx(2 / 3)


def test_accuracy_takes_predicted_classes():
    assert metrics.accuracy(np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 5]])) == 0.75


@pytest.mark.parametrize(
    ("output", "target", "message"),
    [
        (np.array([3.0, -4.0]), np.array([1, 0]), "read as a probability, but it reaches -4"),
        (PROBS, np.array([0.0, 1.0, 0.0]), r"float32\[3, 3\] and targets float64\[3\] do not fit"),
        (PROBS, np.array([0, 1]), r"targets int64\[2\] do not fit"),
        (PROBS, np.ones((3, 3)), "not one-hot"),
    ],
)
def test_accuracy_refuses_what_it_would_misread(output, target, message):
    with pytest.raises(DataError, match=message):
        metrics.accuracy(output, target)


def test_errors_are_those_of_the_textbook():
    output, target = np.array([[1.0], [2.0], [4.0]], np.float32), np.array([[1.0], [1.0], [1.0]])
    assert metrics.mse(output, target) == pytest.approx(10 / 3)
    assert metrics.mae(output, target) == pytest.approx(4 / 3)
    assert metrics.rmse(output, target) == pytest.approx(math.sqrt(10 / 3))


def test_unsigned_integers_do_not_wrap():
    assert metrics.mae(np.array([1], np.uint8), np.array([3], np.uint8)) == 2


def test_an_error_that_would_broadcast_is_refused():
    with pytest.raises(DataError, match=r"float64\[3, 1\] and targets float64\[3\] differ"):
        metrics.mse(np.zeros((3, 1)), np.zeros(3))


def test_several_outputs_need_a_word_of_which_is_meant():
    outputs, target = {"a": np.zeros(2), "b": np.ones(2)}, {"y": np.zeros(2)}
    with pytest.raises(
        DataError, match=r"has 2 outputs \(a, b\); say which one: metrics.mse.of\(output='a'\)"
    ):
        metrics.mse(outputs, target)
    with pytest.raises(DataError, match="there is no output 'c', only a, b"):
        metrics.mse.of("c")(outputs, target)
    with pytest.raises(DataError, match="the program has no target"):
        metrics.mse(np.zeros(2), {})
    assert metrics.mse.of("b", "y")(outputs, target) == 1
    assert list(resolve([metrics.mse.of("a"), metrics.mse.of("b")])) == ["a_mse", "b_mse"]


def test_batches_add_up_to_the_whole():
    rng = np.random.default_rng(0)
    output, target = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    tally = Tally(resolve(["mse", "rmse", "mae", lambda o, t: np.median(o - t)]))
    for part in (slice(0, 7), slice(7, 40), slice(40, 50)):
        tally.add({"out": output[part]}, {"y": target[part]})
    whole = tally.result()
    assert whole["mse"] == pytest.approx(metrics.mse(output, target))
    assert whole["rmse"] == pytest.approx(metrics.rmse(output, target))
    assert whole["mae"] == pytest.approx(metrics.mae(output, target))
    assert whole["lambda"] == np.median(output - target)


def test_outputs_are_kept_even_where_predict_reuses_its_buffer():
    buffer = np.zeros(2)
    tally = Tally({"sum": lambda o, t: o.sum()})
    for value in (1, 10):
        buffer[:] = value
        tally.add(buffer, {"y": buffer})
    assert tally.result() == {"sum": 22}


def test_a_function_is_given_dicts_where_there_are_several_arrays():
    tally = Tally({"f": lambda o, t: o["b"].sum() + t.sum()})
    tally.add({"a": np.zeros(2), "b": np.ones(2)}, {"y": np.ones(2)})
    assert tally.result() == {"f": 4}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["accurate"], "unknown metric 'accurate'; known: accuracy, mse, mae, rmse"),
        ([3], "a metric is a name or a function, not int"),
        (["mse", "mse"], "two metrics are named 'mse'"),
    ],
)
def test_metrics_that_are_none_are_refused(given, message):
    with pytest.raises(DataError, match=message):
        resolve(given)


def test_a_function_must_return_one_number():
    tally = Tally({"f": lambda o, t: o})
    tally.add(np.zeros(3), np.zeros(3))
    with pytest.raises(DataError, match=r"metric 'f' returned shape \(3,\); expected one number"):
        tally.result()


def test_the_better_direction_follows_from_the_name():
    assert direction("val_loss") == direction("val_out_rmse") == "min"
    assert direction("val_accuracy") == direction("val_probs_accuracy") == "max"
    assert direction("val_bleu", "max") == "max"
