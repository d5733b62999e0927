"""A budget for buffers: loops compute again what does not fit, and gradients stay the same."""

import re
import tracemalloc

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import CompileError, GraphError
from graphc.ir.evaluate import evaluate
from graphc.ir.graph import verify
from graphc.passes.loops.stretches import pairs_of, with_less_memory
from graphc.schedule.budget import parse_bytes

pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")

RNG = np.random.default_rng(21)
W, U = RNG.normal(size=(2, 3)) * 0.6, RNG.normal(size=(3, 3)) * 0.6
LONG = {"T": 400, "N": 4}


def double(name, *shape):
    return gx.input(name, shape, "float64")


# Each case: a step over either namespace (states, element -> states, output), and the direction.
def elman(h, x, w, u, np):
    h = np.tanh(x @ w + h @ u)
    return (h,), None


def leaving(h, x, w, u, np):
    new = np.tanh(x @ w + h @ u)
    return (new,), np.sin(new) * h


def two_states(h, c, x, w, u, np):
    c = c * np.exp(-((h @ u) ** 2)) + x @ w
    return (np.tanh(c) * h, c), None


def state_stack(h, x, w, u, np):
    h = np.tanh(x @ w + h @ u)
    return (h,), h


CASES = {
    "the last state": (elman, 1, False),
    "backwards": (elman, 1, True),
    "two states": (two_states, 2, False),
    "what steps leave": (leaving, 1, False),
    "what steps leave, backwards": (leaving, 1, True),
    "the states themselves": (state_stack, 1, False),
    "the states themselves, backwards": (state_stack, 1, True),
}


class _Graph:
    tanh, exp, sin = map(staticmethod, (gx.tanh, gx.exp, gx.sin))


def looped(case, length="T"):
    step, count, reverse = CASES[case]
    xs, w, u = double("xs", length, "N", 2), double("w", 2, 3), double("u", 3, 3)
    starts = [double(f"s{k}", "N", 3) for k in range(count)]
    finals, left = gx.scan(
        lambda *given: step(*given, w, u, _Graph), tuple(starts), xs, reverse=reverse
    )
    total = sum((gx.sum(gx.sin(s) * (k + 1.0)) for k, s in enumerate(finals)), gx.constant(0.0))
    if left is not None:
        total = total + gx.sum(left * left)
    inputs = [xs, w, u, *starts]
    return inputs, [total, *gx.grad(total, inputs)]


def number(case):
    step, _, reverse = CASES[case]

    def value(xs, w, u, *states):
        total = 0.0
        for x in xs[::-1] if reverse else xs:
            states, y = step(*states, x, w, u, anp)
            total = total + (0.0 if y is None else anp.sum(y * y))
        return total + sum(anp.sum(anp.sin(s) * (k + 1.0)) for k, s in enumerate(states))

    return value


def in_stretches(network, size=None):
    """The lengths of the stretches that loops of a module run over."""
    found = {int(n) for n in re.findall(r"# (\d+) steps at a time", network.source)}
    return found if size is None else found == {size}


def tight(inputs, outputs, sizes, **options):
    """A function whose budget is the least that is possible, and that number."""
    with pytest.raises(CompileError, match="more than the budget of 1 bytes") as caught:
        gx.function(inputs, outputs, budget=1, sizes=sizes, **options).network  # noqa: B018
    least = int(re.search(r"at least ([\d,]+) bytes", str(caught.value))[1].replace(",", ""))
    return gx.function(inputs, outputs, budget=least, sizes=sizes, **options), least


