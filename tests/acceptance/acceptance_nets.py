"""Networks that the acceptance tests compile: one of each kind, with data to train them on.

Each function declares a network anew, so that no test sees the states of another, and returns it
compiled in the style asked for.
"""

from __future__ import annotations

from functools import cache

import numpy as np

import graphc as gx
from graphc import init, losses, nn, optim
from graphc.dsl import schedules


def _classifier(name, layers, optimizer, features=12, dtype="float32", **options):
    x = gx.input("x", ("N", features), dtype)
    y = gx.input("y", ("N",), "int64")
    logits = nn.Sequential(layers, name="net")(x)
    loss = losses.softmax_cross_entropy(logits, y)
    outputs = {"probs": gx.softmax(logits)}
    return gx.compile(
        name, inputs=[x], targets=[y], loss=loss, outputs=outputs, optimizer=optimizer, **options
    )


def digits(style="planned", **options):
    """The network of the design, with dropout and Adam."""
    layers = [nn.Dense(16, activation="relu"), nn.Dropout(0.2), nn.Dense(5)]
    return _classifier("digits_mlp", layers, optim.Adam(1e-2), style=style, **options)


def momentum(style="planned", **options):
    """Nesterov momentum, clipping, and weight decay that leaves biases alone."""
    optimizer = optim.SGD(
        0.05, momentum=0.9, nesterov=True, weight_decay=0.1, clip_norm=0.5, decay_biases=False
    )
    layers = [nn.Dense(9, activation="tanh"), nn.Dense(7, activation="sigmoid"), nn.Dense(5)]
    return _classifier("momentum_net", layers, optimizer, style=style, **options)


def adamw(style="planned", **options):
    """AdamW whose rate warms up and then falls along a cosine."""
    rate = schedules.warmup(3, schedules.cosine(0.02, 40, floor=0.001))
    optimizer = optim.AdamW(rate, clip_norm=1.0, weight_decay=0.05)
    layers = [nn.Dense(8, activation="softplus"), nn.Dropout(0.1), nn.Dense(5)]
    return _classifier("adamw_net", layers, optimizer, style=style, **options)


def wide(style="planned", **options):
    """300,000 parameters, so that updates go block by block."""
    layers = [nn.Dense(1000, activation="relu"), nn.Dropout(0.3), nn.Dense(290), nn.Dense(5)]
    optimizer = optim.AdamW(0.005, clip_norm=1.0)
    return _classifier("wide_net", layers, optimizer, style=style, **options)


def wide_momentum(style="planned", **options):
    """The same width, by momentum."""
    layers = [nn.Dense(1000, activation="relu"), nn.Dense(290), nn.Dense(5)]
    optimizer = optim.SGD(0.05, momentum=0.9, weight_decay=0.01, clip_norm=2.0)
    return _classifier("wide_momentum_net", layers, optimizer, style=style, **options)


def wide_adam(style="planned", **options):
    """The same width, by Adam without clipping or dropout."""
    layers = [nn.Dense(1000, activation="relu"), nn.Dense(290), nn.Dense(5)]
    return _classifier("wide_adam_net", layers, optim.Adam(0.005), style=style, **options)


def residual(style="planned", **options):
    """Residual blocks with gelu, which needs erf, and a sum of two losses."""
    x = gx.input("x", ("N", 12))
    y = gx.input("y", ("N",), "int64")
    body = nn.Sequential(
        [
            nn.Dense(8, activation="gelu"),
            nn.Residual(nn.Sequential([nn.Dense(8, activation="gelu"), nn.Dense(8)])),
            nn.Residual(nn.Sequential([nn.Dense(8, activation="elu"), nn.Dense(8)])),
            nn.Dense(5),
        ],
        name="tower",
    )
    logits = body(x)
    penalty = sum(gx.sum(gx.square(p)) for p in body.parameters())
    loss = (losses.softmax_cross_entropy(logits, y) + 1e-4 * penalty).named("objective")
    return gx.compile(
        "residual_net",
        inputs=[x],
        targets=[y],
        loss=loss,
        outputs=logits,
        optimizer=optim.Adam(1e-2),
        style=style,
        **options,
    )


