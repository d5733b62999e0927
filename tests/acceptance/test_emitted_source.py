"""Emitted modules as files: formatted, self-contained, deterministic, runnable, and readable."""

import ast
import re
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest
from acceptance_nets import EVERY, TRAINED, batch, digits, inputs_of

import graphc as gx
from graphc import losses, nn, optim
from graphc.codegen.names import module_name

STYLES = ("plain", "planned")
ALL = [(name, style) for name in EVERY for style in STYLES]
HERE = Path(__file__).parent

# Run a script in a process where graphc cannot be imported, wherever it is installed.
ALONE = """
import sys, runpy
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("graphc", "sympy", "jinja2", "networkx", "safetensors"):
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, Refuse())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def networks():
    """Every network in both styles."""
    return {(name, style): EVERY[name](style) for name, style in ALL}


@pytest.fixture(scope="module")
def folder(networks, tmp_path_factory):
    """Their modules, one folder for each style."""
    folder = tmp_path_factory.mktemp("emitted")
    for (_, style), net in networks.items():
        net.write(folder / style)
    return folder


def run_alone(script, *arguments, **options):
    command = [sys.executable, "-I", "-c", ALONE, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


# ---- form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [88, 100])
def test_formatters_leave_emitted_modules_alone(folder, width):
    options = ["format", "--isolated", "--no-cache", "--diff", f"--line-length={width}"]
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *options, folder], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[:4000]


def test_checkers_find_nothing_in_emitted_modules(folder):
    options = ["check", "--isolated", "--no-cache", "--select=E,F,I,B,UP", "--line-length=88"]
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *options, folder], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[:4000]


@pytest.mark.parametrize(("name", "style"), ALL)
def test_emitted_modules_import_numpy_and_the_standard_library_alone(networks, name, style):
    tree = ast.parse(networks[name, style].source)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module.split(".")[0])
    assert found - {"numpy"} <= sys.stdlib_module_names
    assert "numpy" in found


@pytest.mark.parametrize(("name", "style"), ALL)
def test_the_file_that_is_written_is_the_source_that_is_shown(networks, folder, name, style):
    net = networks[name, style]
    path = folder / style / f"{module_name(net.name)}.py"
    assert path.read_bytes() == net.source.encode()
    assert net.source.isascii() and net.source.endswith("\n") and "\t" not in net.source
    assert all(len(line) <= 88 for line in net.source.splitlines())
    assert net.source == net.source.replace(" \n", "\n")


# ---- determinism ---------------------------------------------------------------------------------


def test_every_process_emits_the_same_bytes(networks):
    script = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from acceptance_nets import EVERY\n"
        "names = sorted(EVERY)\n"
        "names = names if sys.argv[2] == '0' else names[::-1]\n"
        "for name in names:\n"
        "    for style in ('plain', 'planned'):\n"
        "        net = EVERY[name](style)\n"
        "        print(name, style, hashlib.sha256(net.source.encode()).hexdigest())\n"
    )
    found = []
    for seed in ("0", "12345"):
        result = subprocess.run(
            [sys.executable, "-c", script, str(HERE), seed],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p for p in sys.path if p)},
        )
        found.append(sorted(result.stdout.split("\n")))
    assert found[0] == found[1]
    assert len([line for line in found[0] if line]) == len(ALL)


@pytest.mark.parametrize("name", ["digits", "residual", "program"])
def test_declaring_a_network_again_in_one_process_emits_the_same_bytes(networks, name):
    assert EVERY[name]("planned").source == networks[name, "planned"].source


# ---- the same results ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(TRAINED))
def test_both_styles_compute_the_same(networks, name):
    plain, planned = (networks[name, style].load(seed=2) for style in STYLES)
    net = networks[name, "plain"]
    arrays = batch(net, 9)
    for first, second in (
        (plain.predict(*inputs_of(net, arrays)), planned.predict(*inputs_of(net, arrays))),
        ({"loss": plain.loss(*arrays)}, {"loss": planned.loss(*arrays)}),
        (plain.gradients(*arrays), planned.gradients(*arrays)),
    ):
        first = first if isinstance(first, dict) else {"": first}
        second = second if isinstance(second, dict) else {"": second}
        assert first.keys() == second.keys()
        for key, value in first.items():
            assert value.dtype == second[key].dtype
            np.testing.assert_allclose(value, second[key], rtol=1e-4, atol=1e-6, err_msg=key)
    assert plain.FINGERPRINT == planned.FINGERPRINT


# ---- files that run without graphc ---------------------------------------------------------------

USE = """
import importlib.util, sys, json
import numpy as np
spec = importlib.util.spec_from_file_location("emitted", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
kind = next(v for k, v in vars(module).items() if hasattr(v, "FINGERPRINT"))
m = kind(seed=3)
with np.load(sys.argv[2]) as file:
    arrays = [file[name] for name in [*m.INPUTS, *m.TARGETS]]
losses = [float(m.train_step(*[a[:n] for a in arrays])) for n in (16, 16, 5, 16)]
before = m.loss(*arrays)
m.save(sys.argv[3])
other = kind(seed=8)
other.load(sys.argv[3])
assert other.loss(*arrays) == before
assert "graphc" not in sys.modules
print(json.dumps(losses))
"""


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", list(TRAINED))
def test_a_module_trains_in_a_process_without_graphc(networks, folder, tmp_path, name, style):
    net = networks[name, style]
    arrays = batch(net, 16)
    names = [t.name for t in (*net.unit.inputs, *net.unit.targets)]
    np.savez(tmp_path / "data.npz", **dict(zip(names, arrays, strict=True)))
    script = tmp_path / "use.py"
    script.write_text(USE)
    path = folder / style / f"{module_name(net.name)}.py"
    result = run_alone(script, path, tmp_path / "data.npz", tmp_path / "weights.npz")
    assert result.returncode == 0, result.stderr
    m = net.load(seed=3)
    expected = [float(m.train_step(*[a[:n] for a in arrays])) for n in (16, 16, 5, 16)]
    np.testing.assert_allclose(ast.literal_eval(result.stdout), expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["digits", "two_heads", "regression", "residual"])
def test_a_module_run_as_a_script_trains_and_predicts(networks, folder, tmp_path, name):
    net = networks[name, "planned"]
    arrays = batch(net, 50)
    names = [t.name for t in (*net.unit.inputs, *net.unit.targets)]
    np.savez(tmp_path / "data.npz", **dict(zip(names, arrays, strict=True)))
    path = folder / "planned" / f"{module_name(net.name)}.py"
    weights = tmp_path / "trained.npz"
    options = ["data.npz", "--weights", weights, "--batch-size", "16", "--seed", "4"]

    early = run_alone(path, "predict", *options[:3], cwd=tmp_path)
    assert early.returncode == 2 and "there are no weights" in early.stderr

    result = run_alone(path, "train", *options, "--epochs", "5", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    shown = re.findall(r"loss ([\d.]+)", result.stdout)
    assert len(shown) == 5 and float(shown[-1]) < float(shown[0])
    assert str(weights) in result.stdout and weights.exists()

    result = run_alone(path, "predict", *options[:3], cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    m = net.load()
    m.load(weights)
    expected = m.predict(*inputs_of(net, arrays))
    expected = expected if isinstance(expected, dict) else {"output": expected}
    with np.load(tmp_path / "data_predictions.npz") as file:
        assert set(file.files) == set(expected)
        for key, value in expected.items():
            assert file[key].dtype == value.dtype
            np.testing.assert_allclose(file[key], value, rtol=1e-4, atol=1e-6)
    left = {p.name for p in tmp_path.iterdir()}
    assert left == {"data.npz", "trained.npz", "data_predictions.npz"}

    again = run_alone(path, "train", *options, "--epochs", "1", cwd=tmp_path)
    (loss,) = re.findall(r"loss ([\d.]+)", again.stdout)
    assert float(loss) < float(shown[0])  # it went on from the weights


def test_help_is_for_people(folder):
    result = run_alone(folder / "planned" / "digits_mlp.py", "--help")
    assert result.returncode == 0
    for word in ("train", "predict", "--weights", "--epochs", "--batch-size", ".npz"):
        assert word in result.stdout


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_users_files_may_be_called_as_emitted_names(tmp_path, style):
    """Comments name the user's file: ``d.py:3`` mentions no gradients, ``math.py:3`` no math."""
    nets = {}
    for stem in ("d", "p", "s", "stats", "math", "rng", "np"):
        text = f"""
import graphc as gx
from graphc import nn
x = gx.input("x", ("N", 3))
y = nn.Sequential([nn.Dense(4, activation="relu"), nn.Dense(2)])(x)
net = gx.compile("user_{stem}", inputs=[x], outputs=y, style="{style}")
"""
        found = {}
        exec(compile(text, str(tmp_path / f"{stem}.py"), "exec"), found)
        assert f"{stem}.py:5" in found["net"].source
        nets[stem] = found["net"]
        found["net"].write(tmp_path / style)
    test_checkers_find_nothing_in_emitted_modules(tmp_path / style)
    for net in nets.values():
        gx.export(net.load(), tmp_path / "out.py")
        code = "import out, numpy as np; print(out.predict(np.zeros((2, 3), np.float32)).shape)"
        run = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.'); {code}"]
        result = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
        assert result.stdout == "(2, 2)\n", result.stderr


def test_a_path_that_ends_in_py_is_the_files(networks, tmp_path):
    net = networks[ALL[0]]
    path = net.write(tmp_path / "new" / "mine.py")
    assert path == tmp_path / "new" / "mine.py" and path.read_text() == net.source
    (tmp_path / "folder.py").mkdir()
    assert net.write(tmp_path / "folder.py").parent == tmp_path / "folder.py"


def test_a_module_that_only_predicts_says_so(tmp_path):
    x = gx.input("x", ("N", 3))
    net = gx.compile("inference", inputs=[x], outputs=nn.Dense(2)(x))
    path = net.write(tmp_path)
    np.savez(tmp_path / "data.npz", x=np.ones((4, 3), "float32"))
    assert run_alone(path, "train", tmp_path / "data.npz").returncode == 2
    m = net.load(seed=5)
    m.save(tmp_path / "w.npz")
    result = run_alone(path, "predict", tmp_path / "data.npz", "--weights", tmp_path / "w.npz")
    assert result.returncode == 0, result.stderr
    with np.load(tmp_path / "data_predictions.npz") as file:
        np.testing.assert_array_equal(file["output"], m.predict(np.ones((4, 3), "float32")))


# ---- for readers ---------------------------------------------------------------------------------


def phases(source):
    """The source lines of every phase: the private methods that compute, if not by another one."""
    tree = ast.parse(source)
    (kind,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and has_states(n)]
    lines = source.splitlines()
    machinery = r"_(plan_.*|.*_slots|check_.*|memory|lay_out)|__init__|__reduce__"
    for node in kind.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_"):
            calls = [ast.unparse(n) for n in node.body[1:-1]]
            handed_on = len(calls) == 1 and calls[0].startswith("self._common(")
            if not re.fullmatch(machinery, node.name) and not handed_on:
                yield node, lines[node.lineno - 1 : node.end_lineno]


def has_states(node):
    return any(isinstance(n, ast.Assign) and n.targets[0].id == "STATES" for n in node.body)


@pytest.mark.parametrize(("name", "style"), ALL)
def test_no_computation_stands_without_a_header_above_it(networks, name, style):
    for function, lines in phases(networks[name, style].source):
        first = function.body[1]  # after the docstring
        if isinstance(first, ast.Assign) and ast.unparse(first).startswith(("p", "d", "p, d")):
            first = function.body[2]
        text = "\n".join(lines)
        comments = [i for i, line in enumerate(lines) if line.strip().startswith("#")]
        statements = [
            n.lineno - function.lineno
            for n in ast.walk(function)
            if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)
        ]
        if statements:
            assert comments and min(comments) < min(statements), text
        assert ast.get_docstring(function)
        for title in re.findall(r"# ---- (\S+) -", text):
            assert title in ("forward", "backward", "update")


