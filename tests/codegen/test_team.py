"""Threads and processes in emitted modules: the numbers of one, and BLAS as it was before."""

import copy
import functools
import gc
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import types
import weakref
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim


class Blas:
    """Stands for NumPy's BLAS: it only remembers what it was told."""

    def __init__(self, threads):
        self.threads, self.told = threads, []

    def get(self):
        return self.threads

    def set(self, threads):
        self.threads = threads
        self.told.append(threads)


def loaded(net, threads, source=None):
    """An instance whose module believes that BLAS takes so many threads."""
    module = types.ModuleType("emitted")
    exec(compile(source or net.source, "emitted.py", "exec"), module.__dict__)
    blas = Blas(threads)
    module._blas = lambda what: [blas.get, blas.set] if what == "num_threads" else []
    kind = next(v for v in vars(module).values() if hasattr(v, "FINGERPRINT"))
    return kind(seed=1), module, blas


def images(**more):
    x = gx.input("x", ("N", 16, 16, 8), dtype="float64")
    y = gx.input("y", ("N",), dtype="int64")
    with gx.default_dtype("float64"):
        layers = [
            nn.Conv2D(12, 3, padding="same", activation="relu"),
            nn.MaxPool2D(2),
            nn.Conv2D(8, 3, padding="same", activation="relu"),
            nn.Flatten(),
            nn.Dense(4),
        ]
        z = nn.Sequential(layers)(x)
        return gx.compile(
            "images",
            inputs=[x],
            targets=[y],
            loss=losses.softmax_cross_entropy(z, y),
            outputs={"scores": z},
            optimizer=optim.SGD(0.1),
            **more,
        )


def batch(count):
    rng = np.random.default_rng(3)
    return rng.normal(size=(count, 16, 16, 8)), rng.integers(4, size=count)


