"""Blocks within blocks: functions that functions call, and what both know of their places."""

import functools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from test_common import arguments, lines, resnet

import graphc as gx
from graphc import losses, models, optim
from graphc.codegen import tables
from graphc.codegen.numpy.common import chained

sys.path.append(str(Path(__file__).resolve().parents[1] / "proof"))
from allocations import counted


@functools.cache
def small(outline=True):
    """Three stages of seven blocks, each with two convolutions and two normalisations."""
    return resnet(models.CifarResNet(44, width=4), 8, outline=outline)


def method(source, name):
    """The statements of a method, without what is above them."""
    text = re.search(rf"    def {name}\(.*?\n(?=    def |\n\n)", source, re.DOTALL)
    assert text is not None, name
    code = [line.strip() for line in text[0].splitlines()]
    return [line for line in code if line and not line.startswith(("#", '"""', "def "))]


def test_the_function_of_a_block_calls_those_of_its_layers():
    functions = re.findall(r"def (_block_forward\w*)\(self, s, p, stats\)", small().source)
    forward = next(code for f in functions if len(code := method(small().source, f)) == 7)
    assert forward == [
        "self._conv_forward(s.conv_1, p.conv_1)",
        "self._norm_forward(s.norm_1, stats.norm_1)",
        "np.clip(s.norm_1.z_norm, 0.0, np.inf, out=s.conv_2.h)",
        "self._conv_forward(s.conv_2, p.conv_2)",
        "self._norm_forward(s.norm_2, stats.norm_2)",
        "np.add(s.norm_2.z_norm, s.conv_1.h, out=s.h_plus)",
        "np.clip(s.h_plus, 0.0, np.inf, out=s.stage_relu)",
    ]


def test_results_are_the_same_to_the_last_bit():
    short, long = small(), small(outline=False)
    assert lines(short) < lines(long) / 3
    a, b = short.load(seed=1), long.load(seed=1)
    for count in (3, 5, 3):
        given = arguments(short, {"N": count}, seed=count)
        assert a.train_step(*given) == b.train_step(*given)
        assert a.loss(*given) == b.loss(*given)
        found, expected = a.predict(given[0])["probs"], b.predict(given[0])["probs"]
        np.testing.assert_array_equal(found, expected)
    for key, value in b.state_dict().items():
        np.testing.assert_array_equal(a.state_dict()[key], value, err_msg=key)
    for key, value in b.gradients(*given).items():
        np.testing.assert_array_equal(a.gradients(*given)[key], value, err_msg=key)


def test_a_step_through_nested_functions_allocates_no_array():
    net = small()
    m = net.load(seed=0)
    given = arguments(net, {"N": 4})
    for _ in range(2):
        m.train_step(*given)
    with counted() as found:
        m.train_step(*given)
    assert max(found.sizes, default=0) < 4096, found.sizes  # no activation: (4, 8, 8, 4) floats


def test_an_explanation_cites_the_lines_of_the_innermost_function():
    net = small()
    source = net.source.splitlines()
    steps = net.explain("stage_2.block_3.norm_1.gamma").steps
    (step,) = [s for s in steps if s.name == "stage_2.block_3.norm_1.gamma"]
    assert [source[n - 1].strip() for n in step.lines] == list(step.code)
    assert step.code[-1] == "np.dot(s.ones, s.d_z_norm_reshape_2, out=d.gamma)"
    head = max(n for n, line in enumerate(source[: step.lines[0]]) if "    def " in line)
    assert "def _norm_backward(" in source[head]


@pytest.mark.parametrize("width", [88, 100])
def test_a_formatter_leaves_the_file_alone(width):
    source = small().source
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={width}", "-"]
    formatted = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    assert formatted.stdout == source


@pytest.mark.parametrize("depth", [34, 152])
def test_a_published_residual_network_takes_fewer_than_2500_lines(depth):
    x = gx.input("x", ("N", 224, 224, 3))
    y = gx.input("y", ("N",), dtype="int64")
    logits = models.ResNet(depth)(x)
    net = gx.compile(
        "resnet",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optim.SGD(0.1, momentum=0.9),
    )
    assert lines(net) < 2500


@pytest.mark.parametrize(
    ("words", "packed"),
    [
        ("a.b=1 a.c=2", "a.b=1 a.c=2"),
        ("net.one.W=2,3 net.one.b=3 net.one.c=4", "net.one. W=2,3 b=3 c=4 ;"),
        ("net.one.gamma=3 net.one.beta=3 net.one.W=4", "net.one. {gamma,beta}=3 W=4 ;"),
        ("n_1.W=2 n_1.b=2 n_2.W=2 n_2.b=2", "1,2: n_#.{W,b}=2 ;"),
    ],
)
def test_names_that_begin_alike_are_put_together(words, packed):
    assert " ".join(tables.packed(words.split())) == packed


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ("100 900 200 900 300 900", "100+100|900x3"),
        ("92 50 7 82 40 7 72 30 7 62 20 7 52 10 7", "92-10|50-10|7x5"),
        ("1 5000 40 2 5010 50 3 5020 60 4 5030 70", "1+1|5000+10|40+10x4"),
        ("1 50 2 50", "1 50 2 50"),
    ],
)
def test_series_by_turns_take_one_word(numbers, text):
    assert tables.numbers(numbers.split()) == text


def test_one_piece_of_memory_is_made_once():
    made = (("z", "float32(0, 3, (n, 6))"), ("h", "float32(1, 2, (n, 6))"))
    units = [f"        s.{name} = {text}\n" for name, text in (*made, ("z_plus", "s.z"))]
    assert chained(units) == (
        "        s.z = s.z_plus = float32(0, 3, (n, 6))\n        s.h = float32(1, 2, (n, 6))\n"
    )
    long = f"        s.{'n' * 50} = s.z\n"
    assert chained([*units[:1], long]) == units[0] + long


def test_each_method_has_its_own_of_two_products_that_are_alike_in_a_layer():
    rng = np.random.default_rng(0)
    x, layers = gx.input("x", ("N", 6)), []
    for k in range(12):
        with gx.scope(f"layer_{k}"):
            layers.append(
                {
                    n: gx.parameter(n, rng.normal(size=6 if n[0] == "b" else (6, 6)) * 0.4)
                    for n in ("W_q", "W_k", "b_q", "b_k")
                }
            )

    def chain(weights, bias):
        h = x
        for k, layer in enumerate(layers):
            with gx.scope(f"layer_{k}"):
                h = gx.tanh(h @ layer[weights] + layer[bias]) * 0.5 + h
                h = gx.exp(-gx.square(h)) + h
        return gx.function([x], [h])

    program = gx.Program("two", first=chain("W_q", "b_q"), second=chain("W_k", "b_k"))
    assert re.search(r"self\._layer_forward\w*\(", program.source)
    m, given = program.load(), rng.normal(size=(4, 6)).astype("float32")
    for method, (weights, bias) in ((m.first, ("W_q", "b_q")), (m.second, ("W_k", "b_k"))):
        h, state = given, m.state_dict()
        for k in range(12):
            h = np.tanh(h @ state[f"layer_{k}.{weights}"] + state[f"layer_{k}.{bias}"]) * 0.5 + h
            h = np.exp(-(h**2)) + h
        np.testing.assert_allclose(method(given)[0], h, rtol=1e-4, atol=1e-5)
