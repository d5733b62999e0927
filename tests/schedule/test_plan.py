"""The plan of memory: checked by replaying it, for hazards of computing in place, and in bytes."""

import numpy as np
import pytest
from random_graphs import random_program

import graphc as gx
from graphc import losses, nn, optim
from graphc.ir import dims, types
from graphc.ir.evaluate import evaluate
from graphc.ir.node import state_of
from graphc.schedule.fuse import inplace_operands
from graphc.schedule.order import Kind
from graphc.schedule.plan import arena

# ---- replaying a plan -----------------------------------------------------------------------------


class Replay:
    """Memory as a map from bytes to what was last written there, step by step through a schedule.

    Written from what a plan promises, and sharing nothing with how it was made.
    """

    def __init__(self, plan, sizes):
        self.plan, self.schedule, self.sizes = plan, plan.schedule, sizes
        starts, total = arena([plan], sizes)
        self.starts = dict(zip(plan.pieces, starts, strict=True))
        self.arena = np.full(total, -1)  # the owner of each byte
        self.states = {}
        self.numbers = {}

    def window(self, storage):
        """The owners of the bytes of a storage, as a view."""
        count = dims.evaluate(storage.type.nbytes, self.sizes)
        if storage.state is not None:
            return self.states.setdefault(storage.state, np.full(count, -1))
        start = self.starts[storage]
        assert start % types.itemsize(storage.type.dtype) == 0, "misaligned"
        assert count < 4096 or start % 64 == 0, "misaligned"
        assert start + count <= self.arena.size, "outside of the arena"
        return self.arena[start : start + count]

    def number(self, tensor):
        return self.numbers.setdefault(tensor, len(self.numbers))

    def run(self):
        for node in self.schedule.order:
            kind = self.schedule.kinds[node]
            if kind is Kind.STATE:
                tensor = node.outputs[0]
                state = node.attrs["state"]
                owners = self.states.setdefault(
                    state, np.full(dims.evaluate(state.type.nbytes, self.sizes), -1)
                )
                owners[...] = self.number(tensor)
        for node in self.schedule.order:
            if self.schedule.kinds[node] is Kind.COMPUTE:
                self.step(node)
        for tensor in self.schedule.graph.roots:
            self.read(tensor, "a result")

    def read(self, tensor, reader):
        """Fail unless all bytes that a tensor (or what it is a view of) lies in are its own."""
        base = self.schedule.base[tensor]
        kind = self.schedule.kind(base)
        if kind is Kind.COMPUTE:
            owners = self.window(self.plan.place[base])
        elif kind is Kind.STATE:
            owners = self.states[base.node.attrs["state"]]
        else:
            return None
        tiled = self.plan.fusion.tiled(self.schedule, base)
        assert tiled or (owners == self.number(base)).all(), f"{reader} reads {base}, overwritten"
        return owners

    def step(self, node):
        (out,) = node.outputs
        target = self.window(self.plan.place[out])
        allowed = {node.inputs[i] for i in inplace_operands(node)}
        others = []
        for tensor in node.inputs:
            owners = self.read(tensor, node)
            if owners is None:
                continue
            others.append(owners)
            if np.shares_memory(owners, target) and owners.size and target.size:
                same = owners.size == target.size and same_bytes(owners, target)
                assert same and tensor in allowed, f"{node} writes over its operand {tensor}"
        for storage in self.plan.scratch.get(node, ()):
            scratch = self.window(storage)
            assert not any(np.shares_memory(scratch, o) for o in [*others, target] if o.size)
            scratch[...] = -2
        target[...] = self.number(out)


def same_bytes(a, b):
    return a.__array_interface__["data"] == b.__array_interface__["data"]


def replay(network):
    for plan in network.plans.values():
        for size in (1, 5, 64):
            Replay(plan, dict.fromkeys(plan.symbols(), size)).run()


@pytest.mark.parametrize("seed", range(60), ids="seed-{}".format)
def test_no_step_of_a_random_graph_overwrites_what_is_needed_later(seed):
    program = random_program(seed)
    function = gx.function(program.inputs, program.outputs, program.updates)
    replay(function.network)


def test_a_replay_notices_what_a_broken_plan_overwrites():
    x = gx.input("x", ("N", 4))
    h = gx.exp(x)
    function = gx.function([x], [gx.sin(h) + gx.cos(h)])
    (plan,) = function.network.plans.values()
    replay(function.network)
    for piece in plan.pieces:
        piece.last = piece.first
    with pytest.raises(AssertionError, match=r"overwritten|writes over"):
        replay(function.network)


# ---- networks ---------------------------------------------------------------------------------


