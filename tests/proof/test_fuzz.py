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
SWITCHES = [name for name, _ in PIPELINE if name not in _REQUIRED] + ["fuse"]
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
def test_a_random_graph_gives_the_same_in_every_way_to_compute_it(seed):
    program = random_program(seed)
    want = {size: reference(program, size) for size in set(SIZES)}
    for style in ("plain", "planned"):
        function = compiled(program, style)
        for size in SIZES:
            check(run(program, function, size), want[size], f"seed {seed}, {style}, N={size}")
    for name in SWITCHES:
        function = compiled(program, "planned", name)
        check(run(program, function, SIZE), want[SIZE], f"seed {seed}, without {name}")


@pytest.mark.parametrize("seed", SEEDS, ids="seed-{}".format)
def test_a_random_graph_allocates_nothing_after_its_first_call(seed):
    program = random_program(seed)
    function = compiled(program, "planned")
    arrays = program.arrays(SIZE)
    with np.errstate(all="ignore"):
        function(*arrays)
        step = phase(function, arrays)
        with counted() as allocated:
            step()
    assert [size for size in allocated.sizes if size > 8] == []


@pytest.mark.parametrize("seed", SEEDS, ids="seed-{}".format)
def test_the_gradients_of_a_random_graph_agree_with_differences(seed):
    program = random_program(seed)
    if any(node.op.name in DECEIVERS for node in gx.Graph("", (), (("", program.loss),)).nodes):
        pytest.skip("its derivative is not that of its value, by intention")
    given = dict(zip(program.inputs, program.arrays(SIZE), strict=True))
    given |= {t: program.state_values()[state_of(t)] for t in program.states}
    rng = np.random.default_rng(seed)
    along = {t: rng.normal(size=given[t].shape) for t in program.gradients}

    def loss(step):
        moved = {t: v + step * along[t] if t in along else v for t, v in given.items()}
        return float(evaluate([program.loss], moved)[0])

    step = 1e-5
    with np.errstate(all="ignore"):
        got = sum(
            float((evaluate([slope], given)[0] * along[t]).sum())
            for t, slope in program.gradients.items()
        )
        want = (8 * (loss(step) - loss(-step)) - loss(2 * step) + loss(-2 * step)) / (12 * step)
    assert got == pytest.approx(want, rel=1e-6, abs=1e-7)


DECEIVERS = ("custom_gradient", "stop_gradient")


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
