"""The workloads, once for each engine: the same network, initial values, data and optimiser.

Each function returns ``step(batch) -> loss`` for one engine; `batches` makes fresh mini-batches, so
that no engine over-fits one (gradients would become denormal numbers, and slow).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import images, recurrent, transformer, updates

Step = Callable[[Any], Any]

MLP = "784-512-512-10 relu, batch 128, Adam"
TINY = "4-16-16-1 tanh, batch 32, SGD"
NORM = "256-512-{}-512-10 relu, batch 128, Adam"
WORKLOADS = {
    "mlp": {"title": MLP, "sizes": (784, 512, 512, 10), "batch": 128},
    "tiny": {"title": TINY, "sizes": (4, 16, 16, 1), "batch": 32},
    "batch_norm": {
        "title": NORM.format("batch norm"),
        "sizes": (256, 512, 512, 10),
        "batch": 128,
        "norm": "BatchNorm",
    },
    "layer_norm": {
        "title": NORM.format("layer norm"),
        "sizes": (256, 512, 512, 10),
        "batch": 128,
        "norm": "LayerNorm",
    },
    **updates.WORKLOADS,
    **images.WORKLOADS,
    **transformer.WORKLOADS,
    **recurrent.WORKLOADS,
}
ENGINES = {
    "mlp": ("graphc", "torch", "jax"),
    "tiny": ("graphc", "torch", "jax"),
    "batch_norm": ("graphc", "torch"),
    "layer_norm": ("graphc", "torch"),
    "adam_1m": ("graphc", "torch"),
    "rmsprop_1m": ("graphc", "torch"),
    **dict.fromkeys(images.WORKLOADS, ("graphc", "torch")),
    "transformer": ("graphc", "torch"),
    **dict.fromkeys(recurrent.WORKLOADS, ("graphc", "torch")),
}

COMPILED = {
    "the digits network": "digits",
    "the character LSTM": "lstm",
    "the GPT-like transformer": "gpt",
    "ResNet-34": "resnet_34",
    "ResNet-152": "resnet_152",
}


def declared(name: str) -> Any:
    """A network of `COMPILED`, at its full size, compiled."""
    import graphc as gx
    from examples import char_rnn, digits_mlp, gpt
    from graphc import losses, models, optim

    builds = {"digits": digits_mlp.build, "lstm": char_rnn.build, "gpt": gpt.build}
    if name in builds:
        return builds[name]()
    x, y = gx.input("x", ("N", 224, 224, 3)), gx.input("y", ("N",), dtype="int64")
    logits = models.ResNet(int(name.rpartition("_")[2]))(x)
    return gx.compile(
        name,
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optim.SGD(0.1, momentum=0.9),
    )


def batches(workload: str, count: int = 50) -> list[tuple[np.ndarray, np.ndarray]]:
    """Fresh mini-batches: inputs uniform on [0, 1); labels by a fixed random teacher."""
    spec = WORKLOADS[workload]
    sizes, batch = spec["sizes"], spec["batch"]
    rng = np.random.default_rng(1)
    teacher = rng.standard_normal((sizes[0], sizes[-1])).astype(np.float32)
    result = []
    for _ in range(count):
        x = rng.random((batch, sizes[0]), dtype=np.float32)
        score = x @ teacher
        target = score.argmax(axis=1) if workload != "tiny" else np.tanh(score)
        result.append((x, target.astype(np.int64 if workload != "tiny" else np.float32)))
    return result


def initial(workload: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same first weights for every engine."""
    sizes = WORKLOADS[workload]["sizes"]
    rng = np.random.default_rng(2)
    return [
        (
            (rng.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32),
            np.zeros(b, np.float32),
        )
        for a, b in pairwise(sizes)
    ]


def graphc(workload: str) -> tuple[Step, list[Any]]:
    """graphc, planned style."""
    if workload in updates.WORKLOADS:
        return updates.graphc(workload)
    if workload in images.WORKLOADS:
        return images.graphc(workload)
    if workload in transformer.WORKLOADS:
        return transformer.graphc()
    if workload in recurrent.WORKLOADS:
        return recurrent.graphc(workload)

    import graphc as gx
    from graphc import losses, nn, optim

    sizes = WORKLOADS[workload]["sizes"]
    x = gx.input("x", ("N", sizes[0]))
    kind = "tanh" if workload == "tiny" else "relu"
    weights = initial(workload)
    layers: list[nn.Module] = [
        nn.Dense(b, activation=kind if i < len(sizes) - 2 else None, init=w, bias_init=bias)
        for i, (b, (w, bias)) in enumerate(zip(sizes[1:], weights, strict=True))
    ]
    if norm := WORKLOADS[workload].get("norm"):
        first = nn.Dense(sizes[1], init=weights[0][0])
        layers[:1] = [first, getattr(nn, norm)(), nn.Activation(kind)]
    output = nn.Sequential(layers)(x)
    if workload != "tiny":
        y = gx.input("y", ("N",), dtype="int64")
        loss, optimizer = losses.softmax_cross_entropy(output, y), optim.Adam(1e-3)
    else:
        y = gx.input("y", ("N", sizes[-1]))
        loss, optimizer = losses.squared_error(output, y), optim.SGD(0.01)
    net = gx.compile(
        f"bench_{workload}", inputs=[x], targets=[y], loss=loss, outputs=output, optimizer=optimizer
    )
    m = net.load()
    return lambda batch: m.train_step(*batch), batches(workload)


