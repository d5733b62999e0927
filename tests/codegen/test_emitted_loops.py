"""Loops as they are emitted: what the steps read like, and that they allocate nothing."""

import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.schedule.plan import arena

sys.path.append(str(Path(__file__).resolve().parents[1] / "proof"))
from allocations import counted


def classifier(layer, **options):
    x, y = gx.input("x", ("T", "N", 8)), gx.input("y", ("N",), dtype="int64")
    model = nn.Sequential([layer, nn.Dense(3)], name="net")
    logits = model(x)
    return gx.compile(
        "sequences",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.SGD(0.1, momentum=0.9),
        **options,
    )


def batch(length, count):
    rng = np.random.default_rng(length)
    return rng.normal(size=(length, count, 8)).astype("float32"), rng.integers(0, 3, count)


def part(source, start, stop):
    lines = source.splitlines()
    first = next(i for i, line in enumerate(lines) if start in line)
    last = next(i for i, line in enumerate(lines) if i > first and stop in line)
    return "\n".join(line.strip() for line in lines[first:last])


def test_the_planned_steps_of_an_elman_network_read_as_in_a_textbook():
    source = classifier(nn.RNN(16)).source
    assert part(source, "for t in range(s.T):", "np.dot(s.rnn_1,").split("\n\n")[0] == (
        "for t in range(s.T):\n"
        "# z = x_in[t] + h[t] U                                               (N, 16)\n"
        "# h[t + 1] = tanh(z)                                                 (N, 16)\n"
        "np.dot(s.h[t], p.rnn_1_U, out=s.h[t + 1])\n"
        "np.add(s.x_in[t], s.h[t + 1], out=s.h[t + 1])\n"
        "np.tanh(s.h[t + 1], out=s.h[t + 1])"
    )
    assert part(source, "for t in reversed(range(s.T)):", "np.dot(s.h_re") == (
        "for t in reversed(range(s.T)):\n"
        "# d_z[t] = d_h[t + 1] * (1 - square(h[t + 1]))                       (N, 16)\n"
        "# d_h[t] = d_z[t] U^T                                                (N, 16)\n"
        "np.square(s.h[t + 1], out=s.d_z[t])\n"
        "np.subtract(1.0, s.d_z[t], out=s.d_z[t])\n"
        "np.multiply(s.d_h, s.d_z[t], out=s.d_z[t])\n"
        "np.dot(s.d_z[t], s.rnn_1_U_T, out=s.d_h)"
    )


def test_the_plain_steps_are_expressions():
    source = classifier(nn.RNN(16), style="plain").source
    assert part(source, "h = np.empty((T + 1,", "h_slice").split("\n\n")[0] == (
        "h = np.empty((T + 1, n, 16), dtype=np.float32)\n"
        "h[0] = 0.0\n"
        "for t in range(T):\n"
        "# z = x_in[t] + h[t] U                                               (N, 16)\n"
        "# h[t + 1] = tanh(z)                                                 (N, 16)\n"
        "z = x_in[t] + h[t] @ p.rnn_1_U\n"
        "h[t + 1] = np.tanh(z)"
    )


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_a_training_step_allocates_no_array_and_both_styles_agree(kind):
    nets = [classifier(getattr(nn, kind)(16), style=style) for style in ("planned", "plain")]
    planned, plain = (net.load(seed=3) for net in nets)
    for length, count in ((7, 5), (1, 2), (7, 5)):
        data = batch(length, count)
        np.testing.assert_allclose(planned.train_step(*data), plain.train_step(*data), rtol=1e-5)
    data = batch(7, 5)
    planned.train_step(*data)
    with counted() as allocated:
        for _ in range(3):
            planned.train_step(*data)
    assert [size for size in allocated.sizes if size > 8] == []
    for key, value in planned.state_dict().items():
        if "step" not in key:
            assert value.shape == plain.state_dict()[key].shape


def test_the_code_does_not_grow_with_the_length():
    fixed = gx.input("x", (100, 4, 8))
    short = gx.input("x", (2, 4, 8))
    sources = [gx.function([x], [nn.LSTM(16)(x)]).source for x in (fixed, short)]
    assert abs(sources[0].count("\n") - sources[1].count("\n")) <= 8


def test_nothing_that_is_live_together_overlaps_in_the_arena():
    net = classifier(nn.LSTM(16))
    plan = net.plans["backward"]
    sizes = {"T": 50, "N": 32}
    report = net.report(**sizes)
    assert report.lower_bound_bytes <= report.planned_bytes <= 1.05 * report.lower_bound_bytes
    loops = [inner for bodies in plan.inner.values() for inner in bodies]
    assert len(loops) == 2 and all(inner.own for inner in loops)
    starts, total = arena([plan], sizes)
    rows = list(zip(plan.pieces, starts, plan.nbytes(sizes), strict=True))
    for a, low, size in rows:
        assert low + size <= total
        for b, start, extent in rows:
            (first, last), (begin, end) = a.live, b.live
            apart = last < begin or end < first
            assert a is b or apart or low + size <= start or start + extent <= low


def test_a_state_that_a_loop_moves_is_changed_under_guard():
    carry = gx.state("carry", np.zeros((2, 3), "float32"))
    x = gx.input("x", ("T", 2, 3))
    last, _ = gx.scan(lambda h, x: (gx.tanh(h + x), None), carry, x)
    again, _ = gx.scan(lambda h, x: (gx.tanh(h + x), None), gx.constant(np.zeros((2, 3), "f")), x)
    f = gx.function([x], [], updates={carry: last})
    assert "with _Whole():" in gx.function([x], [], updates={carry: again}).source
    data = np.ones((4, 2, 3), "float32")
    f(data)
    f(data)
    want = np.zeros((2, 3))
    for _ in range(8):
        want = np.tanh(want + 1)
    np.testing.assert_allclose(gx.value(carry), want, rtol=1e-5)


def test_the_first_nan_inside_a_loop_is_named():
    x = gx.input("x", ("N", 4, 2))
    net = gx.compile(
        "net",
        inputs=[x],
        outputs=gx.scan(lambda h, x: (gx.log(h) * x, None), x[0], x)[0],
        check="nan",
    )
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="log"):
        net.load().predict(-np.ones((3, 4, 2), "float32"))
