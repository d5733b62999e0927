"""Whole programs on the second target: the same numbers as NumPy's, step after step."""

import importlib
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import shim
import stand_in

from graphc.codegen.numpy.binding import index_ranges
from graphc.ir import dims
from graphc.network import targeting

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CALLS = 3  # of a training step: launched, captured, replayed

# Examples that draw no random numbers while they train, and sizes that are given.
SAME = {
    "char_rnn": {},
    "dqn": {},
    "gpt": {},
    "lenet": {},
    "logistic_regression": {},
    "neural_turing_machine": {},
    "number_words": {},
    "power_plant": {},
    "tiny_mlp": {},
}


def both(name):
    """An example on both targets."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        module = importlib.import_module(name)
    finally:
        sys.path.pop(0)
    first = module.build()
    with targeting("cupy"):
        second = module.build()
    return first, second


def arrays_for(family, method, sizes, rng):
    """Arguments for a method: normal numbers, and indices in range."""
    limits = {id(t): size for t, size, _ in index_ranges(family)}
    found = []
    for tensor in method.inputs:
        shape = tuple(dims.evaluate(d, sizes) for d in tensor.shape)
        if tensor.dtype.startswith("float"):
            found.append(rng.normal(size=shape).astype(tensor.dtype))
        else:
            top = dims.evaluate(limits.get(id(tensor), 2), sizes)
            found.append(rng.integers(0, top, size=shape).astype(tensor.dtype))
    return found


def flat(result):
    """What a method returns, as NumPy's arrays in order."""
    if isinstance(result, dict):
        result = [result[key] for key in sorted(result)]
    several = result if isinstance(result, list) else [result]
    return [stand_in.asnumpy(value) for value in several if value is not None]


def close(got, want, what):
    scale = max(1.0, float(np.abs(want).max(initial=0.0)))
    np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-4 * scale, err_msg=what)


@pytest.mark.parametrize("name", SAME)
def test_examples_compute_what_they_compute_on_numpy(name):
    first, second = both(name)
    theirs, mine = first.load(seed=1), stand_in.instance(second, seed=1)
    rng = np.random.default_rng(3)
    symbols = {s for f in first.unit.families for t in f.inputs for s in dims.symbols(t.shape)}
    sizes = dict(zip(sorted(symbols), (3, 4, 5, 6), strict=False))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a step that can't be captured says so
        for family in first.unit.families:
            for method in family.methods:
                for _ in range(CALLS):
                    arrays = arrays_for(family, method, sizes, rng)
                    want = flat(getattr(theirs, method.name)(*arrays))
                    got = flat(getattr(mine, method.name)(*arrays))
                    for a, b in zip(got, want, strict=True):
                        close(a, b, f"{name}.{method.name}")
    wanted = theirs.state_dict()
    for key, value in mine.state_dict().items():
        if not key.startswith("rng."):
            close(value, wanted[key], f"{name}: {key}")
