"""The emitted training step: what it allocates, what it changes, and what stops it half-way."""

import builtins
import contextlib
import gc
import importlib.util
import os
import signal
import sys
import threading
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from acceptance_nets import (
    EVERY,
    TRAINED,
    batch,
    digits,
    inputs_of,
    momentum,
    program,
    regression,
    same_bits,
    wide,
    wide_adam,
    without_streams,
)

import graphc as gx
from graphc import init, losses, nn, optim

STYLES = ("plain", "planned")
RANDOM = ("digits", "adamw", "wide")  # those with dropout


@pytest.fixture(params=list(TRAINED))
def net(request):
    return TRAINED[request.param]()


# ---- allocation ----------------------------------------------------------------------------------


def counted():
    """The context that counts NumPy's allocations, from the tests of the proof."""
    path = Path(__file__).parents[1] / "proof" / "allocations.py"
    spec = importlib.util.spec_from_file_location("allocations_counter", path)
    module = sys.modules.get(spec.name) or importlib.util.module_from_spec(spec)
    if spec.name not in sys.modules:
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return module.counted()


MANY = 1100  # examples; an array with one number for each of them shows in any count
NUMBER = 16  # bytes: NumPy makes an array of no axes for each Python number that it is given


def arrays_in(found):
    """The sizes of what was allocated, but for single numbers."""
    return [size for size in found.sizes if size > NUMBER]


def test_after_the_first_step_at_a_size_no_array_is_allocated(net):
    m = net.load()
    arrays = batch(net, MANY)
    m.train_step(*arrays)
    with counted() as found:
        for _ in range(5):
            m.train_step(*arrays)
    assert arrays_in(found) == []


def peak_of_five_steps(net, n):
    m = net.load()
    arrays = batch(net, n)
    for _ in range(2):
        m.train_step(*arrays)
    gc.collect()
    tracemalloc.start()
    try:
        m.train_step(*arrays)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(5):
            m.train_step(*arrays)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before, peak - before


def test_steps_keep_nothing_and_need_no_more_for_more_examples(net):
    """What NumPy's loops buffer inside (8,192 elements) is all that comes and goes."""
    kept, peak = peak_of_five_steps(net, MANY)
    _, larger = peak_of_five_steps(net, 4 * MANY)
    assert kept < 8192  # what the interpreter holds ready for its next calls
    assert peak < 8192 * 8
    assert larger < peak + 40_000


def test_after_the_first_call_loss_allocates_no_array(net):
    m = net.load()
    arrays = batch(net, MANY)
    m.loss(*arrays)
    with counted() as found:
        m.loss(*arrays)
    assert arrays_in(found) == []


def test_sizes_that_were_seen_before_allocate_nothing_when_they_alternate():
    net = digits()
    m = net.load()
    large, small = batch(net, MANY), batch(net, 300)
    for arrays in (large, small):
        m.train_step(*arrays)
    with counted() as found:
        for _ in range(3):
            m.train_step(*large)
            m.train_step(*small)
    assert arrays_in(found) == []


def test_the_wide_networks_are_updated_block_by_block():
    for name in ("wide", "wide_momentum"):
        plans = TRAINED[name]().plans.values()
        assert any(group.blocked for plan in plans for group in plan.fusion.groups)


# ---- batch sizes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(TRAINED))
def test_any_order_of_batch_sizes_gives_what_plain_expressions_give(name):
    planned, plain = (TRAINED[name](style).load() for style in ("planned", "plain"))
    net = planned.network
    for step, n in enumerate([16, 16, 5, 16, 1, 40, 5, 2, 16]):
        arrays = batch(net, n, seed=step)
        losses_ = [m.train_step(*arrays) for m in (planned, plain)]
        np.testing.assert_allclose(*losses_, rtol=1e-4)
    states = [m.state_dict() for m in (planned, plain)]
    assert states[0].keys() == states[1].keys()
    for key, value in states[0].items():
        np.testing.assert_allclose(value, states[1][key], rtol=2e-3, atol=2e-5, err_msg=key)


