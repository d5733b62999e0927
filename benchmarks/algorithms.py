"""``python -m benchmarks.algorithms``: what convolutions are estimated to take, and what they take.

For each of some geometries and for each of the three ops: the algorithm that the cost formulas choose,
the one that is fastest, and how much slower the choice is.
"""

from __future__ import annotations

import argparse

import numpy as np

import graphc as gx
from graphc.ir.node import Node, make
from graphc.ops.base import REGISTRY
from graphc.ops.conv.algorithms import ALGORITHMS, geometry
from graphc.tuning import Tuner

# image, kernel, filters, stride, padding: layers of LeNet, ResNet-20, VGG and ResNet-50, large kernels
LAYERS = [
    ((32, 28, 28, 1), 5, 6, 1, 2),
    ((32, 14, 14, 6), 5, 16, 1, 0),
    ((32, 32, 32, 3), 3, 16, 1, 1),
    ((32, 32, 32, 16), 3, 16, 1, 1),
    ((32, 32, 32, 16), 3, 32, 2, 1),
    ((32, 16, 16, 32), 3, 32, 1, 1),
    ((32, 8, 8, 64), 3, 64, 1, 1),
    ((16, 32, 32, 3), 3, 64, 1, 1),
    ((16, 32, 32, 64), 3, 64, 1, 1),
    ((16, 16, 16, 64), 3, 128, 1, 1),
    ((16, 16, 16, 128), 3, 128, 1, 1),
    ((2, 112, 112, 3), 7, 64, 2, 3),
    ((4, 14, 14, 256), 3, 256, 1, 1),
    ((8, 64, 64, 8), 11, 8, 1, 5),
    ((8, 64, 64, 8), 31, 8, 1, 15),
]


def nodes(image: tuple[int, ...], size: int, filters: int, stride: int, padding: int) -> list[Node]:
    """A convolution and its two gradients."""
    x = gx.input("x", image)
    w = gx.input("w", (size, size, image[-1], filters))
    y = gx.conv(x, w, stride, padding)
    g = gx.input("g", y.shape)
    attrs = {**y.node.attrs}
    return [
        y.node,
        make(REGISTRY["conv_input_gradient"], (g, w), {**attrs, "sizes": image[1:-1]}),
        make(REGISTRY["conv_weight_gradient"], (x, g), {**attrs, "kernel": (size, size)}),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", help="measurements to use and to add to (default: the user's)")
    tuner = Tuner(parser.parse_args().file)
    lost = []
    print("| image | kernel | op | chosen, estimated ms | all, measured ms | slower by |")
    print("|---|---|---|---|---|---|")
    for image, size, filters, stride, padding in LAYERS:
        for node in nodes(image, size, filters, stride, padding):
            fit = [a for a in ALGORITHMS[node.op.name] if a.applies(node)]
            estimated = {a.name: a.seconds(geometry(node)) for a in fit}
            measured = tuner.seconds(node, fit)
            choice = min(estimated, key=lambda name: estimated[name])
            lost.append(measured[choice] / min(measured.values()))
            order = sorted(measured, key=lambda name: measured[name])
            times = ", ".join(f"{name} {measured[name] * 1e3:.2f}" for name in order)
            print(
                f"| {image} | {size}x{size}x{filters}, stride {stride} | {node.op.name} "
                f"| {choice} {estimated[choice] * 1e3:.2f} | {times} | {lost[-1]:.2f} |"
            )
    print(
        f"\nOn average (geometric) the choice is {np.exp(np.mean(np.log(lost))):.2f} times the best."
    )


if __name__ == "__main__":
    main()
