"""Products of matrices by cuBLAS: how emitted modules call it, over its interface in C."""

import ctypes

import blas
import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc import optim

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ for the library")


@pytest.fixture(scope="module", params=["library", "bindings"])
def module(request):
    """An emitted module with products, where cuBLAS is found, and where CuPy has to call it."""
    x = gx.input("x", ("N", 2))
    net = gx.compile(f"products_{request.param}", inputs=[x], outputs=x @ x.T, target="cupy")
    with stand_in.as_cupy():
        made = net.load_module()
    if request.param == "bindings":

        class Elsewhere(blas.Bindings):
            __file__ = shim.built("int none;")._name  # a library that has no such functions

        made.cp.cuda.cublas = Elsewhere()
    return made


def drawn(rng, shape, dtype):
    x = rng.normal(size=shape)
    return blas.to_bfloat16(x) if dtype == "uint16" else x.astype(dtype)


def wide(x):
    """An operand in double precision."""
    return np.float64(blas.from_bfloat16(x) if x.dtype == np.uint16 else x)


# How an operand lies, by what makes it of an array of its shape with the last two axes turned.
LAID = {
    "rows": lambda make, shape: make(shape),
    "columns": lambda make, shape: make((*shape[:-2], *shape[:-3:-1])).swapaxes(-1, -2),
    "a part of the columns": lambda make, shape: make((*shape[:-1], shape[-1] + 3))[..., :-3],
    "every second": lambda make, shape: make((*shape[:-1], 2 * shape[-1]))[..., ::2],
}
SHAPES = [
    ((3, 4), (4, 5)),
    ((1, 4), (4, 5)),
    ((3, 1), (1, 5)),
    ((3, 4), (4, 1)),
    ((1, 1), (1, 1)),
    ((2, 3, 4), (2, 4, 5)),
    ((2, 3, 4), (4, 5)),
    ((3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (1, 2, 4, 5)),
    ((1, 1, 3, 4), (4, 5)),
    ((2, 3, 2, 4), (2, 3, 4, 1)),
    ((0, 3, 4), (0, 4, 5)),
    ((3, 0), (0, 5)),
]
TYPES = [("float32", "float32"), ("float64", "float64"), ("float16", "float16")]
TYPES += [("float16", "float32"), ("uint16", "float32")]
EPS = {"float16": 2.0**-11, "float32": 2.0**-23, "float64": 2.0**-52}


@pytest.mark.parametrize(("first", "second"), SHAPES)
@pytest.mark.parametrize(("dtype", "made"), TYPES)
def test_products_are_those_of_numpy_however_their_operands_lie(module, first, second, dtype, made):
    rng = np.random.default_rng(1)
    for how in LAID.values():
        for other in LAID.values():
            a = how(lambda shape: drawn(rng, shape, dtype), first)
            b = other(lambda shape: drawn(rng, shape, dtype), second)
            want = wide(a) @ wide(b)
            out = stand_in.empty(want.shape, made)
            module._matmul(stand_in.ndarray(a), stand_in.ndarray(b), out)
            tolerance = 8 * EPS[made] * max(1.0, np.abs(want).max(initial=0.0))
            np.testing.assert_allclose(out.get(), want, rtol=0, atol=tolerance)


def test_heads_that_lie_between_rows_are_copied_and_multiplied(module):
    rng = np.random.default_rng(2)
    q, k = (rng.normal(size=(2, 5, 3, 4)).transpose(0, 2, 1, 3) for _ in range(2))
    out = stand_in.empty((2, 3, 5, 5), np.float64)
    module._matmul(stand_in.ndarray(q), stand_in.ndarray(k).transpose(0, 1, 3, 2), out)
    np.testing.assert_allclose(out.get(), q @ k.swapaxes(2, 3), rtol=1e-12)


def test_stacks_are_one_call_and_transposes_are_read_where_they_lie(module):
    x = stand_in.ndarray(np.ones((4, 3, 5), np.float32))
    out = stand_in.empty((4, 5, 5), np.float32)
    blas.CALLS.clear()
    module._matmul(x.transpose(0, 2, 1), x, out)
    assert blas.CALLS == [("float32", "float32", 68, 4)]
    array, turned, line, step = module._laid(x.transpose(0, 2, 1), (4,))
    assert (array.data.ptr, turned, line, step) == (x.data.ptr, 1, 5, 15)


def test_a_product_that_cublas_refuses_raises(module):
    integers = stand_in.ndarray(np.ones((2, 2), np.uint16))
    out = stand_in.empty((2, 2), np.float64)
    with pytest.raises(RuntimeError, match=f"{blas.UNSUPPORTED}"):
        module._matmul(integers, integers, out)


def test_products_of_integers_are_cupys():
    x = gx.input("x", ("N", 3), dtype="int32")
    f = gx.function([x], x @ x.T, target="cupy")
    assert "cp.matmul(" in f.source and "_matmul" not in f.source
    with stand_in.as_cupy():
        np.testing.assert_array_equal(f(np.eye(3, dtype="int32")), np.eye(3))


def attention():
    x = gx.input("x", ("N", "T", 6))
    weight = gx.parameter("w", np.eye(6, dtype="float32"))
    heads = gx.transpose(gx.reshape(x @ weight, ("N", "T", 2, 3)), (0, 2, 1, 3))
    scores = gx.softmax(heads @ gx.transpose(heads, (0, 1, 3, 2)))
    loss = gx.mean(gx.square(scores @ heads)).named("loss")
    return gx.compile("heads", inputs=[x], loss=loss, optimizer=optim.SGD(0.1), target="cupy")


def test_steps_with_products_become_graphs(recwarn):
    """Also where an operand is copied: the copy is made anew at each replay."""
    network = attention()
    replayed, launched = (stand_in.instance(network, seed=1) for _ in range(2))
    for seed in range(4):
        x = np.random.default_rng(seed).normal(size=(3, 5, 6)).astype("float32")
        losses = [float(replayed.train_step(x))]
        (slots,) = replayed._train.values()
        losses.append(float(launched.train_step(x)))
        for step in next(iter(launched._train.values())).graphs.values():
            step.captures, step.graph = False, None
        assert losses[0] == losses[1]
    assert [g.graph is not None for g in slots.graphs.values()] == [True]
    assert not recwarn.list


def test_where_cupy_has_to_call_cublas_steps_are_launched_kernel_by_kernel(monkeypatch):
    network = attention()
    m, other = (stand_in.instance(network, seed=1) for _ in range(2))
    x = np.random.default_rng(0).normal(size=(3, 5, 6)).astype("float32")
    wanted = [float(other.train_step(x)) for _ in range(3)]
    module = network.load_module()
    bindings = blas.Bindings()
    found = bindings.gemmEx, bindings.gemmStridedBatchedEx
    monkeypatch.setattr(module, "_cublas", lambda: found)
    first = float(m.train_step(x))
    with pytest.warns(RuntimeWarning, match="kernel by kernel.*calling cuBLAS by CuPy"):
        assert [first, float(m.train_step(x)), float(m.train_step(x))] == wanted


def test_the_interface_in_c_is_that_of_the_manual():
    """The library for tests takes arguments in the order of the manual: a product by hand."""
    library = ctypes.CDLL(blas.Bindings().__file__)
    a, b = np.float32([[1, 2], [3, 4], [5, 6]]), np.float32([[1, 0, 2], [0, 1, 3]])
    c, one, zero = np.empty((3, 3), np.float32), np.float32([1]), np.float32([0])
    at = [ctypes.c_void_p(x.ctypes.data) for x in (a, b, c, one, zero)]
    pa, pb, pc, p1, p0 = at
    handle = ctypes.c_void_p(1)
    given = (handle, 0, 0, 3, 3, 2, p1, pb, 0, 3, pa, 0, 2, p0, pc, 0, 3, 68, -1)
    assert library.cublasGemmEx(*given) == 0
    np.testing.assert_array_equal(c, a @ b)
    assert library.cublasGemmEx(None, *given[1:]) == 1
