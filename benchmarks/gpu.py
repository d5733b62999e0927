"""``python -m benchmarks.gpu``: modules for a GPU beside PyTorch, and a table of the results.

Steps are timed with CUDA events, after some that are not, arguments on the device. Every
measurement is a fresh process; the engines take turns, and of each engine's processes the lowest
median counts. Kernels that do little but move memory are given as bandwidth, beside that of a copy
measured in the same way; the training step of a large network beside its products alone, by
cuBLAS. It needs CuPy and an NVIDIA GPU; PyTorch, where it is missing, is left out, and said.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import transformer, workloads  # noqa: E402
from benchmarks.__main__ import spawn  # noqa: E402

WARM, TIMED = 20, 200  # steps of a process, before and while it is measured
ROWS, COLUMNS = 16384, 1024  # of what rows are normalised in: larger than a GPU's cache
UPDATED = 1 << 26  # parameters of an update
WIDE, LAYERS = 4096, 3  # width of all layers, and batch

STEPS = {"mlp": workloads.MLP, "transformer": transformer.WORKLOADS["transformer"]["title"]}
# What a perfect kernel reads and writes, in numbers of 4 bytes.
BANDWIDTH = {
    "copy": ("copy", 2 * ROWS * COLUMNS),
    "layer_norm": ("layer norm, forward", 2 * ROWS * COLUMNS),
    "softmax": ("softmax, forward", 2 * ROWS * COLUMNS),
    # gradient: parameter and target read, gradient written; update: four read, three written
    "adam": (f"gradient and Adam, {UPDATED >> 20} Mi parameters", 10 * UPDATED),
}
# What products are computed in.
WIDES = {f"wide_{name}": name for name in ("float32", "tf32", "bfloat16", "float16")}
ENGINES = ("graphc", "torch", "torch_compiled")
Run = Callable[[], Any]


def missing() -> str:
    """Why nothing can be measured here, or ""."""
    try:
        from cupy.cuda import runtime
    except ImportError as error:
        return f"CuPy can't be imported ({error})"
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        return f"CUDA finds no device ({error})"
    return "" if count else "CUDA finds no device"


def event_median(step: Callable[[int], Any], event: Callable[[], Any], wait: Run) -> float:
    """The median time of a step between two CUDA events, in microseconds."""
    for k in range(WARM):
        step(k)
    events = [event()]
    for k in range(TIMED):
        step(k)
        events.append(event())
    wait()
    return float(np.median([a.until(b) for a, b in pairwise(events)])) * 1e3


class CupyEvent:
    """A point in CuPy's current stream."""

    def __init__(self) -> None:
        import cupy as cp

        self.event = cp.cuda.Event()
        self.event.record()

    def until(self, other: CupyEvent) -> float:
        """Milliseconds from here to there."""
        import cupy as cp

        return cp.cuda.get_elapsed_time(self.event, other.event)


class TorchEvent:
    """A point in PyTorch's current stream."""

    def __init__(self) -> None:
        import torch

        self.event = torch.cuda.Event(enable_timing=True)
        self.event.record()

    def until(self, other: TorchEvent) -> float:
        """Milliseconds from here to there."""
        return self.event.elapsed_time(other.event)


def cupy_median(step: Callable[[int], Any]) -> float:
    """The median time of a step whose launches are CuPy's."""
    import cupy as cp

    return event_median(step, CupyEvent, cp.cuda.Device().synchronize)


def torch_median(step: Callable[[int], Any]) -> float:
    """The median time of a step whose launches are PyTorch's."""
    import torch

    return event_median(step, TorchEvent, torch.cuda.synchronize)


# ---- training steps ------------------------------------------------------------------------


def training(workload: str, engine: str) -> dict[str, float]:
    """Time the training step of a workload."""
    if engine == "graphc":
        import cupy as cp

        from graphc.network import targeting

        with targeting("cupy"):
            step, data = workloads.graphc(workload)
        data = [tuple(map(cp.asarray, batch)) for batch in data]
        median = cupy_median
    else:
        mode = "reduce-overhead" if engine == "torch_compiled" else ""
        step, data = workloads.torch(workload, "cuda", mode)
        median = torch_median
    losses = [float(step(data[k])) for k in range(10)]
    found = median(lambda k: step(data[k % len(data)]))
    return {"median_us": found, "loss_10": losses[-1]}


# ---- what moves memory ---------------------------------------------------------------------


