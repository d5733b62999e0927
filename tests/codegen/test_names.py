"""What users may write, and what must come of it in emitted source."""

import ast
import builtins
import importlib.util
import io
import keyword
import subprocess
import sys
import tokenize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphc.codegen.names import (
    RESERVED,
    Namer,
    class_name,
    comment,
    doc,
    identifier,
    module_name,
    string,
)

NASTY = [
    "",
    " ",
    "_",
    "__init__",
    "__class__",
    "lambda",
    "match",
    "type",
    "print",
    "None",
    "none",
    "value error",
    "2nd layer",
    "dense_1.W",
    '"',
    "'",
    '"""',
    "'''",
    '"""; import os; """',
    "it's",
    'say "hi"',
    "'\"'\"",
    "\\",
    "\\\\",
    '\\"',
    "\\N{BULLET}",
    "x\\",
    "a\nimport os",
    "a\rimport os",
    "a\r\nimport os",
    "a\x0bb",
    "a\x0cimport os",
    "a\x1cb",
    "a\x85import os",
    "a\u2028import os",
    "a\u2029import os",
    "a\u00a0b",
    "a\tb",
    "a\x00b",
    "a\x1b[31mb",
    "a\u202eb\u2066c",
    "a\u200bb",
    "\ufeffx",
    "\ud800",
    "-*- coding: utf-7 -*-",
    "encoding=bogus",
    "fmt: off",
    "fmt:skip",
    "type: ignore",
    "!/bin/sh",
    "#!",
    "{{ x }} {% y %} %s {0}",
    "раураl",  # Cyrillic but for the last letter
    "αβ_Ω",
    "größe",
    "ﬁx²",
    "层",
    "😀",
    "x" * 10_000,
    "é" * 10_000,
    "a b " * 2_500,
]
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=())),
    st.text("\"'\\\n\r\x0c\u2028\u202e#:= _.xαАcodingfmt"),
)
FORMATTERS = [tool for tool in ("ruff", "black") if importlib.util.find_spec(tool)]


def formatted(source: str, tool: str, width: int) -> str:
    options = ["format", "--isolated"] if tool == "ruff" else ["-q"]
    command = [sys.executable, "-m", tool, *options, "--line-length", str(width), "-"]
    run = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
    return run.stdout.decode()


@given(TEXTS)
def test_any_text_becomes_a_safe_short_identifier(text):
    name = identifier(text)
    assert name.isascii() and name.isidentifier() and not name.startswith("_")
    assert name not in RESERVED and "__" not in name and len(name) <= 48
    assert identifier(name) == name == identifier(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dense_1.W", "dense_1_W"),
        ("conv 2d/kernel:0", "conv_2d_kernel_0"),
        ("h", "h"),
        ("", "value"),
        ("!?", "value"),
        ("2nd", "value_2nd"),
        ("__class__", "class_"),
        ("lambda", "lambda_"),
        ("match", "match_"),
        ("type", "type_"),
        ("print", "print_"),
        ("None", "None_"),
        ("αβ", "alphabeta"),
        ("Ω_0", "Omega_0"),
        ("ς", "sigma"),
        ("größe", "grosse"),
        ("naïve", "naive"),
        ("x²", "x2"),
        ("∂x", "dx"),
        ("𝐱", "x"),
        ("а", "a"),  # Cyrillic
        ("a\u200bb", "ab"),
        ("层", "value"),
    ],
)
def test_identifiers_stay_close_to_the_text(text, name):
    assert identifier(text) == name


def test_long_names_are_cut_and_stay_different():
    first, second = identifier("x" * 10_000), identifier("x" * 10_001)
    assert first != second and len(first) == len(second) == 48
    assert first == "x" * 41 + "_" + first[-6:]
    assert first == identifier("x" * 10_000)


def test_a_bad_fallback_or_limit_is_refused():
    for fallback in ("", "2x", "a-b", "é", "_x", "x\n"):
        with pytest.raises(ValueError, match="fallback"):
            identifier("x", fallback=fallback)
    with pytest.raises(ValueError, match="max_length"):
        identifier("x", max_length=15)


def test_every_builtin_and_keyword_of_this_python_is_reserved():
    ours = {name for name in vars(builtins) if not name.startswith("_")}
    assert not ours - RESERVED
    assert not {*keyword.kwlist, *keyword.softkwlist} - RESERVED


@given(TEXTS)
def test_class_and_module_names_are_safe_too(text):
    for name in (class_name(text), module_name(text)):
        assert name.isascii() and name.isidentifier() and not name.startswith("_")
        assert name not in RESERVED
    assert class_name(text)[0].isupper() and module_name(text).islower()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("digits_mlp", "DigitsMlp"),
        ("GAN", "GAN"),
        ("myNet.v2", "MyNetV2"),
        ("lambda", "Lambda"),
        ("none", "NoneModel"),
        ("value error", "ValueErrorModel"),
        ("", "Model"),
    ],
)
def test_class_names_are_camel_case(text, name):
    assert class_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("digits_mlp", "digits_mlp"),
        ("Digits MLP", "digits_mlp"),
        ("numpy", "numpy_net"),
        ("Random", "random_net"),
        ("con", "con_net"),
        ("COM1", "com1_net"),
        ("", "model"),
    ],
)
def test_module_names_shadow_no_module(text, name):
    assert module_name(text) == name


