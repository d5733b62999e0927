"""Convolutional networks, each described once for all engines.

A network is a function of an engine's layers and of its images, which are ``(N, H, W, C)`` for graphc
and ``(N, C, H, W)`` for PyTorch; PyTorch keeps them with channels last in memory where that is faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[Any], Any]


def lenet(layers: Any, x: Any) -> Any:
    """LeNet-5 with ReLU and max pooling."""
    x = layers.pool(layers.relu(layers.conv(x, 6, 5, padding=2, bias=True)))
    x = layers.pool(layers.relu(layers.conv(x, 16, 5, bias=True)))
    x = layers.relu(layers.dense(layers.flat(x), 120))
    return layers.dense(layers.relu(layers.dense(x, 84)), 10)


def lenet_wide(layers: Any, x: Any) -> Any:
    """LeNet with 32 and 64 filters of 5x5 and 256 hidden units: 23 MFLOP an image, forward."""
    for filters in (32, 64):
        x = layers.pool(layers.relu(layers.conv(x, filters, 5, padding=2, bias=True)))
    return layers.dense(layers.relu(layers.dense(layers.flat(x), 256)), 10)


def vgg_block(layers: Any, x: Any) -> Any:
    """Two stages of VGG: 64, 64, pool, 128, 128, pool."""
    for filters in (64, 128):
        for _ in range(2):
            x = layers.relu(layers.conv(x, filters, 3, padding=1, bias=True))
        x = layers.pool(x)
    return layers.dense(layers.flat(x), 10)


def resnet_20(layers: Any, x: Any) -> Any:
    """ResNet-20 of K. He et al., 2016, section 4.2, with projections where sizes change."""
    x = layers.relu(layers.norm(layers.conv(x, 16, 3, padding=1)))
    for filters, first in ((16, 1), (32, 2), (64, 2)):
        for stride in (first, 1, 1):
            h = layers.relu(layers.norm(layers.conv(x, filters, 3, stride, padding=1)))
            h = layers.norm(layers.conv(h, filters, 3, padding=1))
            if stride != 1:
                x = layers.norm(layers.conv(x, filters, 1, stride))
            x = layers.relu(x + h)
    return layers.dense(layers.mean(x), 10)


WORKLOADS: dict[str, dict[str, Any]] = {
    "lenet": {
        "title": "LeNet, 28x28x1, batch 64, Adam",
        "network": lenet,
        "image": (28, 28, 1),
        "batch": 64,
        "optimizer": "Adam",
        "rate": 1e-3,
        "channels_last": False,
    },
    "lenet_wide": {
        "title": "LeNet with 32 and 64 filters, 28x28x1, batch 64, Adam",
        "network": lenet_wide,
        "image": (28, 28, 1),
        "batch": 64,
        "optimizer": "Adam",
        "rate": 1e-3,
        "channels_last": False,
    },
    "resnet_20": {
        "title": "ResNet-20, 32x32x3, batch 32, SGD with momentum",
        "network": resnet_20,
        "image": (32, 32, 3),
        "batch": 32,
        "optimizer": "SGD",
        "rate": 0.01,
        "channels_last": True,
    },
    "vgg_block": {
        "title": "VGG block 64-64-128-128, 32x32x3, batch 16, SGD with momentum",
        "network": vgg_block,
        "image": (32, 32, 3),
        "batch": 16,
        "optimizer": "SGD",
        "rate": 0.01,
        "channels_last": True,
    },
}


def batches(workload: str, count: int = 8) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images uniform on [0, 1); labels by a fixed random teacher."""
    spec = WORKLOADS[workload]
    rng = np.random.default_rng(1)
    teacher = rng.standard_normal((int(np.prod(spec["image"])), 10)).astype(np.float32)
    result = []
    for _ in range(count):
        x = rng.random((spec["batch"], *spec["image"]), dtype=np.float32)
        result.append((x, (x.reshape(len(x), -1) @ teacher).argmax(axis=1).astype(np.int64)))
    return result


class Weights:
    """Draws the same first weights for every engine, in order of use."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(2)

    def draw(self, *shape: int) -> np.ndarray:
        """Normal, with the variance of He: 2 over what an output is computed from."""
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        return (self.rng.standard_normal(shape) * scale).astype(np.float32)


class GraphcLayers(Weights):
    """graphc's layers."""

    def conv(
        self, x: Any, filters: int, size: int, stride: int = 1, padding: int = 0, bias: bool = False
    ) -> Any:
        from graphc import nn

        w = self.draw(size, size, x.shape[-1], filters)
        return nn.Conv2D(filters, size, stride, padding, use_bias=bias, init=w)(x)

    def dense(self, x: Any, units: int) -> Any:
        from graphc import nn

        return nn.Dense(units, init=self.draw(x.shape[-1], units))(x)

    def norm(self, x: Any) -> Any:
        from graphc import nn

        return nn.BatchNorm()(x)

    def relu(self, x: Any) -> Any:
        import graphc as gx

        return gx.relu(x)

    def pool(self, x: Any) -> Any:
        import graphc as gx

        return gx.max_pool(x, 2)

    def mean(self, x: Any) -> Any:
        import graphc as gx

        return gx.global_avg_pool(x)

    def flat(self, x: Any) -> Any:
        from graphc import nn

        return nn.Flatten()(x)


