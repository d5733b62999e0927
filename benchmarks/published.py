"""``python -m benchmarks.published``: what the published image networks take at full size.

Each is compiled and takes two training steps on a batch of two, in a process of its own, on one thread.
Prints a table: processor time from the declaration to the source, lines, the planned buffers of a step,
the most memory that the process had, and processor time for an instance and for the second step.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.__main__ import spawn

BATCH = 2
NETWORKS: dict[str, tuple[Callable[[Any], Any], int, int]] = {
    "AlexNet": (lambda models: models.AlexNet(), 227, 3),
    "ZFNet": (lambda models: models.ZFNet(), 224, 3),
    "VGG-16": (lambda models: models.VGG(16), 224, 3),
    "GoogLeNet": (lambda models: models.GoogLeNet(), 224, 3),
    "ResNet-18": (lambda models: models.ResNet(18), 224, 3),
    "ResNet-34": (lambda models: models.ResNet(34), 224, 3),
    "ResNet-50": (lambda models: models.ResNet(50), 224, 3),
    "ResNet-152": (lambda models: models.ResNet(152), 224, 3),
    "U-Net, 572 x 572": (lambda models: models.UNet(2, padding="valid"), 572, 1),
}


def row(title: str) -> str:
    """Measure one network in this process."""
    import graphc as gx
    from graphc import losses, models, optim

    declare, size, channels = NETWORKS[title]
    marks = [time.process_time()]
    x = gx.input("x", ("N", size, size, channels))
    logits = declare(models)(x)
    y = gx.input("y", ("N", *logits.shape[1:-1]), dtype="int64")
    net = gx.compile(
        "published",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        optimizer=optim.SGD(0.01, momentum=0.9),
    )
    lines = net.source.count("\n")
    marks.append(time.process_time())
    m = net.load(seed=0)
    marks.append(time.process_time())
    rng = np.random.default_rng(0)
    images = rng.random((BATCH, size, size, channels), dtype=np.float32)
    labels = rng.integers(logits.shape[-1], size=(BATCH, *logits.shape[1:-1]))
    for _ in range(2):
        marks.append(time.process_time())
        assert np.isfinite(m.train_step(images, labels))
    marks.append(time.process_time())
    compiled, loaded, _, _, stepped = np.diff(marks)
    planned = net.report(N=BATCH).planned_bytes / 2**30
    process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"| {title} | {compiled:.1f} s | {lines:,} | {planned:.2f} GiB | {process:.2f} GiB "
        f"| {loaded:.1f} s | {stepped:.1f} s |"
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        print(row(sys.argv[1]))
    else:
        print(
            "| | compile | lines | buffers | process | load | step |\n|---|---|---|---|---|---|---|"
        )
        for title in NETWORKS:
            print(spawn(["-m", "benchmarks.published", title], 1).strip(), flush=True)