def classifier(*sizes, activation="relu", optimizer=None, dropout=0.0, features=64):
    x, y = gx.input("x", ("N", features)), gx.input("y", ("N",), "int64")
    layers = []
    for size in sizes:
        layers.append(nn.Dense(size, activation=activation))
        if dropout:
            layers.append(nn.Dropout(dropout))
    logits = nn.Sequential([*layers, nn.Dense(10)], name="net")(x)
    return gx.compile(
        "net",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=gx.softmax(logits),
        optimizer=optimizer,
    )


def residual(blocks=3):
    x, y = gx.input("x", ("N", 32)), gx.input("y", ("N", 1))
    h = nn.Dense(32)(x)
    for _ in range(blocks):
        inner = nn.Sequential([nn.Dense(64, activation="tanh"), nn.Dense(32)])
        h = nn.Residual(inner)(h)
    out = nn.Dense(1)(h)
    loss = losses.squared_error(out, y)
    return gx.compile(
        "res", inputs=[x], targets=[y], loss=loss, outputs=out, optimizer=optim.Adam(1e-3)
    )


def regression(*sizes):
    x, y = gx.input("x", ("N", 4)), gx.input("y", ("N", 1))
    layers = [nn.Dense(s, activation="tanh") for s in sizes]
    out = nn.Sequential([*layers, nn.Dense(1)], name="net")(x)
    return gx.compile(
        "reg", inputs=[x], targets=[y], loss=losses.squared_error(out, y), optimizer=optim.SGD(0.1)
    )