def same_training(one, several, x, y, steps=3):
    """The same losses and the same weights, but for the order of sums."""
    for _ in range(steps):
        assert several.train_step(x, y) == pytest.approx(one.train_step(x, y), rel=1e-11)
    for name, value in one.state_dict().items():
        np.testing.assert_allclose(several.state_dict()[name], value, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("threads", [2, 5])
@pytest.mark.parametrize(
    "name",
    ["im2col", "toeplitz", "winograd_2", "winograd_4", "winograd_2x1", "winograd_4x1", "fft"],
)
def test_threads_that_share_images_compute_what_one_does(threads, name):
    parts = ("", ".weight_gradient")
    net = images(algorithms={f"conv_{i}{part}": name for i in (1, 2) for part in parts})
    one, alone, _ = loaded(net, 1)
    several, module, blas = loaded(net, threads)
    x, y = batch(90)
    same_training(one, several, x, y)
    np.testing.assert_allclose(several.predict(x)["scores"], one.predict(x)["scores"], rtol=1e-8)
    assert len(module._processors.members) == threads - 1
    assert any(member.memory.size for member in module._processors.members)  # they did work
    assert not alone._processors.members
    assert blas.threads == threads
    assert set(blas.told) == {1, threads}


def test_depthwise_and_strided_convolutions_are_shared():
    x = gx.input("x", ("N", 24, 24, 16), dtype="float64")
    y = gx.input("y", ("N", 4), dtype="float64")
    with gx.default_dtype("float64"):
        layers = [
            nn.Conv2D(16, 3, strides=2, activation="relu"),
            nn.DepthwiseConv2D(3, padding="same"),
            nn.Conv2D(8, 5, strides=2),
            nn.Flatten(),
            nn.Dense(4),
        ]
        z = nn.Sequential(layers)(x)
        net = gx.compile(
            "mixed",
            inputs=[x],
            targets=[y],
            loss=losses.squared_error(z, y),
            optimizer=optim.SGD(0.01),
        )
    rng = np.random.default_rng(5)
    data = rng.normal(size=(60, 24, 24, 16)), rng.normal(size=(60, 4))
    one, _, _ = loaded(net, 1)
    several, module, _ = loaded(net, 3)
    same_training(one, several, *data)
    assert any(member.memory.size for member in module._processors.members)


def test_runs_are_alike_to_the_last_bit():
    net, (x, y) = images(), batch(90)
    losses_ = []
    for _ in range(2):
        m, _, _ = loaded(net, 3)
        losses_.append([m.train_step(x, y) for _ in range(4)])
    assert losses_[0] == losses_[1]


def test_small_batches_are_left_to_one_thread():
    m, module, _ = loaded(images(), 2)
    m.train_step(*batch(1))
    assert not any(member.memory.size for member in module._processors.members)


def test_what_a_thread_raises_is_raised_and_blas_gets_its_threads_back():
    m, module, blas = loaded(images(algorithms={"conv_1": "im2col"}), 3)
    x, y = batch(90)
    m.train_step(x, y)
    share, main = module._windows, threading.get_ident()

    def fails(*arguments):
        if threading.get_ident() != main:
            raise NoRoom("no room")
        return share(*arguments)

    module._windows = fails
    with pytest.raises(MemoryError, match="no room"):
        m.predict(x)
    assert blas.threads == 3
    module._windows = share
    np.testing.assert_allclose(m.predict(x)["scores"], loaded_like(m, x), rtol=1e-8)


def loaded_like(m, x):
    """The scores of the same weights by one thread."""
    alone, _, _ = loaded(images(), 1)
    alone.load_state_dict(m.state_dict())
    return alone.predict(x)["scores"]


def test_warnings_are_those_of_the_one_who_calls():
    m, _, _ = loaded(images(), 2)
    x, _ = batch(90)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        m.predict(x * 1e308)


def test_who_comes_second_computes_alone():
    net = images()
    first, module, blas = loaded(net, 2)
    x, _ = batch(90)
    expected = first.predict(x)["scores"]
    with module._processors:
        found = []
        thread = threading.Thread(target=lambda: found.append(first.predict(x)["scores"]))
        thread.start()
        thread.join()
    np.testing.assert_allclose(found[0], expected, rtol=1e-8)
    assert blas.threads == 2


def test_the_first_use_resets_nothing_that_another_thread_may_hold():
    _, module, _ = loaded(images(), 2)
    free = module._processors.free
    with module._processors:
        assert module._processors.free is free
        assert free.locked()
    assert not free.locked()


def test_a_smaller_blas_takes_fewer_of_the_threads_that_are_there():
    m, module, blas = loaded(images(), 4)
    x, _ = batch(90)
    expected = m.predict(x)["scores"]
    blas.threads = 2
    with module._processors:
        assert module._processors.others() == 1
    np.testing.assert_allclose(m.predict(x)["scores"], expected, rtol=1e-8)
    assert len(module._processors.members) == 3
    assert blas.threads == 2


def test_threads_keep_nothing_of_what_they_did():
    m, module, blas = loaded(images(), 2)
    x, y = batch(90)
    m.train_step(x, y)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(2000):
        with module._processors:
            module._processors.run([int, int])
        blas.told.clear()
    given = np.empty(3)
    held = weakref.ref(given)
    with module._processors:
        module._processors.run([int, functools.partial(np.sum, given)])
    del given
    assert held() is None
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 10_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_has_threads_of_its_own():
    m, _, _ = loaded(images(), 2)
    x, _ = batch(90)
    expected = m.predict(x)["scores"]
    read, write = os.pipe()
    child = os.fork()
    if not child:
        good = np.allclose(m.predict(x)["scores"], expected, rtol=1e-8)
        os.write(write, b"1" if good else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"


def test_numpys_blas_is_found_where_it_tells():
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    if "openblas" not in blas:
        pytest.skip(f"NumPy's BLAS is {blas} here")
    module = types.ModuleType("emitted")
    exec(compile(images().source, "emitted.py", "exec"), module.__dict__)
    get, set_ = module._blas("num_threads")
    before = get()
    set_(1)
    assert get() == 1
    set_(before)
    assert get() == before


# ---- parts of a batch --------------------------------------------------------------------


def divided(net, threads, least=2):
    """An instance whose batches are divided from a few examples on."""
    source = re.sub(r"least=\d+", f"least={least}", net.source)
    assert "least=" in source
    return loaded(net, threads, source)


def encoder(reduction="mean", count=("N", "T"), penalty=0.0, **more):
    x, y = (gx.input(name, count, dtype="int64") for name in "xy")
    with gx.default_dtype("float64"):
        layers = [nn.Embedding(17, 64), nn.TransformerEncoderLayer(64, heads=4, dropout=0.0)]
        model = nn.Sequential([*layers, nn.Dense(17)])
        loss = losses.softmax_cross_entropy(model(x), y, reduction=reduction, **more)
        if penalty:
            loss = loss + gx.penalties.l2(model.weights(), penalty)
        return gx.compile(
            "encoder",
            inputs=[x],
            targets=[y],
            loss=loss,
            optimizer=optim.Adam(1e-3, clip_norm=1.0),
        )


@pytest.mark.parametrize(("reduction", "penalty"), [("mean", 0.0), ("mean", 0.1), ("sum", 0.0)])
@pytest.mark.parametrize(("threads", "count"), [(2, 8), (3, 8), (4, 9), (2, 5)])
def test_parts_of_a_batch_give_the_gradients_of_all_of_it(reduction, penalty, threads, count):
    net = encoder(reduction, penalty=penalty)
    rng = np.random.default_rng(8)
    x, y = rng.integers(17, size=(2, count, 11))
    one, _, _ = divided(net, 1)
    several, _, blas = divided(net, threads)
    expected = one.gradients(x, y)
    for name, value in several.gradients(x, y).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-8, atol=1e-12)
    same_training(one, several, x, y)
    assert len(several._workers) == min(threads, count // 2) - 1
    assert blas.threads == threads
    assert "_workers" not in vars(one)


@pytest.mark.parametrize("threads", [2, 3])
def test_parts_with_convolutions_share_nothing_besides(threads):
    x, y = batch(90)
    net = images(algorithms={"conv_1": "im2col", "conv_2": "winograd_2x1"})
    one, _, _ = loaded(net, 1)
    several, module, blas = divided(net, threads, least=8)
    same_training(one, several, x, y)
    assert len(several._workers) == threads - 1
    assert not any(member.memory.size for member in module._processors.members)
    several.predict(x)  # which is not divided, and shares again
    assert any(member.memory.size for member in module._processors.members)
    assert blas.threads == threads
    assert not module._processors.free.locked()


def test_the_report_says_what_threads_share_and_why_not():
    assert re.fullmatch(
        r"parts of a batch, \d+ of N or more each", encoder().report().threads["train"]
    )
    (how,) = images().report().threads.values()
    assert re.fullmatch(r"parts of a batch, \d+ of N or more each", how)
    x, y = gx.input("x", ("N", 8)), gx.input("y", ("N", 1))
    layers = [nn.Dense(4), nn.Dropout(0.5), nn.Dense(1)]
    for kept, why in ((layers, "random numbers"), ([*layers[:1], layers[2]], "worth it")):
        loss = losses.squared_error(nn.Sequential(kept)(x), y)
        small = {"inputs": [x], "targets": [y], "loss": loss, "optimizer": optim.SGD(0.1)}
        assert why in gx.compile("small", **small).report().threads["train"]
        assert not gx.compile("small", **small, style="plain").report().threads
        assert "threads\n  train   a batch stays whole" in str(
            gx.compile("small", **small).report()
        )


def test_a_batch_that_is_too_small_stays_whole():
    m, _, _ = divided(encoder(), 2, least=4)
    x, y = np.zeros((2, 7, 11), dtype=np.int64)
    m.train_step(x, y)
    assert "_workers" not in vars(m)


def test_arguments_that_do_not_fit_are_refused_as_ever():
    m, module, blas = divided(encoder(), 2)
    x = np.zeros((8, 11), dtype=np.int64)
    before = m.state_dict()
    for wrong in ([x, x[:4]], [x, x.astype(float)], [x.tolist(), x], [x, None], [x, x + 17]):
        with pytest.raises(module.InputError):
            m.train_step(*wrong)
    for name, value in m.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert blas.threads == 2


def test_rows_of_results_come_in_their_order():
    x, y = gx.input("x", ("N", 40000)), gx.input("y", ("N", 30))
    layer = nn.Dense(30)
    guess = layer(x)
    loss = losses.squared_error(guess, y)
    weights = [layer.W, layer.b]
    program = gx.Program(
        "guesses",
        train=gx.function(
            [x, y],
            {"loss": loss, "guess": guess},
            updates=optim.SGD(0.1).updates(weights, gx.grad(loss, weights)),
        ),
    )
    rng = np.random.default_rng(2)
    data = [rng.normal(size=(9, width)).astype("float32") for width in (40000, 30)]
    one, _, _ = divided(program, 1)
    several, _, _ = divided(program, 2)
    want, got = one.train(*data), several.train(*data)
    assert got["loss"] == pytest.approx(want["loss"], rel=1e-6)
    np.testing.assert_allclose(got["guess"], want["guess"], rtol=1e-4, atol=1e-5)


def recurrent(layer):
    x, y = (gx.input(name, ("T", "N"), dtype="int64") for name in "xy")
    with gx.default_dtype("float64"):
        model = nn.Sequential([nn.Embedding(9, 16), layer, nn.Dense(9)])
        return gx.compile(
            "recurrent",
            inputs=[x],
            targets=[y],
            loss=losses.softmax_cross_entropy(model(x), y),
            optimizer=optim.Adam(1e-3, clip_norm=1.0),
        )


LAYERS = {
    "LSTM": lambda: nn.LSTM(256, return_sequences=True),
    "LSTM with peepholes": lambda: nn.LSTM(256, return_sequences=True, peepholes=True),
    "GRU": lambda: nn.GRU(384, return_sequences=True),
    "bidirectional": lambda: nn.Bidirectional(nn.LSTM(256, return_sequences=True)),
}


@pytest.mark.parametrize("small", [True, False], ids=["small products", "none"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("threads", "count"), [(2, 16), (3, 13)])
def test_recurrent_layers_run_on_parts(layer, threads, count, small):
    net = recurrent(LAYERS[layer]())
    assert "_dot(s." in net.source
    x, y = np.random.default_rng(5).integers(9, size=(2, 6, count))
    one, module, _ = divided(net, 1)
    module._has_small_products = lambda: False
    several, module, blas = divided(net, threads)
    module._has_small_products = lambda: small
    expected = one.gradients(x, y)
    for name, value in several.gradients(x, y).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-8, atol=1e-12)
    same_training(one, several, x, y)
    assert len(several._workers) == threads - 1
    assert blas.threads == threads


def test_small_steps_of_a_loop_are_not_divided():
    net = recurrent(nn.LSTM(32, return_sequences=True))
    assert "to be worth it" in net.report().threads["train"]
    assert "_dot(" not in net.source


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "tiled"),
    [
        ((16, 256, 1024), True),
        ((64, 256, 96), True),
        ((4, 8, 64), True),
        ((3, 8, 64), False),
        ((97, 8, 64), False),
        ((64, 512, 96), False),
        ((5, 7, 33), False),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_few_rows_are_multiplied_in_tiles_of_columns(dtype, shape, tiled, turned, monkeypatch):
    _, module, _ = loaded(recurrent(nn.LSTM(256, return_sequences=True)), 1)
    module._has_small_products = lambda: True
    rows, depth, columns = shape
    rng = np.random.default_rng(6)
    x = rng.normal(size=(rows, depth)).astype(dtype)
    w = rng.normal(size=(depth, columns)).astype(dtype)
    w = np.asfortranarray(w) if turned else w
    out, whole, dot = np.full((rows, columns), np.nan, dtype), [], np.dot
    monkeypatch.setattr(np, "dot", lambda *args, out: whole.append(dot(*args, out=out)))
    module._dot(x, w, out=out)
    np.testing.assert_allclose(out, x @ w, rtol=1e-4 if dtype == "float32" else 1e-10, atol=1e-3)
    assert bool(whole) == (turned or not tiled)


def test_openblas_says_whether_it_has_small_products():
    module = types.ModuleType("emitted")
    source = recurrent(nn.LSTM(256, return_sequences=True)).source
    exec(compile(source, "emitted.py", "exec"), module.__dict__)
    core = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    if not module._blas("corename"):
        assert not module._has_small_products()
    elif module._has_small_products():
        assert any("AVX512" in name for name in core)


class Scaled(nn.Module):
    """A layer that is given some factor of its input, which is not trained."""

    def __init__(self, factor):
        super().__init__()
        self.factor, self.layer = factor, nn.TransformerEncoderLayer(64, heads=2, dropout=0.0)

    def forward(self, x):
        return self.layer(x * gx.parameter("scale", self.factor, trainable=False))


def test_parts_see_what_is_kept_besides_the_parameters():
    x, y = (gx.input(name, ("N", 60, 64)) for name in "xy")
    z = nn.Sequential([Scaled(1.0) for _ in range(4)])(x)
    loss = losses.squared_error(z, y)
    net = gx.compile("scaled", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1))
    assert "_scaled_state" in net.source  # in lists, one for each of the repeated layers
    one, _, _ = divided(net, 1)
    several, _, _ = divided(net, 2)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 6, 60, 64)).astype("float32")
    several.gradients(x, y)
    weights = {k: v * 1.25 for k, v in one.state_dict().items()}
    for m in (one, several):
        m.load_state_dict(weights)
    expected = one.gradients(x, y)
    for name, value in several.gradients(x, y).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-3, atol=1e-6)


