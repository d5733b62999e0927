"""Random conditionals, in one another and in loops: by the ops' references, in both styles, and in
as little memory as there can be."""

import random
import re

import numpy as np
import pytest

import graphc as gx
from graphc.errors import CompileError
from graphc.ir.evaluate import evaluate

SIZE, SIZES = 3, {"T": 60}


class Builder:
    """Random expressions over square matrices."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def grow(self, pool, depth):
        a, b = self.rng.choice(pool), self.rng.choice(pool)
        kinds = [
            "add",
            "multiply",
            "matmul",
            "turned",
            "tanh",
            "exp",
            "where",
            "part",
            "old",
            "number",
        ]
        kind = self.rng.choice(kinds + ["cond", "cond", "scan"] * (depth > 0))
        if kind == "cond":
            return self.conditional(pool, depth - 1)
        if kind == "scan":
            return self.loop(pool, depth - 1)
        return {
            "add": lambda: (a + b) * 0.5,
            "multiply": lambda: a * b * 0.5,
            "matmul": lambda: a @ b * 0.4,
            "turned": lambda: a.T @ b * 0.4,
            "tanh": lambda: gx.tanh(a),
            "exp": lambda: gx.exp(-gx.square(a)),
            "where": lambda: gx.where(a > b, a, b * 0.3),
            "part": lambda: gx.concat([a[:, :1], b[:, 1:]], axis=1),
            "old": lambda: a,
            "number": lambda: a * 0 + 0.7,
        }[kind]()

    def grown(self, pool, count, depth):
        pool = list(pool)
        for _ in range(self.rng.randrange(1, 5)):
            pool.append(self.grow(pool, depth))
        return [self.rng.choice(pool[-4:]) for _ in range(count)]

    def conditional(self, pool, depth):
        a, b = self.rng.choice(pool), self.rng.choice(pool)
        predicate = gx.sum(a) > gx.sum(b) * 0.5 + 0.1
        count = self.rng.randrange(1, 3)
        results = gx.cond(
            predicate,
            lambda: self.grown(pool, count, depth),
            lambda: self.grown(pool, count, depth),
        )
        return self.rng.choice(results)

    def loop(self, pool, depth):
        def step(h, k):
            (new,) = self.grown([h, *pool], 1, depth)
            return gx.tanh(new), None

        return gx.scan(step, self.rng.choice(pool), gx.iota((2,)))[0]


def random_program(seed):
    """Inputs, results and derivatives of a loop with conditionals in it, and of what is around."""
    builder = Builder(seed)
    shape = (SIZE, SIZE)
    xs = gx.input("xs", ("T", *shape), "float64")
    inputs = [gx.input(name, shape, "float64") for name in ("h", "u", "v")]

    def step(h, x):
        first, second = builder.grown([h, x, *inputs[1:]], 2, 2)
        return gx.tanh(first), second if seed % 2 else None

    last, left = gx.scan(step, inputs[0], xs, reverse=seed % 4 > 1)
    results = builder.grown([last, *inputs], 2, 2)
    results += [left] if left is not None else []
    total = gx.constant(0.0, "float64")
    for k, t in enumerate([last, *results]):
        total = total + gx.sum(gx.sin(t) * (k + 1.0))
    inputs = [xs, *inputs]
    first = gx.grad(total, inputs, unconnected="zeros")
    outputs = [total, *results, *first]
    if seed % 3 == 0:
        bend = sum((gx.sum(g * g) for g in first), gx.constant(0.0, "float64"))
        outputs += gx.grad(bend, inputs, unconnected="zeros")
    return inputs, outputs


def in_least_memory(inputs, outputs):
    """The function, planned within the least budget."""
    with pytest.raises(CompileError) as caught:
        gx.function(inputs, outputs, budget=1, sizes=SIZES).network  # noqa: B018
    least = re.search(r"at least ([\d,]+) bytes", str(caught.value))[1].replace(",", "")
    return gx.function(inputs, outputs, budget=int(least), sizes=SIZES)


@pytest.mark.parametrize("seed", range(16))
def test_random_conditionals_compute_the_same_everywhere(seed):
    inputs, outputs = random_program(seed)
    functions = [gx.function(inputs, outputs, style=style) for style in ("plain", "planned")]
    if seed < 4:
        functions.append(in_least_memory(inputs, outputs))
    for number, length in enumerate((0, 1, 5, 9)):
        rng = np.random.default_rng([seed, number])
        given = [rng.normal(size=(length, SIZE, SIZE)) * 0.8]
        given += [rng.normal(size=(SIZE, SIZE)) * 0.8 for _ in inputs[1:]]
        want = evaluate(outputs, dict(zip(inputs, given, strict=True)))
        for function in functions:
            for mine, theirs in zip(function(*given), want, strict=True):
                np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10)