NETWORKS = {
    "softmax regression": lambda: classifier(optimizer=optim.SGD(0.1)),
    "one layer": lambda: classifier(64, optimizer=optim.Adam(1e-3)),
    "two wide layers": lambda: classifier(512, 512, features=784, optimizer=optim.Adam(1e-3)),
    "dropout": lambda: classifier(64, 64, dropout=0.2, optimizer=optim.Adam(1e-3)),
    "eight layers": lambda: classifier(*[48] * 8, optimizer=optim.AdamW(1e-3)),
    "narrowing": lambda: classifier(256, 64, 16, activation="gelu", optimizer=optim.SGD(0.1, 0.9)),
    "clipped": lambda: classifier(32, 32, optimizer=optim.Adam(1e-3, clip_norm=1.0)),
    "sigmoid": lambda: classifier(40, 30, activation="sigmoid"),
    "residual": residual,
    "tiny": lambda: regression(16, 16),
    "inference only": lambda: gx.compile(
        "inf", inputs=[x := gx.input("x", ("N", 20))], outputs=gx.softmax(nn.Dense(10)(x))
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_no_step_of_a_network_overwrites_what_is_needed_later(name):
    replay(NETWORKS[name]())


@pytest.mark.parametrize("size", [1, 10, 32, 64, 100, 128])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_plan_takes_little_more_than_is_live_at_once(name, size):
    report = NETWORKS[name]().report(N=size)
    assert report.lower_bound_bytes <= report.planned_bytes <= 1.05 * report.lower_bound_bytes
    for phase in report.phases:
        assert phase.lower_bound_bytes <= phase.planned_bytes <= 1.05 * phase.lower_bound_bytes


@pytest.mark.parametrize("name", ["eight layers", "residual", "dropout"])
def test_the_lower_bound_is_what_is_live_at_once(name):
    network = NETWORKS[name]()
    for plan in network.plans.values():
        schedule, sizes = plan.schedule, {"N": 64}
        most = 0
        for i in range(schedule.end + 1):
            live = {
                id(s): dims.evaluate(s.type.nbytes, sizes)
                for s in plan.pieces
                if s.live[0] <= i <= s.live[1]
            }
            most = max(most, sum(live.values()))
        assert plan.lower_bound_bytes(sizes) == most


def test_the_largest_batch_sets_the_arena_and_smaller_ones_fit_in_it():
    model = classifier(32).load()
    sizes = []
    for n in (8, 64, 3, 64, 8):
        model.predict(np.ones((n, 64), "float32"))
        sizes.append(model._arena.size)
    assert sizes == [sizes[0], *[sizes[1]] * 4] and sizes[0] < sizes[1]


# ---- computing in place -----------------------------------------------------------------------


def run(function, outputs, updates, given, states, calls=3):
    """The results of several calls, by a compiled function and by the reference."""
    current = {state_of(t): v for t, v in states.items()}
    for state, value in current.items():
        if state.storage is not None:
            state.storage[...] = value
    for _ in range(calls):
        got = function(*given.values())
        want = evaluate([*outputs, *updates.values()], given, current)
        current |= dict(zip(map(state_of, updates), want[len(outputs) :], strict=True))
        for mine, theirs in zip(got, want, strict=False):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12)
        for state in updates:
            np.testing.assert_allclose(gx.value(state), current[state_of(state)], rtol=1e-12)


def hazard(name):
    """Inputs, states, outputs and updates that a careless plan computes wrongly."""
    x = gx.input("x", (3, 3), "float64")
    a, b, c = (gx.state(n, np.zeros((3, 3))) for n in "abc")
    k = gx.state("k", np.float64(0.0))
    h = gx.exp(x)
    cases = {
        "a sum with its own transpose": ([h + h.T], {}),
        "a product with its own transpose": ([h @ h.T, h.T @ h], {}),
        "a reversed sum": ([h + h[::-1]], {}),
        "a sum with its own rows": ([h + h[0], h - h[:, :1]], {}),
        "a value and a view of it": ([h, h.T, h[1], gx.sin(h)], {}),
        "the same twice": ([h, h], {}),
        "an input itself": ([x, x.T, x[0]], {}),
        "a swap": ([], {a: b, b: a}),
        "a rotation": ([], {a: b, b: c, c: a}),
        "a swap with arithmetic": ([], {a: b + x, b: a - x}),
        "an old value that is returned": ([a, b], {a: a + x, b: a * b + 1.0}),
        "an old value that is returned as a view": ([a.T, a[0]], {a: a * 0.5 + x}),
        "an old value that is read late": ([gx.sum(a * a)], {a: a + 1.0, b: gx.sin(a) + b}),
        "a transposed update": ([], {a: a.T + x}),
        "a state that becomes its own transpose": ([], {a: a.T}),
        "a state that becomes its own reverse": ([a + 1.0], {a: a[::-1, ::-1]}),
        "a state that becomes an input": ([a + x], {a: x}),
        "a state that becomes a view of an input": ([a + x], {a: x.T}),
        "two states that become one value": ([], {a: h, b: h}),
        "two states and a result that become one value": ([h], {a: h, b: h.T}),
        "a state that becomes what another was": ([], {a: b, b: b + x}),
        "a state that becomes what another will be": ([], {a: (n := b + x), b: n}),
        "a product of a state with itself": ([], {a: a @ a * 0.1 + x}),
        "a product into a state that it reads": ([], {a: x @ a, b: a @ x}),
        "a state that becomes itself": ([a], {a: a, b: a + x}),
        "a number": ([k], {k: k + 1.0, a: a + k}),
        "numbers that change places with what they scale": ([k * a], {k: gx.sum(a), a: a * k}),
        "a constant": ([a], {a: 1.0, b: a}),
        "an update by a part of itself": ([], {a: a + a[0], b: b - b[:, 1:2]}),
        "a long chain in place": ([], {a: gx.tanh(gx.sin(a * 2.0) + b), b: gx.cos(a) * b}),
        "a gradient step": (
            [gx.mean(a * x)],
            {a: a - 0.1 * gx.grad(gx.mean(gx.tanh(a @ x)), [a])[0]},
        ),
    }
    return [x], {a: 1.0, b: -0.5, c: 2.0, k: 0.5}, *cases[name]


HAZARDS = [
    *(f"a {what} with its own transpose" for what in ("sum", "product")),
    "a reversed sum",
    "a sum with its own rows",
    "a value and a view of it",
    "the same twice",
    "an input itself",
    "a swap",
    "a rotation",
    "a swap with arithmetic",
    "an old value that is returned",
    "an old value that is returned as a view",
    "an old value that is read late",
    "a transposed update",
    "a state that becomes its own transpose",
    "a state that becomes its own reverse",
    "a state that becomes an input",
    "a state that becomes a view of an input",
    "two states that become one value",
    "two states and a result that become one value",
    "a state that becomes what another was",
    "a state that becomes what another will be",
    "a product of a state with itself",
    "a product into a state that it reads",
    "a state that becomes itself",
    "a number",
    "numbers that change places with what they scale",
    "a constant",
    "an update by a part of itself",
    "a long chain in place",
    "a gradient step",
]


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("name", HAZARDS)
def test_every_value_is_computed_from_the_old_ones(name, style):
    inputs, scales, outputs, updates = hazard(name)
    rng = np.random.default_rng(4)
    given = {t: rng.normal(size=t.shape) * 0.3 for t in inputs}
    states = {t: scale * rng.normal(size=t.shape) for t, scale in scales.items()}
    updates = {
        t: v if isinstance(v, gx.Tensor) else gx.broadcast_to(gx.constant(v, "float64"), t.shape)
        for t, v in updates.items()
    }
    function = gx.function(inputs, outputs, updates, style=style)
    function.network.load()
    used = {state_of(t) for t in states} & set(function.graph("g").states)
    function(*given.values())
    run(function, outputs, updates, given, {t: v for t, v in states.items() if state_of(t) in used})
    replay(function.network)


def test_results_are_independent_of_later_calls():
    x = gx.input("x", (3,), "float64")
    s = gx.state("s", np.zeros(3))
    for style in ("plain", "planned"):
        function = gx.function([x], [gx.exp(x), x, s, gx.sum(x)], {s: s + x}, style=style)
        first = function(np.ones(3))
        kept = [np.array(a) for a in first]
        function(np.full(3, 5.0))
        for mine, before in zip(first, kept, strict=True):
            np.testing.assert_array_equal(mine, before)


def test_a_caller_may_change_what_it_gave_and_got():
    x = gx.input("x", (3,), "float64")
    s = gx.state("s", np.zeros(3))
    for style in ("plain", "planned"):
        function = gx.function([x], [x, s], {s: x}, style=style)
        given = np.ones(3)
        got = function(given)
        given[...] = 7.0
        got[0][...] = got[1][...] = 9.0
        np.testing.assert_array_equal(gx.value(s), np.ones(3))
        np.testing.assert_array_equal(function(np.zeros(3))[1], np.ones(3))
        s.node.attrs["state"].storage[...] = 0.0


# ---- floating-point operations -----------------------------------------------------------------


def flops(outputs, inputs, **sizes):
    network = gx.compile("f", inputs=inputs, outputs=outputs)
    return network.report(**sizes).flops


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (lambda x: x @ np.ones((64, 32), "float32"), 2 * 8 * 64 * 32),
        (lambda x: gx.exp(x), 8 * 64),
        (lambda x: x * 2.0 + 1.0, 2 * 8 * 64),
        (lambda x: gx.sum(x), 8 * 64),
        (lambda x: gx.sum(x, 0), 8 * 64),
        (lambda x: x.T, 0),
        (lambda x: gx.reshape(x, (-1,)), 0),
        (lambda x: x[:, ::2], 0),
        (lambda x: gx.einsum("ni,ni->n", x, x), 2 * 8 * 64),
        (lambda x: gx.relu(x), 8 * 64),
    ],
)
def test_operations_are_counted_as_textbooks_do(build, count):
    x = gx.input("x", ("N", 64))
    assert flops(build(x), [x], N=8) == count