def test_a_new_batch_size_compiles_nothing(monkeypatch):
    net = digits()
    m = net.load()
    m.train_step(*batch(net, 16))
    source = net.source

    def refuse(*_, **__):
        raise AssertionError("something was compiled")

    arrays = batch(net, 5)
    with monkeypatch.context() as patch:
        for name in ("compile", "exec"):
            patch.setattr(builtins, name, refuse)
        m.train_step(*arrays)
    assert net.source is source


def test_many_batch_sizes_do_not_hold_many_plans():
    net = digits()
    m = net.load()
    for n in range(1, 60):
        m.train_step(*batch(net, n))
        m.predict(*inputs_of(net, batch(net, n)))
    largest = m.train_step(*batch(net, 59))
    assert np.isfinite(largest)
    assert len(m._train) <= 16 and len(m._predict) <= 16


def test_results_do_not_change_when_the_next_call_reuses_their_buffers(net):
    m = net.load()
    arrays = batch(net, 8)
    loss = m.train_step(*arrays)
    gradients = m.gradients(*arrays)
    outputs = m.predict(*inputs_of(net, arrays))
    outputs = outputs if isinstance(outputs, dict) else {"output": outputs}
    state = m.state_dict()
    kept = [{k: v.copy() for k, v in d.items()} for d in (gradients, outputs, state)]
    number = float(loss)
    for seed in range(3):
        m.train_step(*batch(net, 8, seed))
        m.predict(*inputs_of(net, batch(net, 8, seed)))
    assert float(loss) == number
    for then, now in zip(kept, (gradients, outputs, state), strict=True):
        assert same_bits(then, now)


def test_arguments_are_never_written_to(net):
    m = net.load()
    arrays = batch(net, 8)
    kept = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    m.train_step(*arrays)
    m.gradients(*arrays)
    m.loss(*arrays)
    m.predict(*inputs_of(net, arrays))
    for a, b in zip(arrays, kept, strict=True):
        assert a.tobytes() == b.tobytes()


def test_arguments_may_be_views_of_any_layout():
    net = digits()
    x, y = batch(net, 8)
    layouts = [
        (x, y),
        (np.asfortranarray(x), y),
        (np.repeat(x, 2, axis=0)[::2], np.repeat(y, 3)[::3]),
        (x[::-1][::-1], y[::-1][::-1]),
    ]
    results = []
    for arrays in layouts:
        m = net.load()
        results.append([m.train_step(*arrays), m.loss(*arrays)])
    np.testing.assert_allclose(results, [results[0]] * len(layouts), rtol=1e-5)


# ---- seeds and instances -------------------------------------------------------------------------


def trained(net, seed, steps=3):
    m = net.load(seed=seed)
    found = [m.train_step(*batch(net, 8, seed=k)) for k in range(steps)]
    return m, found


def test_the_same_seed_gives_the_same_bits(net):
    (a, first), (b, second) = (trained(net, 3) for _ in range(2))
    assert same_bits(a.state_dict(), b.state_dict())
    assert [x.tobytes() for x in first] == [x.tobytes() for x in second]


def test_different_seeds_differ(net):
    (a, first), (b, second) = trained(net, 3), trained(net, 4)
    assert first != second
    assert not same_bits(a.state_dict(), b.state_dict())


def test_two_instances_do_not_disturb_each_other(net):
    alone, _ = trained(net, 5, steps=4)
    a, b = net.load(seed=5), net.load(seed=6)
    for k in range(4):
        b.train_step(*batch(net, 11, seed=k + 50))
        a.train_step(*batch(net, 8, seed=k))
        b.predict(*inputs_of(net, batch(net, 3, seed=k)))
    assert same_bits(a.state_dict(), alone.state_dict())


# ---- what the other methods change ---------------------------------------------------------------


def test_gradients_change_no_parameter_moment_or_counter(net):
    m, _ = trained(net, 0)
    before = m.state_dict()
    m.gradients(*batch(net, 8))
    assert same_bits(without_streams(before), without_streams(m.state_dict()))


def test_gradients_are_those_that_a_step_then_takes():
    net = digits()
    m = net.load()
    arrays = batch(net, 8)
    before = m.state_dict()
    gradients = m.gradients(*arrays)
    m.load_state_dict(before)  # the same dropout again
    m.train_step(*arrays)
    for name, g in gradients.items():
        moment = m.state_dict()[f"{name}.momentum"]
        np.testing.assert_allclose(moment, g, rtol=1e-5, atol=1e-8)


