"""A block that repeats is emitted once: results, length, reading, and what else looks at lines."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.codegen import tables, templates
from graphc.codegen.outline import LOCAL, NUMBER, Hole, pieces


class Block(nn.Module):
    """Batch norm and dropout on the way: states, statistics and streams of each block's own."""

    def __init__(self, units, shared=None):
        self.first = nn.Dense(units)
        self.norm = nn.BatchNorm()
        self.drop = nn.Dropout(0.3)
        self.second = shared or nn.Dense(units)

    def forward(self, x):
        h = self.drop(gx.relu(self.norm(self.first(x))))
        return x + self.second(h)


class Tower(nn.Module):
    """Blocks that all read a second argument."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.last = nn.Dense(3)

    def forward(self, x, other):
        for block in self.blocks:
            x = block(x, other)
        return self.last(x)


class Gated(nn.Module):
    """A block that reads an argument of the network."""

    def __init__(self, units):
        self.dense = nn.Dense(units, activation="tanh")

    def forward(self, x, gate):
        return x + gate * self.dense(x)


class Bottleneck(nn.Module):
    """Convolutions whose sizes differ from stage to stage."""

    def __init__(self, channels, strides):
        self.conv_1 = nn.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False)
        self.norm_1 = nn.BatchNorm()
        self.conv_2 = nn.Conv2D(2 * channels, 1)
        self.short = nn.Conv2D(2 * channels, 1, strides=strides) if strides > 1 else None

    def forward(self, x):
        h = self.conv_2(gx.relu(self.norm_1(self.conv_1(x))))
        return gx.relu(h + (x if self.short is None else self.short(x)))


def classifier(name, x, logits, optimizer=None, more=(), **options):
    y = gx.input("y", ("N",), dtype="int64")
    return gx.compile(
        name,
        inputs=[x, *more],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optimizer or optim.Adam(1e-2),
        **options,
    )


def dense(depth=12, **options):
    x = gx.input("x", ("N", 6))
    layers = [nn.Residual(nn.Dense(6, activation="tanh")) for _ in range(depth)]
    logits = nn.Sequential([nn.Dense(6), *layers, nn.Dense(3)])(x)
    return classifier("dense", x, logits, optim.SGD(0.1, momentum=0.9), **options)


def tower(depth=12, **options):
    x = gx.input("x", ("N", 6))
    blocks = nn.Sequential([Block(6) for _ in range(depth)], name="tower")
    logits = nn.Sequential([nn.Dense(6), blocks, nn.Dense(3)])(x)
    return classifier("tower", x, logits, **options)


def stack(depth=12, **options):
    """Layers without scopes around them."""
    x = gx.input("x", ("N", 6))
    layers = [nn.Dense(6, activation="tanh") for _ in range(depth)]
    logits = nn.Sequential([*layers, nn.Dense(3)])(x)
    return classifier("stack", x, logits, **options)


def shared(depth=12, **options):
    """Blocks with one layer in common."""
    x = gx.input("x", ("N", 6))
    both = nn.Dense(6)
    logits = nn.Sequential([*[Block(6, both) for _ in range(depth)], nn.Dense(3)], name="net")(x)
    return classifier("shared", x, logits, **options)


def gated(depth=12, **options):
    x, gate = gx.input("x", ("N", 6)), gx.input("k", ("N", 1))
    logits = Tower([Gated(6) for _ in range(depth)])(x, gate)
    return classifier("gated", x, logits, more=[gate], **options)


def clipped(depth=12, **options):
    """Every parameter has an update of its own."""
    x = gx.input("x", ("N", 6))
    layers = [nn.Residual(nn.Dense(6, activation="tanh")) for _ in range(depth)]
    logits = nn.Sequential([*layers, nn.Dense(3)])(x)
    return classifier("clipped", x, logits, optim.Adam(1e-2, clip_norm=1.0), **options)


def stages(depth=5, **options):
    x = gx.input("x", ("N", 8, 8, 3))
    blocks = []
    for channels, strides in ((4, 2), (6, 2)):
        blocks += [Bottleneck(channels, strides if i == 0 else 1) for i in range(depth)]
    ends = nn.Conv2D(8, 3, padding="same"), [nn.GlobalAvgPool(), nn.Dense(3)]
    logits = nn.Sequential([ends[0], *blocks, *ends[1]])(x)
    return classifier("stages", x, logits, **options)


def recurrent(depth=12, **options):
    """A tower in every step of a loop."""
    x = gx.input("x", (5, "N", 6))
    layers = [nn.Residual(nn.Dense(6, activation="tanh")) for _ in range(depth)]
    tower = nn.Sequential(layers, name="tower")
    last, _ = gx.scan(lambda h, x_t: (tower(h + x_t), None), x[0], x)
    return classifier("recurrent", x, nn.Dense(3)(last), optim.SGD(0.1, momentum=0.9), **options)


BUILDERS = {f.__name__: f for f in (dense, tower, stack, shared, gated, clipped, stages, recurrent)}


def arguments(net, count, seed=0):
    rng = np.random.default_rng(seed)
    arrays = []
    for tensor in (*net.unit.inputs, *net.unit.targets):
        shape = [count if size == "N" else int(str(size)) for size in map(str, tensor.shape)]
        drawn = rng.integers(0, 3, shape) if tensor.dtype == "int64" else rng.normal(size=shape)
        arrays.append(drawn.astype(tensor.dtype))
    return arrays


def lines(net):
    return net.source.count("\n")


@pytest.mark.parametrize("name", BUILDERS)
def test_results_are_the_same_to_the_last_bit(name):
    short, long = BUILDERS[name](), BUILDERS[name](outline=False)
    assert lines(short) < lines(long) - 150
    a, b = short.load(seed=3), long.load(seed=3)
    assert list(a.state_dict()) == list(b.state_dict())
    for count in (5, 9, 5):
        given = arguments(short, count, seed=count)
        inputs = given[: len(short.unit.inputs)]
        for _ in range(2):
            assert a.train_step(*given) == b.train_step(*given)
        assert a.loss(*given) == b.loss(*given)
        np.testing.assert_array_equal(a.predict(*inputs)["probs"], b.predict(*inputs)["probs"])
        for found, expected in (
            (a.gradients(*given), b.gradients(*given)),
            (a.state_dict(), b.state_dict()),
        ):
            assert list(found) == list(expected)
            for key in expected:
                np.testing.assert_array_equal(found[key], expected[key], err_msg=key)


@pytest.mark.parametrize("name", ["dense", "tower", "stack", "gated", "clipped"])
def test_the_length_hardly_depends_on_the_depth(name):
    few, many = BUILDERS[name](depth=12), BUILDERS[name](depth=24)
    assert abs(lines(many) - lines(few)) < 80
    more, less = (BUILDERS[name](depth=depth, outline=False) for depth in (6, 4))
    assert lines(more) - lines(less) > 80  # for two blocks


def test_blocks_that_stand_three_times_are_left_as_they_are():
    source = tower(3).source
    assert "_block_forward" not in source and "range(3)" not in source
    assert gated(1).source == gated(1, outline=False).source


def test_the_function_of_a_block_reads_as_one_block_by_hand():
    source = dense().source
    assert re.search(
        r"\n        for k in range\(12\):\n            self\._residual_forward\(", source
    )
    assert "for k in reversed(range(12)):\n            self._residual_backward(" in source
    function = source.split("def _residual_forward(self, s, p):")[1].split("    def ")[0]
    code = [line.strip() for line in function.splitlines() if " # " not in f" {line}"]
    assert [line for line in code if line][1:] == [
        "np.dot(s.h_sum_in, p.dense_1_W, out=s.z)",
        "np.add(s.z, p.dense_1_b, out=s.z)",
        "np.tanh(s.z, out=s.h)",
        "np.add(s.h_sum_in, s.h, out=s.h_sum)",
    ]
    assert "# z = h_sum_in W + b" in function
    backward = source.split("def _residual_backward(self, s, p, d):")[1].split("    def ")[0]
    assert "# d_W = h_sum_in^T d_z" in backward
    assert "np.dot(s.h_sum_in.T, s.d_z, out=d.dense_1_W)" in backward


def test_a_block_in_a_loop_takes_the_step():
    source = recurrent().source
    backward = source.split("def _backward(self, s, x, y):")[1].split("    def ")[0]
    assert (
        "            for k in range(12):\n"
        "                self._residual_forward(s.residual[k], p.residual[k], t)\n"
    ) in backward
    function = source.split("def _residual_forward(self, s, p, t):")[1].split("    def ")[0]
    assert re.search(r"np\.tanh\(s\.\w+\[t\], out=s\.\w+\[t\]\)", function)


def test_sizes_that_differ_from_place_to_place_are_letters_that_are_explained():
    source = stages(exact=True).source
    function = re.search(r"def _bottleneck_forward\(.*?\n\n    def ", source, re.DOTALL)
    assert function is not None
    legend = re.search(r"# (A = .*)", function[0])
    assert legend is not None
    letters = dict(re.findall(r"(\w) = ([\d, ]+)", legend[1]))
    assert set(letters.values()) >= {"4, 2", "4, 6"}
    for letter in letters:
        assert re.search(rf"\([^()]*\b{letter}\b[^()]*\)(   \S*:\d+)?$", function[0], re.M)


def test_the_same_program_gives_the_same_bytes_in_another_process():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_outline; "
        "sys.stdout.write(test_outline.tower().source)"
    )
    here = os.path.dirname(__file__)
    outputs = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code, here]
        outputs.append(
            subprocess.run(command, env=environment, capture_output=True, check=True).stdout
        )
    assert outputs[0] == outputs[1] == tower().source.encode()


def test_with_the_nan_check_each_statement_still_names_its_place():
    net = dense(check="nan")
    m = net.load()
    m.params.residual_7_dense_1_W[0, 0] = np.nan
    with pytest.raises(FloatingPointError, match=r"residual_7.*test_outline\.py:\d+"):
        m.train_step(*arguments(net, 4))


def test_functions_over_the_same_parameters_share_them_where_blocks_repeat():
    x = gx.input("x", ("N", 6))
    model = nn.Sequential([nn.Residual(nn.Dense(6, "tanh")) for _ in range(40)], name="tower")
    y = model(x)
    double = gx.function([], [], {p: 2.0 * p + 1.0 for p in model.parameters()})
    predict, before = gx.function([x], [y]), gx.function([x], [y])
    assert "self._residual_forward(" in predict.source
    array = np.ones((2, 6), np.float32)
    (old,) = before(array)
    double()
    assert not np.array_equal(before(array)[0], old)
    np.testing.assert_array_equal(predict(array)[0], before(array)[0])
    h = array
    for k in range(40):
        h = h + np.tanh(
            h @ gx.value(model.parameters()[2 * k]) + gx.value(model.parameters()[2 * k + 1])
        )
    np.testing.assert_allclose(predict(array)[0], h, rtol=1e-4)


def test_an_explanation_cites_the_lines_of_the_function():
    net = dense()
    source = net.source.splitlines()
    (step,) = [s for s in net.explain("residual_5.dense_1.W").steps if s.name.endswith("W")]
    assert [source[n - 1].strip() for n in step.lines] == list(step.code)
    assert step.code == ("np.dot(s.h_sum_in.T, s.d_z, out=d.dense_1_W)",)
    after = next(s for s in net.explain("dense_1.W").steps if s.name == "dense_1.W")
    assert after.code == ("np.dot(x.T, s.d_h1, out=d.dense_1_W)",)


def test_an_exported_network_predicts_without_graphc(tmp_path):
    net = tower()
    m = net.load(seed=2)
    x = arguments(net, 7)[0]
    expected = m.predict(x)["probs"]
    gx.export(m, tmp_path / "exported.py")
    np.save(tmp_path / "x.npy", x)
    code = (
        "import sys; sys.modules['graphc'] = None; import numpy as np, exported; "
        "np.save('y.npy', exported.predict(np.load('x.npy'))['probs'])"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), expected)


def test_a_state_that_is_loaded_is_what_blocks_use(tmp_path):
    net = tower()
    a, b = net.load(seed=1), net.load(seed=2)
    given = arguments(net, 6)
    a.train_step(*given)
    a.save(tmp_path / "a.npz")
    b.load(tmp_path / "a.npz")
    assert a.train_step(*given) == b.train_step(*given)


def test_names_of_users_reach_a_function_as_identifiers_and_comments():
    x = gx.input("x", ("N", 6))
    evil = '""")\nimport os  # '
    layers = [nn.Residual(nn.Dense(6), name=f"{evil}{i}") for i in range(40)]
    net = classifier("evil", x, nn.Sequential([*layers, nn.Dense(3)])(x))
    assert "\nimport os  #" not in net.source
    m = net.load()
    assert np.isfinite(m.train_step(*arguments(net, 4)))


