"""Losses: values, derivatives, names, and mismatches that would broadcast silently."""

import numpy as np
import pytest

from graphc.autodiff import grad
from graphc.dsl import losses
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir.evaluate import evaluate
from graphc.ops.catalogue import sigmoid
from graphc.ops.leaf import input as declare
from graphc.ops.nn import softmax

rng = np.random.default_rng(1)
P, T = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
Z, Y = rng.normal(size=(5, 3)) * 3, np.array([0, 2, 1, 1, 0])
LOGP = Z - np.log(np.exp(Z).sum(1, keepdims=True))


def double(name, shape=("N", 3)):
    return declare(name, shape, "float64")


def value(loss, data):
    return evaluate([loss], data)[0]


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("mean", ((P - T) ** 2).mean()),
        ("sum", ((P - T) ** 2).sum()),
        ("half_sum", ((P - T) ** 2).sum() / 2),
        ("none", (P - T) ** 2),
    ],
)
def test_squared_error(reduction, expected):
    p, t = double("p"), double("t")
    loss = losses.squared_error(p, t, reduction)
    np.testing.assert_allclose(value(loss, {p: P, t: T}), expected, rtol=1e-14)
    assert loss.name == ("" if reduction == "none" else "loss")


def test_the_derivative_of_half_the_sum_is_the_difference():
    p, t = double("p"), double("t")
    (d,) = grad(losses.squared_error(p, t, "half_sum"), [p])
    np.testing.assert_allclose(value(d, {p: P, t: T}), P - T, rtol=1e-14)


def test_absolute_error():
    p, t = double("p"), double("t")
    np.testing.assert_allclose(value(losses.absolute_error(p, t), {p: P, t: T}), abs(P - T).mean())


def test_a_target_may_be_one_number_or_of_another_type():
    p, t = double("p"), declare("t", ("N", 3), "int64")
    np.testing.assert_allclose(value(losses.squared_error(p, 1), {p: P}), ((P - 1) ** 2).mean())
    ones = np.ones((5, 3), np.int64)
    np.testing.assert_allclose(
        value(losses.squared_error(p, t), {p: P, t: ones}), ((P - 1) ** 2).mean()
    )
    narrow = declare("q", ("N", 3))
    assert (
        losses.squared_error(narrow, t).dtype == losses.squared_error(narrow, p).dtype == "float32"
    )


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_of_class_numbers(reduction):
    z, y = double("z"), declare("y", ("N",), "int64")
    loss = losses.softmax_cross_entropy(z, y, reduction)
    each = -LOGP[np.arange(5), Y]
    expected = {"mean": each.mean(), "sum": each.sum(), "none": each}[reduction]
    np.testing.assert_allclose(value(loss, {z: Z, y: Y}), expected, rtol=1e-12)


def test_cross_entropy_of_probabilities_agrees_with_class_numbers():
    z, t = double("z"), declare("t", ("N", 3))
    onehot = np.eye(3, dtype=np.float32)[Y]
    loss = losses.softmax_cross_entropy(z, t)
    np.testing.assert_allclose(
        value(loss, {z: Z, t: onehot}), -LOGP[np.arange(5), Y].mean(), rtol=1e-12
    )
    assert loss.dtype == "float64"


def test_cross_entropy_takes_sequences_of_classes():
    z, y = double("z", ("N", "T", 3)), declare("y", ("N", "T"), "int64")
    assert losses.softmax_cross_entropy(z, y, "none").shape == y.shape


