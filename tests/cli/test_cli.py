"""The command line: what each command does, and how it says what is wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import graphc as gx

PACKAGES = Path(gx.__file__).resolve().parents[1]
COMMANDS = ("demo", "build", "inspect", "check", "export", "bench")

MODEL = """\
import graphc as gx
from graphc import losses, nn, optim

x = gx.input("x", ("N", 4))
y = gx.input("y", ("N",), dtype="int64")
logits = nn.Sequential([nn.Dense(8, activation="tanh"), nn.Dropout(0.5), nn.Dense(3)])(x)
net = gx.compile(
    "little",
    inputs=[x],
    targets=[y],
    loss=losses.softmax_cross_entropy(logits, y),
    outputs={"probs": gx.softmax(logits)},
    optimizer=optim.Adam(1e-2),
)
"""

TWO = """\
import graphc as gx

def build():
    x = gx.input("x", ("N",))
    w = gx.parameter("w", 2.0)
    one = gx.compile("one", inputs=[x], outputs=x * w)
    two = gx.Program("two", step=gx.function([x], [gx.sum(x)], updates={w: w + 1.0}))
    return {"first": one, "second": two}
"""


def start(folder, *arguments: str, **options) -> subprocess.Popen:
    path = os.pathsep.join([str(PACKAGES), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "100"}
    command = [sys.executable, "-m", "graphc.cli", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=environment, **pipes, **options)


def graphc(folder, *arguments: str) -> subprocess.CompletedProcess:
    process = start(folder, *arguments)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "two.py").write_text(TWO)
    return tmp_path


def test_help_lists_every_command_and_where_to_start(tmp_path):
    done = graphc(tmp_path, "--help")
    assert done.returncode == 0
    assert "graphc demo" in done.stdout
    assert all(re.search(rf"^ +{name} ", done.stdout, re.M) for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_shows_an_example_of_it(tmp_path, command):
    done = graphc(tmp_path, command, "--help")
    assert done.returncode == 0
    assert re.search(rf"Examples?:.*\n +graphc {command}", done.stdout)
    assert "--debug" in done.stdout


def test_version_is_printed(tmp_path):
    assert graphc(tmp_path, "--version").stdout == f"graphc {gx.__version__}\n"


def test_build_writes_a_module_that_trains_and_predicts_by_itself(folder):
    done = graphc(folder, "build", "model.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"generated{os.sep}little.py")
    x = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)
    np.savez(folder / "data.npz", x=x, y=np.arange(30) % 3)
    for action in ("train", "predict"):
        command = [sys.executable, "generated/little.py", action, "data.npz", "--weights", "w.npz"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    assert np.load(folder / "data_predictions.npz")["probs"].shape == (30, 3)


def test_build_takes_every_program_and_the_style_asked_for(folder):
    done = graphc(folder, "build", "two.py", "--out", "here", "--style", "plain")
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (folder / "here").iterdir()) == ["one.py", "two.py"]
    assert "plain style" in (folder / "here" / "two.py").read_text()


def test_inspect_shows_source_report_graphs_and_drawings(folder):
    def shown(*arguments):
        done = graphc(folder, "inspect", "model.py", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "class Little:" in shown()
    assert "little   (N=128)" in shown("--what", "report", "--size", "N=128")
    graphs = shown("--what", "graph")
    assert "graph backward(" in graphs
    assert "graph forward(" in graphs
    assert "model.py:6" in graphs
    assert shown("--what", "dot", "--phase", "forward").startswith('digraph "forward"')
    assert shown("--what", "svg", "--phase", "forward", "--out", "f.svg").strip().endswith("f.svg")
    assert (folder / "f.svg").read_text().startswith("<svg")


def test_check_agrees_with_the_reference_in_both_styles(folder):
    for name in ("model.py", "two.py"):
        done = graphc(folder, "check", name, "--size", "N=5")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "planned" in done.stdout
        assert "plain" in done.stdout
        assert "DIFFERS" not in done.stdout


def test_check_finds_code_that_computes_something_else(folder):
    broken = "from graphc.ops.base import REGISTRY\nREGISTRY['tanh'].ufunc = 'np.sin'\n"
    (folder / "wrong.py").write_text(broken + MODEL)
    done = graphc(folder, "check", "wrong.py")
    assert done.returncode == 1
    assert "DIFFERS in result 'probs'" in done.stdout
    assert "differ from the reference" in done.stderr


def test_bench_prints_the_median_and_the_least_time(folder):
    done = graphc(folder, "bench", "model.py", "--size", "N=16", "--seconds", "0.05")
    assert done.returncode == 0, done.stderr
    assert "little.train_step (N=16)" in done.stdout
    assert re.search(r"median +\d+\.\d+ ms\n +least +\d+\.\d+ ms", done.stdout)


@pytest.mark.parametrize("kind", ["npz", "checkpoint"])
def test_export_takes_saved_weights_and_checkpoints(folder, kind):
    train = (
        "import numpy as np\n"
        "from model import gx, net\n"
        "m = net.load(seed=3)\n"
        "x = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)\n"
        "gx.fit(m, (x, np.arange(30) % 3), epochs=2, callbacks=[gx.Checkpoint('run')])\n"
        "m.save('weights.npz')\n"
        "np.savez('expected.npz', x=x, **m.predict(x))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    subprocess.run([sys.executable, "-c", train], cwd=folder, env=environment, check=True)
    weights = {"npz": "weights.npz", "checkpoint": "run"}[kind]
    done = graphc(folder, "export", "model.py", weights, "predictor.py")
    assert done.returncode == 0, done.stderr
    subprocess.run([sys.executable, "predictor.py", "expected.npz"], cwd=folder, check=True)
    with np.load(folder / "expected.npz") as expected:
        got = np.load(folder / "expected_predictions.npz")["probs"]
        assert np.array_equal(got, expected["probs"])


def test_export_takes_the_functions_of_a_program_by_name(folder):
    (folder / "program.py").write_text(
        "import numpy as np\n"
        "import graphc as gx\n"
        "x, w = gx.input('x', ('N',)), gx.parameter('w', 2.0)\n"
        "step = gx.function([x], [], {w: w + gx.sum(x)})\n"
        "functions = {'twice': x * w, 'less': x - w, 'more': x + w}\n"
        "functions = {k: gx.function([x], {'y': y}) for k, y in functions.items()}\n"
        "net = gx.Program('p', step=step, **functions)\n"
        "net.load().save('w.npz')\n"
    )
    x = np.arange(3, dtype=np.float32)
    np.savez(folder / "data.npz", x=x)
    chosen = ("--function", "less", "--function", "twice")
    done = graphc(folder, "export", "program.py", "w.npz", "p.py", *chosen)
    assert done.returncode == 0, done.stderr
    subprocess.run([sys.executable, "p.py", "twice", "data.npz"], cwd=folder, check=True)
    assert np.load(folder / "data_predictions.npz")["y"].tolist() == [0, 2, 4]
    assert "def more" not in (folder / "p.py").read_text()


ERRORS = [
    (("build", "absent.py"), "absent.py: there is no such file"),
    (("build", "notes.txt"), "notes.txt: expected a Python file (.py)"),
    (("build", "empty.py"), "empty.py: there is no program in it; compile one at the top level"),
    (("build", "typo.py"), "typo.py:1: NameError: name 'grpahc' is not defined"),
    (("build", "syntax.py"), "syntax.py:2: SyntaxError"),
    (("build", "exits.py"), "exits.py:1: it ended the process when it was imported (3)"),
    (("build", "shape.py"), "shape.py:4"),
    (("build", "needs.py"), "needs.py: build() must take no arguments, but needs size"),
    (("build", "returns.py"), "returns.py: build() returned a int, not what gx.compile gives"),
    (("build", "twice.py"), "twice.py: two programs are called 'same'"),
    (("build", "model.py", "--style", "fancy"), "there is no style 'fancy'"),
    (("build", "model.py", "--out", "notes.txt"), "notes.txt"),
    (("inspect", "two.py"), "there are several programs (one, two): choose one by --name"),
    (("inspect", "two.py", "--name", "six"), "no program is called 'six', only one, two"),
    (("inspect", "model.py", "--what", "soul"), "there is no view 'soul'; the views are source"),
    (("inspect", "model.py", "--what", "dot"), "a drawing shows one graph: choose a --phase of"),
    (("inspect", "model.py", "--phase", "x"), "'little' has no phase 'x'; the phases are"),
    (("check", "model.py", "--size", "N"), "a size is written as N=128, not as 'N'"),
    (("check", "model.py", "--size", "M=3"), "'little' has no dimension 'M', only: N"),
    (("export", "model.py", "w.npz", "p.py"), "w.npz: can't be read"),
    (("export", "model.py", "notes.txt", "p.py"), "notes.txt: cut short, or no checkpoint"),
    (("export", "model.py", "other.npz", "p.py"), "other.npz: the weights of another network"),
]

FILES = {
    "notes.txt": "",
    "empty.py": "x = 1\n",
    "typo.py": "grpahc\n",
    "syntax.py": "x = 1\ny = = 2\n",
    "exits.py": "import sys; sys.exit(3)\n",
    "shape.py": (
        "import graphc as gx\nx = gx.input('x', ('N', 3))\n"
        "w = gx.parameter('w', [[1.0, 2.0]])\ny = x @ w\n"
    ),
    "needs.py": "def build(size):\n    return None\n",
    "returns.py": "def build():\n    return 1\n",
    "twice.py": TWO.replace('"two"', '"same"').replace('"one"', '"same"'),
}


@pytest.mark.parametrize(("arguments", "message"), ERRORS)
def test_an_error_is_one_message_without_a_traceback(folder, arguments, message):
    for name, text in FILES.items():
        (folder / name).write_text(text)
    np.savez(folder / "other.npz", a=np.zeros(1))
    before = sorted(folder.iterdir())
    done = graphc(folder, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("graphc: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not re.search(r"(cli|main|core|needs)\.py:\d", done.stderr)  # places are the user's
    assert [p for p in sorted(folder.iterdir()) if p.name != "__pycache__"] == before


def test_debug_shows_the_traceback_before_the_message(folder):
    done = graphc(folder, "build", "absent.py", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("graphc: absent.py")


def test_a_command_that_is_not_written_right_exits_with_2(tmp_path):
    assert graphc(tmp_path, "bild").returncode == 2
    assert graphc(tmp_path, "build").returncode == 2
    assert graphc(tmp_path, "demo", "--epochs", "many").returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are POSIX's")
def test_ctrl_c_exits_with_130(folder):
    (folder / "model.py").write_text(MODEL + "print('compiled', flush=True)\n")
    process = start(folder, "bench", "model.py", "--seconds", "60", start_new_session=True)
    assert process.stdout.readline() == "compiled\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