@pytest.mark.parametrize(("name", "style"), ALL)
def test_every_block_is_headed_by_its_origin_and_every_formula_by_its_shape(networks, name, style):
    source = networks[name, style].source
    for function, lines in phases(source):
        headed = re.findall(r"#.*?(\w+\.py):(\d+)", "\n".join(lines))
        assert headed, function.name
        for file, line in headed:
            assert file == "acceptance_nets.py"
            text = (HERE / file).read_text().splitlines()[int(line) - 1]
            assert text.strip() and not text.strip().startswith(("#", '"""'))
        formulas = [line for line in lines if re.match(r"\s*# .* = ", line)]
        shaped = [line for line in formulas if re.search(r"\)(\s+(\w+\.py)?:\d+)?$", line)]
        assert len(shaped) >= 0.8 * len(formulas)


@pytest.mark.parametrize(("name", "style"), ALL)
def test_no_local_and_no_buffer_is_without_use(networks, name, style):
    source = networks[name, style].source
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef):
            continue
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        written = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
        unused = {n for n in written - read if not n.startswith("_")}
        assert not unused - {"start", "name"}, f"{node.name}: {unused}"
    planned = set(re.findall(r"^        s\.(\w+) = ", source, re.MULTILINE))
    used = set(re.findall(r"\bs\.(\w+)(?! = )", source))
    for buffer in planned:
        uses = re.findall(rf"\bs\.{buffer}\b", source)
        assert len(uses) > 1, buffer
    assert planned <= used


