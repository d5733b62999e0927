"""Every op on every one of its samples, and every example's functions, on a GPU."""

import importlib
import sys

import numpy as np
import pytest
from device import ON_A_GPU, ROOT
from test_programs_on_device import SAME, arrays_for, both, close, flat
from test_registry_on_device import CANNOT, compiled, in_float32, walk

from graphc.ir import dims
from graphc.network import targeting

pytestmark = ON_A_GPU

# A GPU's functions are good to a few units in the last place (CUDA C++ Programming Guide,
# "Mathematical Functions"), and its sums have an order of their own.
TOLERANCE = {"float16": 4e-3, "float32": 4e-5, "float64": 1e-12}
EXAMPLES = ROOT / "examples"
DRAWING = sorted(
    p.stem for p in EXAMPLES.glob("*.py") if p.stem not in SAME and "def build" in p.read_text()
)


@pytest.mark.parametrize(("op", "sample"), walk())
def test_kernels_compute_the_reference(op, sample):
    if op.name in CANNOT:
        pytest.skip(f"there is no {op.name} for a GPU: {CANNOT[op.name]}")
    for arrays in [sample.arrays, in_float32(sample.arrays)] if sample.retype else [sample.arrays]:
        results = compiled(op, arrays, sample.attrs)(*arrays)
        with np.errstate(all="ignore"):
            wanted = op.reference(arrays, sample.attrs)
        for got, want in zip(results, wanted, strict=True):
            assert (got.dtype, got.shape) == (want.dtype, want.shape)
            if op.random or op.name == "dropout":
                continue
            tolerance = TOLERANCE.get(got.dtype.name, 0.0)
            np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def sizes_of(network):
    """A small size for each dimension of the arguments."""
    symbols = {s for f in network.unit.families for t in f.inputs for s in dims.symbols(t.shape)}
    return dict(zip(sorted(symbols), (3, 4, 5, 6), strict=False))


@pytest.mark.parametrize("name", SAME)
def test_examples_compute_what_they_compute_on_numpy(name):
    first, second = both(name)
    theirs, mine = first.load(seed=1), second.load(seed=1)
    rng = np.random.default_rng(3)
    for family in first.unit.families:
        for method in family.methods:
            for _ in range(3):
                arrays = arrays_for(family, method, sizes_of(first), rng)
                want = flat(getattr(theirs, method.name)(*arrays))
                got = getattr(mine, method.name)(*arrays)
                got = [np.asarray(a.get() if hasattr(a, "get") else a) for a in listed(got)]
                for a, b in zip(got, want, strict=True):
                    close(a, b, f"{name}.{method.name}")
    wanted = theirs.state_dict()
    for key, value in mine.state_dict().items():
        if not key.startswith("rng."):
            close(value, wanted[key], f"{name}: {key}")


def listed(result):
    """What a method returns, in order."""
    if isinstance(result, dict):
        return [result[key] for key in sorted(result)]
    several = result if isinstance(result, list) else [result]
    return [value for value in several if value is not None]


@pytest.mark.parametrize("name", DRAWING)
def test_examples_that_draw_numbers_compute_finite_ones(name):
    sys.path.insert(0, str(EXAMPLES))
    try:
        module = importlib.import_module(name)
    finally:
        sys.path.pop(0)
    with targeting("cupy"):
        network = module.build()
    m = network.load(seed=1)
    rng = np.random.default_rng(3)
    for family in network.unit.families:
        for method in family.methods:
            for _ in range(3):
                found = getattr(m, method.name)(*arrays_for(family, method, sizes_of(network), rng))
                for value in listed(found):
                    value = np.asarray(value.get() if hasattr(value, "get") else value)
                    assert np.isfinite(value).all(), f"{name}.{method.name}"
    for key, value in m.state_dict().items():
        assert np.isfinite(value).all(), f"{name}: {key}"
