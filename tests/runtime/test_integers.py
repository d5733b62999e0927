"""Integers of any width are taken where integers are declared; no value changes on the way."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import DataError
from graphc.runtime.fit import evaluate

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(40, 5)).astype(np.float32), RNG.integers(0, 3, size=40)
WIDTHS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64", ">i8", ">i4"]


@pytest.fixture(scope="module")
def net():
    x = gx.input("x", ("N", 5))
    y = gx.input("y", ("N",), dtype="int64")
    logits = nn.Dense(3)(x)
    return gx.compile(
        "labels",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optim.Adam(0.01),
    )


def states(m):
    return [value.tobytes() for value in m.state_dict().values()]


@pytest.mark.parametrize("kind", WIDTHS)
def test_training_with_labels_of_any_width_is_that_with_the_declared_ones(net, kind):
    m, other = net.load(seed=1), net.load(seed=1)
    options = dict(epochs=2, batch_size=16, metrics="accuracy", progress=False)
    want = gx.fit(m, (X, Y), validation=(X, Y), **options)
    given = X, Y.astype(kind)
    got = gx.fit(other, given, validation={"x": X, "y": given[1]}, **options)
    assert states(m) == states(other)
    assert want["val_accuracy"] == got["val_accuracy"] and want["loss"] == got["loss"]
    assert evaluate(other, given, metrics="accuracy") == evaluate(m, (X, Y), metrics="accuracy")


def test_batches_of_an_iterable_are_taken_too(net):
    m, other = net.load(seed=1), net.load(seed=1)
    cuts = [slice(0, 16), slice(16, 32)]
    gx.fit(m, [(X[c], Y[c]) for c in cuts], epochs=2, progress=False)
    kinds = ["uint8", "int32"]
    mixed = [(X[c], Y[c].astype(k)) for c, k in zip(cuts, kinds, strict=True)]
    gx.fit(other, mixed, epochs=2, progress=False)
    assert states(m) == states(other)


def test_an_emitted_method_still_says_which_type_it_wants(net):
    m = net.load()
    with pytest.raises(ValueError, match=r"y: expected int64 .*use .astype\(np.int64\)"):
        m.train_step(X, Y.astype("int32"))


# Each case: the declared type, the values given, and whether these fit.
VALUES = [
    ("int8", np.array([-128, 127], "int64"), True),
    ("int8", np.array([128], "int64"), False),
    ("int8", np.array([-129], "int16"), False),
    ("uint8", np.array([0, 255], "int32"), True),
    ("uint8", np.array([-1], "int8"), False),
    ("int32", np.array([2**31 - 1, -(2**31)], "int64"), True),
    ("int32", np.array([2**31], "uint32"), False),
    ("int64", np.array([2**63 - 1], "uint64"), True),
    ("int64", np.array([2**63], "uint64"), False),
    ("uint64", np.array([7], "int8"), True),
    ("uint64", np.array([-1], "int64"), False),
    ("int64", np.array([], "uint64"), True),
]


@pytest.mark.parametrize(("declared", "values", "fits"), VALUES)
def test_a_function_takes_integers_that_fit_and_refuses_others(declared, values, fits):
    n = gx.input("n", ("N",), declared)
    f = gx.function([n], [n * 1], name="same")
    if fits and values.size:
        (result,) = f(values)
        assert result.dtype == declared and result.tolist() == values.tolist()
    elif not fits:
        wrong = max(values.tolist(), key=abs)
        with pytest.raises(
            DataError, match=rf"same: 'n' is {values.dtype} .* {wrong}, no {declared}"
        ):
            f(values)


@pytest.mark.parametrize("values", [np.ones(3), np.ones(3, bool), np.ones(3, complex)])
def test_a_function_takes_no_other_types_for_integers(values):
    n = gx.input("n", ("N",), "int64")
    with pytest.raises(ValueError, match=r"n: expected int64"):
        gx.function([n], [n * 1])(values)
    x = gx.input("x", ("N",))
    with pytest.raises(ValueError, match=r"x: expected float32 .*got int64"):
        gx.function([x], [x * 1.0])(np.ones(3, "int64"))