def test_loss_and_predict_change_nothing_and_drop_nothing(net):
    m, _ = trained(net, 0)
    arrays = batch(net, 8)
    before = m.state_dict()
    first = m.loss(*arrays)
    for _ in range(3):
        m.predict(*inputs_of(net, arrays))
        assert m.loss(*arrays).tobytes() == first.tobytes()
    assert same_bits(before, m.state_dict())


@pytest.mark.parametrize("name", RANDOM)
def test_training_drops_units_and_each_step_drops_others(name):
    net = TRAINED[name]()
    m = net.load()
    arrays = batch(net, 8)
    seen = {m.gradients(*arrays)["dense_1.W"].tobytes() for _ in range(3)}
    assert len(seen) == 3


# ---- interruption --------------------------------------------------------------------------------


def interrupted_everywhere(call, state, restore, check, stride=1):
    """Press Ctrl-C before each (or each so-manyth) bytecode instruction of `call` in turn.

    Returns how often the call was stopped with the state as it was before, and as after it.
    """
    before = state()
    call()
    after = state()
    outcomes = {"before": 0, "after": 0}
    handler = signal.getsignal(signal.SIGINT)
    position = 0
    while True:
        restore(before)
        count = 0

        def trace(frame, event, _, stop=position):
            nonlocal count
            frame.f_trace_opcodes = True
            if event == "opcode" and frame.f_code.co_filename.startswith("<graphc"):
                count += 1
                if count == stop + 1:
                    signal.raise_signal(signal.SIGINT)
            return trace

        raised = False
        sys.settrace(trace)
        try:
            call()
        except KeyboardInterrupt:
            raised = True
        finally:
            sys.settrace(None)
        assert signal.getsignal(signal.SIGINT) is handler
        if not raised:
            assert count <= position, "Ctrl-C was swallowed"
            return outcomes
        outcomes[check(before, state(), after)] += 1
        position += stride


def whole(before, found, after):
    """Whether a state is the one before, or the one after; the random streams may be on the way."""
    for name, other in (("before", before), ("after", after)):
        if same_bits(without_streams(found), without_streams(other)):
            return name
    changed = [k for k in found if k in before and not np.array_equal(found[k], before[k])]
    raise AssertionError(f"a step was left half done: {changed} changed")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["digits", "momentum", "wide", "two_heads"])
def test_ctrl_c_before_any_instruction_leaves_a_whole_step_or_none(name, style):
    net = TRAINED[name](style)
    m = net.load()
    arrays = batch(net, 4)
    m.train_step(*arrays)
    stride = 7 if name == "wide" else 1
    outcomes = interrupted_everywhere(
        lambda: m.train_step(*arrays), m.state_dict, m.load_state_dict, whole, stride
    )
    assert outcomes["before"] > 50 // stride and outcomes["after"] > 0


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("method", ["d_step", "g_step"])
def test_ctrl_c_leaves_a_whole_call_of_a_programs_function_or_none(method, style):
    net = program(style)
    m = net.load()
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    getattr(m, method)(x)
    interrupted_everywhere(lambda: getattr(m, method)(x), m.state_dict, m.load_state_dict, whole)


def test_ctrl_c_at_random_moments_leaves_a_whole_step_or_none():
    net = wide()
    m, twin = net.load(), net.load()
    arrays = batch(net, 64)
    m.train_step(*arrays)
    twin.load_state_dict(m.state_dict())
    rng = np.random.default_rng(0)
    fired = []

    def alarm(*_):
        fired.append(1)
        signal.raise_signal(signal.SIGINT)

    old = signal.signal(signal.SIGALRM, alarm)
    seen = []
    try:
        for _ in range(40):
            before = m.state_dict()
            twin.train_step(*arrays)
            after = twin.state_dict()
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 2.5e-3))
                m.train_step(*arrays)
            except KeyboardInterrupt:
                pass
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            seen.append(whole(before, m.state_dict(), after))
            m.load_state_dict(after)
            twin.load_state_dict(after)
    except KeyboardInterrupt:
        pytest.skip("the alarm rang between two steps; this machine is too slow to time them")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert fired