def test_names_that_differ_only_before_sanitising_are_numbered():
    namer = Namer(["np", "self"])
    texts = ["a.b", "a_b", "a b", "a_b_2", "np", "self", "lambda", "lambda"]
    assert [namer.fresh(text) for text in texts] == [
        "a_b",
        "a_b_2",
        "a_b_3",
        "a_b_2_2",
        "np_2",
        "self_2",
        "lambda_",
        "lambda_2",
    ]


def test_a_reserved_name_is_never_handed_out():
    namer = Namer()
    namer.reserve("x")
    namer.reserve("x_2")
    namer.reserve("x")
    assert [namer.fresh("x"), namer.fresh("x")] == ["x_3", "x_4"]
    assert namer.fresh("?", fallback="node") == "node"


@given(st.lists(TEXTS, max_size=20))
def test_a_namer_repeats_nothing_but_itself(texts):
    first, second = Namer(["value"]), Namer(["value"])
    handed = [first.fresh(text) for text in texts]
    assert len({*handed, "value"}) == len(texts) + 1
    assert handed == [second.fresh(text) for text in texts]
    assert all(name.isidentifier() and name not in RESERVED for name in handed)


def test_a_thousand_equal_names_take_no_time_to_tell_apart():
    namer = Namer()
    assert [namer.fresh("h") for _ in range(1000)][-1] == "h_1000"


@settings(max_examples=200)
@given(TEXTS)
def test_no_text_escapes_from_where_it_is_put(text):
    source = (
        f"# {comment(text)}\n"
        f"# {comment(text)}\n"
        f'"""{doc(text)}"""\n'
        f"{identifier(text)} = {string(text)}  # {comment(text)}\n"
        "#\n"
    )
    assert source.isascii() and len(source.splitlines()) == 5
    tree = ast.parse(source.encode())  # bytes: a coding cookie would count
    docstring, assignment = tree.body
    assert isinstance(docstring, ast.Expr) and isinstance(assignment, ast.Assign)
    assert ast.literal_eval(assignment.value) == text
    kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    assert kinds.count(tokenize.COMMENT) == 4 and kinds.count(tokenize.STRING) == 2


@given(TEXTS)
def test_comments_are_one_short_line_of_printable_ascii(text):
    line = comment(text, max_length=60)
    assert len(line) <= 60 and line == line.strip()
    assert all(" " <= char <= "~" for char in line)
    assert comment(line, max_length=60) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("h = relu(x W + b)   (N, 64)", "h = relu(x W + b)   (N, 64)"),
        ("a\nb\u2028c\x0cd\te", "a b c d e"),
        ("α\u202e\x1b😀", "\\u03b1\\u202e\\u001b\\U0001f600"),
        ("-*- coding: utf-7 -*-", "-*- coding : utf-7 -*-"),
        ("fmt: off", "fmt : off"),
        ("dtype: float32", "dtype: float32"),
        ("x" * 501, "x" * 497 + "..."),
    ],
)
def test_comments_show_what_they_cannot_hold(text, line):
    assert comment(text) == line


@given(TEXTS)
def test_docstrings_show_the_text_of_a_comment(text):
    shown = ast.literal_eval(f'"""{doc(text)}"""')
    assert "\n" not in shown and '"' not in shown and shown
    assert len(shown) <= 500 and shown.isascii()


def test_docstrings_hold_no_escape_and_no_double_quote():
    assert doc('a """ \\n α\n') == "a ''' \\\\n \\\\u03b1"
    assert doc(" \n") == "Undocumented."
    assert doc("ends in \\") == "ends in \\\\"


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ("it's", '"it\'s"'),
        ('say "hi"', "'say \"hi\"'"),
        ("'\"", '"\'\\""'),
        ("\\\n\x00é\u2028", '"\\\\\\n\\u0000\\u00e9\\u2028"'),
    ],
)
def test_strings_are_quoted_as_formatters_prefer(text, literal):
    assert string(text) == literal


@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize("tool", FORMATTERS)
def test_formatters_leave_names_comments_and_literals_alone(tool, width):
    lines = [f"# {comment(text)}".rstrip() for text in NASTY]
    lines += ["strings = [", *(f"    {string(text)}," for text in NASTY), "]"]
    for text in NASTY:
        name = identifier(text)
        lines += ["", "", f"def {name}(x):", f'    """{doc(text, 60)}"""']
        lines += [f"    # {comment(text, 80)}".rstrip(), "    return x"]
    source = "\n".join(lines) + "\n"
    assert formatted(source, tool, width) == source


def test_a_number_does_not_make_a_name_longer_than_allowed():
    namer = Namer(max_length=20)
    names = [namer.fresh("attention_block_weights_sum") for _ in range(120)]
    assert len(set(names)) == 120 and max(map(len, names)) <= 20
    assert names[0] == "block_weights_sum" and names[1] == "block_weights_sum_2"
    assert all(name.isidentifier() for name in names)