@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize("name", ["tower", "stages", "gated"])
def test_a_formatter_leaves_the_file_alone(name, width):
    source = BUILDERS[name]().source
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={width}", "-"]
    formatted = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    assert formatted.stdout == source


@pytest.mark.parametrize(
    ("text", "holes"),
    [
        ("np.dot(s.h1, p.W.T, out=s.z)", [("s", "h1"), ("p", "W"), ("s", "z")]),
        ("s.h.max(axis=1, out=s.m)", [("s", "h"), (NUMBER, "1"), ("s", "m")]),
        ("self.state.mean", [("self.state", "mean")]),
        ("self.momentum.flat", []),
        ("x.reshape(n, 2e-3)", [(LOCAL, "x"), (LOCAL, "n"), (NUMBER, "2e-3")]),
        ('_add(s.a, mode="s.b")', [("s", "a")]),
        ("(s.a + 1).sum()", [("s", "a"), (NUMBER, "1")]),
    ],
)
def test_a_hole_is_what_may_differ_from_place_to_place(text, holes):
    found = [piece for piece in pieces(text) if isinstance(piece, Hole)]
    assert [(hole.kind, hole.name) for hole in found] == holes


def emitted_helpers():
    names = ("numbers", "series", "shapes", "states", "words")
    space = {"re": re}
    exec("\n".join(templates.helpers("numpy", names)), space)
    return space