def test_a_handler_of_the_users_own_is_called_once_and_stays():
    net = digits()
    m = net.load()
    arrays = batch(net, 4)
    m.train_step(*arrays)
    calls = []

    def handler(number, frame):
        calls.append(number)

    old = signal.signal(signal.SIGINT, handler)
    real = np.multiply

    def multiply(*args, **kwargs):
        if not calls:
            signal.raise_signal(signal.SIGINT)
        return real(*args, **kwargs)

    module = sys.modules[type(m).__module__]
    try:
        module.np = Replaced(multiply=multiply)
        m._update(m._train_slots(*arrays))
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        module.np = np
        signal.signal(signal.SIGINT, old)
    assert calls == [signal.SIGINT]


def test_a_step_may_be_taken_in_any_thread():
    net = wide()
    a, b = net.load(), net.load()
    arrays = batch(net, 8)
    failures = []

    def work():
        try:
            a.train_step(*arrays)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    b.train_step(*arrays)
    assert not failures
    assert same_bits(a.state_dict(), b.state_dict())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_can_take_steps_too():
    net = wide_adam()
    m = net.load()
    arrays = batch(net, 4)
    m.train_step(*arrays)  # threads are running now
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        m.train_step(*arrays)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


# ---- failure -------------------------------------------------------------------------------------


class Replaced:
    """NumPy, but for some functions; `on_use` is called with every name that is looked up."""

    def __init__(self, on_use=lambda name: None, **functions):
        self._on_use, self._functions = on_use, functions

    def __getattr__(self, name):
        self._on_use(name)
        return self._functions.get(name) or getattr(np, name)


class Boom(Exception):
    """What is raised on purpose."""


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["digits", "momentum", "two_heads"])
def test_a_failure_before_the_update_changes_nothing(name, style):
    net = TRAINED[name](style)
    m = net.load()
    arrays = batch(net, 4)
    m.train_step(*arrays)
    before = m.state_dict()
    module = sys.modules[type(m).__module__]
    uses, limit = [], None

    def note(used):
        uses.append(used)
        if len(uses) == limit:
            raise Boom

    try:
        module.np = Replaced(note)
        m.gradients(*arrays)  # everything before the update
        total = len(uses)
        m.load_state_dict(before)
        assert total > 10
        for position in range(1, total + 1):
            limit = position
            uses.clear()
            with pytest.raises(Boom):
                m.train_step(*arrays)
            assert same_bits(without_streams(before), without_streams(m.state_dict()))
            uses.clear()
    finally:
        module.np = np


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["digits", "wide", "momentum"])
def test_warnings_as_errors_leave_a_whole_step_or_none(name, style):
    net = TRAINED[name](style)
    arrays = batch(net, 4)
    for scale in (1e20, 1e36, np.inf, np.nan):
        m = net.load()
        m.train_step(*arrays)
        before = m.state_dict()
        bad = [arrays[0] * np.float32(scale), *arrays[1:]]
        twin = net.load()
        twin.load_state_dict(before)
        with np.errstate(all="ignore"):
            twin.train_step(*bad)
        with warnings.catch_warnings(), np.errstate(all="raise"):
            warnings.simplefilter("error")
            with contextlib.suppress(RuntimeWarning, FloatingPointError):
                m.train_step(*bad)
        found, after = m.state_dict(), twin.state_dict()
        assert whole(before, found, after)


def test_a_warning_in_the_update_itself_does_not_stop_it():
    """Gradients of 1e21 square to infinity in every block, whichever thread has it."""
    net = wide_adam()
    x, y = batch(net, 4)
    m, twin = net.load(), net.load()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twin.train_step(x * np.float32(1e21), y)
    assert np.isinf(twin.state_dict()["dense_2.W.squares"]).any(axis=1).mean() > 0.2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        m.train_step(x * np.float32(1e21), y)
    assert same_bits(m.state_dict(), twin.state_dict())


# ---- saving and resuming -------------------------------------------------------------------------


def resumed(net, transfer):
    """The state after three steps, a transfer to another instance, and three more steps there."""
    m, _ = trained(net, 1)
    other = net.load(seed=99)
    other.train_step(*batch(net, 5, seed=77))
    transfer(m, other)
    assert same_bits(m.state_dict(), other.state_dict())
    found = [other.train_step(*batch(net, 8, seed=k)) for k in range(3, 6)]
    return found, other.state_dict()


