"""Gradients of tensors that were cut up, and products of many matrices by one."""

import numpy as np
import pytest

import graphc as gx

RNG = np.random.default_rng(0)


def compiled(make, *shape):
    """The gradient of a weighted sum of parts by the whole, and the ops that it takes."""
    x = gx.input("x", ("N", *shape), "float64")
    (d_x,) = gx.grad(make(x), [x])
    f = gx.function([x], [d_x])
    ops = [node.op.name for node in f.network.graphs["function_body"].nodes]
    return f, ops


def parts(x, *bounds, axis=1):
    index = (slice(None),) * axis
    return [x[(*index, slice(a, b))] for a, b in bounds]


CASES = {
    "three parts side by side": (((0, 2), (2, 3), (3, 6)), 1, True),
    "in another order": (((3, 6), (0, 2), (2, 3)), 1, True),
    "along the last axis": (((0, 1), (1, 4)), 2, True),
    "with a gap": (((0, 2), (3, 6)), 1, False),
    "overlapping": (((0, 4), (3, 6)), 1, False),
}


@pytest.mark.parametrize("case", CASES)
def test_parts_that_fill_an_axis_are_joined_and_others_added(case):
    bounds, axis, joined = CASES[case]
    f, ops = compiled(
        lambda x: sum(
            (k + 2.0) * gx.sum(gx.sin(part)) for k, part in enumerate(parts(x, *bounds, axis=axis))
        ),
        6,
        4,
    )
    assert ("concat" in ops) is joined and ("unslice" in ops) is not joined
    x = RNG.normal(size=(3, 6, 4))
    wanted = np.zeros_like(x)
    for k, (a, b) in enumerate(bounds):
        where = (slice(None),) * axis + (slice(a, b),)
        wanted[where] += (k + 2) * np.cos(x[where])
    np.testing.assert_allclose(f(x)[0], wanted, rtol=1e-14)


def test_a_sum_that_is_used_elsewhere_too_is_not_taken_apart():
    x = gx.input("x", ("N", 4), "float64")
    u = gx.input("u", ("N", 4), "float64")
    d_u = gx.grad(sum(gx.sum(gx.sin(p)) for p in parts(u, (0, 1), (1, 4))), [u])[0]
    got = gx.function([x, u], [d_u + x, d_u])(*(a := RNG.normal(size=(2, 3, 4))))
    np.testing.assert_allclose(got[0], np.cos(a[1]) + a[0], rtol=1e-14)
    np.testing.assert_allclose(got[1], np.cos(a[1]), rtol=1e-14)


def test_many_matrices_times_one_are_one_product_and_so_is_the_gradient():
    x = gx.input("x", ("N", "T", 3), "float64")
    w = gx.parameter("w", RNG.normal(size=(3, 5)))
    y = gx.exp(x) @ w
    d_w, d_x = gx.grad(gx.sum(gx.square(y)), [w, x])
    f = gx.function([x], [y, d_w, d_x])
    assert f.source.count("np.dot(") == 3 and "np.matmul(" not in f.source
    a = RNG.normal(size=(2, 4, 3))
    e, v = np.exp(a), RNG.normal(size=(3, 5))
    gx.function([], [], {w: v})()
    y, d_w, d_x = f(a)
    np.testing.assert_allclose(y, np.einsum("ntk,kj->ntj", e, v), rtol=1e-12)
    np.testing.assert_allclose(d_w, np.einsum("ntk,ntj->kj", e, 2 * y), rtol=1e-12)
    np.testing.assert_allclose(d_x, e * np.einsum("ntj,kj->ntk", 2 * y, v), rtol=1e-12)


def test_bounds_that_are_numbers_make_clip_one_call():
    x, low = gx.input("x", ("N",)), gx.input("low", ("N",))
    assert "np.clip(x, -1.0, 2.0, out=" in gx.function([x], [gx.clip(x, -1, 2)]).source
    assert "np.maximum(x, low, out=" in gx.function([x, low], [gx.clip(x, low, 2)]).source
