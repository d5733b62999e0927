"""Lines that fit, statements that must be broken, and formatters that change neither."""

import ast
import importlib.util
import random
import subprocess
import sys
import textwrap
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphc.codegen.writer import LineTooLong, Writer, mapping

FORMATTERS = [tool for tool in ("ruff", "black") if importlib.util.find_spec(tool)]
LONG = "hidden_layer_output_gradient"


def formatted(source: str, tool: str, width: int) -> str:
    options = ["format", "--isolated"] if tool == "ruff" else ["-q"]
    command = [sys.executable, "-m", tool, *options, "--line-length", str(width), "-"]
    run = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
    return run.stdout.decode()


def written(prefix: str, expression: str) -> str:
    writer = Writer()
    writer.statement(prefix, expression)
    return writer.text()


def random_expression(rng: random.Random, depth: int = 0, level: int = 0) -> str:
    """Return an expression as a formatter would write it on one line."""

    def several(low: int, high: int) -> list[str]:
        return [random_expression(rng, depth + 1) for _ in range(rng.randint(low, high))]

    kind = (
        "name" if depth > 3 else rng.choice(["name"] * 3 + ["call"] * 4 + ["chain"] * 4 + ["etc"])
    )
    if kind == "name":
        return rng.choice(
            ["x", "s.h1", "p.dense_1_W", "1.0", "s.d_hidden_layer_output", "d.embed[:, 1:]", LONG]
        )
    if kind == "call":
        func = rng.choice(["np.add", "np.where", "f", "s.x.reshape", "x[0].sum", "(a + b).mean"])
        args = several(1, 4) + [f"out={arg}" for arg in several(0, 1)]
        return f"{func}({', '.join(args)}){rng.choice(['', '', '', '.T', '[0]', '.sum(axis=0)'])}"
    if kind == "chain":
        binding, operator = rng.choice([(1, "<"), (2, "|"), (5, "+"), (5, "-"), (6, "*"), (6, "@")])
        count = 2 if operator == "<" else rng.choice([2, 2, 3, 4])
        parts = [random_expression(rng, depth + 1, binding + 1) for _ in range(count)]
        chain = f" {operator} ".join(parts)
        return f"({chain})" if binding < level else chain
    return rng.choice(
        [
            "[" + ", ".join(several(2, 4)) + "]",
            "(" + ", ".join(several(2, 4)) + ")",
            "{" + ", ".join(f'"k": {value}' for value in several(1, 3)) + "}",
            f"({LONG} if x else s.h1)",
            "(x,)",
            f"-{random_expression(rng, depth + 1, 9)}",
        ]
    )


def broken_statements(count: int) -> list[str]:
    """Return statements that did not fit and were broken, each at some indentation."""
    rng = random.Random(0)
    found: list[str] = []
    while len(found) < count:
        writer, depth = Writer(), rng.randint(0, 3)
        prefix = rng.choice(
            ["h = ", f"s.{LONG} = ", "h[f(a), 1] = ", "a, b = ", "h += ", "return "]
        )
        expression = random_expression(rng)
        if not 80 < len(expression) < 260:
            continue
        with ExitStack() as blocks:
            for _ in range(depth):
                writer.line("if x:")
                blocks.enter_context(writer.indent())
            try:
                writer.statement(prefix, expression)
            except LineTooLong:
                continue
        statement = textwrap.dedent("\n".join(writer.text().splitlines()[depth:]))
        assert ast.dump(ast.parse(statement)) == ast.dump(ast.parse(prefix + expression))
        found.append(writer.text())
    return found


@pytest.fixture(scope="module")
def broken() -> str:
    return "".join(broken_statements(150))


@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize("tool", FORMATTERS)
def test_formatters_leave_broken_statements_alone(broken, tool, width):
    assert max(map(len, broken.splitlines())) <= 88
    assert formatted(broken, tool, width) == broken


