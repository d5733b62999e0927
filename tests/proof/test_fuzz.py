"""Random graphs, each computed in every way that graphc can compute it.

A failure names its seed; ``GRAPHC_FUZZ_SEED=137 pytest tests/proof/test_fuzz.py`` repeats that one.
"""

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from allocations import counted
from proof_tools import phase
from random_graphs import SIZE, random_program

import graphc as gx
from graphc import functions
from graphc.ir.evaluate import evaluate
from graphc.ir.node import state_of
from graphc.network import Options
from graphc.passes.pipeline import _REQUIRED, PIPELINE

COUNT = 500
CHOSEN = os.environ.get("GRAPHC_FUZZ_SEED")
SEEDS = [int(CHOSEN)] if CHOSEN else range(COUNT)
SWITCHES = [name for name, _ in PIPELINE if name not in _REQUIRED] + ["widen_rows", "fuse"]
SIZES = (SIZE, 6, SIZE)  # the last is bound already


def compiled(program, style, *disable):
    """The program as a function, compiled without some passes."""
    with mock.patch.object(functions, "Options", functools.partial(Options, disable=disable)):
        function = gx.function(
            program.inputs, program.outputs, program.updates, training=False, style=style
        )
        assert function.network.source
    return function


def reference(program, size):
    """The results and the states afterwards, by the reference evaluator."""
    given = dict(zip(program.inputs, program.arrays(size), strict=True))
    tensors = [*program.outputs, *program.updates.values()]
    with np.errstate(all="ignore"):
        values = evaluate(tensors, given, program.state_values())
    return values[: len(program.outputs)], values[len(program.outputs) :]


def run(program, function, size):
    """The results and the states afterwards, by a compiled function."""
    for state, value in program.state_values().items():
        if state.storage is not None:
            state.storage[...] = value
    with np.errstate(all="ignore"):
        results = function(*program.arrays(size))
    return results, [state_of(t).storage.copy() for t in program.updates]


def check(got, want, what):
    for mine, theirs in zip((*got[0], *got[1]), (*want[0], *want[1]), strict=True):
        assert mine.dtype == theirs.dtype and mine.shape == theirs.shape, what
        scale = max(1.0, np.abs(theirs).max(initial=0.0))
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-10 * scale, err_msg=what)


@pytest.mark.parametrize("seed", SEEDS, ids="seed-{}".format)
def test_a_random_graph_is_the_same_in_every_way_to_compute_it(seed):
    """By the reference evaluator, in both styles for several sizes, and without a pass; nothing is
    allocated after the first call; and the gradients are those of finite differences."""
    program = random_program(seed)
    want = {size: reference(program, size) for size in set(SIZES)}
    for style in ("plain", "planned"):
        function = compiled(program, style)
        for size in SIZES:
            check(run(program, function, size), want[size], f"seed {seed}, {style}, N={size}")
    check_allocations(program, function)
    for name in SWITCHES if CHOSEN or seed < 10 else [SWITCHES[seed % len(SWITCHES)]]:
        function = compiled(program, "planned", name)
        check(run(program, function, SIZE), want[SIZE], f"seed {seed}, without {name}")
    check_gradients(program)


def check_allocations(program, function):
    arrays = program.arrays(SIZE)
    step = phase(function, arrays)
    with np.errstate(all="ignore"), counted() as allocated:
        step()
    # A Python number that meets an array is boxed in 8 bytes; that is no array of ours.
    assert [size for size in allocated.sizes if size > 8] == [], f"seed {program.seed} allocates"


def check_gradients(program):
    """The derivative of the loss along a random direction, against differences."""
    nodes = gx.Graph("loss", (), (("loss", program.loss),)).nodes
    if any(node.op.name in ("custom_gradient", "stop_gradient") for node in nodes):
        return  # the derivative is not that of the value, by intention
    given = dict(zip(program.inputs, program.arrays(SIZE), strict=True))
    states = program.state_values()
    given |= {t: states[state_of(t)] for t in program.states}
    rng = np.random.default_rng(program.seed)
    along = {t: rng.normal(size=given[t].shape) for t in program.gradients}
    step = 1e-5
    ends = []
    with np.errstate(all="ignore"):
        for steps in (1, -1, 2, -2):
            moved = {t: v + steps * step * along[t] if t in along else v for t, v in given.items()}
            ends.append(float(evaluate([program.loss], moved)[0]))
        slopes = evaluate(list(program.gradients.values()), given)
    got = sum(float((g * along[t]).sum()) for t, g in zip(program.gradients, slopes, strict=True))
    want = (8 * (ends[0] - ends[1]) - (ends[2] - ends[3])) / (12 * step)
    assert got == pytest.approx(want, rel=1e-6, abs=1e-7), f"seed {program.seed}: gradients"


def digest(seeds):
    """What is emitted for some seeds, as one number."""
    found = hashlib.sha256()
    for seed in seeds:
        for style in ("plain", "planned"):
            found.update(compiled(random_program(seed), style).source.encode())
    return found.hexdigest()


def test_the_same_program_emits_the_same_bytes_in_every_process():
    script = f"import test_fuzz; print(test_fuzz.digest(range({COUNT}, {COUNT + 20})))"
    digests = set()
    for hash_seed in ("0", "1", "4242"):
        here = Path(__file__).parent
        path = os.pathsep.join([str(here), str(here.parents[1]), *sys.path])
        result = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(result.stdout.strip())
    assert len(digests) == 1


def test_the_same_program_emits_the_same_bytes_twice_in_one_process():
    seeds = range(COUNT, COUNT + 20)
    assert digest(seeds) == digest(seeds)