def through_dict(m, other):
    other.load_state_dict(m.state_dict())


def through_lists(m, other):
    other.load_state_dict({k: np.array(v.tolist(), v.dtype) for k, v in m.state_dict().items()})


def through_file(folder):
    def transfer(m, other):
        path = folder / "weights.npz"
        m.save(path)
        assert sorted(p.name for p in folder.iterdir()) == ["weights.npz"]
        other.load(path)

    return transfer


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", list(TRAINED))
def test_training_that_is_saved_and_resumed_ends_in_the_same_bits(name, style, tmp_path):
    net = TRAINED[name](style)
    m, first = trained(net, 1, steps=6)
    for transfer in (through_dict, through_lists, through_file(tmp_path)):
        found, state = resumed(net, transfer)
        assert same_bits(state, m.state_dict())
        assert [x.tobytes() for x in found] == [x.tobytes() for x in first[3:]]


@pytest.mark.parametrize("name", list(EVERY))
def test_a_state_dict_is_a_copy_and_names_everything_once(name):
    net = EVERY[name]()
    m = net.load()
    state = m.state_dict()
    for value in state.values():
        value[...] = 1
    assert not same_bits(state, m.state_dict())
    names = [net.unit.saved_name(s) for s in net.unit.layout.states if s.slot != "grads"]
    streams = [f"rng.{n}" for _, n in net.unit.streams]
    assert sorted(state) == sorted(names + streams)


def test_a_state_saved_in_one_style_continues_in_the_other():
    plain, planned = (digits(style).load() for style in STYLES)
    net = planned.network
    for k in range(3):
        plain.train_step(*batch(net, 8, seed=k))
    planned.load_state_dict(plain.state_dict())
    for k in range(3):
        pair = [m.train_step(*batch(net, 8, seed=k)) for m in (plain, planned)]
        np.testing.assert_allclose(*pair, rtol=1e-5)


# ---- what trains and what does not ---------------------------------------------------------------


def test_float64_programs_compute_and_keep_everything_in_float64():
    net = regression()
    m = net.load()
    loss = m.train_step(*batch(net, 8))
    assert loss.dtype == np.float64
    state = m.state_dict()
    assert {v.dtype.name for k, v in state.items() if k != "adam.step"} == {"float64"}
    assert {v.dtype.name for v in m.gradients(*batch(net, 8)).values()} == {"float64"}


@pytest.mark.parametrize("style", STYLES)
def test_parameters_of_two_element_types_train_together(style):
    x = gx.input("x", ("N", 3))
    w = gx.parameter("w", init.normal()((3, 2)))
    v = gx.parameter("v", init.normal()((2, 2), "float64"))
    loss = gx.mean(gx.square((x @ w).astype("float64") @ v - x[:, :2].astype("float64")))
    net = gx.compile("mixed", inputs=[x], loss=loss, optimizer=optim.Adam(0.05), style=style)
    m = net.load()
    arrays = batch(net, 6)
    first = m.train_step(*arrays)
    for _ in range(60):
        last = m.train_step(*arrays)
    assert last < 0.5 * first
    gradients = m.gradients(*arrays)
    assert {k: g.dtype.name for k, g in gradients.items()} == {"w": "float32", "v": "float64"}
    before = m.state_dict()
    m.train_step(*arrays)
    m.load_state_dict(before)
    assert same_bits(before, m.state_dict())


def test_weight_decay_leaves_biases_alone_if_asked():
    x, t = gx.input("x", ("N", 3), "float64"), gx.input("t", ("N", 2), "float64")
    layer = nn.Dense(2, bias_init="ones", init="normal", name="layer")
    loss = losses.squared_error(layer(x), t)
    arrays = [np.ones((4, 3)), np.zeros((4, 2))]
    for decays in (True, False):
        net = gx.compile(
            "decay",
            inputs=[x],
            targets=[t],
            loss=loss,
            optimizer=optim.SGD(0.1, weight_decay=0.5, decay_biases=decays),
        )
        m = net.load()
        before, g = m.state_dict(), m.gradients(*arrays)
        m.train_step(*arrays)
        after = m.state_dict()
        w, b = before["layer.W"], before["layer.b"]
        np.testing.assert_allclose(after["layer.W"], w - 0.1 * (g["layer.W"] + 0.5 * w))
        np.testing.assert_allclose(after["layer.b"], b - 0.1 * (g["layer.b"] + 0.5 * b * decays))