@pytest.mark.parametrize(("name", "style"), ALL)
def test_nothing_at_the_top_level_is_without_use(networks, name, style):
    source = networks[name, style].source
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.startswith("_"):
            assert len(re.findall(rf"\b{node.name}\(", source)) > 1 or (
                isinstance(node, ast.ClassDef) and len(re.findall(rf"\b{node.name}\b", source)) > 1
            ), node.name


@pytest.mark.parametrize("style", STYLES)
def test_names_come_from_the_users_names(networks, style):
    source = networks["digits", style].source
    for word in ("dense_1_W", "dense_2_b", "h1", "z1", "logits", "probs", "d_h1", "d_logits"):
        assert re.search(rf"\b{word}\b", source), word
    source = networks["two_heads", style].source
    arguments = "images, extra, labels, heights"
    assert f"def train_step(self, {arguments}):" in source
    assert "def predict(self, images, extra):" in source
    for word in ("trunk_W", "kind_b", "height_W", "total"):
        assert re.search(rf"\b{word}\b", source), word
    assert '"kind"' in source and '"height"' in source


@pytest.mark.parametrize("style", STYLES)
def test_the_optimiser_is_in_the_file(networks, style):
    source = networks["adamw", style].source
    assert "AdamW(warmup(3, cosine(0.02, 40, floor=0.001))" in source
    update = source[source.index("def _update") :]
    assert "0.9" in update and "0.999" in update and "clip" in update
    assert "cos(" in update
    source = networks["momentum", style].source
    assert "momentum" in source[source.index("def _update") :]


