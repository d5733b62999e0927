"""The training step of a small language model of characters: graphc and torch, the same network.

Decoder-only, norms first, GELU by tanh, learned positions, cross-entropy over every position, AdamW; the
initial weights, the data and the mathematics are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[Any], Any]

WIDTH, HEADS, DEPTH, LENGTH, BATCH, CHARACTERS = 128, 4, 4, 64, 16, 65
WORKLOADS = {
    "transformer": {
        "title": f"transformer: d {WIDTH}, {HEADS} heads, {DEPTH} layers, T {LENGTH}, batch {BATCH}, AdamW"
    }
}


def batches(count: int = 50) -> list[tuple[np.ndarray, np.ndarray]]:
    """Fresh mini-batches: each character is a noisy function of the two before it."""
    rng = np.random.default_rng(1)
    table = rng.integers(CHARACTERS, size=(CHARACTERS, CHARACTERS))
    text = rng.integers(CHARACTERS, size=(count, BATCH, LENGTH + 1))
    for t in range(2, LENGTH + 1):
        follows = table[text[..., t - 2], text[..., t - 1]]
        text[..., t] = np.where(rng.random((count, BATCH)) < 0.8, follows, text[..., t])
    return [(piece[:, :-1].copy(), piece[:, 1:].copy()) for piece in text]


def initial() -> list[np.ndarray]:
    """The same first weights for both engines, in the order of the network."""
    rng = np.random.default_rng(2)
    d = WIDTH
    block = [(d, 3 * d), (d, d), (d, 4 * d), (4 * d, d)]
    shapes = [(CHARACTERS, d), (LENGTH, d), *(block * DEPTH), (d, CHARACTERS)]
    return [(0.05 * rng.standard_normal(shape)).astype(np.float32) for shape in shapes]


def graphc() -> tuple[Step, list[Any]]:
    """graphc, planned style."""
    import graphc as gx
    from graphc import losses, nn, optim

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__("gpt")
            self.characters = nn.Embedding(CHARACTERS, WIDTH)
            self.positions = nn.LearnedPositions(LENGTH)
            self.blocks = [
                nn.TransformerEncoderLayer(
                    WIDTH, HEADS, None, "gelu_tanh", 0.0, norm_first=True, causal=True
                )
                for _ in range(DEPTH)
            ]
            self.norm = nn.LayerNorm()
            self.scores = nn.Dense(CHARACTERS, use_bias=False)

        def forward(self, x: gx.Tensor) -> gx.Tensor:
            h = self.positions(self.characters(x))
            for block in self.blocks:
                h = block(h)
            return self.scores(self.norm(h))

    x, y = (gx.input(name, ("N", "T"), dtype="int64") for name in "xy")
    model = Model()
    logits = model(x)
    net = gx.compile(
        "bench_transformer",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.AdamW(1e-3, weight_decay=0.01),
    )
    m = net.load()
    values = m.state_dict()
    for parameter, weight in zip(model.weights(), initial(), strict=True):
        values[parameter.name] = weight
    m.load_state_dict(values)
    return lambda batch: m.train_step(*batch), batches()


def torch(device: str = "cpu", mode: str = "") -> tuple[Step, list[Any]]:
    """PyTorch, its fused attention and its fused AdamW: eager, or compiled with a mode of
    `torch.compile`."""
    import torch as pt
    from torch.nn import functional as f

    pt.set_num_threads(2)

    class Block(pt.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm_1, self.norm_2 = pt.nn.LayerNorm(WIDTH), pt.nn.LayerNorm(WIDTH)
            self.qkv, self.out = pt.nn.Linear(WIDTH, 3 * WIDTH), pt.nn.Linear(WIDTH, WIDTH)
            self.up, self.down = pt.nn.Linear(WIDTH, 4 * WIDTH), pt.nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x: Any) -> Any:
            parts = self.qkv(self.norm_1(x)).view(*x.shape[:2], 3, HEADS, WIDTH // HEADS)
            q, k, v = parts.permute(2, 0, 3, 1, 4)
            attended = f.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(attended.transpose(1, 2).reshape(x.shape))
            return x + self.down(f.gelu(self.up(self.norm_2(x)), approximate="tanh"))

    class Model(pt.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.characters = pt.nn.Embedding(CHARACTERS, WIDTH)
            self.positions = pt.nn.Embedding(LENGTH, WIDTH)
            self.blocks = pt.nn.ModuleList(Block() for _ in range(DEPTH))
            self.norm = pt.nn.LayerNorm(WIDTH)
            self.scores = pt.nn.Linear(WIDTH, CHARACTERS, bias=False)

        def forward(self, x: Any) -> Any:
            h = self.characters(x) + self.positions.weight[: x.shape[1]]
            for block in self.blocks:
                h = block(h)
            return self.scores(self.norm(h))

    model = Model()
    layers = [layer for b in model.blocks for layer in (b.qkv, b.out, b.up, b.down)]
    tables = [model.characters, model.positions]
    for layer, weight in zip([*tables, *layers, model.scores], initial(), strict=True):
        turned = weight if layer in tables else weight.T
        layer.weight.data = pt.from_numpy(turned.copy())
        if getattr(layer, "bias", None) is not None:
            layer.bias.data.zero_()
    model.to(device)
    optimizer = pt.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=True)

    def loss_of(x: Any, y: Any) -> Any:
        return f.cross_entropy(model(x).flatten(0, 1), y.flatten())

    forward = pt.compile(loss_of, mode=mode) if mode else loss_of

    def step(batch: Any) -> Any:
        optimizer.zero_grad()
        loss = forward(*batch)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step, [tuple(pt.from_numpy(a).to(device) for a in batch) for batch in batches()]