@pytest.mark.parametrize(
    ("case", "style"), [*((case, "planned") for case in CASES), ("two states", "plain")]
)
def test_gradients_in_the_least_memory_are_those_of_the_steps_written_out(case, style):
    inputs, outputs = looped(case)
    f, least = tight(inputs, outputs, LONG, style=style)
    free = gx.function(inputs, outputs, style=style)
    assert f.network.report(**LONG).planned_bytes == least
    stored = free.network.report(**LONG).planned_bytes
    assert least < 0.8 * stored
    count = CASES[case][1]
    for length in (0, 1, 23):  # none, shorter than a stretch, and several with a rest
        given = [RNG.normal(size=(length, 4, 2)), W, U]
        given += [RNG.normal(size=(4, 3)) for _ in range(count)]
        want = number(case)
        got = f(*given)
        np.testing.assert_allclose(got[0], want(*given), rtol=1e-12)
        for k, mine in enumerate(got[1:]):
            theirs = autograd.grad(want, k)(*given)
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_loops_in_stretches_compute_the_same_by_references(case):
    inputs, outputs = looped(case)
    graph = gx.Graph("f", tuple(inputs), tuple((f"out_{k}", t) for k, t in enumerate(outputs)))
    pairs = pairs_of(graph)
    assert len(pairs) == 1 and len(pairs[0].backward) == 1 and pairs[0].divisible
    for size in (2, 3):
        cut = with_less_memory(graph, {pairs[0]: size})
        verify(cut)
        for length in (1, 2, 6, 7):
            given = [RNG.normal(size=(length, 4, 2)), W, U]
            given += [RNG.normal(size=(4, 3)) for _ in range(CASES[case][1])]
            table = dict(zip(inputs, given, strict=True))
            for mine, theirs in zip(
                evaluate(cut.roots, table), evaluate(graph.roots, table), strict=True
            ):
                np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-13)


def test_a_fixed_length_is_cut_without_a_rest():
    inputs, outputs = looped("the last state", 36)
    f, _ = tight(inputs, outputs, {"N": 4})
    (size,) = in_stretches(f.network)
    assert 36 % size == 0
    assert f.source.count("for t in") == 2  # forwards and backwards, and stretches inside


def test_the_more_memory_there_is_the_less_is_computed_again():
    inputs, outputs = looped("two states")
    planned = {}
    whole = gx.function(inputs, outputs).network.report(**LONG).planned_bytes
    for share in (1.0, 0.95, 0.4):
        net = gx.function(inputs, outputs, budget=int(share * whole), sizes=LONG).network
        planned[share] = net.report(**LONG).planned_bytes
        assert planned[share] <= share * whole
        (how,) = net.report().loops.values()
        word = "keeps what the way back needs" if share == 1 else f"{whole:,} bytes if it were all"
        assert word in how and f"{planned[share]:,} bytes planned at N=4, T=400" in how
    assert planned[1.0] == whole > planned[0.95] > planned[0.4]


def lstm(budget=None, sizes=None, **options):
    x, y = gx.input("x", ("T", "N", 4)), gx.input("y", ("N",), dtype="int64")
    logits = nn.Sequential([nn.LSTM(16), nn.Dense(2)], name="reader")(x)
    return gx.compile(
        "reader",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.SGD(0.1),
        budget=budget,
        sizes=sizes,
        **options,
    )


def test_ten_thousand_steps_of_an_lstm_train_in_a_megabyte():
    sizes = {"T": 10_000, "N": 2}
    budget = 10**6
    free, bounded = lstm(), lstm("1MB", sizes)
    assert free.report(**sizes).planned_bytes > 10 * budget
    assert bounded.report(**sizes).planned_bytes <= budget
    x = RNG.normal(size=(10_000, 2, 4)).astype("float32")
    y = np.array([0, 1])
    m = bounded.load(seed=4)
    tracemalloc.start()
    try:
        loss = m.train_step(x, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < budget + 200_000  # the arena, its views, and what reading shapes takes
    other = free.load(seed=4)
    np.testing.assert_allclose(loss, other.train_step(x, y), rtol=1e-6)
    names = [name for group, name in m.STATES.values() if group == "params"]
    assert len(names) == 5
    for name in names:
        mine, theirs = getattr(m.grads, name), getattr(other.grads, name)
        scale = np.abs(theirs).max()
        assert scale > 0
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=2e-6 * scale)


def test_a_budget_holds_for_all_methods_and_the_report_says_how():
    net = lstm("200 KiB", {"T": 500, "N": 4})
    report = net.report(T=500, N=4)
    assert all(phase.planned_bytes <= 200 * 1024 for phase in report.phases)
    assert {name.split(",")[0] for name in report.loops} == {"backward", "forward_loss", "forward"}
    assert "backward, reader.lstm_1 at test_budget.py" in str(report) and "stretches of" in str(
        report
    )