@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize("tool", FORMATTERS)
def test_formatters_leave_a_whole_module_alone(tool, width):
    writer = Writer()
    writer.comment("an emitted module " * 12)
    writer.line("import numpy as np")
    writer.blank(2)
    writer.line("class Model:")
    with writer.indent():
        mapping(writer, "shapes = {", [(f'"{LONG}_{i}"', "(64, 10)") for i in range(4)], "}")
        mapping(writer, "one = (", [("", "1")], ")")
        mapping(writer, "names = (", [("", f'"{LONG}_{i}"') for i in range(4)], ")")
        mapping(writer, "options = dict(", [(f"{LONG}_{i}", "None") for i in range(4)], ")")
        writer.blank()
        writer.line("def forward(self, x):")
        with writer.indent():
            writer.header("forward")
            writer.comment("dense_1: h1 = relu(x W + b)          (N, 64) x (64, 64)   digits.py:9")
            writer.call("", "np.matmul", ["x", "self.W", "out=h1"])
            writer.call("h1 = ", "np.where", [f"{LONG} > 0.0", LONG, f"out={LONG}"], ".T")
            writer.assign("h2", f"{LONG}_1 * (1.0 - {LONG}_2) + {LONG}_3 * x - {LONG}_4")
            writer.assign("h3", f"1.0 - np.add(np.multiply({LONG}, {LONG}, out={LONG}), {LONG})")
            writer.assign(f"s.{LONG}_of_the_first", f"d.{LONG}_of_the_second_layer_of_all")
            writer.assign("h4", "np.array([[" + "], [".join(["1.0, 2.0"] * 9) + "]], dtype=float)")
            writer.assign("h5", f"np.exp({LONG}_1 - {LONG}_2) * x + {LONG}")
            mapping(writer, "check({", [(f'"{LONG}_{i}"', f"h{i}") for i in range(3)], "})")
            writer.statement("return ", "h4")
    source = writer.text()
    ast.parse(source)
    assert max(map(len, source.splitlines())) == 88
    assert formatted(source, tool, width) == source


def test_a_statement_that_fits_is_written_as_it_is():
    assert written("h = ", "a if b else c") == "h = a if b else c\n"
    assert written("", "x" * 88) == "x" * 88 + "\n"


def test_a_long_call_has_one_argument_a_line():
    expression = f"np.add({LONG}, {LONG}, out={LONG})"
    assert written("h = ", expression) == (
        f"h = np.add(\n    {LONG},\n    {LONG},\n    out={LONG},\n)\n"
    )


def test_an_argument_that_does_not_fit_is_exploded_in_turn():
    inner = f"np.multiply({LONG}, {LONG}, out=x)"
    assert written("h = ", f"np.add({inner}, 1.0)") == (f"h = np.add(\n    {inner},\n    1.0,\n)\n")
    inner = f"np.multiply({LONG}, {LONG}, out={LONG})"
    assert written("h = ", f"np.add(out={inner})") == (
        "h = np.add(\n    out=np.multiply(\n"
        f"        {LONG},\n        {LONG},\n        out={LONG},\n    ),\n)\n"
    )


def test_a_long_chain_is_parenthesised():
    chain = f"{LONG}_1 + {LONG}_2"
    assert written(f"s.{LONG}_number_three = ", chain) == (
        f"s.{LONG}_number_three = (\n    {chain}\n)\n"
    )
    assert written("h = ", f"{chain} * (a - b) - {LONG} + {LONG}") == (
        f"h = (\n    {LONG}_1\n    + {LONG}_2 * (a - b)\n    - {LONG}\n    + {LONG}\n)\n"
    )


@pytest.mark.parametrize(
    "expression",
    [
        f"{LONG}_1 + {LONG}_2 + {LONG}",  # between the two line lengths
        f"{LONG}_1 + {LONG} if {LONG}_2 else {LONG}_3",
        f"lambda x: {LONG}(x, {LONG}, {LONG}, {LONG})",
        f"f({LONG}[i] * {LONG}[i] + {LONG} for i in {LONG})",
        f"({LONG}_1 - {LONG}_2 - {LONG}_3 - {LONG}_4)",  # a comma would make a tuple of it
        f"({LONG}{LONG}{LONG}{LONG},)",
        f"{LONG}[{LONG}, {LONG}, {LONG}]",
        f"f({LONG}, {LONG}, {LONG}) - x",
        f"f({LONG}).g({LONG}).h({LONG}, 1.0, 2.0)",
        f"{LONG}_{LONG}_{LONG}_{LONG}()",
        f"f({LONG}{LONG}{LONG}{LONG}, 1)",
        '"' + "x" * 120 + '"',
    ],
)
def test_a_statement_without_a_stable_form_is_refused(expression):
    writer = Writer()
    with pytest.raises(LineTooLong):
        writer.assign("h", expression)
    assert writer.text() == ""


def test_operators_and_commas_in_strings_and_subscripts_break_nothing():
    items = ['"a, (b + c"', f"{LONG}[1, 2]", f"-{LONG}", f"*{LONG}", f"**{LONG}"]
    broken = "".join(f"    {item},\n" for item in items)
    assert written("h = ", f"f({', '.join(items)})") == f"h = f(\n{broken})\n"