def test_the_emitted_helpers_read_what_tables_write():
    space = emitted_helpers()
    rng = np.random.default_rng(0)
    for _ in range(400):
        drawn = rng.integers(0, 6, rng.integers(1, 9)).tolist() * int(rng.integers(1, 4))
        drawn += [*range(int(rng.integers(0, 5)), 40, int(rng.integers(1, 9))), 0.5, 0.5]
        drawn[:0] = [n for k in range(3) for n in (100 + 7 * k, 500, 900 + 50 * k)]
        assert space["_numbers"](tables.numbers([str(n) for n in drawn])) == drawn
        names = [f"a_{n}_b_{n + 2}" if n % 2 else f"c{n}" for n in drawn[:-2]]
        assert eval(tables.series(names), space) == names
        words = [f"net.{n}_x{n + 1}.w={n},3" for n in range(int(rng.integers(2, 9)))] + names
        words += [f"top.{n}.{own}={n // 2}" for n in drawn[:3] for own in ("a", "b_c", "b_d")]
        assert space["_words"](" ".join(tables.packed(words))) == words


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ("6 9 12", "6..12/3"),
        ("7 7 7", "7x3"),
        ("1 1 2 2 3 3", "1..3x2"),
        ("1 2 1 2", "1,2*2"),
        ("5 1", "5 1"),
        ("9 8 7", "9..7/-1"),
    ],
)
def test_numbers_that_count_take_one_word(numbers, text):
    assert tables.numbers(numbers.split()) == text
    assert emitted_helpers()["_numbers"](text) == [int(n) for n in numbers.split()]