def torch(workload: str, device: str = "cpu", mode: str = "") -> tuple[Step, list[Any]]:
    """PyTorch, with the fused Adam: eager, or compiled with a mode of `torch.compile`."""
    if workload in updates.WORKLOADS:
        return updates.torch(workload)
    if workload in images.WORKLOADS:
        return images.torch(workload)
    if workload in transformer.WORKLOADS:
        return transformer.torch(device, mode)
    if workload in recurrent.WORKLOADS:
        return recurrent.torch(workload)

    import torch as pt

    pt.set_num_threads(2)
    modules: list[Any] = []
    weights = initial(workload)
    for i, (w, b) in enumerate(weights):
        linear = pt.nn.Linear(*w.shape)
        linear.weight.data = pt.from_numpy(w.T.copy())
        linear.bias.data = pt.from_numpy(b.copy())
        modules.append(linear)
        norm = WORKLOADS[workload].get("norm")
        if norm and i == 0:
            modules.append(
                {"BatchNorm": pt.nn.BatchNorm1d, "LayerNorm": pt.nn.LayerNorm}[norm](512)
            )
        if i < len(weights) - 1:
            modules.append(pt.nn.Tanh() if workload == "tiny" else pt.nn.ReLU())
    model = pt.nn.Sequential(*modules).to(device)
    if workload != "tiny":
        optimizer = pt.optim.Adam(model.parameters(), lr=1e-3, fused=True)
        criterion = pt.nn.functional.cross_entropy
    else:
        optimizer = pt.optim.SGD(model.parameters(), lr=0.01)
        criterion = pt.nn.functional.mse_loss

    def loss_of(x: Any, y: Any) -> Any:
        return criterion(model(x), y)

    forward = pt.compile(loss_of, mode=mode) if mode else loss_of

    def step(batch: Any) -> Any:
        optimizer.zero_grad()
        loss = forward(*batch)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, [tuple(pt.from_numpy(a).to(device) for a in b) for b in batches(workload)]


def jax(workload: str) -> tuple[Step, list[Any]]:
    """JAX, the whole step under `jit`, states donated."""
    import jax as jx
    import jax.numpy as jnp

    params = [(jnp.asarray(w), jnp.asarray(b)) for w, b in initial(workload)]

    def loss_of(params: Any, x: Any, y: Any) -> Any:
        act = jx.nn.relu if workload == "mlp" else jnp.tanh
        for i, (w, b) in enumerate(params):
            x = x @ w + b
            x = act(x) if i < len(params) - 1 else x
        if workload == "mlp":
            return -jnp.take_along_axis(jx.nn.log_softmax(x), y[:, None], 1).mean()
        return ((x - y) ** 2).mean()

    def sgd(state: Any, x: Any, y: Any) -> Any:
        params, _ = state
        loss, grads = jx.value_and_grad(loss_of)(params, x, y)
        return (jx.tree.map(lambda p, g: p - 0.01 * g, params, grads), None), loss

    def adam(state: Any, x: Any, y: Any) -> Any:
        params, (t, m, v) = state
        loss, grads = jx.value_and_grad(loss_of)(params, x, y)
        t = t + 1
        m = jx.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
        v = jx.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, grads)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        small = 1e-8 * jnp.sqrt(1 - 0.999**t)
        params = jx.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + small), params, m, v)
        return (params, (t, m, v)), loss

    zeros = jx.tree.map(jnp.zeros_like, params)
    moments = (jnp.zeros(()), zeros, jx.tree.map(jnp.zeros_like, params))
    state = [(params, moments if workload == "mlp" else None)]
    compiled = jx.jit(adam if workload == "mlp" else sgd, donate_argnums=0)

    def step(batch: Any) -> Any:
        state[0], loss = compiled(state[0], *batch)
        return loss.block_until_ready()

    return step, [tuple(jnp.asarray(a) for a in batch) for batch in batches(workload)]
