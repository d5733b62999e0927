"""Algorithms by measurement: what is measured, remembered, and done with a damaged file."""

import json
import time

import numpy as np
import pytest

import graphc as gx
from graphc import functions, losses, nn, optim, tuning
from graphc.ops.conv.algorithms import ALGORITHMS


def network(autotune=True, **options):
    x, y = gx.input("x", ("N", 6, 6, 2)), gx.input("y", ("N",), dtype="int64")
    model = nn.Sequential([nn.Conv2D(3, 3, padding="same"), nn.Flatten(), nn.Dense(2)], name="net")
    loss = losses.softmax_cross_entropy(model(x), y)
    return gx.compile(
        "net", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1), autotune=autotune,
        **options,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHC_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def runs(monkeypatch):
    """The measurements that are made: stood in for by a table, fastest first."""
    made = []
    speed = {"fft": 1.0, "winograd_2": 2.0, "toeplitz": 3.0, "im2col": 4.0, "winograd_4": 5.0}
    speed |= {"winograd_2x1": 6.0, "winograd_4x1": 7.0}

    def measure(node, algorithm, best):
        made.append((node.op.name, algorithm.name))
        return speed[algorithm.name] * 1e-3

    monkeypatch.setattr(tuning, "_measure", measure)
    return made


def test_the_fastest_is_taken_and_the_report_says_what_was_measured(runs):
    net = network()
    text = net.report(N=8).algorithms["conv_1"]
    assert text.startswith("fft: ")
    assert "(measured, in ms: fft 1, winograd_2 2, toeplitz 3, im2col 4, winograd_4 5, " in text
    assert "_conv_fft(" in net.source and "_conv_weight_fft(" in net.source
    exact = network(exact=True).report(N=8).algorithms["conv_1"]
    assert exact.startswith("toeplitz: ") and "fft" not in exact


def test_what_was_measured_is_remembered(runs, folder):
    network()
    first = list(runs)
    assert len(first) == len(set(first)) == 14  # seven ways, forward and for the weights
    network()
    assert runs == first
    table = json.loads((folder / "convolutions.json").read_text())
    assert all(f"numpy {np.__version__}; " in key and "cores" in key for key in table)
    assert {name for row in table.values() for name in row} == {
        "fft", "winograd_2", "toeplitz", "im2col", "winograd_4", "winograd_2x1", "winograd_4x1",
    }  # fmt: skip


def test_another_version_of_numpy_is_measured_anew(runs, monkeypatch):
    network()
    monkeypatch.setattr(tuning.np, "__version__", "99.0")
    network()
    assert len(runs) == 28


DAMAGED = {
    "not json": b"{",
    "not text": b"\xff\xfe\x00",
    "a list": b"[1, 2]",
    "rows of another kind": b'{"a": 3, "b": {"im2col": "fast"}, "c": {"im2col": -1}}',
    "empty": b"",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_replaced(name, runs, folder):
    path = folder / "convolutions.json"
    path.write_bytes(DAMAGED[name])
    network()
    assert len(runs) == 14
    assert len(json.loads(path.read_text())) == 2
    network()
    assert len(runs) == 14


def test_a_folder_that_can_not_be_written_does_not_matter(runs, folder, monkeypatch):
    blocked = folder / "file"
    blocked.write_text("")
    monkeypatch.setenv("GRAPHC_CACHE", str(blocked))
    assert network().report(N=8).algorithms["conv_1"].startswith("fft: ")


def test_without_autotune_nothing_is_measured_or_written(runs, folder):
    assert "measured" not in network(autotune=False).report(N=8).algorithms["conv_1"]
    assert runs == [] and list(folder.iterdir()) == []


def test_real_measurements_are_of_the_algorithm_asked(monkeypatch):
    x, w = gx.input("x", ("N", 8, 8, 2)), gx.input("w", (3, 3, 2, 4))
    node = gx.conv(x, w, padding="same").node
    compiled = functions.function

    def delayed(*given):
        call = compiled(*given)
        pause = 0.1 if "_conv_im2col(" in call.source else 0
        return lambda *arrays: (time.sleep(pause), call(*arrays))

    monkeypatch.setattr(functions, "function", delayed)
    begin = time.perf_counter()
    found = tuning.Tuner().seconds(node, [a for a in ALGORITHMS["conv"] if a.applies(node)])
    assert found["im2col"] >= 0.1 and time.perf_counter() - begin >= 0.5
    assert all(0 < seconds < 0.1 for name, seconds in found.items() if name != "im2col")
