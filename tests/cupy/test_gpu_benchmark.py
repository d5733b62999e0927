"""What of the benchmark for a GPU can be checked without one."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shim
import stand_in

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import gpu  # noqa: E402


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_help_needs_no_gpu():
    code, text, _ = run("--help")
    assert code == 0 and "--rounds" in text


@pytest.mark.skipif(not gpu.missing(), reason="there is a GPU here")
def test_without_a_gpu_it_says_so_and_measures_nothing(tmp_path):
    code, text, error = run("--out", str(tmp_path / "results.md"))
    assert code == 1 and not text and not (tmp_path / "results.md").exists()
    assert "there is no GPU to measure on: CuPy can't be imported" in error or (
        "CUDA finds no device" in error
    )


def test_the_median_is_of_the_steps_between_events():
    clock = iter(np.cumsum([0, *[1.0, 5.0] * (gpu.TIMED // 2 - 1), 5.0, 5.0]))
    calls = []

    class Event:
        def __init__(self):
            self.time = next(clock)

        def until(self, other):
            return other.time - self.time

    median = gpu.event_median(calls.append, Event, lambda: calls.append("wait"))
    assert median == 5.0e3  # microseconds
    assert calls == [*range(gpu.WARM), *range(gpu.TIMED), "wait"]


def test_the_table_gives_ratios_and_shares_of_what_was_measured():
    found = {
        ("mlp", "graphc"): [
            {"median_us": 60.0, "loss_10": 0.5},
            {"median_us": 50.0, "loss_10": 0.5},
        ],
        ("mlp", "torch"): [{"median_us": 100.0, "loss_10": 0.5}],
        ("copy", "graphc"): [{"median_us": 100.0}],
        ("softmax", "graphc"): [{"median_us": 125.0}],
        ("wide_float16", "graphc"): [{"median_us": 200.0}],
        ("wide_float16", "cublas"): [{"median_us": 150.0}],
    }
    text = gpu.document(found, "a device", ["cupy 14"], ["torch"])
    assert re.search(r"\| graphc \| 50\.0 \(50-60\) \| 2\.00x \| 0\.50000 \|", text)
    assert "| softmax, forward | graphc | 125.0 | 1074 | 80% |" in text  # 2 * 64 MiB in 125 us
    assert "| float16 | 200 | 150 | 75% |" in text
    assert "Not installed, so not measured: torch." in text


@pytest.mark.parametrize("workload", ["layer_norm", "softmax", "adam"])
def test_what_moves_memory_is_compiled_for_a_gpu(workload):
    source = gpu.device_function(workload).source
    method = "def train_step(" if workload == "adam" else "def _forward(self, s, x):"
    assert "import cupy as cp" in source and method in source


@pytest.mark.parametrize("workload", gpu.WIDES)
def test_the_large_network_has_the_products_that_are_counted(workload):
    source = gpu.wide_network(workload).source
    backward = source[source.index("def _backward(") : source.index("def _update(")]
    assert backward.count("_matmul(") == gpu.products()
    precision = gpu.WIDES[workload]
    assert (f"products of {precision} operands" in source) == precision.endswith("float16")
    assert ("rounded to TF32" in source) == (precision == "tf32")


@pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")
@pytest.mark.parametrize(
    ("workload", "engine"),
    [
        *((workload, "graphc") for workload in ("mlp", *gpu.BANDWIDTH, *gpu.WIDES)),
        *((workload, "cublas") for workload in gpu.WIDES),
    ],
)
def test_what_is_timed_runs_on_the_stand_in(workload, engine, monkeypatch):
    for name, size in {"ROWS": 4, "COLUMNS": 8, "UPDATED": 16, "WIDE": 8}.items():
        monkeypatch.setattr(gpu, name, size)
    ran = []

    def median(step):
        ran.extend(step(k) for k in range(3))
        return 2.0

    monkeypatch.setattr(gpu, "cupy_median", median)
    with stand_in.as_cupy():
        found = gpu.measure(workload, engine)
    assert len(ran) == 3
    assert found["median_us"] == 2.0 * (gpu.products() if engine == "cublas" else 1)
    assert np.isfinite(found.get("loss_10", 0.0))
