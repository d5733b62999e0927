"""Emitted modules for a GPU as users see them: copies, graphs, random streams, weights, errors."""

import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import CompileError
from graphc.network import targeting

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")


def mlp(target="cupy", rate=0.0, optimizer=None):
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N",), dtype="int64")
    layers = [nn.Dense(8, activation="tanh"), nn.Dropout(rate), nn.Dense(3)]
    logits = nn.Sequential(layers[:1] + layers[1:2] * (rate > 0) + layers[2:], name="net")(x)
    return gx.compile(
        "device_mlp",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=gx.softmax(logits),
        optimizer=optimizer or optim.Adam(1e-2),
        target=target,
    )


def batch(size=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, 6)).astype("float32"), rng.integers(0, 3, size)


# ---- copies -------------------------------------------------------------------------------


def test_arguments_go_over_once_and_nothing_comes_back_until_it_is_read():
    m = stand_in.instance(mlp())
    x, y = batch()
    m.train_step(x, y)
    stand_in.COPIES.clear()
    loss = m.train_step(x, y)
    assert stand_in.COPIES == ["in", "in"]
    assert float(loss) == pytest.approx(float(loss))
    assert stand_in.COPIES == ["in", "in", "out", "out"]


def test_arrays_on_the_device_are_used_where_they_are_and_give_arrays_on_the_device():
    m = stand_in.instance(mlp())
    x, y = map(stand_in.asarray, batch())
    want = m.predict(batch()[0])
    stand_in.COPIES.clear()
    got = m.predict(x)
    assert isinstance(got, stand_in.ndarray) and stand_in.COPIES == []
    np.testing.assert_array_equal(got.get(), want)
    assert isinstance(m.train_step(x, y), stand_in.ndarray)


def test_gaps_between_the_elements_of_an_argument_change_nothing():
    m = stand_in.instance(mlp())
    wide = np.zeros((5, 12), "float32")
    wide[:, ::2], _ = batch()
    on_device = stand_in.ndarray(wide)[:, ::2]
    np.testing.assert_array_equal(m.predict(on_device).get(), m.predict(batch()[0]))


def test_results_do_not_change_with_later_calls():
    m = stand_in.instance(mlp())
    x, y = batch()
    first = [m.train_step(x, y) for _ in range(3)]
    values = [float(loss) for loss in first]
    m.train_step(x, y)
    assert [float(loss) for loss in first] == values
    assert len(set(values)) == 3


# ---- graphs -------------------------------------------------------------------------------


def test_a_step_is_captured_at_its_second_call_for_a_batch_size():
    m, launched = stand_in.instance(mlp()), []
    x, y = batch()
    launch = stand_in.Graph.launch
    stand_in.Graph.launch = lambda graph, stream=None: (launched.append(graph), launch(graph))
    try:
        for size in (5, 5, 5, 4, 5, 4):
            m.train_step(x[:size], y[:size])
    finally:
        stand_in.Graph.launch = launch
    assert len(launched) == 4 and len(set(map(id, launched))) == 2


def test_replayed_steps_compute_what_launched_ones_do(monkeypatch):
    captured, launched = (stand_in.instance(mlp(optimizer=optim.SGD(0.1))) for _ in range(2))
    steps = [[], []]
    for k in range(4):
        steps[0].append(float(captured.train_step(*batch(seed=k))))
    monkeypatch.setattr(stand_in.Stream, "begin_capture", refuse)
    with pytest.warns(RuntimeWarning, match="train_step is launched kernel by kernel.*no capture"):
        for k in range(4):
            steps[1].append(float(launched.train_step(*batch(seed=k))))
    assert steps[0] == steps[1]


def refuse(stream, mode=None):
    raise RuntimeError("no capture on this device")


def test_two_models_in_one_process_do_not_disturb_each_other():
    network = mlp(rate=0.5)
    alone = stand_in.instance(network, seed=3)
    wanted = [float(alone.train_step(*batch())) for _ in range(4)]
    one, other = stand_in.instance(network, seed=3), stand_in.instance(network, seed=4)
    got = []
    for _ in range(4):
        got.append(float(one.train_step(*batch())))
        other.train_step(*batch(seed=9))
    assert got == wanted


# ---- random streams -----------------------------------------------------------------------


def draws(count, seed=0, size=20_000):
    """Uniform numbers of one stream, in several calls."""
    f = gx.function([], [gx.uniform((size,))], target="cupy")
    with stand_in.as_cupy():
        instance = f.network.load(seed)
        return [instance.function()[0] for _ in range(count)]


