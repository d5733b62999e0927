"""Functions of a program leave as a file: with what they read and no more, without graphc."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import nn, optim

ROOT = Path(__file__).resolve().parents[2]
RUFF = [sys.executable, "-m", "ruff"]


def autoencoder(style="planned"):
    x, z = gx.input("x", ("N", 6)), gx.input("z", ("N", 2))
    encoder = nn.Sequential([nn.Dense(4, activation="tanh"), nn.Dense(2)], name="encoder")
    decoder = nn.Sequential([nn.Dense(4, activation="tanh"), nn.Dense(6)], name="decoder")
    code = encoder(x)
    loss = gx.mean(gx.square(decoder(code) - x)).named("loss")
    weights = [*encoder.parameters(), *decoder.parameters()]
    updates = optim.Adam(1e-2).updates(weights, gx.grad(loss, weights))
    return gx.Program(
        "autoencoder",
        style=style,
        step=gx.function([x], [loss], updates),
        encode=gx.function([x], {"code": code}, training=False),
        decode=gx.function([z], [decoder(z), gx.sum(z)], training=False),
    )


def trained(style="planned"):
    m = autoencoder(style).load(seed=3)
    for _ in range(3):
        m.step(rows(5, 6))
    return m


def rows(count, width):
    return np.random.default_rng(count).standard_normal((count, width)).astype(np.float32)


def imported(path):
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder, *command):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("style", ["planned", "plain"])
@pytest.mark.parametrize("place", ["inside", "safetensors", "npz"])
def test_one_function_keeps_the_weights_that_it_reads_and_no_others(tmp_path, style, place):
    m = trained(style)
    path = gx.export(m, tmp_path / "decoder.py", functions="decode", weights=place)
    values, total = imported(path).decode(rows(4, 2))
    expected = m.decode(rows(4, 2))
    assert (values.tobytes(), total) == (expected[0].tobytes(), expected[1])
    source = path.read_text()
    for word in ("encoder_", "step", "momentum", "grads", "adam", "seed"):
        assert word not in source.partition("def _weights")[0], word
    assert set(imported(path).load().STATES) == {
        f"decoder.dense_{i}.{part}" for i in (1, 2) for part in "Wb"
    }


WITHOUT = """
import sys
sys.modules["graphc"] = None
import numpy as np
from both import decode, encode
data = np.load("data.npz")
np.savez("out.npz", code=encode(data["x"])["code"], values=decode(data["z"])[0])
"""


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_by_default_every_function_that_changes_nothing_is_exported(tmp_path, style):
    m = trained(style)
    path = gx.export(m, tmp_path / "both.py")
    np.savez(tmp_path / "data.npz", x=rows(3, 6), z=rows(4, 2))
    done = run(tmp_path, "-c", WITHOUT)
    assert done.returncode == 0, done.stderr
    out = np.load(tmp_path / "out.npz")
    assert np.array_equal(out["code"], m.encode(rows(3, 6))["code"])
    assert np.array_equal(out["values"], m.decode(rows(4, 2))[0])
    assert not hasattr(imported(path), "step")


def test_the_script_runs_the_function_that_it_is_told(tmp_path):
    m = trained()
    gx.export(m, tmp_path / "both.py", functions=["decode", "encode"], weights="npz")
    np.savez(tmp_path / "data.npz", x=rows(3, 6), z=rows(4, 2))
    for name in ("encode", "decode"):
        done = run(tmp_path, "both.py", name, "data.npz", "--out", f"{name}.npz")
        assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(tmp_path / "encode.npz")["code"], m.encode(rows(3, 6))["code"])
    assert sorted(np.load(tmp_path / "decode.npz")) == ["out_1", "out_2"]
    wrong = run(tmp_path, "both.py", "step", "data.npz")
    assert wrong.returncode == 2
    assert "invalid choice: 'step'" in wrong.stderr


@pytest.mark.parametrize("functions", ["decode", ["encode", "decode"]])
@pytest.mark.parametrize("width", ["88", "100"])
def test_formatter_and_linter_leave_the_file_alone(tmp_path, functions, width):
    path = gx.export(trained(), tmp_path / "exported.py", functions=functions)
    formatted = [*RUFF, "format", "--isolated", "--check", "--line-length", width, str(path)]
    assert subprocess.run(formatted, capture_output=True).returncode == 0
    linted = [*RUFF, "check", "--isolated", "--select", "E4,E7,E9,F,I", str(path)]
    assert subprocess.run(linted, capture_output=True).returncode == 0


def test_a_network_exports_its_loss_by_name(tmp_path):
    x, y = gx.input("x", ("N",)), gx.input("y", ("N",))
    loss = gx.mean(gx.square(x * gx.parameter("w", 2.0) - y))
    m = gx.compile("line", inputs=[x], targets=[y], loss=loss, outputs=x).load()
    module = imported(gx.export(m, tmp_path / "line.py", functions="loss"))
    ones = np.ones(3, dtype=np.float32)
    assert module.loss(ones, ones) == 1.0


def named(name):
    x = gx.input("x", (2,))
    return gx.Program("p", **{name: gx.function([x], [x + 1.0])}).load()


BAD = [
    (trained, "step", "'autoencoder': 'step' changes states and can't be exported"),
    (trained, "other", "'autoencoder' has no 'other' to export, only step, encode, decode"),
    (trained, [], "'autoencoder': functions is empty; there are step, encode, decode"),
    (lambda: named("main"), None, "'p': 'main' can't be exported, for the file has a 'main' of"),
    (lambda: named("os"), "os", "'p': 'os' can't be exported"),
]


@pytest.mark.parametrize(("make", "functions", "message"), BAD)
def test_functions_that_cannot_be_exported_are_refused_by_name(tmp_path, make, functions, message):
    with pytest.raises(gx.ExportError, match=message):
        gx.export(make(), tmp_path / "exported.py", functions=functions)
    assert list(tmp_path.iterdir()) == []


def test_a_program_whose_functions_all_change_states_has_nothing_to_export(tmp_path):
    w = gx.parameter("w", 1.0)
    m = gx.Program("p", grow=gx.function([], [w], {w: w + 1.0})).load()
    with pytest.raises(
        gx.ExportError, match="'p' has nothing to export, only grow: every function"
    ):
        gx.export(m, tmp_path / "exported.py")
