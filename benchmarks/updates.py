"""Steps that are little more than an optimiser's update: a million parameters drawn to targets.

The loss is half the sum of squared distances, so that a gradient costs one subtraction; fresh
targets each step keep it from becoming denormal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[Any], Any]

SIZE = 1_000_000
WORKLOADS = {
    "adam_1m": {"title": "1 M parameters, quadratic loss, Adam"},
    "rmsprop_1m": {"title": "1 M parameters, quadratic loss, RMSProp"},
}


def batches(count: int = 8) -> list[tuple[np.ndarray]]:
    """Targets, normal."""
    rng = np.random.default_rng(1)
    return [(rng.standard_normal(SIZE, dtype=np.float32),) for _ in range(count)]


def graphc(workload: str) -> tuple[Step, list[Any]]:
    """graphc, planned style."""
    import graphc as gx
    from graphc import optim

    target = gx.input("target", (SIZE,))
    p = gx.parameter("p", np.zeros(SIZE, np.float32))
    loss = 0.5 * gx.sum(gx.square(p - target))
    optimizer = optim.Adam(1e-3) if workload == "adam_1m" else optim.RMSProp(1e-3)
    net = gx.compile(f"bench_{workload}", inputs=[target], loss=loss, optimizer=optimizer)
    m = net.load()
    return lambda batch: m.train_step(*batch), batches()


def torch(workload: str) -> tuple[Step, list[Any]]:
    """PyTorch eager: the fused Adam, RMSprop over whole lists (it has no fused one)."""
    import torch as pt

    pt.set_num_threads(2)
    p = pt.nn.Parameter(pt.zeros(SIZE))
    if workload == "adam_1m":
        optimizer: Any = pt.optim.Adam([p], lr=1e-3, fused=True)
    else:
        optimizer = pt.optim.RMSprop([p], lr=1e-3, foreach=True)

    def step(batch: Any) -> Any:
        optimizer.zero_grad()
        loss = 0.5 * (p - batch[0]).square().sum()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, [tuple(pt.from_numpy(a) for a in batch) for batch in batches()]