def test_a_plain_module_has_no_buffers_and_a_planned_one_writes_into_its_own(networks):
    plain, planned = (networks["digits", style].source for style in STYLES)
    assert "out=" not in plain and "_arena" not in plain
    backward = planned[planned.index("def _backward") : planned.index("def _update")]
    calls = [
        n
        for n in ast.walk(ast.parse("class C:\n    " + backward))
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)
    ]
    with_out = [c for c in calls if any(k.arg == "out" for k in c.value.keywords)]
    assert len(with_out) > 0.8 * len(calls)


def test_a_deeper_network_grows_the_file_by_its_layers_alone():
    def lines(depth):
        x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 6))
        model = nn.Sequential([nn.Dense(6, activation="tanh") for _ in range(depth)], name="deep")
        loss = losses.squared_error(model(x), y)
        net = gx.compile(
            "deep",
            inputs=[x],
            targets=[y],
            loss=loss,
            outputs=model(x),
            optimizer=optim.SGD(0.1),
            outline=False,
        )
        return len(net.source.splitlines())

    four, eight, twelve = lines(4), lines(8), lines(12)
    assert twelve - eight == pytest.approx(eight - four, abs=30)


def test_tracebacks_show_lines_of_the_module_though_another_has_its_name():
    texts = []
    networks = [digits("plain"), digits("planned")]
    for m in [net.load() for net in networks]:
        with pytest.raises(ValueError) as caught:
            m.train_step(np.ones((3, 2), "float32"), np.zeros(3, "int64"))
        texts.append("".join(traceback.format_exception(caught.value)))
    for net, text in zip(networks, texts, strict=True):
        assert "digits_mlp.py" in text and "_check(" in text
        shown = [line.strip() for line in text.splitlines() if "_check(" in line]
        assert all(line in net.source for line in shown)