def test_training_a_part_of_the_parameters_freezes_the_rest():
    x, y = gx.input("x", ("N", 12)), gx.input("y", ("N",), "int64")
    first, second = nn.Dense(6, activation="relu"), nn.Dense(5)
    model = nn.Sequential([first, second], name="net")
    loss = losses.softmax_cross_entropy(model(x), y)
    for chosen in (first.parameters(), second.parameters(), [second.b]):
        net = gx.compile(
            "partly",
            inputs=[x],
            targets=[y],
            loss=loss,
            outputs=model(x),
            optimizer=optim.Adam(0.1),
            parameters=chosen,
        )
        m = net.load()
        before = m.state_dict()
        for k in range(3):
            m.train_step(*batch(net, 8, seed=k))
        after = m.state_dict()
        moving = {p.name.removeprefix("net.") for p in chosen}
        parameters = {p.name.removeprefix("net.") for p in model.parameters()}
        for name in parameters:
            assert np.array_equal(before[name], after[name]) != (name in moving), name
        assert set(m.gradients(*batch(net, 8))) == moving
        assert parameters <= set(after)


@pytest.mark.parametrize("style", STYLES)
def test_integer_and_bool_states_keep_their_types(style):
    x = gx.input("x", (3,))
    count = gx.state("count", np.int32(0))
    seen = gx.state("seen", np.zeros(3, bool))
    flag = gx.state("flag", False)
    total = gx.state("total", np.zeros(3, "uint8"))
    positive = x > 0
    f = gx.function(
        [x],
        {"count": count, "seen": seen, "flag": flag, "total": total},
        {
            count: (count + 1).astype("int32"),
            seen: gx.logical_or(seen, positive),
            flag: gx.any(positive),
            total: total + positive.astype("uint8"),
        },
        style=style,
    )
    f(np.array([1, -1, -1], "float32"))
    f(np.array([1, -1, 2], "float32"))
    found = f(np.array([-1, -1, -1], "float32"))
    kinds = {"count": "int32", "seen": "bool", "flag": "bool", "total": "uint8"}
    assert {k: np.asarray(v).dtype.name for k, v in found.items()} == kinds
    assert found["count"] == 2 and found["flag"]
    assert found["seen"].tolist() == [True, False, True]
    assert found["total"].tolist() == [2, 0, 1]
    assert not gx.value(flag) and gx.value(count) == 3
    assert gx.value(flag).dtype == bool


# ---- functions and programs ----------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_all_updates_are_computed_from_the_old_values(style):
    a, b = gx.state("a", np.arange(4.0)), gx.state("b", -np.arange(4.0))
    swap = gx.function([], [a + 0, b + 0], {a: b, b: a}, style=style)
    first = [v.copy() for v in swap()]
    second = swap()
    np.testing.assert_array_equal(first[0], second[1])
    np.testing.assert_array_equal(first[1], second[0])
    rotate = gx.function([], updates={a: gx.flip(a), b: gx.concat([b[1:], b[:1]])}, style=style)
    rotate()
    np.testing.assert_array_equal(gx.value(a), np.arange(4.0)[::-1])
    np.testing.assert_array_equal(gx.value(b), np.roll(-np.arange(4.0), -1))


