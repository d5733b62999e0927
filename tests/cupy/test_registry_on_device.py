"""Every op on every one of its samples, on the second target: its kernels run on the CPU, and the
host's part over a stand-in for CuPy that copies nothing by itself."""

from dataclasses import replace

import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc.errors import CompileError
from graphc.ir.node import make
from graphc.ops.base import REGISTRY

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")

# What modules for a GPU do not have, and why.
CANNOT = {
    "orthogonal": "a QR decomposition, for first values alone, which the host computes",
}
# Samples whose mean is a million times their spread: in float32 the order of a sum decides.
ILL_CONDITIONED = ("var-9", "standardize-8")


def walk():
    found = []
    for op in REGISTRY.values():
        for number, sample in enumerate(op.samples()):
            arrays = tuple(map(np.asarray, sample.arrays))
            if f"{op.name}-{number}" in ILL_CONDITIONED:
                sample = replace(sample, retype=False)
            found.append(pytest.param(op, replace(sample, arrays=arrays), id=f"{op.name}-{number}"))
    return found


def in_float32(arrays):
    return tuple(a.astype("float32") if a.dtype == "float64" else a for a in arrays)


def compiled(op, arrays, attrs):
    xs = [gx.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    return gx.function(xs, list(make(op, xs, attrs).outputs), training=False, target="cupy")


def run(function, arrays):
    with stand_in.as_cupy():
        return function(*arrays)


@pytest.mark.parametrize(("op", "sample"), walk())
def test_kernels_compute_the_reference(op, sample):
    if op.name in CANNOT:
        with pytest.raises(CompileError, match=op.name):
            compiled(op, sample.arrays, sample.attrs).source  # noqa: B018
        return
    for arrays in [sample.arrays, in_float32(sample.arrays)] if sample.retype else [sample.arrays]:
        results = run(compiled(op, arrays, sample.attrs), arrays)
        with np.errstate(all="ignore"):
            wanted = op.reference(arrays, sample.attrs)
        for got, want in zip(results, wanted, strict=True):
            assert isinstance(got, np.ndarray)
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            if op.random or op.name == "dropout":
                continue
            tolerance = {"float16": 2e-3, "float32": 4e-6, "float64": 2e-14}.get(
                got.dtype.name, 0.0
            )
            np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