def test_uniform_numbers_are_uniform_and_new_in_every_call():
    first, second = draws(2)
    assert not np.array_equal(first, second)
    for numbers in (first, second):
        assert numbers.min() >= 0 and numbers.max() < 1
        np.testing.assert_allclose(np.histogram(numbers, 10, (0, 1))[0] / 2000, 1, atol=0.1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.02
    np.testing.assert_array_equal(first, draws(1)[0])
    assert not np.array_equal(first, draws(1, seed=1)[0])


def test_normal_numbers_are_normal():
    f = gx.function([], [gx.normal((40_000,))], target="cupy")
    with stand_in.as_cupy():
        (numbers,) = f()
    moments = [numbers.mean(), numbers.var(), (numbers**3).mean(), (numbers**4).mean()]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.12)


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        (0, (0, 0), "6627e8d5 e169c58d"),
        (2**64 - 1, (2**64 - 1, 2**64 - 1), "408f276d 41c83b0e"),
        (0x299F31D0A4093822, (0x85A308D3243F6A88, 0x0370734413198A2E), "d16cfe09 94fdcceb"),
    ],
)
def test_philox_gives_the_known_answers_of_its_authors(key, counter, words):
    # Random123 1.14, tests/kat_vectors, philox4x32 10; the first two words of four.
    from graphc.codegen.cupy.scalars import PREAMBLES

    kernel = stand_in.ElementwiseKernel(
        "uint64 key, uint64 draw, uint64 index",
        "uint64 bits",
        "bits = philox(key, draw, index)",
        preamble=PREAMBLES["philox"],
    )
    out = stand_in.zeros((1,), np.uint64)
    given = [np.array([v], np.uint64) for v in (key, counter[1], counter[0])]
    kernel(*map(stand_in.asarray, given), out)
    low, high = (int(word, 16) for word in words.split())
    assert int(out.get()[0]) == high << 32 | low


def test_dropout_is_replayed_on_the_way_back_and_no_mask_is_kept():
    x = gx.input("x", ("N", 50))
    weight = gx.parameter("weight", np.ones(50, "float32"))
    loss = gx.mean(gx.dropout(x * weight, 0.4)).named("loss")
    network = gx.compile("dropped", inputs=[x], loss=loss, optimizer=optim.SGD(1e-3), target="cupy")
    assert "bool" not in network.source[network.source.index("def _plan_train") :]
    m = stand_in.instance(network)
    ones = np.ones((200, 50), "float32")
    loss, gradient = float(m.train_step(ones)), None
    gradient = m.grads.weight.get()
    np.testing.assert_allclose(gradient.sum(), loss, rtol=1e-5)  # linear: the same mask in both
    assert 0.9 < loss < 1.1


# ---- weights ------------------------------------------------------------------------------


def test_weights_and_streams_of_either_target_load_into_the_other(tmp_path):
    here, there = mlp("numpy", rate=0.2).load(seed=1), stand_in.instance(mlp(rate=0.2), seed=2)
    x, y = batch()
    for _ in range(3):
        there.train_step(x, y)
    there.save(tmp_path / "device.npz")
    here.load(tmp_path / "device.npz")
    np.testing.assert_allclose(here.predict(x), there.predict(x), atol=1e-6)
    here.train_step(x, y)
    there.load_state_dict(here.state_dict())
    np.testing.assert_allclose(here.predict(x), there.predict(x), atol=1e-6)
    assert sorted(here.state_dict()) == sorted(there.state_dict())


def test_first_values_are_those_of_numpy():
    here, there = mlp("numpy").load(seed=5), stand_in.instance(mlp(), seed=5)
    for name, value in here.state_dict().items():
        np.testing.assert_array_equal(there.state_dict()[name], value)


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing():
    m = stand_in.instance(mlp())
    before = m.state_dict()
    wrong = {**before, "dense_1.W": np.zeros((6, 9), "float32")}
    with pytest.raises(ValueError, match=r"dense_1\.W"):
        m.load_state_dict(wrong)
    for name, value in m.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


# ---- refusals -----------------------------------------------------------------------------


@pytest.mark.parametrize("where", [np.asarray, stand_in.asarray])
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((4, 7), "float32"), np.zeros(4, "int64"), "axis 1 has 7, not 6"),
        (np.zeros((4, 6), "float64"), np.zeros(4, "int64"), "float32"),
        (np.zeros((4, 6), "float32"), np.full(4, 3), "0 .. 2, got 3"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_anything_changes(where, x, y, message):
    m = stand_in.instance(mlp())
    before = m.state_dict()
    with pytest.raises(ValueError, match=message.replace("..", r"\.\.")):
        m.train_step(where(x), where(y))
    for name, value in m.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "plain"}, "style 'planned' alone"),
        ({"check": "nan"}, "check='nan'"),
        ({"autotune": True}, "autotune"),
        ({"target": "cuda"}, "the targets are numpy, cupy"),
    ],
)
def test_what_modules_for_a_gpu_do_not_have_is_said_when_they_are_compiled(options, message):
    x = gx.input("x", ("N", 2))
    with pytest.raises(CompileError, match=message):
        gx.compile("none", inputs=[x], outputs=x * 2, **{"target": "cupy", **options})


def test_an_op_without_a_kernel_is_named_with_the_line_that_made_it():
    from graphc.ops.draws import ORTHOGONAL

    x = gx.input("x", (4, 4))
    with pytest.raises(CompileError, match=r"'orthogonal' at test_device_modules.py:\d+"):
        gx.compile("none", inputs=[x], outputs=ORTHOGONAL(x), target="cupy")


def test_a_target_can_be_given_from_outside():
    x = gx.input("x", ("N", 2))
    with targeting("cupy"):
        assert "import cupy as cp" in gx.compile("outside", inputs=[x], outputs=x * 2).source
    assert "cupy" not in gx.compile("outside", inputs=[x], outputs=x * 2).source