def two_heads(style="planned", **options):
    """Two inputs, two targets, and several outputs by name."""
    images = gx.input("images", ("N", 12))
    extra = gx.input("extra", ("N", 3))
    labels = gx.input("labels", ("N",), "int32")
    heights = gx.input("heights", ("N", 2))
    both = gx.concat([images, extra], axis=1)
    h = nn.Dense(10, activation="silu", name="trunk")(both)
    logits = nn.Dense(5, name="kind")(h)
    height = nn.Dense(2, name="height", init=init.zeros)(h)
    loss = losses.softmax_cross_entropy(logits, labels)
    loss = (loss + 0.5 * losses.squared_error(height, heights)).named("total")
    return gx.compile(
        "two_heads",
        inputs=[images, extra],
        targets=[labels, heights],
        loss=loss,
        outputs={"kind": gx.argmax(logits, axis=1), "probs": gx.softmax(logits), "height": height},
        optimizer=optim.SGD(0.1),
        style=style,
        **options,
    )


@cache
def swish():
    """An elementwise op of a user's own."""
    import sympy as sp

    return gx.elementwise("swish_of_mine", lambda x: x / (1 + sp.exp(-x)))


def regression(style="planned", **options):
    """float64, an activation of the user's own, one scalar output an example."""
    x = gx.input("x", ("N", 12), "float64")
    t = gx.input("t", ("N", 1), "float64")
    hidden = nn.Dense(6, activation=swish(), name="hidden")(x)
    prediction = nn.Dense(1, name="out")(hidden).named("prediction")
    return gx.compile(
        "regression",
        inputs=[x],
        targets=[t],
        loss=losses.squared_error(prediction, t),
        outputs=prediction,
        optimizer=optim.Adam(1e-2),
        style=style,
        **options,
    )


def program(style="planned"):
    """Two step functions and a sampler over one set of states, with a counter and a flag."""
    x = gx.input("x", ("N", 4))
    with gx.scope("game"):
        w = gx.parameter("w", init.normal()((4, 3)))
        v = gx.parameter("v", init.normal()((3, 4)))
        steps = gx.state("steps", 0)
        busy = gx.state("busy", False)
    code = gx.tanh(x @ w)
    d_loss = gx.mean(gx.square(code @ v - x)).named("d_loss")
    g_loss = gx.mean(gx.abs(code)).named("g_loss")
    (dv,) = gx.grad(d_loss, [v])
    (dw,) = gx.grad(g_loss, [w])
    d_step = gx.function([x], [d_loss], {v: v - 0.1 * dv, steps: steps + 1, busy: True})
    g_step = gx.function([x], [g_loss], {w: w - 0.1 * dw, steps: steps + 1, busy: False})
    code_of = gx.function([x], {"code": code, "steps": steps, "busy": busy}, training=False)
    return gx.Program("game", style=style, d_step=d_step, g_step=g_step, code_of=code_of)


TRAINED = {
    "digits": digits,
    "momentum": momentum,
    "adamw": adamw,
    "wide": wide,
    "wide_momentum": wide_momentum,
    "residual": residual,
    "two_heads": two_heads,
    "regression": regression,
}
"""Networks with a `train_step`, by name."""

EVERY = {**TRAINED, "program": program}
"""All of them."""


def batch(net, n, seed=0):
    """Arguments of a training step: n random examples."""
    rng = np.random.default_rng(seed)
    arrays = []
    for tensor in (*net.unit.inputs, *net.unit.targets):
        shape = [size if isinstance(size, int) else n for size in tensor.shape]
        if tensor.dtype.startswith("int"):
            arrays.append(rng.integers(0, 5, shape).astype(tensor.dtype))
        else:
            arrays.append(rng.normal(size=shape).astype(tensor.dtype))
    return arrays


def inputs_of(net, arrays):
    """The part of a training step's arguments that `predict` takes."""
    return arrays[: len(net.unit.inputs)]


def same_bits(a, b):
    """Whether two states (dicts of arrays) are equal to the last bit."""
    return a.keys() == b.keys() and all(
        (a[k].dtype, a[k].shape, a[k].tobytes()) == (b[k].dtype, b[k].shape, b[k].tobytes())
        for k in a
    )


def without_streams(state):
    """A state but for its random streams."""
    return {k: v for k, v in state.items() if not k.startswith("rng.")}