def test_a_batch_of_products_counts_each():
    a, b = gx.input("a", (5, "N", 3)), gx.input("b", (5, 3, 7))
    assert flops(a @ b, [a, b], N=4) == 2 * 5 * 4 * 3 * 7


def test_a_training_step_costs_three_times_the_products_of_a_prediction():
    report = classifier(512, 512, features=784, optimizer=optim.SGD(0.1)).report(N=128)
    weights = 784 * 512 + 512 * 512 + 512 * 10
    parameters = weights + 512 + 512 + 10
    assert report.parameters == parameters
    products = 2 * 128 * (3 * weights - 784 * 512)  # no derivative by the data
    assert products < report.flops < products * 1.02 + 10 * parameters


def test_a_report_refuses_a_dimension_that_there_is_not():
    with pytest.raises(gx.GraphError, match="no dimension is called T; there are N"):
        classifier(8).report(T=3)


def test_a_gradient_that_reshapes_a_product_is_computed_in_its_place():
    x, w = gx.input("x", ("N", 6)), gx.parameter("w", np.ones((1, 6, 4), np.float32))
    loss = gx.mean(gx.square(x @ gx.reshape(w, (6, 4)))).named("loss")
    net = gx.compile("reshaped", inputs=[x], loss=loss)
    assert "d.w.reshape(6, 4)" in net.source
    assert "d.w[...] =" not in net.source
    given = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    expected = 2 * given.T @ (given @ np.ones((6, 4), np.float32)) / 20
    m = net.load()
    for count in (5, 3, 5):
        found = m.gradients(given[:count])["w"]
    np.testing.assert_allclose(found, expected[None], rtol=1e-5)


def test_a_result_lies_over_what_it_reads_in_another_shape():
    x, y = gx.input("x", ("N", "T", 6)), gx.input("y", ("N", "T", 4))
    output = nn.Sequential([nn.Dense(8, "tanh"), nn.Dense(4)])(x)
    net = gx.compile("rows", inputs=[x], targets=[y], loss=losses.squared_error(output, y))
    assert "np.add(s.z1, p.dense_1_b, out=s.z1)" in net.source
    assert "s.z1_rows = s.z1.reshape(n * t, 8)" in net.source
    sizes = {"N": 64, "T": 64}
    (planned,) = {plan.planned_bytes(sizes) for plan in net.plans.values() if len(plan.place) > 12}
    assert planned < 1.1 * 4 * 64 * 64 * (8 + 4 + 8)  # h1, the error, and what comes back to h1