def normalised():
    """Two convolutions and a dense layer, with what each makes normalised over the batch."""
    x = gx.input("x", ("N", 24, 24, 16), dtype="float64")
    y = gx.input("y", ("N",), dtype="int64")
    with gx.default_dtype("float64"):
        layers = []
        for stride in (1, 2):
            conv = nn.Conv2D(32, 3, strides=stride, padding="same", use_bias=False)
            layers += [conv, nn.BatchNorm(), nn.Activation("relu")]
        z = nn.Sequential([*layers, nn.Flatten(), nn.Dense(6), nn.BatchNorm(), nn.Dense(4)])(x)
        return gx.compile(
            "normalised",
            inputs=[x],
            targets=[y],
            loss=losses.softmax_cross_entropy(z, y),
            outputs={"scores": z},
            optimizer=optim.SGD(0.05, momentum=0.9),
        )


def normalised_batch(count):
    rng = np.random.default_rng(4)
    return rng.normal(size=(count, 24, 24, 16)), rng.integers(4, size=count)


@pytest.mark.parametrize(("threads", "count"), [(2, 8), (3, 8), (4, 9), (2, 5)])
def test_parts_meet_where_a_batch_is_normalised(threads, count):
    net, (x, y) = normalised(), normalised_batch(count)
    one, _, _ = divided(net, 1)
    several, _, blas = divided(net, threads)
    expected = one.gradients(x, y)
    for name, value in several.gradients(x, y).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-8, atol=1e-12)
    same_training(one, several, x, y)  # running statistics too
    assert len(several._workers) == min(threads, count // 2) - 1
    same_training(one, several, x[:3], y[:3])  # in one piece, between others
    same_training(one, several, x, y)
    np.testing.assert_allclose(several.predict(x)["scores"], one.predict(x)["scores"], rtol=1e-7)
    assert blas.threads == threads


def test_meetings_give_the_same_bits_every_time():
    net, (x, y) = normalised(), normalised_batch(9)
    found = []
    for _ in range(2):
        m, _, _ = divided(net, 3)
        found.append([m.train_step(x, y) for _ in range(5)])
    assert found[0] == found[1]


class NoRoom(MemoryError):
    """What another process does not know."""


@pytest.mark.parametrize("who", ["the one that calls", "another"])
def test_nobody_waits_for_a_process_that_failed(who):
    m, module, blas = divided(normalised(), 3)
    x, y = normalised_batch(9)
    meet, main, calls = module._meet, os.getpid(), []

    def fails(*arguments):
        calls.append(arguments)
        if (os.getpid() == main) == (who == "the one that calls") and len(calls) == 3:
            raise NoRoom("no room")
        return meet(*arguments)

    module._meet = fails  # also in the processes, which are forked in the first step
    before = m.state_dict()
    with pytest.raises(MemoryError, match="no room"):
        m.train_step(x, y)
    module._meet = meet
    assert blas.threads == 3
    assert "_workers" not in vars(m)
    for name, value in m.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    one, _, _ = divided(normalised(), 1)
    one.load_state_dict(before)
    same_training(one, m, x, y)


def gone(process):
    """Whether a process that is not ours to wait for comes to its end."""
    for _ in range(600):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{process}/stat").read_text()
        if status.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_process_that_was_ended_has_a_successor():
    net, (x, y) = normalised(), normalised_batch(8)
    one, _, _ = divided(net, 1)
    several, _, _ = divided(net, 2)
    same_training(one, several, x, y)
    (worker,) = several._workers
    os.kill(worker.child, signal.SIGKILL)
    assert gone(worker.child)
    same_training(one, several, x, y)
    assert several._workers[0].child != worker.child


def test_a_process_that_ends_within_its_part_is_an_error():
    m, module, blas = divided(normalised(), 2)
    x, y = normalised_batch(8)
    meet, main, before = module._meet, os.getpid(), m.state_dict()
    module._meet = lambda *given: meet(*given) if os.getpid() == main else os._exit(0)
    with pytest.raises(RuntimeError, match="a process that had a part of the batch is gone"):
        m.train_step(x, y)
    module._meet = meet
    assert blas.threads == 2
    for name, value in m.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    one, _, _ = divided(normalised(), 1)
    one.load_state_dict(before)
    same_training(one, m, x, y)


def test_processes_end_with_their_model():
    m, _, _ = divided(normalised(), 3)
    m.train_step(*normalised_batch(9))
    processes = [worker.child for worker in m._workers]
    assert len(processes) == 2
    del m
    gc.collect()
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)"])
def test_processes_end_with_the_one_that_forked_them(tmp_path, end):
    source = re.sub(r"least=\d+", "least=2", normalised().source)
    (tmp_path / "normalised.py").write_text(source)
    script = f"""
import os, signal, numpy as np, normalised
blas = [lambda: 3, lambda threads: None]
normalised._blas = lambda what: blas
m = normalised.Normalised(seed=0)
m.train_step(np.ones((9, 24, 24, 16)), np.arange(9) % 4)
print(*[worker.child for worker in m._workers], flush=True)
{end}
"""
    run = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert not done.stderr
    processes = [int(word) for word in done.stdout.split()]
    assert len(processes) == 2
    assert all(gone(process) for process in processes)


