"""``python -m graphc``."""

import subprocess
import sys

import graphc


def test_the_package_runs_as_the_command():
    run = [sys.executable, "-m", "graphc", "--version"]
    result = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert result.stdout == f"graphc {graphc.__version__}\n", result.stderr
