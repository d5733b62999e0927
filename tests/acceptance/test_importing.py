"""What `import graphc` imports, and that what it leaves for later is there all the same."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import graphc as gx

LATER = sorted(gx._LATER)
HEAVY = {"jinja2", "matplotlib", "networkx", "rich", "safetensors", "sympy", "typer"}
DECLARING = {"autodiff", "dsl", "errors", "export", "ir", "ops", "version"}

DECLARED = """
import sys
import graphc as gx
from graphc import losses, nn, optim

x, y = gx.input("x", ("N", 4)), gx.input("y", ("N",), dtype="int64")
logits = nn.Sequential([nn.Dense(3, activation="relu"), nn.Dense(2)])(x)
loss = losses.softmax_cross_entropy(logits, y)
optimizer = optim.Adam(1e-3)
"""


def imported(code: str) -> set[str]:
    """What a fresh interpreter has imported after running `code`."""
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("code", ["import graphc", DECLARED], ids=["import", "declare"])
def test_declaring_a_network_imports_neither_the_compiler_nor_other_packages(code):
    modules = imported(code)
    ours = {name.split(".")[1] for name in modules if name.startswith("graphc.")}
    assert ours == DECLARING
    assert "graphc.export.standalone" not in modules
    assert not modules & HEAVY


def test_compiling_and_training_import_the_rest():
    code = DECLARED + (
        "net = gx.compile('net', inputs=[x], targets=[y], loss=loss, optimizer=optimizer)\n"
        "assert net.source and gx.fit\n"
    )
    ours = {name.split(".")[1] for name in imported(code) if name.startswith("graphc.")}
    assert {"codegen", "compiler", "network", "passes", "runtime", "schedule"} <= ours


@pytest.mark.parametrize("name", LATER)
def test_a_name_that_is_imported_later_is_the_object_that_its_module_has(name):
    module, _, attribute = gx._LATER[name].partition(":")
    found = getattr(gx, name)
    assert found is (getattr(sys.modules[module], attribute) if attribute else sys.modules[module])
    assert name in dir(gx)


def test_type_checkers_see_the_same_names_as_users():
    tree = ast.parse(Path(gx.__file__).read_text(encoding="utf-8"))
    (block,) = (s for s in tree.body if isinstance(s, ast.If) and "TYPE_CHECKING" in ast.unparse(s))
    seen = {}
    for statement in block.body:
        for item in statement.names:
            source = f"{statement.module}:{item.name}"
            seen[item.asname or item.name] = source
    told = {n: t if ":" in t else ":".join(t.rsplit(".", 1)) for n, t in gx._LATER.items()}
    assert seen == told


def test_export_is_the_function_whatever_of_its_folder_is_imported():
    code = (
        "import graphc.export.standalone, graphc as gx\n"
        "from graphc import export\n"
        "assert callable(gx.export) and export is gx.export\n"
    )
    assert "graphc.export.standalone" in imported(code)


def test_a_star_import_has_every_name():
    code = "from graphc import *\nassert callable(fit) and callable(compile) and nn and matmul\n"
    assert "graphc.compiler" in imported(code)


def test_a_name_that_there_is_not_is_refused():
    with pytest.raises(AttributeError, match="module 'graphc' has no attribute 'compyle'"):
        gx.compyle  # noqa: B018
    with pytest.raises(ImportError, match="compyle"):
        from graphc import compyle  # noqa: F401
