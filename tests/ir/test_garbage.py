"""The garbage collector while programs are compiled: rarer, and as it was afterwards."""

import gc
import re
import threading

import pytest

import graphc as gx
from graphc.ir.garbage import MANY, seldom_collected


@pytest.fixture(autouse=True)
def usual():
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_garbage_is_looked_for_seldom_and_then_as_before():
    @seldom_collected
    def inside():
        return gc.get_threshold()

    assert inside() == (MANY, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


def test_what_fails_puts_it_back_too():
    @seldom_collected
    def fails():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fails()
    assert gc.get_threshold() == (700, 10, 10)


def test_the_last_to_end_puts_it_back():
    first_in, first_out = threading.Event(), threading.Event()

    @seldom_collected
    def first():
        first_in.set()
        first_out.wait()

    @seldom_collected
    def second():
        first_out.set()
        thread.join()
        return gc.get_threshold()[0]

    thread = threading.Thread(target=first)
    thread.start()
    first_in.wait()
    assert second() == MANY
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("own", [(0, 5, 5), (1_000_000, 5, 5)])
def test_who_looks_even_more_seldom_is_left_alone(own):
    gc.set_threshold(*own)

    @seldom_collected
    def inside():
        return gc.get_threshold()

    assert inside() == own
    assert gc.get_threshold() == own


def test_a_setting_made_meanwhile_stays():
    @seldom_collected
    def changes():
        gc.set_threshold(123, 10, 10)

    changes()
    assert gc.get_threshold() == (123, 10, 10)


def test_compiling_leaves_it_as_it_was_and_origins_are_the_users():
    x = gx.input("x", ("N", 3))
    w = gx.parameter("w", [1.0, 2.0, 3.0])
    net = gx.compile(
        "small", inputs=[x], loss=gx.mean(gx.square(x @ w)), optimizer=gx.optim.SGD(0.1)
    )
    assert set(re.findall(r"(\w+\.py):\d+", net.source)) == {"test_garbage.py"}
    assert gc.get_threshold() == (700, 10, 10)