def test_a_call_is_one_line_where_that_fits_its_indentation():
    writer = Writer()
    call = f"h = np.add({LONG}, {LONG}_123456)"
    with writer.indent():
        assert writer.fits(call + ".T" * 3) and not writer.fits(call + ".T" * 4)
        writer.call("h = ", "np.add", [LONG, f"{LONG}_123456"], ".T" * 3)
        writer.call("h = ", "np.add", [LONG, f"{LONG}_123456"], ".T" * 4)
    assert writer.text() == (
        f"    {call}.T.T.T\n"
        f"    h = np.add(\n        {LONG},\n        {LONG}_123456,\n    ).T.T.T.T\n"
    )


def test_indentation_ends_with_its_block_even_after_an_error():
    writer = Writer()
    writer.line("if x:")
    with pytest.raises(LineTooLong, match="wider than 88 columns"), writer.indent():
        writer.line("y")
        writer.line("z" * 85)
    writer.line("else:")
    assert writer.text() == "if x:\n    y\nelse:\n"


@pytest.mark.parametrize("text", ["a\nb", "a\n", "a\r", "a\x0cb", "a\u2028b", "\n"])
def test_a_line_is_one_line(text):
    with pytest.raises(ValueError, match="more than one line"):
        Writer().line(text)
    with pytest.raises(ValueError, match="more than one line"):
        Writer().assign("x", text)


def test_text_ends_with_one_newline_and_blank_lines_have_no_spaces():
    writer = Writer()
    assert writer.text() == ""
    with writer.indent():
        writer.line("x")
        writer.blank(2)
        writer.line("y  ")
        writer.blank()
    assert writer.text() == "    x\n\n\n    y\n"


@given(st.text(st.characters(exclude_categories=()), max_size=300), st.integers(0, 6))
def test_comments_and_headers_keep_within_the_line_whatever_the_text(text, depth):
    writer = Writer()
    with ExitStack() as blocks:
        for _ in range(depth):
            blocks.enter_context(writer.indent())
        writer.comment(text)
        writer.header(text)
    source = writer.text()
    assert source.isascii() and source.splitlines() == source.rstrip("\n").split("\n")
    assert all(line.lstrip().startswith("#") for line in source.splitlines())
    assert len(source.splitlines()[-1]) == 88
    assert max(map(len, source.splitlines())) <= 88
    assert ast.parse(source.encode()).body == []


def test_a_comment_keeps_its_columns_and_wraps_at_words():
    writer = Writer()
    writer.comment("h = x W      (N, 64)")
    writer.comment("word " * 20)
    writer.comment("")
    assert writer.text().splitlines() == [
        "# h = x W      (N, 64)",
        "# " + " ".join(["word"] * 17),
        "# word word word",
        "#",
    ]


def test_a_header_is_filled_to_the_last_column():
    writer = Writer()
    with writer.indent():
        writer.header("forward")
    assert writer.text() == "    # ---- forward " + "-" * 69 + "\n"


def test_a_display_is_one_line_or_one_item_a_line():
    writer = Writer()
    mapping(writer, "a = {", [('"x"', "1"), ('"y"', "2")], "}")
    mapping(writer, "a = (", [("", "1")], ")")
    mapping(writer, "a = f(", [("", "1"), ("k", "2")], ")")
    mapping(writer, "a = {", [], "}")
    mapping(writer, "a = {", [('"x"', LONG), ('"y"', LONG), ('"z"', LONG)], "}")
    assert writer.text() == (
        'a = {"x": 1, "y": 2}\na = (1,)\na = f(1, k=2)\na = {}\n'
        f'a = {{\n    "x": {LONG},\n    "y": {LONG},\n    "z": {LONG},\n}}\n'
    )


def test_what_is_no_whole_expression_is_refused():
    with pytest.raises(SyntaxError):
        mapping(Writer(), "f = {", [(f'"{LONG}"', LONG), (f'"{LONG}_2"', LONG)], "})")
    with pytest.raises(SyntaxError):
        Writer().statement("", f"{LONG} {LONG} {LONG} {LONG}")


def test_a_choice_that_does_not_fit_is_an_if_statement():
    long = "a_rather_long_name_of_a_number"
    choice = f"(1.0 + {long}) if ({long} <= 29.0) else (2.0 * {long} if {long} > 3 else {long})"
    w = Writer()
    w.assign_in_steps("rate", choice)
    namespace = {long: 30.0}
    exec(w.text(), namespace)
    assert namespace["rate"] == 60.0
    assert w.text() == (
        f"if {long} <= 29.0:\n    rate = 1.0 + {long}\nelse:\n"
        f"    if {long} > 3:\n        rate = 2.0 * {long}\n    else:\n        rate = {long}\n"
    )
    for tool in FORMATTERS:
        assert formatted(w.text(), tool, 88) == w.text()
