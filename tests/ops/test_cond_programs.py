"""Conditionals in programs: in loops and in one another, with states, random draws and buffers."""

import importlib.util
import re
from xml.etree import ElementTree

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from test_cond import RNG, STYLES, _Graph, double

import graphc as gx


@pytest.mark.parametrize("style", STYLES)
def test_dropout_in_a_branch_uses_one_mask_on_both_ways(style):
    x, taken = double("x", 500), gx.input("taken", (), "bool")
    y = gx.cond(taken, lambda: gx.dropout(gx.exp(x), 0.5), lambda: x)
    f = gx.function([x, taken], [y, *gx.grad(gx.sum(y), [x])], style=style)
    given = RNG.normal(size=500)
    y1, slope = f(given, np.array(True))
    assert 150 < np.count_nonzero(y1) < 350
    np.testing.assert_allclose(slope, y1)  # the derivative of mask * exp is itself
    np.testing.assert_allclose(y1[y1 != 0], 2 * np.exp(given)[y1 != 0])
    np.testing.assert_array_equal(f(given, np.array(False))[0], given)
    y2 = f(given, np.array(True))[0]
    assert (y1 != y2).any()
    still = gx.function([x, taken], [y], style=style, training=False)
    np.testing.assert_allclose(still(given, np.array(True))[0], np.exp(given))


def test_a_stream_moves_on_by_the_same_whichever_branch_is_taken():
    taken = gx.input("taken", (), "bool")
    noise = gx.cond(taken, lambda: gx.normal((4,)), lambda: gx.constant(np.zeros(4, "float32")))
    first = gx.function([taken], [noise])
    network = first.network
    a, b = network.load(seed=3), network.load(seed=3)
    a.function(np.array(True))
    b.function(np.array(False))
    np.testing.assert_array_equal(a.function(np.array(True))[0], b.function(np.array(True))[0])


@pytest.mark.parametrize("style", STYLES)
def test_conditionals_in_conditionals(style):
    x = double("x")
    y = gx.cond(
        x > 0,
        lambda: gx.cond(x > 1, lambda: gx.log(x), lambda: gx.square(x)),
        lambda: gx.cond(x > -1, lambda: gx.sin(x), lambda: gx.exp(x)),
    )
    (d1,) = gx.grad(y, [x])
    (d2,) = gx.grad(d1, [x])
    f = gx.function([x], [y, d1, d2], style=style)
    for value, want in (
        (2.0, (np.log(2), 1 / 2, -1 / 4)),
        (0.5, (0.25, 1.0, 2.0)),
        (-0.5, (np.sin(-0.5), np.cos(-0.5), np.sin(0.5))),
        (-2.0, (np.exp(-2),) * 3),
    ):
        np.testing.assert_allclose(f(np.array(value)), want, rtol=1e-14)


