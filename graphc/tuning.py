"""Which algorithm is fastest here: convolutions measured on this machine, and remembered.

In: a convolution node and the algorithms that fit.  Out: seconds for each.  Measurements are kept in
one JSON file in the user's cache folder, by what they depend on: the sizes, NumPy's version, the
machine and the number of threads.  A file that is damaged, or can't be read or written, counts as absent.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphc.ir.node import Node, make
from graphc.ops.base import Op
from graphc.ops.conv.algorithms import Algorithm, assumed, geometry
from graphc.ops.leaf import input
from graphc.runtime.datasets import cache_folder
from graphc.runtime.files import write_whole

REPEATS = 5
FAR = 3  # times the fastest: what takes longer in its first run is not measured further


class Tuner:
    """Measures algorithms, with symbolic sizes taken as the cost formulas take them.

    Args:
        path: the file of measurements (default: ``convolutions.json`` in the cache folder).

    Attributes:
        measured: how many algorithms were measured, and not found in the file.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path) if path is not None else cache_folder() / "convolutions.json"
        self.known = _read(self.path)
        self.measured = 0

    def seconds(self, node: Node, algorithms: Sequence[Algorithm]) -> dict[str, float]:
        """The least seconds of some runs of each algorithm, by its name."""
        key = place(node)
        found = dict(self.known.get(key, {}))
        missing = [a for a in algorithms if a.name not in found]
        for algorithm in missing:
            found[algorithm.name] = _measure(node, algorithm, min(found.values(), default=np.inf))
            self.measured += 1
        if missing:
            self.known[key] = found
            self._remember(key)
        return {a.name: found[a.name] for a in algorithms}

    def _remember(self, key: str) -> None:
        """Add to the file; what other processes wrote meanwhile stays."""
        table = {**_read(self.path), key: self.known[key]}
        text = json.dumps(table, indent=1, sort_keys=True)
        with contextlib.suppress(OSError):
            write_whole(self.path, text.encode())


def place(node: Node) -> str:
    """What a measurement depends on, in one line."""
    g = geometry(node)
    image, result = (
        "x".join(str(assumed(size)) for size in type_.shape) for type_ in (g.image, g.result)
    )
    window = g.window
    sizes = f"kernel={window.kernel} strides={window.strides} padding={window.padding}"
    what = f"{node.op.name} {g.image.dtype} {image} to {result} {sizes}"
    threads = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or "all"
    where = f"{platform.machine()} {platform.processor()} {os.cpu_count()} cores"
    steps = f"dilation={window.dilation} groups={g.groups}"
    return f"{what} {steps}; numpy {np.__version__}; {where}, threads {threads}"


def _read(path: Path) -> dict[str, dict[str, float]]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(table, dict):
        return {}
    return {key: row for key, row in table.items() if _is_row(row)}


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and all(
        isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and 0 < seconds < np.inf
        for seconds in row.values()
    )


def _measure(node: Node, algorithm: Algorithm, best: float) -> float:
    """The least seconds of some runs, as a function of its own."""
    from graphc.functions import function

    rng = np.random.default_rng(0)
    tensors, arrays = [], []
    for k, tensor in enumerate(node.inputs):
        shape = tuple(assumed(size) for size in tensor.shape)
        tensors.append(input(f"x{k}", shape, tensor.dtype))
        arrays.append(rng.random(shape).astype(tensor.dtype))
    attrs = {key: value for key, value in node.attrs.items() if key != "algorithm"}
    if "sizes" in attrs:
        attrs["sizes"] = tuple(assumed(size) for size in attrs["sizes"])
    assert isinstance(node.op, Op)
    call = function(tensors, make(node.op, tensors, {**attrs, "algorithm": algorithm.name}).outputs)
    call(*arrays)
    times: list[float] = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        call(*arrays)
        times.append(time.perf_counter() - begin)
        if times[0] > FAR * best:
            break
    return min(times)
