"""Random loops: the same steps by the ops' references, in both styles, without each pass."""

import random

import numpy as np
import pytest

import graphc as gx
from graphc.ir.evaluate import evaluate

SIZE = 3


def random_step(rng, weights, states):
    """A step over square matrices: random new states and outputs of random expressions."""

    def grow(pool):
        kind = rng.choice(
            [
                "add",
                "multiply",
                "matmul",
                "matmul_T",
                "tanh",
                "exp",
                "where",
                "concat",
                "sum",
                "transpose",
                "sigmoid",
                "old",
            ]
        )
        a, b = rng.choice(pool), rng.choice(pool)
        if kind in ("add", "multiply"):
            return getattr(gx, kind)(a, b) * 0.5
        if kind == "matmul":
            return a @ b * 0.4
        if kind == "matmul_T":
            return a.T @ b * 0.4
        if kind == "tanh":
            return gx.tanh(a)
        if kind == "sigmoid":
            return gx.sigmoid(a)
        if kind == "exp":
            return gx.exp(-gx.square(a))
        if kind == "where":
            return gx.where(a > b, a, b * 0.3)
        if kind == "concat":
            return gx.concat([a[:, :1], b[:, 1:]], axis=1)
        if kind == "sum":
            return a - gx.sum(b, axis=rng.randrange(2), keepdims=True) * 0.2
        return a.T if kind == "transpose" else a

    def step(*given):
        pool = [*given, *weights]
        for _ in range(rng.randrange(3, 9)):
            pool.append(grow(pool))
        recent = pool[-5:]
        news = [rng.choice([*recent, *given[:states]]) for _ in range(states)]
        outputs = [rng.choice(recent) for _ in range(rng.randrange(3))]
        return news, outputs

    return step


def random_loop(seed):
    """Inputs, results and derivatives of a random loop, or of one inside of another."""
    rng = random.Random(seed)
    states, sequences = rng.randrange(1, 4), rng.randrange(3)
    shape = (SIZE, SIZE)
    xs = [gx.input(f"x{k}", ("T", *shape), "float64") for k in range(sequences)]
    hs = [gx.input(f"h{k}", shape, "float64") for k in range(states)]
    ws = [gx.input(f"w{k}", shape, "float64") for k in range(2)]
    if rng.random() < 0.3:
        hs[0] = hs[-1]
    step = random_step(rng, ws, states)
    if rng.random() < 0.3:
        inner = random_step(rng, ws, 1)
        outer = step

        def step(*given):
            news, outputs = outer(*given)
            last, left = gx.scan(inner, [news[0]], length=2, reverse=rng.random() < 0.5)
            return [*last, *news[1:]], [*outputs, *(t[0] for t in left)]

    length = None if sequences else 4
    finals, stacks = gx.scan(step, hs, xs, length, reverse=rng.random() < 0.5)
    results = [*finals, *stacks]
    total = gx.constant(0.0, "float64")
    for k, t in enumerate(results):
        total = total + gx.sum(gx.sin(t) * (k + 1.0))
    inputs = list(dict.fromkeys([*xs, *hs, *ws]))
    first = gx.grad(total, inputs, unconnected="zeros")
    outputs = [total, *results, *first]
    if seed % 3 == 0:
        bend = gx.constant(0.0, "float64")
        for g in first:
            bend = bend + gx.sum(g * g)
        outputs += gx.grad(bend, inputs, unconnected="zeros")
    return inputs, outputs


def values(inputs, length, seed):
    rng = np.random.default_rng(seed)
    sizes = {"T": length}
    shapes = [tuple(sizes.get(str(d), d) for d in x.shape) for x in inputs]
    return [rng.normal(size=shape) * 0.8 for shape in shapes]


@pytest.mark.parametrize("seed", range(24))
def test_random_loops_compute_the_same_in_both_styles_as_by_references(seed):
    inputs, outputs = random_loop(seed)
    functions = [gx.function(inputs, outputs, style=style) for style in ("plain", "planned")]
    for length in (1, 4):
        given = values(inputs, length, seed)
        want = evaluate(outputs, dict(zip(inputs, given, strict=True)))
        for function in functions:
            for mine, theirs in zip(function(*given), want, strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10)
