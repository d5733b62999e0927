"""Schedules: their values at steps, and what they refuse."""

import math

import numpy as np
import pytest

from graphc.dsl import schedules
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir.evaluate import evaluate
from graphc.ops.leaf import input as declare

STEPS = [0, 1, 4, 5, 9, 10, 11, 25]


def values(schedule, steps=STEPS):
    step = declare("step", (), "float64")
    rate = schedules.rate_at(schedule, step)
    assert (rate.shape, rate.dtype) == ((), "float64")
    return [evaluate([rate], {step: np.float64(k)})[0].item() for k in steps]


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
        (schedules.inverse_time(0.1, 0.5), lambda k: 0.1 / (1 + 0.5 * k)),
        (
            schedules.polynomial(0.1, 10, power=2.0, floor=0.01),
            lambda k: 0.01 + 0.09 * (1 - min(k, 10) / 10) ** 2,
        ),
        (
            schedules.warmup(5, schedules.cosine_restarts(0.1, 4)),
            lambda k: cosine(max(k - 5, 0) % 4, 0.1, 4, 0.0) * min((k + 1) / 5, 1),
        ),
        (lambda step: 1 / (step + 1), lambda k: 1 / (k + 1)),
        (lambda step: 0.5, lambda k: 0.5),
    ],
)
def test_the_rate_at_each_step(schedule, formula):
    np.testing.assert_allclose(
        values(schedule), [formula(k) for k in STEPS], rtol=1e-12, atol=1e-17
    )


# ---- torch's, step by step ------------------------------------------------------------------

TORCH = {
    "StepLR": (schedules.step_decay(0.1, 0.5, every=7), {"step_size": 7, "gamma": 0.5}),
    "ExponentialLR": (schedules.exponential(0.1, 0.9), {"gamma": 0.9}),
    "MultiStepLR": (
        schedules.piecewise([5, 20], [0.1, 0.03, 0.009]),
        {"milestones": [5, 20], "gamma": 0.3},
    ),
    "CosineAnnealingLR": (schedules.cosine(0.1, 60, floor=0.01), {"T_max": 60, "eta_min": 0.01}),
    "CosineAnnealingWarmRestarts": (
        schedules.cosine_restarts(0.1, 7, floor=0.01),
        {"T_0": 7, "eta_min": 0.01},
    ),
    "CosineAnnealingWarmRestarts, growing": (
        schedules.cosine_restarts(0.1, 3, growth=2),
        {"T_0": 3, "T_mult": 2},
    ),
    "CosineAnnealingWarmRestarts, threefold": (
        schedules.cosine_restarts(0.1, 2, growth=3),
        {"T_0": 2, "T_mult": 3},
    ),
    "PolynomialLR": (
        schedules.polynomial(0.1, 40, power=1.5),
        {"total_iters": 40, "power": 1.5},
    ),
    "PolynomialLR, a line": (schedules.polynomial(0.1, 40), {"total_iters": 40}),
    "OneCycleLR": (schedules.one_cycle(0.1, 60), {"max_lr": 0.1, "total_steps": 60}),
    "OneCycleLR, linear": (
        schedules.one_cycle(0.1, 60, rise=0.25, start=0.01, end=1e-4, linear=True),
        {
            "max_lr": 0.1,
            "total_steps": 60,
            "pct_start": 0.25,
            "div_factor": 10,
            "final_div_factor": 100,
            "anneal_strategy": "linear",
        },
    ),
    "LinearLR": (schedules.warmup(10, 0.1), {"start_factor": 0.1, "total_iters": 9}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TORCH)
def test_the_rates_are_those_of_torch(name):
    torch = pytest.importorskip("torch")
    schedule, arguments = TORCH[name]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    scheduler = getattr(torch.optim.lr_scheduler, name.split(",")[0])(optimizer, **arguments)
    expected = []
    for _ in range(60):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(expected) < 60:
            scheduler.step()
    np.testing.assert_allclose(values(schedule, range(60)), expected, rtol=1e-10, atol=1e-15)


def test_restarts_come_on_time_after_many_cycles():
    lengths = [3 * 2**n for n in range(16)]
    starts = np.cumsum([0, *lengths[:-1]])
    schedule = schedules.cosine_restarts(0.1, 3, growth=2, floor=0.01)
    assert values(schedule, starts) == pytest.approx([0.1] * 16)
    assert all(rate < 0.0101 for rate in values(schedule, starts[10:] - 1))


def test_schedules_print_as_they_are_written():
    assert repr(schedules.cosine(0.1, 100)) == "cosine(0.1, 100, floor=0.0)"
    inner = schedules.warmup(5, schedules.exponential(0.1, 0.9))
    assert repr(schedules.plateau(inner, floor=0.01)).endswith("every=1)), floor=0.01)")
    assert repr(schedules.one_cycle(0.5, 50)).startswith("one_cycle(0.5, 50, rise=0.3, start=0.02")
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
        (lambda: schedules.cosine_restarts(0.1, 2.5), GraphError, "period is a whole"),
        (lambda: schedules.cosine_restarts(0.1, 2, growth=0), GraphError, "growth"),
        (lambda: schedules.polynomial(0.1, 5, power=0), GraphError, "power"),
        (lambda: schedules.polynomial(0.1, 5, floor=0.2), GraphError, "floor"),
        (lambda: schedules.polynomial(0.1, 5, floor="low"), GraphError, "'low'"),
        (lambda: schedules.inverse_time(0.1, -1), GraphError, "factor"),
        (lambda: schedules.one_cycle(0.1, 3), GraphError, "rise"),
        (lambda: schedules.one_cycle(0.1, 10, rise=1.0), GraphError, "less than all"),
        (lambda: schedules.one_cycle(0.1, 60, start=-1), GraphError, "start"),
        (lambda: schedules.plateau(-1), GraphError, "value"),
        (lambda: schedules.plateau(0.1, floor=-1), GraphError, "floor"),
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
