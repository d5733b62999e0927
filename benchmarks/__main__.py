"""``python -m benchmarks``: graphc beside its peers, and a table of the results.

Every measurement is a fresh process; the engines take turns (A B C A B C ...), since equal processes
differ by half on a shared machine.  Of each engine's processes the lowest median counts.  What is
not installed is left out, and said.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import workloads  # noqa: E402

STEPS = {
    "mlp": 400,
    "tiny": 20000,
    "batch_norm": 300,
    "layer_norm": 300,
    "adam_1m": 300,
    "rmsprop_1m": 300,
    "lenet": 100,
    "lenet_wide": 60,
    "resnet_20": 50,
    "vgg_block": 50,
    "transformer": 60,
    "lstm": 60,
    "gru": 60,
}


def measure(workload: str, engine: str) -> dict[str, float]:
    """Time one engine in this process: median step, first loss values, peak memory with that of its
    own processes."""
    started = time.perf_counter()
    step, data = getattr(workloads, engine)(workload)
    losses = [float(step(data[i % len(data)])) for i in range(10)]
    ready = time.perf_counter() - started
    times = []
    for i in range(STEPS[workload]):
        batch = data[i % len(data)]
        begin = time.perf_counter()
        step(batch)
        times.append(time.perf_counter() - begin)
    kept = sorted(times[len(times) // 5 :])
    return {
        "median_us": kept[len(kept) // 2] * 1e6,
        "loss_10": losses[-1],
        "first_ten_s": ready,
        "peak_mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + forked()) / 1024,
    }


def forked() -> int:
    """KiB of the processes that this one has forked, but for what they have of its memory."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    total = 0
    for child in children.read_text().split() if children.exists() else ():
        for line in Path(f"/proc/{child}/smaps_rollup").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("Private_") else 0
    return total


def spawn(code: list[str], threads: int) -> str:
    """Run a fresh Python on some threads and return what it printed."""
    env = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    env["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads={threads}"
    done = subprocess.run(
        [sys.executable, *code], env=env, cwd=HERE.parent, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def training(rounds: int, threads: int, only: list[str]) -> list[str]:
    """The table of training steps of some workloads."""
    lines = [
        "| training step | engine | median, us | against torch | peak memory, MB | loss at step 10 |",
        "|---|---|---|---|---|---|",
    ]
    for workload in only:
        spec = workloads.WORKLOADS[workload]
        engines = [e for e in workloads.ENGINES[workload] if importlib.util.find_spec(e)]
        found: dict[str, list[dict[str, float]]] = {e: [] for e in engines}
        for _ in range(rounds):
            for engine in engines:
                text = spawn(["-m", "benchmarks", "--measure", workload, engine], threads)
                found[engine].append(json.loads(text.splitlines()[-1]))
        best = {e: min(runs, key=lambda r: r["median_us"]) for e, runs in found.items()}
        for engine, run in best.items():
            ratio = (
                best["torch"]["median_us"] / run["median_us"] if "torch" in best else float("nan")
            )
            spread = "-".join(f"{f(r['median_us'] for r in found[engine]):.0f}" for f in (min, max))
            lines.append(
                f"| {spec['title']} | {engine} | {run['median_us']:.1f} ({spread}) | {ratio:.2f}x "
                f"| {run['peak_mb']:.0f} | {run['loss_10']:.5f} |"
            )
    return lines


SNIPPETS = {
    "import graphc": "import time; t=time.perf_counter(); import graphc; print(time.perf_counter()-t)",
    "import numpy": "import time; t=time.perf_counter(); import numpy; print(time.perf_counter()-t)",
    **{
        f"compile {title}, from the declaration to the imported module": (
            "import time; from benchmarks import workloads; "
            f"t=time.perf_counter(); workloads.declared({name!r}).load_module(); "
            "print(time.perf_counter()-t)"
        )
        for title, name in workloads.COMPILED.items()
    },
    "import the exported digits file, beyond numpy": (
        "import sys, time, numpy; sys.path.insert(0, sys.argv[1]); "
        "t=time.perf_counter(); import exported; print(time.perf_counter()-t)"
    ),
}


def start_up(rounds: int, folder: Path) -> list[str]:
    """The table of start-up times."""
    lines = ["| start-up | median, ms |", "|---|---|"]
    export_digits(folder / "exported.py")
    for title, code in SNIPPETS.items():
        times = [float(spawn(["-c", code, str(folder)], 2)) for _ in range(2 * rounds + 1)]
        lines.append(f"| {title} | {sorted(times)[len(times) // 2] * 1e3:.1f} |")
    return lines


def export_digits(path: Path) -> None:
    """Export the digits network as it is initialised."""
    import graphc as gx
    from examples import digits_mlp

    gx.export(digits_mlp.build().load(seed=0), path)


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="processes for each engine")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--only", nargs="+", choices=workloads.WORKLOADS, metavar="WORKLOAD", help="not all of them"
    )
    parser.add_argument("--out", default=str(HERE / "RESULTS.md"))
    parser.add_argument(
        "--measure", nargs=2, metavar=("WORKLOAD", "ENGINE"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(*options.measure)))
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        tables = [
            *training(options.rounds, options.threads, options.only or [*workloads.WORKLOADS]),
            "",
            *start_up(options.rounds, Path(folder)),
        ]
    missing = [e for e in ("torch", "jax") if not importlib.util.find_spec(e)]
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    for name in ("torch", "jax"):
        if name not in missing:
            versions.append(f"{name} {__import__(name).__version__}")
    command = f"python -m benchmarks --rounds {options.rounds} --threads {options.threads}"
    if options.only:
        command += f" --only {' '.join(options.only)}"
    text = "\n".join(
        [
            "# Results",
            "",
            f"`{command}`, "
            f"{date.today()}; {', '.join(versions)}; {os.cpu_count()} cores, {platform.machine()}.",
            "",
            "Each figure is the lowest median of that many fresh processes (in brackets: the lowest and "
            "the highest), the engines taking turns. The same initial weights, data and mathematics: "
            "the losses at step 10 agree.",
            "",
            *tables,
            "",
            *([f"Not installed, so not measured: {', '.join(missing)}."] if missing else []),
        ]
    )
    Path(options.out).write_text(text.rstrip() + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