def test_the_derivative_of_cross_entropy_is_softmax_minus_onehot():
    z, y = double("z"), declare("y", ("N",), "int64")
    (d,) = grad(losses.softmax_cross_entropy(z, y), [z])
    np.testing.assert_allclose(
        value(d, {z: Z, y: Y}), (np.exp(LOGP) - np.eye(3)[Y]) / 5, rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_binary_cross_entropy_with_logits_is_stable(scale):
    z, t = double("z"), double("t")
    target = (T > 0).astype(float)
    loss = losses.binary_cross_entropy_with_logits(z, t, "none")
    expected = np.logaddexp(0, Z * scale) - Z * scale * target
    np.testing.assert_allclose(
        value(loss, {z: Z * scale, t: target}), expected, rtol=1e-12, atol=1e-12
    )
    (d,) = grad(loss.sum(), [z])
    found = value(d, {z: Z * scale, t: target})
    np.testing.assert_allclose(found, value(sigmoid(z), {z: Z * scale}) - target, atol=1e-12)


def test_binary_cross_entropy_of_a_sigmoid_is_that_of_what_is_inside():
    z, t = double("z"), double("t")
    assert losses.binary_cross_entropy(sigmoid(z), t, "none") is (
        losses.binary_cross_entropy_with_logits(z, t, "none")
    )


def test_binary_cross_entropy_of_probabilities_is_finite_at_the_ends():
    p = declare("p", ("N",), "float64")
    loss = losses.binary_cross_entropy(p, 1.0, "none")
    found = value(loss, {p: np.array([0.0, 0.25, 1.0])})
    np.testing.assert_allclose(found, [100, np.log(4), 0], atol=1e-12)
    (d,) = grad(loss.sum(), [p])
    assert np.isfinite(value(d, {p: np.array([0.0, 0.25, 1.0])})).all()


def test_logits_without_a_name_are_called_logits():
    x, y = double("x"), declare("y", ("N",), "int64")
    z = x * 2
    losses.softmax_cross_entropy(z, y)
    assert z.name == "logits"
    mine = (x * 3).named("scores")
    losses.softmax_cross_entropy(mine, y)
    assert mine.name == "scores"


a31, a3 = declare("a", ("N", 1)), declare("b", ("N",))
z3, ints, onehot_ints = (
    declare("z", ("N", 3)),
    declare("i", ("N",), "int64"),
    declare("o", ("N", 3), "int32"),
)
column = declare("c", ("N", 1), "int64")
flags = declare("f", ("N",), "bool")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: losses.squared_error(a31, a3),
            ShapeError,
            ["(N, 1)", "(N,)", "squeeze(prediction"],
        ),
        (lambda: losses.squared_error(a3, a31), ShapeError, ["squeeze(target", "all pairs"]),
        (lambda: losses.absolute_error(z3, a31), ShapeError, ["(N, 3)", "(N, 1)", "same shape"]),
        (lambda: losses.binary_cross_entropy(a31, a3), ShapeError, ["binary_cross_entropy"]),
        (
            lambda: losses.binary_cross_entropy_with_logits(a31, a3),
            ShapeError,
            ["a: float32[N, 1]"],
        ),
        (lambda: losses.squared_error(ints, ints), TypeMismatchError, ["floating", "int64"]),
        (lambda: losses.squared_error(3.0, a3), TypeMismatchError, ["tensor", "float"]),
        (lambda: losses.squared_error(a3, a3, "avg"), GraphError, ["'avg'", "half_sum"]),
        (lambda: losses.absolute_error(a3, a3, "half_sum"), GraphError, ["mean, sum, none"]),
        (lambda: losses.softmax_cross_entropy(z3, column), ShapeError, ["(N,)", "squeeze(labels"]),
        (lambda: losses.softmax_cross_entropy(z3, onehot_ints), ShapeError, ["one-hot", "astype"]),
        (lambda: losses.softmax_cross_entropy(z3, a3), ShapeError, ["int64"]),
        (lambda: losses.softmax_cross_entropy(z3, flags), TypeMismatchError, ["bool"]),
        (lambda: losses.softmax_cross_entropy(a31, ints), ShapeError, ["binary_cross_entropy"]),
        (lambda: losses.softmax_cross_entropy(softmax(z3), ints), GraphError, ["softmax already"]),
        (lambda: losses.softmax_cross_entropy(onehot_ints, ints), TypeMismatchError, ["floating"]),
    ],
)
def test_what_losses_refuse(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in [*words, "test_losses.py:"]:
        assert word in str(caught.value)
