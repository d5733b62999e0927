from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from test_stand_in import Softmax, blobs, same_state

from graphc.errors import CheckpointError, DataError
from graphc.runtime.callbacks import Checkpoint, EarlyStopping, LambdaCallback, TerminateOnNaN
from graphc.runtime.checkpoint import (
    Snapshot,
    list_checkpoints,
    read_checkpoint,
    read_latest,
    write_checkpoint,
)
from graphc.runtime.data import batches
from graphc.runtime.fit import fit

X, Y = blobs(100)
VALIDATION = blobs(37, seed=2)


def names(folder):
    return sorted(os.listdir(folder))


def sample(**changes):
    parts = {
        "name": "p",
        "fingerprint": "f",
        "epoch": 2,
        "step": 3,
        "model": {
            "W": np.arange(6, dtype=np.float32).reshape(2, 3).T,
            "empty": np.zeros((0, 4), np.float16),
            "scalar": np.array(7, np.uint64),
            "flag": np.array(True),
            "big endian": np.array([1.5], ">f8"),
        },
        "run": {"a": [1, 2.5, None, "x", np.float32(3)], "b": {"c": np.arange(3)}, "n": 2**127},
    }
    return Snapshot(**(parts | changes))


# ---- the file ------------------------------------------------------------------------------------


def test_a_snapshot_reads_back_as_it_was(tmp_path):
    written = sample()
    read = read_checkpoint(write_checkpoint(tmp_path / "a.safetensors", written))
    assert (read.name, read.fingerprint, read.epoch, read.step) == ("p", "f", 2, 3)
    assert read.model.keys() == written.model.keys()
    for name, array in written.model.items():
        assert read.model[name].shape == array.shape
        assert read.model[name].dtype == array.dtype.newbyteorder("=")
        assert np.array_equal(read.model[name], array)
    assert read.run["a"] == [1, 2.5, None, "x", 3]
    assert read.run["n"] == 2**127
    assert np.array_equal(read.run["b"]["c"], np.arange(3))


def test_names_that_look_like_paths_do_not_collide(tmp_path):
    model = {"a/b": np.zeros(1), "a": np.ones(2), "": np.full(3, 2.0), "ü\n'": np.full(4, 3.0)}
    run = {"a": {"b": np.zeros(5)}, "a/b": np.ones(6)}
    read = read_checkpoint(
        write_checkpoint(tmp_path / "a.safetensors", sample(model=model, run=run))
    )
    assert {name: array.tolist() for name, array in read.model.items()} == {
        name: array.tolist() for name, array in model.items()
    }
    assert len(read.run["a"]["b"]) == 5 and len(read.run["a/b"]) == 6


@pytest.mark.parametrize(
    "run", [{"a": np.array([object()])}, {"a": {1, 2}}, {3: "a"}, {"a": np.array(["text"])}]
)
def test_what_can_not_be_stored_is_refused_and_leaves_no_file(tmp_path, run):
    with pytest.raises(CheckpointError):
        write_checkpoint(tmp_path / "a.safetensors", sample(run=run))
    assert names(tmp_path) == []


def test_every_altered_byte_is_noticed(tmp_path):
    path = write_checkpoint(tmp_path / "a.safetensors", sample())
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        altered = bytearray(whole)
        altered[position] ^= 1
        path.write_bytes(altered)
        with pytest.raises(CheckpointError, match=r"a\.safetensors"):
            read_checkpoint(path)


def test_every_truncation_is_noticed(tmp_path):
    path = write_checkpoint(tmp_path / "a.safetensors", sample())
    whole = path.read_bytes()
    for length in range(0, len(whole), 11):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"a\.safetensors: cut short"):
            read_checkpoint(path)