def test_a_fork_trains_with_processes_of_its_own():
    net, (x, y) = normalised(), normalised_batch(8)
    one, _, _ = divided(net, 1)
    several, _, _ = divided(net, 2)
    same_training(one, several, x, y)
    before, (worker,) = several.state_dict(), several._workers
    read, write = os.pipe()
    child = os.fork()
    if not child:
        good = several.train_step(x, y) == pytest.approx(one.train_step(x, y), rel=1e-11)
        good = good and several._workers[0].child != worker.child
        several._workers.clear()
        os.write(write, b"1" if good else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"
    for name, value in several.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    same_training(one, several, x, y)
    assert several._workers == [worker]


def test_where_no_process_can_be_forked_a_batch_stays_whole(monkeypatch):
    net, (x, y) = normalised(), normalised_batch(8)
    one, _, _ = divided(net, 1)
    several, module, _ = divided(net, 2)

    def fork():
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", fork)
    same_training(one, several, x, y)
    files = os.listdir("/proc/self/fd")
    same_training(one, several, x, y)
    assert several._workers == []
    assert len(os.listdir("/proc/self/fd")) == len(files)
    monkeypatch.undo()
    module._LIBC = None  # not Linux
    same_training(one, several, x, y)
    assert several._workers == []


def test_errors_of_numbers_are_those_of_the_one_who_calls():
    m, _, _ = divided(normalised(), 2)
    x, y = normalised_batch(8)
    m.train_step(x, y)
    x[5] = 1e200  # in the second part alone
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        m.train_step(x, y)
    assert "_workers" not in vars(m)


def test_copies_have_processes_of_their_own():
    one, _, _ = divided(normalised(), 2)
    x, y = normalised_batch(8)
    one.train_step(x, y)
    other = copy.deepcopy(one)
    assert "_workers" not in vars(other)
    same_training(one, other, x, y)
    assert one._workers[0].child != other._workers[0].child


def test_arguments_refused_in_a_later_part_leave_no_part_behind():
    m, module, blas = divided(normalised(), 2)
    x, y = normalised_batch(8)
    with pytest.raises(module.InputError, match="values must lie in"):
        m.train_step(x, np.where(np.arange(8) < 7, y, 9))  # wrong in the last part alone
    found = []
    thread = threading.Thread(target=lambda: found.append(m.loss(x, y)), daemon=True)
    again = threading.Thread(target=lambda: found.append(m.train_step(x[:3], y[:3])), daemon=True)
    for each in (thread, again):  # a part would wait for others that never come
        each.start()
        each.join(60)
    assert len(found) == 2
    assert blas.threads == 2


def test_a_masked_mean_is_divided_by_what_all_parts_have():
    x, y, mask = gx.input("x", ("N", 2000)), gx.input("y", ("N", 2000)), gx.input("mask", ("N", 1))
    z = nn.Sequential([nn.Dense(2000), nn.Dense(2000)])(x)
    net = gx.compile(
        "masked",
        inputs=[x, mask],
        targets=[y],
        loss=gx.sum(gx.square(z - y) * mask) / gx.sum(mask),
        optimizer=optim.SGD(1e-3),
    )
    one, _, _ = divided(net, 1)
    several, _, _ = divided(net, 2)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 6, 2000)).astype("float32")
    mask = np.array([[1], [1], [1], [0], [0], [1]], dtype="float32")
    for _ in range(2):
        assert several.train_step(x, mask, y) == pytest.approx(one.train_step(x, mask, y), rel=1e-5)


def test_labels_to_be_ignored_are_counted_in_all_parts():
    net = encoder(ignore_index=-1)
    rng = np.random.default_rng(9)
    x, y = rng.integers(17, size=(2, 9, 11))
    y[rng.random(y.shape) < 0.4] = -1
    y[:3] = -1  # all of the first part
    one, _, _ = divided(net, 1)
    several, _, _ = divided(net, 3)
    expected = one.gradients(x, y)
    for name, value in several.gradients(x, y).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-8, atol=1e-12)
    same_training(one, several, x, y)
    same_training(one, several, x, np.full_like(y, -1), steps=1)


def test_a_network_with_very_many_parameters_is_not_divided():
    x, y = gx.input("x", ("N", 4100)), gx.input("y", ("N",), dtype="int64")
    for units, whole in ((4100, True), (2000, False)):
        z = nn.Sequential([nn.Dense(units), nn.Activation("relu"), nn.Dense(10)])(x)
        loss = losses.softmax_cross_entropy(z, y)
        net = gx.compile("wide", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1))
        assert ("gradients of its own" in net.report().threads["train"]) == whole
        assert ("_in_parts(" in net.source) != whole
