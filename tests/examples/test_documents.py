"""The documents are true: their programs run, their links lead somewhere, their options exist."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = re.findall(r"<!-- run -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
TEXT = (ROOT / "docs" / "cli.md").read_text()
SECTIONS = dict(re.findall(r"^## graphc (\w+)\n(.*?)(?=^## |\Z)", TEXT, re.S | re.M))


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_of_the_readme_runs(number, tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program.py").write_text(PROGRAMS[number])
    package = str(Path(gx.__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {package!r}); import program"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


NUMBER = re.compile(r"[-+]?(?:\d+\.\d+|\d+)(?:e[-+]?\d+)?")


def test_what_the_page_on_insight_prints_is_what_its_programs_print(tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    text = (ROOT / "docs" / "insight.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", text, flags=re.S)
    assert sum(bool(shown) for _, shown in blocks) >= 6
    names: dict[str, object] = {}
    for program, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(program, names)
        found, expected = printed.getvalue().strip(), shown.strip()
        exact = "|" in expected or ("%" not in expected and "e-" not in expected)
        if exact:
            assert found == expected
            continue
        # Trained numbers differ a little from one BLAS to another.
        assert NUMBER.sub("#", found).split() == NUMBER.sub("#", expected).split()
        numbers = [[float(n) for n in NUMBER.findall(t)] for t in (found, expected)]
        assert numbers[0] == pytest.approx(numbers[1], rel=0.2, abs=0.1)
    assert (tmp_path / "gradients.png").exists() and (tmp_path / "curves.png").exists()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_links_of_a_document_lead_to_files(path):
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    local = [link for link in re.findall(r"\]\(([^)#\s]+)", prose) if "://" not in link]
    written_by_make_bench = {"benchmarks/RESULTS.md"}
    missing = [link for link in local if not (path.parent / link).exists()]
    assert set(missing) <= written_by_make_bench


def test_every_command_has_a_section_with_all_of_its_options():
    import typer.main

    from graphc.cli import app

    commands = typer.main.get_command(app).commands
    assert list(SECTIONS) == list(commands)
    for name, command in commands.items():
        options = {o for p in command.params for o in p.opts if o.startswith("--")}
        described = set(re.findall(r"--[a-z]+", SECTIONS[name])) - {
            "--epochs",
            "--weights",
            "--out",
        }
        assert described <= options, name
        assert all(f"`{option}`" in SECTIONS[name] for option in options - {"--debug"}), name


def slope(function, *values):
    """The derivative by each element of a vector, of the sum over what a function makes of it."""
    x = gx.input("x", (len(values),), dtype="float64")
    (gradient,) = gx.grad(gx.sum(function(x)), wrt=[x], unconnected="zeros")
    return gx.function([x], [gradient])(np.array(values, dtype="float64"))[0].tolist()


NAN = float("nan")
SLOPES = [
    (gx.relu, [-1, 0, 1, NAN], [0, 0, 1, 0]),
    (gx.abs, [-1, 0, 1], [-1, 0, 1]),
    (lambda x: gx.clip(x, 0, 1), [-1, 0, 0.5, 1, 2], [0, 1, 1, 1, 0]),
    (lambda x: gx.maximum(x, 0.0), [-1, 0, 1, NAN], [0, 0.5, 1, 0]),
    (lambda x: gx.minimum(x, 0.0), [-1, 0, 1], [1, 0.5, 0]),
    (gx.max, [2, 1, 2], [0.5, 0, 0.5]),
    (gx.min, [1, 1, 1, 2], [1 / 3, 1 / 3, 1 / 3, 0]),
    (gx.sign, [0, 2], [0, 0]),
    (gx.floor, [0.5, 1], [0, 0]),
    (gx.sqrt, [0, 4], [np.inf, 0.25]),
    (gx.prod, [0, 2, 3], [6, 0, 0]),
    (lambda x: gx.where(x > 0, gx.log(x), 0.0), [-1, 0, 2], [0, 0, 0.5]),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("function", "values", "expected"), SLOPES)
def test_slopes_at_kinks_and_ties_are_those_of_the_conventions(function, values, expected):
    assert slope(function, *values) == pytest.approx(expected)


def test_types_promote_as_the_conventions_say():
    i, f = gx.input("i", ("N",), dtype="int64"), gx.input("f", ("N",))
    h, b = gx.input("h", ("N",), dtype="float16"), gx.input("b", ("N",), dtype="bool")
    found = [gx.constant(1.5), f + i, h * 2.5, i / 2, gx.exp(i), gx.sum(b), gx.sum(h)]
    dtypes = ["float32", "float64", "float16", "float64", "float64", "int64", "float16"]
    assert [tensor.dtype for tensor in found] == dtypes
