"""Schedules: their values at steps, and what they refuse."""

import math

import numpy as np
import pytest

from graphc.dsl import schedules
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir.evaluate import evaluate
from graphc.ops.leaf import input as declare

STEPS = [0, 1, 4, 5, 9, 10, 11, 25]


def values(schedule):
    step = declare("step", (), "float64")
    rate = schedules.rate_at(schedule, step)
    assert (rate.shape, rate.dtype) == ((), "float64")
    return [evaluate([rate], {step: np.float64(k)})[0].item() for k in STEPS]


def cosine(k, initial, steps, floor):
    return floor + (initial - floor) * (1 + math.cos(math.pi * min(k, steps) / steps)) / 2


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        (schedules.constant(0.3), lambda k: 0.3),
        (schedules.step_decay(0.1, 0.5, every=5), lambda k: 0.1 * 0.5 ** (k // 5)),
        (schedules.exponential(0.1, 0.9), lambda k: 0.1 * 0.9**k),
        (schedules.exponential(0.1, 0.9, every=4), lambda k: 0.1 * 0.9 ** (k / 4)),
        (schedules.cosine(0.1, 10), lambda k: cosine(k, 0.1, 10, 0.0)),
        (schedules.cosine(0.1, 20, floor=0.01), lambda k: cosine(k, 0.1, 20, 0.01)),
        (schedules.warmup(5, 0.2), lambda k: 0.2 * min((k + 1) / 5, 1)),
        (
            schedules.warmup(5, schedules.exponential(0.1, 0.9)),
            lambda k: 0.1 * 0.9 ** max(k - 5, 0) * min((k + 1) / 5, 1),
        ),
        (
            schedules.piecewise([5, 10], [0.1, 0.01, 0.001]),
            lambda k: 0.1 if k < 5 else 0.01 if k < 10 else 0.001,
        ),
        (lambda step: 1 / (step + 1), lambda k: 1 / (k + 1)),
        (lambda step: 0.5, lambda k: 0.5),
    ],
)
def test_the_rate_at_each_step(schedule, formula):
    np.testing.assert_allclose(
        values(schedule), [formula(k) for k in STEPS], rtol=1e-12, atol=1e-17
    )


def test_schedules_print_as_they_are_written():
    assert repr(schedules.cosine(0.1, 100)) == "cosine(0.1, 100, floor=0.0)"
    inner = schedules.warmup(5, schedules.exponential(0.1, 0.9))
    assert repr(inner) == "warmup(5, exponential(0.1, 0.9, every=1))"


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: schedules.constant(0), GraphError, "value"),
        (lambda: schedules.constant("fast"), GraphError, "'fast'"),
        (lambda: schedules.step_decay(0.1, -1, 5), GraphError, "factor"),
        (lambda: schedules.step_decay(0.1, 0.5, 2.5), GraphError, "whole"),
        (lambda: schedules.exponential(math.inf, 0.5), GraphError, "initial"),
        (lambda: schedules.cosine(0.1, 0), GraphError, "steps"),
        (lambda: schedules.cosine(0.1, 10, floor=0.2), GraphError, "floor"),
        (lambda: schedules.warmup(0, 0.1), GraphError, "steps"),
        (lambda: schedules.piecewise([5], [0.1]), GraphError, "need 2 values"),
        (lambda: schedules.piecewise([5, 5], [0.1, 0.2, 0.3]), GraphError, "increase"),
        (lambda: schedules.piecewise([5], [0.1, -0.2]), GraphError, "-0.2"),
        (lambda: values(lambda step: None), TypeMismatchError, "None"),
        (lambda: values(lambda step: step > 1), TypeMismatchError, "bool"),
        (lambda: values(lambda step: step.reshape(1)), ShapeError, "float64[1]"),
    ],
)
def test_what_schedules_refuse(call, error, word):
    with pytest.raises(error) as caught:
        call()
    assert word in str(caught.value)