def test_other_files_are_refused_by_name(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(CheckpointError, match=r"a\.safetensors: there is no such file"):
        read_checkpoint(path)
    save_file({"W": np.zeros(3)}, path)
    with pytest.raises(CheckpointError, match="a safetensors file, but no checkpoint"):
        read_checkpoint(path)
    save_file({"W": np.zeros(3)}, path, {"format": "graphc-checkpoint", "version": "99"})
    with pytest.raises(CheckpointError, match="format version 99, but this graphc reads version 1"):
        read_checkpoint(path)
    np.savez(tmp_path / "b.npz", W=np.zeros(3))
    with pytest.raises(CheckpointError, match=r"b\.npz: cut short, or no checkpoint"):
        read_checkpoint(tmp_path / "b.npz")


# ---- the callback --------------------------------------------------------------------------------


def test_the_newest_checkpoints_are_kept(tmp_path):
    fit(Softmax(), (X, Y), epochs=5, callbacks=[Checkpoint(tmp_path)])
    assert names(tmp_path) == ["checkpoint-000004.safetensors", "checkpoint-000005.safetensors"]


def test_every_and_keep_choose_which(tmp_path):
    fit(Softmax(), (X, Y), epochs=7, callbacks=[Checkpoint(tmp_path, every=2, keep=3)])
    assert [position for position, _ in list_checkpoints(tmp_path)] == [(4, 0), (6, 0), (7, 0)]


def test_checkpoints_within_an_epoch_come_every_so_many_steps(tmp_path):
    saved = Checkpoint(tmp_path, keep=100, every_steps=3)
    fit(Softmax(), (X, Y), epochs=2, callbacks=[saved])
    positions = [position for position, _ in list_checkpoints(tmp_path)]
    assert positions == [(0, 3), (1, 0), (1, 3), (2, 0)]


def test_a_leftover_of_a_killed_run_is_removed(tmp_path):
    leftover = tmp_path / ".checkpoint-000001.safetensors.0123456789ab.tmp"
    leftover.write_bytes(b"half")
    fit(Softmax(), (X, Y), epochs=1, callbacks=[Checkpoint(tmp_path)])
    assert names(tmp_path) == ["checkpoint-000001.safetensors"]


def test_a_new_run_replaces_the_checkpoints_of_an_earlier_one_with_a_warning(tmp_path):
    fit(Softmax(), (X, Y), epochs=9, callbacks=[Checkpoint(tmp_path)])
    m = Softmax()
    with pytest.warns(UserWarning, match="checkpoints of an earlier run"):
        fit(m, (X, Y), epochs=1, callbacks=[Checkpoint(tmp_path)])
    assert names(tmp_path) == ["checkpoint-000001.safetensors"]
    _, snapshot = read_latest(tmp_path)
    assert np.array_equal(snapshot.model["W"], m.state["W"])


def test_a_state_after_a_loss_that_is_nan_is_not_saved(tmp_path):
    class Diverging(Softmax):
        def train_step(self, x, y):
            return super().train_step(x, y) * (np.nan if self.state["steps"] >= 9 else 1)

    fit(Diverging(), (X, Y), epochs=9, callbacks=[Checkpoint(tmp_path), TerminateOnNaN()])
    assert [position for position, _ in list_checkpoints(tmp_path)] == [(1, 0), (2, 0)]


@pytest.mark.parametrize("arguments", [{"every": 0}, {"keep": 0}, {"every_steps": 0}])
def test_numbers_below_one_are_refused(tmp_path, arguments):
    with pytest.raises(DataError, match="expected at least 1"):
        Checkpoint(tmp_path, **arguments)


# ---- resuming ------------------------------------------------------------------------------------


class Killed(Exception):
    """Stands for a process that ends without a word."""


def killed_at(position):
    def check(run):
        if run.position >= position:
            raise Killed

    return LambdaCallback(on_step=check)


def train(folder, epochs=6, *, m=None, stop=None, resume=None, **arguments):
    """One run as a user would write it: early stopping that counts, a checkpoint, a shuffle."""
    m = m or Softmax()
    callbacks = [Checkpoint(folder, every_steps=3), EarlyStopping(patience=4)]
    if stop:
        callbacks.append(killed_at(stop))
    given = {"data": (X, Y), "validation": VALIDATION, "metrics": ["accuracy"]} | arguments
    try:
        history = fit(m, epochs=epochs, callbacks=callbacks, resume=resume, **given)
    except Killed:
        history = None
    return m, history


def same_history(a, b):
    timeless = [name for name in a.columns if name != "seconds"]
    return (
        a.columns.keys() == b.columns.keys()
        and all(a[name] == b[name] for name in timeless)
        and np.array_equal(a.step_losses, b.step_losses)
    )


@pytest.mark.parametrize("stop", [(0, 4), (1, 0), (3, 0), (3, 1), (3, 3), (3, 4), (5, 3)])
def test_a_run_that_was_killed_and_resumed_ends_in_the_same_bits(tmp_path, stop):
    straight, expected = train(tmp_path / "straight")
    train(tmp_path / "run", stop=stop)
    m, history = train(tmp_path / "run", m=Softmax(seed=99), resume=True)
    assert same_state(m, straight)
    assert same_history(history, expected)


def test_three_epochs_and_three_more_are_six(tmp_path):
    straight, expected = train(tmp_path / "straight")
    train(tmp_path / "run", epochs=3)
    m, history = train(tmp_path / "run", resume=str(tmp_path / "run"))
    assert same_state(m, straight)
    assert same_history(history, expected)


@pytest.mark.parametrize("bits", [np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_every_kind_of_generator_is_resumed(tmp_path, bits):
    straight, _ = train(tmp_path / "straight", rng=np.random.Generator(bits(3)))
    train(tmp_path / "run", stop=(2, 4), rng=np.random.Generator(bits(3)))
    m, _ = train(tmp_path / "run", resume=True, rng=np.random.Generator(bits(4)))
    assert same_state(m, straight)


def test_another_kind_of_generator_is_refused(tmp_path):
    train(tmp_path, epochs=1)
    with pytest.raises(DataError, match="the saved generator is a PCG64, the one given as rng a"):
        train(tmp_path, resume=True, rng=np.random.Generator(np.random.Philox(3)))


@pytest.mark.parametrize("kind", ["list", "batches"])
def test_iterables_are_resumed_within_an_epoch(tmp_path, kind):
    def data():
        if kind == "batches":
            return batches((X, Y), 32, rng=5)
        return [(X[i : i + 32], Y[i : i + 32]) for i in range(0, 100, 32)]

    straight, expected = train(tmp_path / "straight", data=data())
    train(tmp_path / "run", stop=(2, 4), data=data())
    m, history = train(tmp_path / "run", resume=True, data=data())
    assert same_state(m, straight)
    assert same_history(history, expected)


def test_a_run_that_ctrl_c_stopped_resumes_at_that_step(tmp_path):
    straight, expected = train(tmp_path / "straight")

    def press(run):
        if run.position == (2, 2):
            os.kill(os.getpid(), signal.SIGINT)

    callbacks = [Checkpoint(tmp_path / "run"), EarlyStopping(patience=4)]
    callbacks.append(LambdaCallback(on_step=press))
    data = {"validation": VALIDATION, "metrics": ["accuracy"]}
    with pytest.warns(UserWarning, match="interrupted"):
        fit(Softmax(), (X, Y), epochs=6, callbacks=callbacks, **data)
    assert list_checkpoints(tmp_path / "run")[-1][0] == (2, 2)
    m, history = train(tmp_path / "run", resume=True)
    assert same_state(m, straight)
    assert same_history(history, expected)


def test_ctrl_c_in_validation_resumes_with_that_validation(tmp_path):
    straight, expected = train(tmp_path / "straight")

    class Pressing(Softmax):
        def loss(self, x, y):
            if self.state["steps"] == 8:  # the first validation batch of epoch 2
                os.kill(os.getpid(), signal.SIGINT)
            return super().loss(x, y)

    with pytest.warns(UserWarning, match="interrupted 4 steps into epoch 2"):
        train(tmp_path / "run", m=Pressing())
    m, history = train(tmp_path / "run", resume=True)
    assert same_state(m, straight)
    assert same_history(history, expected)


def test_early_stopping_goes_on_counting_and_keeps_its_best_weights(tmp_path):
    def noisy(folder, **arguments):
        m = Softmax(rate=0.8)
        stopping = EarlyStopping(patience=3)
        callbacks = [Checkpoint(folder), stopping]
        if stop := arguments.pop("stop", None):
            callbacks.append(killed_at(stop))
        with contextlib.suppress(Killed):
            fit(m, (X, Y), epochs=40, validation=VALIDATION, callbacks=callbacks, **arguments)
        return m, stopping

    straight, expected = noisy(tmp_path / "straight")
    assert expected.best_epoch > 0
    last = expected.best_epoch + 3
    for epochs in (expected.best_epoch, expected.best_epoch + 1, last - 1):
        folder = tmp_path / str(epochs)
        noisy(folder, stop=(epochs, 2))
        m, stopping = noisy(folder, resume=True)
        assert stopping.best_epoch == expected.best_epoch
        assert same_state(m, straight)


def test_resuming_a_finished_run_gives_its_result_again(tmp_path):
    straight, expected = train(tmp_path, epochs=4)
    m, history = train(tmp_path, epochs=4, m=Softmax(seed=9), resume=True)
    assert same_state(m, straight)
    assert same_history(history, expected)


def test_a_run_that_stopped_early_stays_stopped_unless_patience_grows(tmp_path):
    def run(patience, **arguments):
        m = Softmax(rate=0.0)
        callbacks = [Checkpoint(tmp_path), EarlyStopping(patience=patience)]
        return fit(m, (X, Y), epochs=9, validation=VALIDATION, callbacks=callbacks, **arguments)

    assert len(run(2)) == 3
    assert len(run(2, resume=True)) == 3
    assert len(run(4, resume=True)) == 5


def test_an_empty_folder_of_the_checkpoint_begins_a_new_run(tmp_path):
    m, history = train(tmp_path / "new", epochs=1, resume=True)
    assert len(history) == 1 and int(m.state["steps"]) == 4


def test_another_folder_without_a_checkpoint_is_an_error(tmp_path):
    with pytest.raises(CheckpointError, match="there is no checkpoint to resume from"):
        train(tmp_path / "new", resume=tmp_path / "typo")
    with pytest.raises(CheckpointError, match="there is no such file"):
        train(tmp_path / "new", resume=tmp_path / "checkpoint-000001.safetensors")


def test_resuming_from_an_earlier_file_drops_what_came_later(tmp_path):
    m, expected = train(tmp_path, epochs=4)
    earlier = tmp_path / "checkpoint-000003+000003.safetensors"
    again, history = train(tmp_path, epochs=4, resume=earlier)
    assert same_state(m, again) and same_history(history, expected)
    with_stop, _ = train(tmp_path, epochs=4, resume=earlier, stop=(3, 4))
    assert [position for position, _ in list_checkpoints(tmp_path)][-1] == (4, 0)
    assert int(with_stop.state["steps"]) == 16


def test_a_checkpoint_of_another_program_is_refused_and_changes_nothing(tmp_path):
    train(tmp_path, epochs=2)

    class Other(Softmax):
        NAME = "other"
        FINGERPRINT = "0" * 64

    m = Other()
    before = m.state_dict()
    with pytest.raises(
        CheckpointError, match=r"of another program: 'softmax' .*5f7a5f7a5f7a, not 'other'"
    ):
        train(tmp_path, m=m, resume=True)
    assert all((before[name] == value).all() for name, value in m.state.items())


def test_other_batches_are_refused_within_an_epoch_and_warned_of_between_epochs(tmp_path):
    train(tmp_path / "within", stop=(1, 4))
    with pytest.raises(CheckpointError, match="batch_size was 32, is 16"):
        train(tmp_path / "within", resume=True, batch_size=16)
    train(tmp_path / "between", epochs=1)
    with pytest.warns(UserWarning, match="examples was 100, is 99"):
        train(tmp_path / "between", epochs=2, resume=True, data=(X[:99], Y[:99]))


@pytest.mark.parametrize("damage", ["truncated", "altered", "emptied", "foreign"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before_it(tmp_path, damage):
    straight, _ = train(tmp_path)
    newest = list_checkpoints(tmp_path)[-1][1]
    whole = newest.read_bytes()
    newest.write_bytes(
        {
            "truncated": whole[:-10],
            "altered": whole[:-1] + bytes([whole[-1] ^ 1]),
            "emptied": b"",
            "foreign": b"PK\x03\x04 something else",
        }[damage]
    )
    with pytest.warns(UserWarning, match=rf"{newest.name}: .*; going back to checkpoint-000005"):
        m, _ = train(tmp_path, resume=True)
    assert same_state(m, straight)
    assert read_checkpoint(newest).epoch == 6


def test_a_folder_of_damaged_checkpoints_is_an_error_that_names_each(tmp_path):
    train(tmp_path, epochs=2)
    for _, path in list_checkpoints(tmp_path):
        path.write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"(?s)no checkpoint is whole.*000002.*000001"):
        train(tmp_path, resume=True)


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import numpy as np
from test_stand_in import Softmax, blobs
from graphc.runtime.callbacks import Checkpoint, EarlyStopping
from graphc.runtime.fit import fit

m = Softmax()
callbacks = [Checkpoint({folder!r}, every_steps=2), EarlyStopping(patience=30)]
print("ready", flush=True)
fit(m, blobs(100), epochs=60, validation=blobs(37, seed=2), callbacks=callbacks, resume=True)
np.savez({result!r}, **m.state_dict())
"""


def test_kill_9_at_random_moments_costs_no_bit(tmp_path):
    """The process is killed again and again until it gets through; the seed is in the message."""
    straight = Softmax()
    fit(
        straight,
        blobs(100),
        epochs=60,
        validation=blobs(37, seed=2),
        callbacks=[EarlyStopping(patience=30)],
    )
    seed = random.randrange(2**32)
    moments, kills = random.Random(seed), 0
    result = tmp_path / "result.npz"
    tests = str(Path(__file__).parent)
    code = SCRIPT.format(tests=tests, folder=str(tmp_path / "run"), result=str(result))
    finished = False
    while not finished:
        command = [sys.executable, "-W", "error", "-c", code]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"ready\n", f"seed {seed}, after {kills} kills"
            if kills < 8:
                time.sleep(moments.uniform(0, 0.05))
                process.kill()
                kills += 1
        assert process.returncode in (0, -signal.SIGKILL), f"seed {seed}, after {kills} kills"
        finished = process.returncode == 0
    with np.load(result) as state:
        for name, value in straight.state_dict().items():
            assert state[name].tobytes() == value.tobytes(), f"{name}, seed {seed}"
