"""``check="nan"``: the first statement that makes a NaN is named, with the user's line."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim


def network(style: str, check: str) -> gx.Network:
    x = gx.input("x", ("N", 3))
    y = gx.input("y", ("N", 3))
    hidden = nn.Sequential([nn.Dense(3, activation="tanh"), nn.Dense(3)], name="net")(x)
    out = gx.log(hidden)
    loss = losses.squared_error(out, y)
    return gx.compile(
        "watched", inputs=[x], targets=[y], loss=loss, outputs=out, optimizer=optim.SGD(0.1),
        style=style, check=check,
    )  # fmt: skip


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_the_first_nan_is_named_with_the_line_that_asked_for_it(style: str) -> None:
    m = network(style, "nan").load()
    m.params.flat[:] = 0
    m.params.dense_2_b[:] = -1
    before = m.state_dict()
    line = 1 + next(
        i for i, text in enumerate(Path(__file__).read_text().splitlines()) if "gx.log(" in text
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(FloatingPointError) as caught:
            m.train_step(np.ones((2, 3), np.float32), np.ones((2, 3), np.float32))
    assert f"made by log at {Path(__file__).name}:{line}" in str(caught.value)
    assert re.match(r"\w+ has 6 NaN", str(caught.value))
    for name, value in m.state_dict().items():
        assert np.array_equal(value, before[name])


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_without_the_check_nothing_is_watched(style: str) -> None:
    assert "_refuse_nan" not in network(style, "").source


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_a_watched_network_computes_the_same(style: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((4, 3), dtype=np.float32), rng.random((4, 3), dtype=np.float32)
    results = []
    for check in ("", "nan"):
        m = network(style, check).load()
        m.params.flat[:] = 0.5
        results.append(m.train_step(x, y))
    assert results[0] == results[1]


def test_an_unknown_check_is_refused_by_name() -> None:
    with pytest.raises(gx.CompileError, match="there is no check 'inf'"):
        network("plain", "inf")