def step_by_parity(h, x, w, np):
    """One step of the loop below, over either namespace, for each branch."""
    return np.tanh(h @ w + x), np.sin(h * x) + h


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("recompute", [False, True])
def test_a_conditional_in_the_step_of_a_loop(style, recompute):
    xs, h0, w = double("xs", "T", 2, 3), double("h0", 2, 3), double("w", 3, 3)

    def step(h, x):
        h = gx.cond(
            gx.sum(x) > 0,
            lambda: step_by_parity(h, x, w, _Graph)[0],
            lambda: step_by_parity(h, x, w, _Graph)[1],
        )
        return h, h * h

    last, left = gx.scan(step, h0, xs, recompute=recompute)
    total = gx.sum(gx.sin(last)) + gx.sum(left)
    inputs = [xs, h0, w]
    gradients = gx.grad(total, inputs)
    directions = [double(f"v{k}", *t.shape) for k, t in enumerate(inputs)]
    products = gx.hvp(total, inputs, directions)
    f = gx.function([*inputs, *directions], [total, *gradients, *products], style=style)
    rng = np.random.default_rng(7)
    given = [rng.normal(size=(6, 2, 3)), rng.normal(size=(2, 3)), rng.normal(size=(3, 3))]
    along = [rng.normal(size=a.shape) for a in given]
    taken = [x.sum() > 0 for x in given[0]]
    assert 0 < sum(taken) < 6

    def number(xs, h, w):
        total = 0.0
        for x, positive in zip(xs, taken, strict=True):
            h = step_by_parity(h, x, w, anp)[0 if positive else 1]
            total = total + anp.sum(h * h)
        return total + anp.sum(anp.sin(h))

    def slope(*given):
        parts = autograd.grad(number, (0, 1, 2))(*given)
        return sum(anp.sum(g * v) for g, v in zip(parts, along, strict=True))

    got = f(*given, *along)
    want = [number(*given), *autograd.grad(number, (0, 1, 2))(*given)]
    want += [autograd.grad(slope, k)(*given) for k in range(3)]
    for mine, theirs in zip(got, want, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("style", STYLES)
def test_a_loop_in_a_branch(style):
    a, taken = double("a"), gx.input("taken", (), "bool")

    def newton():
        return gx.while_loop(lambda r: gx.abs(r * r - a) > 1e-14, lambda r: (r + a / r) / 2, a, 40)

    def product():
        return gx.scan(lambda p, k: (p * a, None), np.ones(()), gx.iota((3,)))[0]

    y = gx.cond(taken, newton, product)
    f = gx.function([a, taken], [y, *gx.grad(y, [a])], style=style)
    np.testing.assert_allclose(f(np.array(2.0), np.array(True)), [2**0.5, 0.5 / 2**0.5])
    np.testing.assert_allclose(f(np.array(2.0), np.array(False)), [8.0, 12.0])


@pytest.mark.parametrize("style", STYLES)
def test_a_conditional_in_the_body_of_a_while_loop(style):
    n = gx.input("n", (), "int64")
    steps, last = gx.while_loop(
        lambda k, m: m > 1,
        lambda k, m: (k + 1, gx.cond(m % 2 == 0, lambda: m // 2, lambda: 3 * m + 1)),
        (gx.constant(np.int64(0)), n),
        1000,
    )
    f = gx.function([n], [steps, last], style=style)
    assert [int(v) for v in f(np.array(27))] == [111, 1]  # Collatz: OEIS A006577


def test_a_state_changes_by_the_result_of_a_conditional():
    count, x = gx.state("count", np.zeros(2)), double("x", 2)
    f = gx.function([x], [], {count: gx.cond(gx.any(x > 0), lambda: count + x, lambda: count)})
    for given in ([1.0, 2.0], [-1.0, -5.0], [3.0, -1.0]):
        f(np.array(given))
    np.testing.assert_array_equal(gx.value(count), [4.0, 1.0])


@pytest.mark.parametrize("style", STYLES)
def test_states_and_numbers_of_the_host_in_predicates_and_branches(style):
    count, w = gx.state("count", np.int64(0)), gx.parameter("w", np.ones(3))
    x, table = double("x", 3), RNG.normal(size=(3, 2000))
    y = gx.cond(
        count % 2 == 0,
        lambda: gx.sum(gx.exp(x)[:, None] * table, axis=1) + count.astype("float64"),
        lambda: w * x,
    )
    z = gx.cond(count > 1, lambda: x, lambda: w)
    new = gx.cond(count > 0, lambda: w + y, lambda: w)
    f = gx.function([x], [y, z, *gx.grad(gx.sum(y), [w])], {count: count + 1, w: new}, style=style)
    assert re.search(r"if count > 1:|if int\(self\.state\.count\) > 1:", f.source)
    given, own = np.arange(3.0), np.ones(3)
    for k in range(4):
        want = (np.exp(given)[:, None] * table).sum(axis=1) + k if k % 2 == 0 else own * given
        got = f(given)
        np.testing.assert_allclose(got[0], want, rtol=1e-13)
        np.testing.assert_array_equal(got[1], given if k > 1 else own)
        np.testing.assert_array_equal(got[2], given if k % 2 else np.zeros(3))
        own = own + want if k else own
    np.testing.assert_allclose(gx.value(w), own, rtol=1e-13)


@pytest.mark.parametrize("style", STYLES)
def test_what_a_branch_hands_on_is_an_array_of_its_own(style):
    x = gx.input("x", ("N", 2))
    y = gx.cond(gx.any(x > 0), lambda: x, lambda: x.T.reshape(x.shape))
    m = gx.compile("handed", inputs=[x], outputs=y, style=style).load()
    for given in (np.ones((3, 2), "float32"), -np.arange(6, dtype="float32").reshape(3, 2)):
        got = m.predict(given)
        assert not np.shares_memory(got, given)
        want = given if given[0, 0] > 0 else given.T.reshape(given.shape)
        np.testing.assert_array_equal(got, want)


def drawn():
    x = double("x", 2)

    def hot(x):
        return gx.exp(x)

    def cold(x):
        return gx.while_loop(lambda x: gx.any(x > 1), gx.sin, x, 9)

    y = gx.cond(gx.any(x > 0), hot, cold, x)
    return gx.Graph("f", (x,), (("y", y),))


def test_listings_and_networkx_show_both_branches():
    text = gx.to_text(drawn())
    assert "then=<hot>, otherwise=<cold>" in text
    assert "    graph hot(%x: float64[2])" in text and "    graph cold(%x: float64[2])" in text
    (node,) = [n for _, n in drawn().to_networkx().nodes(data=True) if n["op"] == "cond"]
    assert [n["op"] for _, n in node["then"].nodes(data=True)] == ["input", "exp"]
    (loop,) = [n for _, n in node["otherwise"].nodes(data=True) if n["op"] == "scan"]
    assert "sin" in [n["op"] for _, n in loop["body"].nodes(data=True)]


def test_drawings_frame_each_branch_and_what_is_in_it():
    dot = gx.to_dot(drawn())
    for title in ("hot, if true", "cold, if false", "in every step"):
        assert f'style=dashed; label="{title}' in dot or f'{title}";' in dot
    clusters = [line.split()[1] for line in dot.splitlines() if "subgraph" in line]
    assert len(set(clusters)) == len(clusters) == 3 and dot.count("{") == dot.count("}")
    root = ElementTree.fromstring(gx.to_svg(drawn()))
    shapes = [e for e in root.iter() if e.tag.endswith("rect")][1:]  # all but the background
    spans = [
        (float(e.get("x")), float(e.get("y")), float(e.get("width")), float(e.get("height")))
        for e in shapes
    ]
    frames = [s for s, e in zip(spans, shapes, strict=True) if e.get("stroke-dasharray")]
    assert len(frames) == 3
    for a in spans:  # every box is inside of a frame or outside of it
        for b in frames:
            apart = (
                a[0] + a[2] <= b[0]
                or b[0] + b[2] <= a[0]
                or a[1] + a[3] <= b[1]
                or b[1] + b[3] <= a[1]
            )
            within = all(p >= q and p + r <= q + s for p, r, q, s in _axes(a, b))
            around = all(p <= q and p + r >= q + s for p, r, q, s in _axes(a, b))
            assert apart or within or around


def _axes(a, b):
    return [(a[k], a[k + 2], b[k], b[k + 2]) for k in range(2)]


def test_buffers_of_both_branches_share_memory():
    x, w = double("x", "N", 64), gx.parameter("w", np.eye(64))

    def deep(x, f):
        for _ in range(3):
            x = f(f(x) @ w) @ w
        return x

    def planned(y):
        network = gx.function([x], gx.grad(gx.sum(gx.square(y)), [w])).network
        return network.report(N=512).planned_bytes

    both = planned(gx.cond(gx.any(x > 0), lambda: deep(x, gx.tanh), lambda: deep(x, gx.sin)))
    alone = [
        planned(gx.cond(gx.any(x > 0), lambda f=f: deep(x, f), lambda: x))
        for f in (gx.tanh, gx.sin)
    ]
    assert max(alone) <= both < 1.1 * max(alone)


def test_a_network_with_a_conditional_trains_and_is_exported(tmp_path):
    from graphc import losses, nn, optim

    x, y = gx.input("x", ("N", 4)), gx.input("y", ("N",), dtype="int64")
    wide = nn.Dense(8, activation="tanh", name="wide")
    narrow = nn.Dense(8, activation="relu", name="narrow")
    h = gx.cond(gx.mean(x) > 0, lambda: wide(x), lambda: narrow(x))
    logits = nn.Dense(2, name="top")(h)
    net = gx.compile(
        "gated",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.SGD(0.5),
    )
    m = net.load(seed=1)
    rng = np.random.default_rng(0)
    data = rng.normal(size=(64, 4)).astype("float32")
    labels = (data[:, 0] > 0).astype("int64")
    shifted = [data + 2, data - 2]  # each takes another branch
    first = [m.loss(batch, labels) for batch in shifted]
    before = m.state_dict()
    m.train_step(shifted[0], labels)
    changed = {name for name, value in m.state_dict().items() if (value != before[name]).any()}
    assert changed == {"wide.W", "wide.b", "top.W", "top.b"}
    for _ in range(200):
        for batch in shifted:
            m.train_step(batch, labels)
    assert all(m.loss(b, labels) < f / 3 for b, f in zip(shifted, first, strict=True))
    gx.export(m, tmp_path / "gated.py")
    spec = importlib.util.spec_from_file_location("gated", tmp_path / "gated.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for batch in shifted:
        np.testing.assert_array_equal(module.predict(batch), m.predict(batch))


def test_a_nan_in_a_branch_is_named():
    x = gx.input("x", ("N",))
    y = gx.cond(gx.any(x > 5), lambda: x, lambda: gx.log(x))
    m = gx.compile("logs", inputs=[x], outputs=y, check="nan").load()
    assert (m.predict(np.float32([6, -1])) == [6, -1]).all()
    with (
        pytest.raises(FloatingPointError, match=r"log at test_cond_programs.py"),
        np.errstate(invalid="ignore"),
    ):
        m.predict(np.float32([1, -1]))