def device_function(workload: str) -> Any:
    """What a workload of the bandwidth table compiles for a GPU."""
    import graphc as gx
    from graphc import nn, optim

    if workload == "adam":
        target = gx.input("target", (UPDATED,))
        p = gx.parameter("p", np.zeros(UPDATED, np.float32))
        loss = 0.5 * gx.sum(gx.square(p - target))
        return gx.compile(
            "bench_adam", inputs=[target], loss=loss, optimizer=optim.Adam(1e-3), target="cupy"
        )
    x = gx.input("x", ("N", COLUMNS))
    out = nn.LayerNorm()(x) if workload == "layer_norm" else gx.softmax(x)
    return gx.compile(f"bench_{workload}", inputs=[x], outputs=out, target="cupy")


def bandwidth(workload: str, engine: str) -> dict[str, float]:
    """Time what moves memory."""
    shape = (UPDATED,) if workload == "adam" else (ROWS, COLUMNS)
    given = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    if engine == "graphc":
        import cupy as cp

        x = cp.asarray(given)
        if workload == "copy":
            into = cp.empty_like(x)
            return {"median_us": cupy_median(lambda k: cp.copyto(into, x))}
        m = device_function(workload).load()
        if workload == "adam":
            return {"median_us": cupy_median(lambda k: m.train_step(x))}
        # The launches alone: what users call gives a copy, which is not the kernel's.
        s = m._predict_slots(x)
        return {"median_us": cupy_median(lambda k: m._forward(s, x))}
    return {"median_us": torch_median(torch_function(workload, engine, given))}


def torch_function(workload: str, engine: str, given: np.ndarray) -> Callable[[int], Any]:
    """The same by PyTorch."""
    import torch as pt
    from torch.nn import functional as f

    x = pt.from_numpy(given).to("cuda")
    if workload == "copy":
        into = pt.empty_like(x)
        return lambda k: into.copy_(x)
    mode = "reduce-overhead" if engine == "torch_compiled" else ""
    if workload == "adam":
        p = pt.nn.Parameter(pt.zeros_like(x))
        optimizer = pt.optim.Adam([p], lr=1e-3, fused=True)

        def distance() -> Any:
            return 0.5 * (p - x).square().sum()

        loss_of = pt.compile(distance, mode=mode) if mode else distance

        def step(k: int) -> Any:
            optimizer.zero_grad()
            loss_of().backward()
            optimizer.step()

        return step
    weight, bias = pt.ones(COLUMNS, device="cuda"), pt.zeros(COLUMNS, device="cuda")
    functions = {
        "layer_norm": lambda a: f.layer_norm(a, (COLUMNS,), weight, bias),
        "softmax": lambda a: pt.softmax(a, -1),
    }
    function = functions[workload]
    function = pt.compile(function, mode=mode) if mode else function
    return lambda k: function(x)


# ---- a large network -----------------------------------------------------------------------


def wide_network(workload: str) -> Any:
    """A network that is products for the most part."""
    import graphc as gx
    from graphc import losses, nn, optim

    x, y = gx.input("x", ("N", WIDE)), gx.input("y", ("N", WIDE))
    layers = [nn.Dense(WIDE, activation="relu" if k < LAYERS - 1 else None) for k in range(LAYERS)]
    output = nn.Sequential(layers)(x)
    return gx.compile(
        "bench_wide",
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(output, y),
        outputs=output,
        optimizer=optim.SGD(1e-3),
        target="cupy",
        precision=WIDES[workload].removeprefix("float32"),
    )


def wide(workload: str, engine: str) -> dict[str, float]:
    """Time the large network's step, or its products alone, by the same calls of cuBLAS."""
    import cupy as cp

    rng = np.random.default_rng(1)
    arrays = [rng.standard_normal((WIDE, WIDE), dtype=np.float32) for _ in range(2)]
    a, b = map(cp.asarray, arrays)
    if engine == "graphc":
        m = wide_network(workload).load()
        return {"median_us": cupy_median(lambda k: m.train_step(a, b))}
    out = cp.empty((WIDE, WIDE), dtype=np.float32)
    if WIDES[workload] == "bfloat16":  # its bits are the upper half of a float32
        a, b = (cp.asarray((x.view(np.uint32) >> 16).astype(np.uint16)) for x in arrays)
    elif WIDES[workload] == "float16":
        a, b = (x.astype(np.float16) for x in (a, b))
    product = wide_network(workload).load_module()._matmul
    return {"median_us": cupy_median(lambda k: product(a, b, out)) * products()}


def products() -> int:
    """Products in a step of the large network: each layer's, of its weights' gradients, and of all
    but the first one's inputs'."""
    return 3 * LAYERS - 1


def measure(workload: str, engine: str) -> dict[str, float]:
    """Time one engine in this process."""
    if workload in STEPS:
        return training(workload, engine)
    return (wide if workload in WIDES else bandwidth)(workload, engine)


