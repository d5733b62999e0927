"""Recurrent cells on a GPU: a product and one kernel a step, each way; tensors put together in windows."""

import re

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc import nn
from graphc.ir.graph import substituted

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")


def run(function, arrays):
    with stand_in.as_cupy():
        return function(*arrays)


def loops(source):
    """The launches in each loop over time, in order: ``matmul`` for a product."""
    kernels = set(re.findall(r"^(\w+) = cp\.\w+Kernel\(", source, re.MULTILINE))
    found = []
    for loop in re.split(r"\n        for t in ", source)[1:]:
        body = re.split(r"\n        (?=\S)", loop)[0]
        calls = re.findall(r"^            (?:cp\.)?(\w+)\(", body, re.MULTILINE)
        found.append(["kernel" if name in kernels else name.lstrip("_") for name in calls])
    return found


# ---- the formulas of the cells, in NumPy --------------------------------------------------


def sigmoid(z):
    return 1 / (1 + anp.exp(-z))


def lstm(x, W, U, b):
    """S. Hochreiter and J. Schmidhuber, 1997, with F. Gers' forget gate; gates i, f, o, g."""
    n = U.shape[0]
    h, c = anp.zeros((x.shape[1], n)), anp.zeros((x.shape[1], n))
    found = []
    for t in range(x.shape[0]):
        z = anp.dot(x[t], W) + anp.dot(h, U) + b
        i, f, o = (sigmoid(z[:, k * n : (k + 1) * n]) for k in range(3))
        c = f * c + i * anp.tanh(z[:, 3 * n :])
        h = o * anp.tanh(c)
        found.append(h)
    return anp.stack(found)


def gru(x, W, U, b, bn):
    """K. Cho et al., 2014, as cuDNN has it: gates r, z, n, the reset after the product."""
    n = U.shape[0]
    h = anp.zeros((x.shape[1], n))
    found = []
    for t in range(x.shape[0]):
        a, u = anp.dot(x[t], W) + b, anp.dot(h, U)
        r, z = (sigmoid((a + u)[:, k * n : (k + 1) * n]) for k in range(2))
        new = anp.tanh(a[:, 2 * n :] + r * (u[:, 2 * n :] + bn))
        h = new + z * (h - new)
        found.append(h)
    return anp.stack(found)


CELLS = {
    "LSTM": (nn.LSTM, lstm, [["matmul", "kernel"], ["kernel", "matmul"]]),
    "GRU": (nn.GRU, gru, [["matmul", "kernel"], ["kernel", "matmul", "kernel"]]),
}


@pytest.mark.parametrize("kind", CELLS)
def test_a_step_is_a_product_and_a_kernel_and_computes_the_formulas_of_the_cell(kind):
    layer, formula, wanted = CELLS[kind]
    rng = np.random.default_rng(3)
    x, v = (gx.input(n, ("T", "N", k), dtype="float64") for n, k in (("x", 4), ("v", 5)))
    cell = layer(5, return_sequences=True)
    h = cell(x)
    wrt = [x, *cell.parameters()]
    slopes = gx.grad(gx.sum(h * v), wrt)
    given = [gx.input(f"p{k}", p.shape, "float64") for k, p in enumerate(wrt[1:])]
    results = substituted([h, *slopes], dict(zip(wrt[1:], given, strict=True)))
    f = gx.function([x, v, *given], results, target="cupy")
    arrays = [rng.normal(size=(6, 3, 4)), rng.normal(size=(6, 3, 5))]
    weights = [rng.normal(size=p.shape) for p in wrt[1:]]
    got = run(f, [*arrays, *weights])
    names = [p.name.rpartition(".")[2] for p in wrt[1:]]

    def total(x, *weights):
        return anp.sum(formula(x, **dict(zip(names, weights, strict=True))) * arrays[1])

    exact = formula(arrays[0], **dict(zip(names, weights, strict=True)))
    np.testing.assert_allclose(got[0], exact, rtol=1e-12, atol=1e-12)
    want = autograd.grad(total, tuple(range(len(wrt))))(arrays[0], *weights)
    for mine, theirs in zip(got[1:], want, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-11)
    assert loops(f.source) == wanted


# ---- tensors put together -----------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_parts_are_written_where_they_belong_by_what_computes_them(axis):
    rng = np.random.default_rng(axis)
    xs = [gx.input(n, ("A", 3, 4), "float64") for n in "xy"]
    parts = [xs[0] * xs[1], gx.tanh(xs[0]), xs[1]]
    joined = gx.concat(parts, axis)
    f = gx.function(xs, [joined, gx.exp(parts[1])], target="cupy")
    x, y = (rng.normal(size=(2, 3, 4)) for _ in xs)
    got = run(f, [x, y])
    np.testing.assert_allclose(got[0], np.concatenate([x * y, np.tanh(x), y], axis), rtol=1e-14)
    np.testing.assert_allclose(got[1], np.exp(np.tanh(x)), rtol=1e-14)
    assert "concatenate" not in f.source
    assert f.source.count("cp.ElementwiseKernel(") == 1


def test_a_result_over_an_operand_that_a_part_reads_changes_nothing():
    x, W = gx.input("x", ("N", 4), "float64"), gx.input("W", (4, 4), "float64")
    z = x @ W
    both = gx.concat([z, z * 2], 1)
    results = [gx.sum(gx.tanh(z) @ W), gx.sum(both @ both.T)]
    f = gx.function([x, W], results, target="cupy")
    rng = np.random.default_rng(0)
    a, w = rng.normal(size=(5, 4)), rng.normal(size=(4, 4))
    wide = np.concatenate([a @ w, 2 * (a @ w)], 1)
    want = [(np.tanh(a @ w) @ w).sum(), (wide @ wide.T).sum()]
    np.testing.assert_allclose(run(f, [a, w]), want, rtol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 8, 9, 20])
def test_no_more_parts_are_put_together_at_once_than_by_copies(count):
    """cupy.concatenate uploads a table of addresses for more than 8, which a graph must not hold."""
    rng = np.random.default_rng(count)
    xs = [gx.input(f"x{k}", ("N", 1 + k % 2), "float64") for k in range(count)]
    f = gx.function(xs, [gx.concat([x + 0.0 for x in xs], 1) * 2.0], target="cupy")
    arrays = [rng.normal(size=(3, 1 + k % 2)) for k in range(count)]
    np.testing.assert_allclose(run(f, arrays)[0], 2 * np.concatenate(arrays, 1), rtol=1e-14)
    calls = re.findall(r"cp\.concatenate\(\s*\((.*?)\)", f.source, re.DOTALL)
    assert all(call.strip(" ,\n").count(",") < 8 for call in calls)
    assert bool(calls) == (count > 1)