def test_loops_that_each_take_the_most_are_all_cut():
    xs, h, u = double("xs", "T", "N", 2), double("h0", "N", 3), double("u", 3, 3)
    inputs = [xs, h, u, *(double(f"w{k}", 2, 3) for k in range(3))]
    for w in inputs[3:]:  # one after the other, with weights of their own
        h, _ = gx.scan(lambda h, x, w=w: (gx.tanh(x @ w + h @ u), None), h, xs)
    whole = gx.function(inputs, [h]).network.report(**LONG).planned_bytes
    f, least = tight(inputs, [h], LONG)
    assert least < 0.2 * whole and f.source.count("steps at a time") == 3


def test_loops_on_one_line_are_told_apart_in_the_report():
    xs, h0 = double("xs", "T", 2), double("h0", 2)
    last = h0
    for _ in range(3):
        last, _ = gx.scan(lambda h, x: (gx.tanh(h + x), None), last, xs)
    f = gx.function([xs, h0], gx.grad(gx.sum(last), [h0]), budget="1GB")
    names = [name.removeprefix("function_body, lambda at ") for name in f.network.report().loops]
    line = names[0].partition(":")[2]
    assert names == [f"test_budget.py:{line}{n}" for n in ("", " (2)", " (3)")]


def test_dropout_in_a_loop_in_stretches_uses_one_mask_on_both_ways():
    xs, h0 = double("xs", "T", 8), double("h0", 8)

    def step(h, x):
        return h + gx.dropout(x, 0.5), None

    last, _ = gx.scan(step, h0, xs)
    total = gx.sum(last * last)
    f, _ = tight([xs, h0], [last, *gx.grad(total, [xs])], {"T": 400})
    ones = np.ones((37, 8))
    last, slope = f(ones, np.zeros(8))
    assert set(np.unique(slope / (2 * last))) <= {0.0, 2.0}
    np.testing.assert_allclose((slope / (2 * last)).sum(axis=0), last)


def test_second_derivatives_within_a_budget():
    inputs, (total, *_) = looped("the last state")
    directions = [double(f"v{k}", *x.shape) for k, x in enumerate(inputs)]
    products = gx.hvp(total, inputs, directions)
    f, _ = tight([*inputs, *directions], products, LONG)
    free = gx.function([*inputs, *directions], products)
    given = [RNG.normal(size=(9, 4, 2)), W, U, RNG.normal(size=(4, 3))]
    given += [RNG.normal(size=a.shape) for a in given]
    for mine, theirs in zip(f(*given), free(*given), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


def test_a_program_shares_one_budget():
    inputs, outputs = looped("the last state")
    step = gx.function(inputs, outputs)
    net = gx.Program("both", step=step, budget="70KB", sizes=LONG)
    assert net.report(**LONG).planned_bytes <= 70_000
    with pytest.raises(GraphError, match="'step' has a budget of its own"):
        gx.Program("both", step=gx.function(inputs, outputs, budget="1MB"))


@pytest.mark.parametrize(
    ("text", "number"),
    [("64MB", 64_000_000), ("1.5 GiB", 1_610_612_736), ("3kb", 3000), (17, 17), ("9 B", 9)],
)
def test_budgets_are_read(text, number):
    assert parse_bytes(text) == number


@pytest.mark.parametrize("wrong", ["64", "MB", "-1MB", "64 parsecs", 0, True, 1.5])
def test_what_is_no_budget_is_refused(wrong):
    with pytest.raises(CompileError, match="a budget is a number of bytes or a text"):
        gx.function([], [gx.constant(1.0)], budget=wrong)


def test_misuse_of_sizes_is_explained():
    x = double("x", "N")
    with pytest.raises(CompileError, match="but there is none"):
        gx.function([x], [x * 2], sizes={"N": 3})
    with pytest.raises(CompileError, match="N is a number from 1 up, not 0"):
        gx.function([x], [x * 2], sizes={"N": 0}, budget="1MB")
    with pytest.raises(GraphError, match="no dimension is called M; there are N"):
        gx.function([x], [x * 2], sizes={"M": 3}, budget="1MB")(np.ones(2))
    with pytest.raises(CompileError, match=r"needs at least 1,024 bytes.*N=64.*budget of 16 bytes"):
        gx.function([x], [gx.cumsum(x * 2, axis=0) * 3], budget=16)(np.ones(2))
