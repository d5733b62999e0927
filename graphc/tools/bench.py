"""How long a step takes, on random data.

In: a compiled program. Out: the median and the least time of a call, over enough calls to fill some
seconds. Batches rotate: the same one again and again would be learned by heart, and gradients that
become denormal numbers slow every product down.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphc.network import Network
from graphc.tools.samples import draw

BATCHES = 8
WARM_UP = 5


@dataclass(frozen=True)
class Timing:
    """The times of one method.

    Attributes:
        method: which was called: ``train_step`` where there is one.
        calls: how often.
        median, least: seconds a call.
        flops: floating-point operations a call, 0 if they are not known.
    """

    method: str
    calls: int
    median: float
    least: float
    flops: int


def bench(network: Network, sizes: Mapping[str, int], seconds: float, seed: int = 0) -> Timing:
    """Time the training step, or the first method of a program without one.

    Args:
        network: the program.
        sizes: a number for each symbolic dimension.
        seconds: how long to go on.
        seed: of the parameters and the data.
    """
    pairs = [(family, method) for family in network.unit.families for method in family.methods]
    family, method = next((p for p in pairs if p[1].name == "train_step"), pairs[0])
    rng = np.random.default_rng(seed)
    batches = [draw(family, sizes, rng) for _ in range(BATCHES)]
    call = getattr(network.load(seed), method.name)
    for arrays in batches[:WARM_UP]:
        call(*arrays)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        arrays = batches[len(times) % BATCHES]
        start = time.perf_counter()
        call(*arrays)
        times.append(time.perf_counter() - start)
    phases = {phase.name: phase.flops for phase in network.report(**sizes).phases}
    flops = sum(phases[name] for name in method.phases if name in phases)
    return Timing(method.name, len(times), statistics.median(times), min(times), flops)