class TorchLayers(Weights):
    """PyTorch's functions; parameters are made in the first pass and used again in the next."""

    def __init__(self, memory_format: Any) -> None:
        super().__init__()
        self.memory_format = memory_format
        self.parameters: list[Any] = []
        self.running: dict[Any, tuple[Any, Any]] = {}
        self.used = 0

    def begin(self) -> None:
        """Start a pass."""
        self.used = 0

    def parameter(self, make: Callable[[], Any]) -> Any:
        """The next parameter, made if this is the first pass."""
        import torch as pt

        if self.used == len(self.parameters):
            self.parameters.append(pt.nn.Parameter(make()))
        self.used += 1
        return self.parameters[self.used - 1]

    def conv(
        self, x: Any, filters: int, size: int, stride: int = 1, padding: int = 0, bias: bool = False
    ) -> Any:
        import torch as pt

        def weights() -> Any:
            w = self.draw(size, size, x.shape[1], filters).transpose(3, 2, 0, 1)
            return pt.from_numpy(w.copy()).contiguous(memory_format=self.memory_format)

        w = self.parameter(weights)
        b = self.parameter(lambda: pt.zeros(filters)) if bias else None
        return pt.nn.functional.conv2d(x, w, b, stride, padding)

    def dense(self, x: Any, units: int) -> Any:
        import torch as pt

        w = self.parameter(lambda: pt.from_numpy(self.draw(x.shape[-1], units).T.copy()))
        return pt.nn.functional.linear(x, w, self.parameter(lambda: pt.zeros(units)))

    def norm(self, x: Any) -> Any:
        import torch as pt

        gamma = self.parameter(lambda: pt.ones(x.shape[1]))
        beta = self.parameter(lambda: pt.zeros(x.shape[1]))
        mean, var = self.running.setdefault(gamma, (pt.zeros_like(beta), pt.ones_like(gamma)))
        return pt.nn.functional.batch_norm(x, mean, var, gamma, beta, training=True)

    def relu(self, x: Any) -> Any:
        return x.relu()

    def pool(self, x: Any) -> Any:
        import torch as pt

        return pt.nn.functional.max_pool2d(x, 2)

    def mean(self, x: Any) -> Any:
        return x.mean((2, 3))

    def flat(self, x: Any) -> Any:
        return x.permute(0, 2, 3, 1).flatten(1)


def graphc(workload: str) -> tuple[Step, list[Any]]:
    """graphc, planned style."""
    import graphc as gx
    from graphc import losses, nn, optim

    spec = WORKLOADS[workload]

    class Network(nn.Module):
        def forward(self, x: Any) -> Any:
            return spec["network"](GraphcLayers(), x)

    x = gx.input("x", ("N", *spec["image"]))
    y = gx.input("y", ("N",), dtype="int64")
    logits = Network()(x)
    rate, adam = spec["rate"], spec["optimizer"] == "Adam"
    net = gx.compile(
        f"bench_{workload}",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.Adam(rate) if adam else optim.SGD(rate, momentum=0.9),
    )
    m = net.load()
    return lambda batch: m.train_step(*batch), batches(workload)


def torch(workload: str) -> tuple[Step, list[Any]]:
    """PyTorch eager, with its fused optimisers."""
    import torch as pt

    pt.set_num_threads(2)
    spec = WORKLOADS[workload]
    memory = pt.channels_last if spec["channels_last"] else pt.contiguous_format
    data = [
        (pt.from_numpy(x.transpose(0, 3, 1, 2).copy()).contiguous(memory_format=memory), y)
        for x, y in ((x, pt.from_numpy(y)) for x, y in batches(workload))
    ]
    layers = TorchLayers(memory)
    with pt.no_grad():
        spec["network"](layers, data[0][0])
    rate, given = spec["rate"], layers.parameters
    if spec["optimizer"] == "Adam":
        optimizer: Any = pt.optim.Adam(given, lr=rate, fused=True)
    else:
        optimizer = pt.optim.SGD(given, lr=rate, momentum=0.9, fused=True)

    def step(batch: Any) -> Any:
        optimizer.zero_grad()
        layers.begin()
        loss = pt.nn.functional.cross_entropy(spec["network"](layers, batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, data
