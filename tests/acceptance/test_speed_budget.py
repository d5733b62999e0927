"""What is imported, and what is not: facts about speed that hold on every machine."""

import subprocess
import sys
from pathlib import Path

import pytest
from acceptance_nets import digits

HEAVY = ("sympy", "jinja2", "networkx", "matplotlib", "rich", "typer", "sklearn", "torch", "scipy")
HERE = Path(__file__).parent


def imported(script):
    """The packages that are loaded after a script has run in a process of its own."""
    code = f"import sys\nsys.path.insert(0, {str(HERE)!r})\n{script}\n"
    code += "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(p for p in sys.path if p)},
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_importing_graphc_imports_nothing_heavy():
    assert not imported("import graphc") & set(HEAVY)


DECLARE = """
import graphc as gx
from acceptance_nets import {0}
net = {0}()
"""


@pytest.mark.parametrize("name", ["digits", "adamw", "residual", "program"])
def test_compiling_a_network_of_ordinary_layers_needs_no_computer_algebra(name):
    """SymPy derives what the built-in ops are declared by once, not in every process."""
    found = imported(DECLARE.format(name) + "m = net.load()")
    assert not found & (set(HEAVY) - {"jinja2"})


def test_training_and_predicting_import_nothing_more():
    found = imported(
        DECLARE.format("digits")
        + "from acceptance_nets import batch\n"
        + "m = net.load()\n"
        + "before = set(sys.modules)\n"
        + "m.train_step(*batch(net, 8)); m.predict(batch(net, 8)[0])\n"
        + "assert set(sys.modules) <= before | {'numpy.random'}, set(sys.modules) - before\n"
    )
    assert not found & (set(HEAVY) - {"jinja2"})


def test_an_emitted_module_imports_numpy_and_little_else(tmp_path):
    path = digits().write(tmp_path)
    plain = imported("import numpy")
    script = f"sys.path.insert(0, {str(path.parent)!r})\nimport {path.stem}"
    more = imported(script) - plain - {path.stem}
    assert not more & {"graphc", *HEAVY, "argparse", "asyncio", "unittest"}
    assert len(more) < 25, sorted(more)
