"""Conditionals on the second target: the host takes the branch, whose kernels run on the device."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc import optim
from graphc.ir.evaluate import evaluate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "proof"))
from test_cond_fuzz import SIZE, random_program

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")


@pytest.mark.parametrize("seed", range(12))
def test_random_conditionals_compute_what_the_reference_does(seed):
    inputs, outputs = random_program(seed)
    function = gx.function(inputs, outputs, target="cupy")
    for number, length in enumerate((0, 1, 5)):
        rng = np.random.default_rng([seed, number])
        given = [rng.normal(size=(length, SIZE, SIZE)) * 0.8]
        given += [rng.normal(size=(SIZE, SIZE)) * 0.8 for _ in inputs[1:]]
        want = evaluate(outputs, dict(zip(inputs, given, strict=True)))
        with stand_in.as_cupy():
            got = function(*given)
        for mine, theirs in zip(got, want, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10)


def test_a_mask_is_drawn_again_on_the_way_back_through_a_branch():
    x, taken = gx.input("x", (500,), "float64"), gx.input("taken", (), "bool")
    y = gx.cond(taken, lambda: gx.dropout(gx.exp(x), 0.5), lambda: x)
    f = gx.function([x, taken], [y, *gx.grad(gx.sum(y), [x])], target="cupy")
    given = np.random.default_rng(0).normal(size=500)
    with stand_in.as_cupy():
        (first, slope), (again, _) = (f(given, np.array(True)) for _ in range(2))
        same, one = f(given, np.array(False))
    assert 150 < np.count_nonzero(first) < 350
    np.testing.assert_allclose(slope, first)  # the derivative of mask * exp is itself
    np.testing.assert_allclose(first[first != 0], 2 * np.exp(given)[first != 0])
    assert (first != again).any()
    np.testing.assert_array_equal(same, given)
    np.testing.assert_array_equal(one, np.ones(500))


def test_a_loop_draws_other_numbers_in_each_step_of_a_branch():
    taken = gx.input("taken", (), "bool")

    def step(h, k):
        noise = gx.cond(
            taken, lambda: gx.normal((50,)), lambda: gx.constant(np.zeros(50, "float32"))
        )
        return h + noise, noise

    _, drawn = gx.scan(step, gx.constant(np.zeros(50, "float32")), gx.iota((4,)))
    f = gx.function([taken], [drawn], target="cupy")
    with stand_in.as_cupy():
        (rows,) = f(np.array(True))
        (none,) = f(np.array(False))
    assert len(np.unique(rows)) == 200 and abs(rows.mean()) < 0.3
    assert not none.any()


def stepped(target):
    """A training step whose loss is one of two, by a value that is computed on the way."""
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N",))
    w = gx.parameter("w", np.array([0.5, -1.0, 2.0], "float32"))
    error = x @ w - y
    far = gx.mean(gx.square(error)) > 4
    loss = gx.cond(far, lambda: gx.mean(gx.abs(error)), lambda: gx.mean(gx.square(error)))
    return gx.compile(
        "robust", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1), target=target
    )


def test_a_step_that_asks_the_device_is_launched_kernel_by_kernel_and_says_nothing():
    mine, theirs = stepped("cupy"), stepped("numpy")
    assert "_replayed(" not in mine.source and ".item():" in mine.source
    a, b = stand_in.instance(mine, seed=1), theirs.load(seed=1)
    rng = np.random.default_rng(0)
    taken = set()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(12):
            x = rng.normal(size=(8, 3)).astype("float32")
            y = (x.sum(1) + 3 * (number % 2)).astype("float32")
            taken.add(bool(np.mean((x @ b.params.w - y) ** 2) > 4))
            loss = b.train_step(x, y)
            assert float(a.train_step(x, y)) == pytest.approx(float(loss), rel=1e-5)
    assert taken == {True, False}
    np.testing.assert_allclose(a.state_dict()["w"], b.state_dict()["w"], rtol=1e-5)