@pytest.mark.parametrize("style", STYLES)
def test_functions_over_one_state_take_turns_in_one_training_step(style):
    """Gradients are gathered over several calls by one function and applied by another."""
    x, t = gx.input("x", ("N", 3), "float64"), gx.input("t", ("N",), "float64")
    w = gx.parameter("w", np.zeros(3))
    gathered, calls = gx.state("gathered", np.zeros(3)), gx.state("calls", np.int64(0))
    loss = losses.squared_error(x @ w, t, "sum")
    (dw,) = gx.grad(loss, [w])
    gather = gx.function([x, t], [loss], {gathered: gathered + dw, calls: calls + 1}, style=style)
    mean = gathered / calls.astype("float64")
    apply = gx.function(
        [], [gx.sum(gx.square(mean))], {w: w - 0.05 * mean, gathered: 0, calls: 0}, style=style
    )
    rng = np.random.default_rng(0)
    goal = np.array([1.0, -2.0, 0.5])
    for _ in range(80):
        for _ in range(3):
            X = rng.normal(size=(5, 3))
            gather(X, X @ goal)
        assert gx.value(calls) == 3
        apply()
        assert gx.value(calls) == 0 and not gx.value(gathered).any()
    np.testing.assert_allclose(gx.value(w), goal, atol=1e-6)


@pytest.mark.parametrize("style", STYLES)
def test_the_methods_of_a_program_share_its_states(style):
    m = program(style).load(seed=2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(16, 4)).astype("float32")
    for k in range(40):
        before = m.state_dict()
        (d_loss,) = m.d_step(x)
        middle = m.state_dict()
        assert np.array_equal(before["game.w"], middle["game.w"])
        assert not np.array_equal(before["game.v"], middle["game.v"])
        assert middle["game.busy"]
        (g_loss,) = m.g_step(x[: 3 + k % 5])
        after = m.state_dict()
        assert np.array_equal(middle["game.v"], after["game.v"])
        assert not np.array_equal(middle["game.w"], after["game.w"])
        if k == 0:
            first = float(d_loss), float(g_loss)
    assert (float(d_loss), float(g_loss)) != first
    found = m.code_of(x)
    assert found["steps"] == 80 and not found["busy"]
    np.testing.assert_allclose(found["code"], np.tanh(x @ m.state_dict()["game.w"]), rtol=1e-5)


def test_a_programs_methods_agree_in_both_styles_and_with_functions():
    a, b = (program(style).load(seed=4) for style in STYLES)
    x = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
    for _ in range(5):
        for method in ("d_step", "g_step", "d_step"):
            first, second = getattr(a, method)(x), getattr(b, method)(x)
            np.testing.assert_allclose(first, second, rtol=1e-5)
    for key, value in a.state_dict().items():
        np.testing.assert_allclose(value, b.state_dict()[key], rtol=1e-5, atol=1e-6)


def test_a_functions_call_that_fails_changes_no_state():
    x = gx.input("x", ("N",))
    index = gx.input("index", ("N",), "int64")
    total = gx.state("total", np.zeros(4, "float32"))
    count = gx.state("count", 0)
    f = gx.function(
        [x, index], [gx.sum(x)], {total: gx.scatter_add(total, index, x), count: count + 1}
    )
    ones = np.ones(3, "float32")
    f(ones, np.array([0, 1, 1]))
    before = gx.value(total), gx.value(count)
    for arrays in (
        (ones, np.array([0, 1, 4])),
        (ones, np.array([0, -1, 1])),
        (ones, np.array([0, 1])),
        (ones.astype("float64"), np.array([0, 1, 1])),
        (ones[:0], np.zeros(0, "int64")),
    ):
        with pytest.raises(ValueError):
            f(*arrays)
        np.testing.assert_array_equal(gx.value(total), before[0])
        assert gx.value(count) == before[1]


def test_momentum_and_plain_descent_follow_their_formulas_through_the_compiled_step():
    net = momentum()
    m = net.load()
    expected = {k: v.astype("float64") for k, v in m.state_dict().items()}
    for k in range(4):
        arrays = batch(net, 8, seed=k)
        gradients = {n: g.astype("float64") for n, g in m.gradients(*arrays).items()}
        norm = np.sqrt(sum((g * g).sum() for g in gradients.values()))
        scale = min(1.0, 0.5 / (norm + 1e-6))
        for name, g in gradients.items():
            p = expected[name]
            g = g * scale + (0.1 * p if p.ndim == 2 else 0)
            v = 0.9 * expected[f"{name}.momentum"] + g
            expected[f"{name}.momentum"] = v
            expected[name] = p - 0.05 * (g + 0.9 * v)
        m.train_step(*arrays)
        for name, value in m.state_dict().items():
            np.testing.assert_allclose(value, expected[name], rtol=1e-4, atol=1e-6, err_msg=name)