# ---- the table -----------------------------------------------------------------------------

Found = Mapping[tuple[str, str], Sequence[Mapping[str, float]]]


def best(found: Found, workload: str, engine: str) -> Mapping[str, float] | None:
    """The process with the lowest median."""
    return min(found.get((workload, engine), ()), key=lambda r: r["median_us"], default=None)


def rows(found: Found) -> list[str]:
    """The tables of what was measured."""
    lines = [
        "| training step | engine | median, us | against torch eager | loss at step 10 |",
        "|---|---|---|---|---|",
    ]
    for workload, title in STEPS.items():
        eager = best(found, workload, "torch")
        for engine in ENGINES:
            if run := best(found, workload, engine):
                ratio = f"{eager['median_us'] / run['median_us']:.2f}x" if eager else "-"
                spread = [r["median_us"] for r in found[workload, engine]]
                lines.append(
                    f"| {title} | {engine} | {run['median_us']:.1f} ({min(spread):.0f}-"
                    f"{max(spread):.0f}) | {ratio} | {run['loss_10']:.5f} |"
                )
    lines += [
        "",
        "| moves memory | engine | median, us | GB/s | of a copy's |",
        "|---|---|---|---|---|",
    ]
    copy = best(found, "copy", "graphc")
    for workload, (title, numbers) in BANDWIDTH.items():
        for engine in ENGINES:
            if run := best(found, workload, engine):
                rate = 4 * numbers / run["median_us"] / 1e3
                whole = 4 * BANDWIDTH["copy"][1] / copy["median_us"] / 1e3 if copy else np.nan
                lines.append(
                    f"| {title} | {engine} | {run['median_us']:.1f} | {rate:.0f} "
                    f"| {rate / whole:.0%} |"
                )
    lines += [
        "",
        f"| {LAYERS} layers of {WIDE}, batch {WIDE}, SGD | step, us | products alone, us | of it |",
        "|---|---|---|---|",
    ]
    for workload, precision in WIDES.items():
        run, alone = best(found, workload, "graphc"), best(found, workload, "cublas")
        if run and alone:
            share = alone["median_us"] / run["median_us"]
            lines.append(
                f"| {precision} | {run['median_us']:.0f} | {alone['median_us']:.0f} | {share:.0%} |"
            )
    return lines


def document(found: Found, device: str, versions: Sequence[str], left_out: Sequence[str]) -> str:
    """The text of the results."""
    gone = [f"Not installed, so not measured: {', '.join(left_out)}.", ""] if left_out else []
    text = [
        "# Results on a GPU",
        "",
        f"`python -m benchmarks.gpu`, {date.today()}; {device}; {', '.join(versions)}.",
        "",
        "Each figure is the lowest of several fresh processes' medians, by CUDA events (in brackets: "
        "the lowest and the highest). TF32 is off in all engines, but for the rows called so.",
        "",
        *gone,
        *rows(found),
    ]
    return "\n".join(text) + "\n"


def engines_of(workload: str) -> list[str]:
    """What measures a workload here."""
    if workload in WIDES:
        return ["graphc", "cublas"]
    torch = importlib.util.find_spec("torch") is not None
    return [e for e in ENGINES if e == "graphc" or torch]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the table."""
    everything = [*STEPS, *BANDWIDTH, *WIDES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="processes for each engine")
    parser.add_argument(
        "--only", nargs="+", choices=everything, metavar="WORKLOAD", help=", ".join(everything)
    )
    parser.add_argument("--out", default=str(HERE / "RESULTS-gpu.md"))
    parser.add_argument(
        "--measure", nargs=2, metavar=("WORKLOAD", "ENGINE"), help=argparse.SUPPRESS
    )
    options = parser.parse_args(arguments)
    if why := missing():
        raise SystemExit(f"nothing is measured, for there is no GPU to measure on: {why}")
    if options.measure:
        print(json.dumps(measure(*options.measure)))
        return
    import cupy as cp

    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for workload in options.only or everything:
        for _ in range(options.rounds):
            for engine in engines_of(workload):
                text = spawn(["-m", "benchmarks.gpu", "--measure", workload, engine], 2)
                found.setdefault((workload, engine), []).append(json.loads(text.splitlines()[-1]))
    names = ["cupy", *(["torch"] if importlib.util.find_spec("torch") else [])]
    versions = [f"{name} {__import__(name).__version__}" for name in names]
    device = cp.cuda.runtime.getDeviceProperties(0)["name"].decode()
    text = document(found, device, versions, [] if "torch" in names else ["torch"])
    Path(options.out).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
