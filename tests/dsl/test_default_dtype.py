"""The floating type of what is declared without one, and where it does not reach."""

import numpy as np
import pytest

import graphc as gx
from graphc import init, losses, nn, optim

DECLARED = {
    "an input": lambda: gx.input("x", ("N",)),
    "a number": lambda: gx.constant(0.5),
    "a list of numbers": lambda: gx.constant([[0.5, 1]]),
    "a parameter": lambda: gx.parameter("w", [0.0, 1.0]),
    "a state": lambda: gx.state("s", 0.0),
    "uniform draws": lambda: gx.uniform((2,), -1, 1),
    "normal draws": lambda: gx.normal((2,)),
    "coins": lambda: gx.bernoulli(0.5, (2,)),
    "one-hot rows": lambda: gx.one_hot(gx.input("i", ("N",), dtype="int64"), 3),
    "a choice of numbers": lambda: gx.where(gx.input("c", ("N",), dtype="bool"), 1.0, 0),
    "waves": lambda: gx.sinusoidal_positions(4, 6),
    "zeros": lambda: gx.zeros(3),
    "ones": lambda: gx.ones((2, "N")),
    "an embedding": lambda: nn.Embedding(5, 3).W,
    "a dense layer of known width": lambda: nn.Dense(2, in_features=3).b,
    "a dense layer on such an input": lambda: nn.Dense(2)(gx.input("x", ("N", 3))),
    "a recurrent layer on such an input": lambda: nn.LSTM(2)(gx.input("x", ("N", 4, 3))),
    "normalised data": lambda: nn.Normalization([1], [2])(gx.input("i", ("N", 1), dtype="int64")),
    "a cast to the default": lambda: gx.input("x", ("N",)) * 2.5,
    **{
        f"init.{one!r}": lambda one=one: one((3, 4))
        for one in (
            init.constant(1),
            init.uniform(),
            init.normal(),
            init.truncated_normal(),
            init.glorot_uniform,
            init.he_normal,
            init.orthogonal(),
            init.identity(),
        )
    },
}

KEPT = {
    "an array": (lambda: gx.constant(np.zeros(2, np.float32)), "float32"),
    "a whole number": (lambda: gx.constant(1), "int64"),
    "what is said": (lambda: gx.input("x", ("N",), dtype="float32"), "float32"),
    "a sum with that": (lambda: gx.input("x", ("N",), dtype="float32") + 0.5, "float32"),
    "an initialiser that is told": (lambda: init.he_normal((3, 4), "float32"), "float32"),
    "a size": (lambda: gx.dimension("N"), "int64"),
    "places": (lambda: gx.iota((3,)), "int64"),
    "a choice of whole numbers": (
        lambda: gx.where(gx.input("c", ("N",), dtype="bool"), 1, 0),
        "int64",
    ),
}


@pytest.mark.parametrize("what", DECLARED)
def test_what_is_declared_without_a_type_has_the_default(what):
    assert DECLARED[what]().dtype == "float32"
    with gx.default_dtype("float64"):
        assert DECLARED[what]().dtype == "float64"
        with gx.default_dtype(np.float32):
            assert DECLARED[what]().dtype == "float32"
        assert DECLARED[what]().dtype == "float64"
    assert DECLARED[what]().dtype == "float32"


@pytest.mark.parametrize("what", KEPT)
def test_what_has_a_type_keeps_it(what):
    declare, dtype = KEPT[what]
    with gx.default_dtype("float64"):
        assert declare().dtype == dtype


def test_an_error_inside_leaves_the_default_as_it_was():
    with pytest.raises(RuntimeError), gx.default_dtype("float64"):
        raise RuntimeError
    assert gx.input("x", ("N",)).dtype == "float32"


@pytest.mark.parametrize("bad", ["float16", "int64", "complex128", "double precision"])
def test_types_that_no_network_can_have_are_refused(bad):
    message = r"float32 or float64|no element type here"
    with pytest.raises(gx.TypeMismatchError, match=message), gx.default_dtype(bad):
        pass


def test_a_program_in_double_precision_is_the_same_program():
    def build(name):
        x, y = gx.input("x", ("N", 5)), gx.input("y", ("N",), dtype="int64")
        hidden = nn.Sequential([nn.Dense(7, activation="tanh"), nn.Dropout(0.3), nn.BatchNorm()])
        loss = losses.softmax_cross_entropy(nn.Dense(3)(hidden(x)), y)
        return gx.compile(name, inputs=[x], targets=[y], loss=loss, optimizer=optim.Adam(1e-2))

    single = build("same").load(seed=0)
    with gx.default_dtype("float64"):
        double = build("same").load(seed=0)
    start = single.state_dict()
    kinds = {name: array.dtype for name, array in double.state_dict().items()}
    double.load_state_dict({name: start[name].astype(kind) for name, kind in kinds.items()})
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 5)), rng.integers(3, size=16)
    for _ in range(5):
        a, b = single.train_step(x.astype("float32"), y), double.train_step(x, y)
        assert b.dtype == np.float64
        assert a == pytest.approx(float(b), rel=1e-5)
    with pytest.raises(ValueError, match="float64"):
        double.train_step(x.astype("float32"), y)
