"""Random graphs on the second target: kernels that share memory, wait for one another and take rows
together compute what the reference evaluator does.

A failure names its seed; ``GRAPHC_FUZZ_SEED=137 pytest tests/cupy/test_fuzz_on_device.py`` repeats it.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc.ir.evaluate import evaluate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "proof"))
from random_graphs import SIZE, random_program

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")

CHOSEN = os.environ.get("GRAPHC_FUZZ_SEED")
SEEDS = [int(CHOSEN)] if CHOSEN else range(60)


def reference(program, size):
    """The results and the states afterwards, by the reference evaluator."""
    given = dict(zip(program.inputs, program.arrays(size), strict=True))
    tensors = [*program.outputs, *program.updates.values()]
    with np.errstate(all="ignore"):
        values = evaluate(tensors, given, program.state_values())
    return values[: len(program.outputs)], values[len(program.outputs) :]


def run(program, function, size):
    """The results and the states afterwards, on the stand-in."""
    with stand_in.as_cupy():
        instance = function.network.load()
    for state, value in program.state_values().items():
        if state.name in instance.STATES:  # it is read, or becomes something
            getattr(instance.state, instance.STATES[state.name][1]).set(np.asarray(value))
    results = instance.function(*program.arrays(size))
    after = instance.state_dict()
    return results, [after[t.node.attrs["state"].name] for t in program.updates]


@pytest.mark.parametrize("seed", SEEDS, ids="seed-{}".format)
def test_a_random_graph_is_the_same_on_the_device(seed):
    program = random_program(seed)
    function = gx.function(
        program.inputs, program.outputs, program.updates, training=False, target="cupy"
    )
    for size in (SIZE, 6):
        got, want = run(program, function, size), reference(program, size)
        for mine, theirs in zip((*got[0], *got[1]), (*want[0], *want[1]), strict=True):
            what = f"seed {seed}, N={size}"
            assert mine.dtype == theirs.dtype and mine.shape == theirs.shape, what
            scale = max(1.0, np.abs(theirs).max(initial=0.0))
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9 * scale, err_msg=what)
