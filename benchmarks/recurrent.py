"""The training step of a recurrent language model of characters: graphc and torch, the same network.

One layer, LSTM or GRU, cross-entropy over every position, gradients clipped by their global norm, Adam;
the initial weights, the data and the mathematics are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[Any], Any]

WIDTH, UNITS, LENGTH, BATCH, CHARACTERS = 64, 256, 64, 32, 65
GATES = {"lstm": 4, "gru": 3}
WORKLOADS = {
    name: {"title": f"{name}: h {UNITS}, T {LENGTH}, batch {BATCH}, clipped, Adam"}
    for name in GATES
}


def batches(count: int = 50) -> list[tuple[np.ndarray, np.ndarray]]:
    """Fresh mini-batches (T, N): each character is a noisy function of the two before it."""
    rng = np.random.default_rng(1)
    table = rng.integers(CHARACTERS, size=(CHARACTERS, CHARACTERS))
    text = rng.integers(CHARACTERS, size=(count, LENGTH + 1, BATCH))
    for t in range(2, LENGTH + 1):
        follows = table[text[:, t - 2], text[:, t - 1]]
        text[:, t] = np.where(rng.random((count, BATCH)) < 0.8, follows, text[:, t])
    return [(piece[:-1].copy(), piece[1:].copy()) for piece in text]


def initial(workload: str) -> dict[str, np.ndarray]:
    """The same first weights for both engines; biases are zeros."""
    rng = np.random.default_rng(2)
    columns = GATES[workload] * UNITS
    shapes = {"table": (CHARACTERS, WIDTH), "W": (WIDTH, columns), "U": (UNITS, columns)}
    shapes["scores"] = (UNITS, CHARACTERS)
    return {
        name: (rng.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)
        for name, shape in shapes.items()
    }


def graphc(workload: str) -> tuple[Step, list[Any]]:
    """graphc, planned style."""
    import graphc as gx
    from graphc import losses, nn, optim

    x, y = (gx.input(name, ("T", "N"), dtype="int64") for name in "xy")
    cell = {"lstm": nn.LSTM, "gru": nn.GRU}[workload]
    weights = initial(workload)
    model = nn.Sequential(
        [
            nn.Embedding(CHARACTERS, WIDTH, init=weights["table"]),
            cell(UNITS, True, init=weights["W"], recurrent_init=weights["U"]),
            nn.Dense(CHARACTERS, init=weights["scores"]),
        ]
    )
    logits = model(x)
    net = gx.compile(
        f"bench_{workload}",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.Adam(1e-3, clip_norm=1.0),
    )
    m = net.load()
    values = m.state_dict()
    for name in values:
        if name.endswith((".b", ".bn")):
            values[name] = np.zeros_like(values[name])
    m.load_state_dict(values)
    return lambda batch: m.train_step(*batch), batches()


def torch(workload: str) -> tuple[Step, list[Any]]:
    """PyTorch eager, its own layers and fused Adam.  Of its two biases a gate one is held at zero, as
    there is one in the other engine."""
    import torch as pt
    from torch.nn import functional as f

    pt.set_num_threads(2)
    weights = initial(workload)
    table = pt.nn.Embedding(CHARACTERS, WIDTH)
    layer = {"lstm": pt.nn.LSTM, "gru": pt.nn.GRU}[workload](WIDTH, UNITS)
    scores = pt.nn.Linear(UNITS, CHARACTERS)
    table.weight.data = pt.from_numpy(weights["table"])
    scores.weight.data = pt.from_numpy(weights["scores"].T.copy())
    order = [0, 1, 3, 2] if workload == "lstm" else [0, 1, 2]  # from i, f, o, g to i, f, g, o
    for name, weight in (("weight_ih_l0", "W"), ("weight_hh_l0", "U")):
        gates = np.split(weights[weight], GATES[workload], axis=1)
        turned = np.concatenate([gates[g].T for g in order])
        getattr(layer, name).data = pt.from_numpy(turned)
    for bias in (layer.bias_ih_l0, layer.bias_hh_l0, scores.bias):
        bias.data.zero_()
    trained = pt.zeros(GATES[workload] * UNITS)
    if workload == "gru":
        trained[2 * UNITS :] = 1  # the candidate's stands inside the reset gate's product
    layer.bias_hh_l0.register_hook(lambda gradient: gradient * trained)
    parameters = [p for module in (table, layer, scores) for p in module.parameters()]
    optimizer = pt.optim.Adam(parameters, lr=1e-3, fused=True)

    def step(batch: Any) -> Any:
        optimizer.zero_grad()
        logits = scores(layer(table(batch[0]))[0])
        loss = f.cross_entropy(logits.flatten(0, 1), batch[1].flatten())
        loss.backward()
        pt.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return loss.detach()

    return step, [tuple(pt.from_numpy(a) for a in batch) for batch in batches()]
