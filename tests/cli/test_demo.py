"""The demonstration: real digits, at least 97 %, and every file that it promises."""

import subprocess
import sys

import numpy as np
import pytest

from graphc.errors import GraphcError
from graphc.tools import demo

FILES = ["digits_mlp.py", "digits_mlp_inference.py", "digits_test.npz", "learning_curve.png"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("work") / "demo"
    return folder, demo.demo(folder)


def test_the_test_accuracy_is_at_least_97_percent(shown):
    assert shown[1] >= 0.97


def test_every_file_is_there_and_nothing_else(shown):
    assert sorted(path.name for path in shown[0].iterdir()) == FILES
    assert (shown[0] / "learning_curve.png").read_bytes().startswith(b"\x89PNG")


def test_the_exported_file_is_as_accurate_in_a_process_of_its_own(shown):
    folder = shown[0]
    command = [sys.executable, "digits_mlp_inference.py", "digits_test.npz", "--out", "p.npz"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    labels = np.load(folder / "digits_test.npz")["y"]
    assert np.mean(np.load(folder / "p.npz")["probs"].argmax(axis=1) == labels) == shown[1]
    (folder / "p.npz").unlink()


def test_it_says_where_everything_lies_and_what_to_open_first(tmp_path, capsys):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    demo.demo(tmp_path, epochs=1)
    text = capsys.readouterr().out
    assert all(str(tmp_path / name) in text for name in FILES)
    assert f"{tmp_path / 'digits_mlp.py'}" in text.partition("open this first")[0]
    assert f" {tmp_path / 'digits_mlp_inference.py'} {tmp_path / 'digits_test.npz'}" in text


def test_a_network_that_falls_short_of_the_promise_is_an_error(tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(demo, "PROMISE", 1.01)
    with pytest.raises(demo.DemoError, match="but 101% was promised"):
        demo.demo(tmp_path)


def test_without_matplotlib_it_says_what_to_install_before_it_trains(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(GraphcError, match=r"pip install .*examples"):
        demo.demo(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()
