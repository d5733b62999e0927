"""Names from users: whatever they are, the emitted module is the same network and nothing more."""

import ast
import builtins
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import NameClashError, ShapeError

STYLES = ("planned", "plain")
RUFF = [sys.executable, "-m", "ruff"]
MARK = "graphc_was_injected"
SET = f"__import__('builtins').__dict__.update({MARK}=1)"

NAMES = {
    "double quotes": 'a"b"',
    "single quotes": "it's 'so'",
    "both quotes": "\"'\"'",
    "three quotes": '"""',
    "three quotes and code": f'"""\n{SET}\n"""',
    "newline": "two\nlines",
    "newline and code": f"x\n{SET}\n#",
    "carriage return": f"x\r{SET}\r#",
    "form feed": f"x\f{SET}",
    "line separators": f"x\u2028{SET}\u2029y\x85z",
    "call and code": f'x"); {SET}; print("',
    "bracket and code": f"x']; {SET} #",
    "assignment": "x = 1; y",
    "comment": "# fmt: off",
    "type comment": "type: ignore",
    "noqa": "noqa: E501",
    "coding": "coding: utf-7",
    "backslash": "a\\",
    "backslashes": "\\\\\\n\\x41\\u0041\\N{DOLLAR SIGN}",
    "braces": "{0} {x!r} {{}} {",
    "percent": "%s %(prog)d 100%",
    "jinja": "{{ 7 * 7 }}{% raw %}{# no #}",
    "tab": "a\tb",
    "blank": "   ",
    "nothing but symbols": "!?*+-/<>",
    "digits first": "3d layer",
    "slashes": "../../etc/passwd",
    "dots": "v1.0.final",
    "npy": "weights.npy",
    "keyword": "lambda",
    "soft keyword": "match",
    "constant": "None",
    "builtin": "print",
    "exception": "KeyError",
    "import": "__import__",
    "dunder class": "__class__",
    "dunder init": "__init__",
    "dunder dict": "__dict__",
    "private": "_Views",
    "latin with accents": "caf\u00e9 na\u00efve",
    "greek": "\u03b1\u03b2\u03b3",
    "han": "\u5c64",
    "ligature": "\ufb01lter",
    "look-alikes": "p\u0430r\u0430ms",  # Cyrillic a
    "full width": "\uff50\uff52\uff49\uff4e\uff54",
    "mathematical": "\U0001d41e\U0001d42f\U0001d41a\U0001d425",
    "bidi override": "user\u202e\u2066 nimda\u2069\u2066",
    "zero width": "a\u200bb\u200dc\ufeff",
    "emoji": "\U0001f9e0 layer",
    "escape sequence": "\x1b[31mred\x1b[0m",
    "bell and delete": "a\x07b\x7f",
    "long word": "w" * 10_000,
    "long text": "all work and no play " * 500,
    "long code": f"x\n{SET}\n" * 200,
    "long quotes": "\"'\\" * 3_400,
}
TEXTS = tuple(NAMES)
INTERNAL = """
    self s p d np os math signal threading zlib base64 params grads mean variance flat shapes state
    rng seed predict train_step gradients loss units units_2 memory sizes key out out_1 result value
    name group attribute path file allow_pickle arr_0 main InputError SimpleNamespace NAME STATES
    ThreadPoolExecutor initialise load save state_dict INPUTS noise rows order total epoch options
    data action weights run output SGD backward update forward n N x z1 h1 d_x d_W W b
"""
NAMES.update((f"internal {name}", name) for name in INTERNAL.split())

PLACES = (
    "program",
    "input",
    "target",
    "scope",
    "parameter",
    "tensor",
    "layer",
    "dropout",
    "model",
    "output",
    "optimizer",
)
ALONE = tuple(place for place in PLACES if place != "target")  # an input may not share its name


@cache
def compiled(name, style="planned", places=ALONE):
    """A network in which the user gave this name to everything in these places."""

    def pick(place):
        return name if place in places else f"plain_{place}"

    x = gx.input(pick("input"), ("N", 3))
    y = gx.input(pick("target"), ("N",), "int64")
    with gx.scope(pick("scope")):
        scale = gx.parameter(pick("parameter"), np.ones(3, "float32"))
        h = (x * scale).named(pick("tensor"))
    model = nn.Sequential(
        [
            nn.Dense(4, activation="relu", name=pick("layer")),
            nn.Dropout(0.25, name=pick("dropout") + " "),
            nn.Dense(2),
        ],
        name=pick("model"),
    )
    logits = model(h)
    return gx.compile(
        pick("program"),
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={pick("output"): gx.softmax(logits)},
        optimizer=optim.Adam(0.1, name=pick("optimizer")),
        style=style,
    )


def run(net):
    """The losses and the final state of three steps."""
    m = net.load(seed=1)
    rng = np.random.default_rng(0)
    found = []
    for _ in range(3):
        x, y = rng.normal(size=(5, 3)).astype("float32"), rng.integers(0, 2, 5)
        found.append(m.train_step(x, y))
    (probs,) = m.predict(x).values()
    return m, found, probs


@pytest.fixture(scope="module")
def plain_result():
    _, found, probs = run(compiled("", places=()))
    return found, probs


@pytest.fixture(autouse=True)
def _nothing_injected():
    yield
    assert not hasattr(builtins, MARK)


def check_source(source):
    """It parses, holds ASCII alone, and imports and calls nothing that ours do not."""
    strange = {c for c in source if c != "\n" and not " " <= c <= "~"}
    assert not strange
    nodes = list(ast.walk(ast.parse(source)))
    imported = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module for n in nodes if isinstance(n, ast.ImportFrom)}
    assert {m.split(".")[0] for m in imported} <= sys.stdlib_module_names | {"numpy"}
    used = {n.id for n in nodes if isinstance(n, ast.Name)}
    assert not used & {"__import__", "eval", "exec", "compile", "globals", MARK}
    attributes = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    dunders = {a for a in attributes if a.startswith("__")}
    assert dunders <= {"__enter__", "__exit__", "__name__"}


BOTH = [(kind, style) for kind in TEXTS for style in STYLES]


@pytest.mark.parametrize(
    ("kind", "style"), [*BOTH, *((kind, "planned") for kind in NAMES if kind not in TEXTS)]
)
def test_a_name_in_every_place_leaves_the_network_what_it_is(kind, style, plain_result, tmp_path):
    name = NAMES[kind]
    net = compiled(name, style)
    check_source(net.source)
    m, found, probs = run(net)
    np.testing.assert_allclose(found, plain_result[0], rtol=1e-5)
    np.testing.assert_allclose(probs, plain_result[1], rtol=1e-5)

    state = m.state_dict()
    assert f"{name}.{name}" in state
    assert f"{name}.{name}.W" in state
    assert f"{name}.step" in state
    assert list(m.INPUTS) == [name] and list(m.TARGETS) == ["plain_target"]
    assert list(m.OUTPUTS) == list(m.predict(np.ones((1, 3), "float32"))) == [name]
    path = tmp_path / "weights.npz"
    m.save(path)
    other = net.load(seed=9)
    other.load(path)
    for key, value in other.state_dict().items():
        np.testing.assert_array_equal(value, state[key])


@pytest.mark.parametrize(
    "kind", ["three quotes and code", "backslashes", "dots", "long code", "internal self"]
)
@pytest.mark.parametrize("place", PLACES)
def test_a_name_in_one_place_leaves_the_network_what_it_is(kind, place, plain_result):
    net = compiled(NAMES[kind], places=(place,))
    check_source(net.source)
    _, found, probs = run(net)
    np.testing.assert_allclose(found, plain_result[0], rtol=1e-5)
    np.testing.assert_allclose(probs, plain_result[1], rtol=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every module of these names in both styles, in one folder."""
    folder = tmp_path_factory.mktemp("emitted")
    for number, (kind, style) in enumerate(BOTH):
        source = compiled(NAMES[kind], style).source
        (folder / f"module_{number}.py").write_text(source, encoding="ascii")
    return folder


@pytest.mark.parametrize("width", [88, 100])
def test_formatters_leave_modules_of_all_these_names_alone(folder, width):
    options = ["format", "--isolated", "--no-cache", "--diff", f"--line-length={width}"]
    result = subprocess.run([*RUFF, *options, folder], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[:3000]


def test_checkers_find_nothing_in_modules_of_all_these_names(folder):
    options = ["check", "--isolated", "--no-cache", "--select=E,F,I,B,UP", "--line-length=88"]
    result = subprocess.run([*RUFF, *options, folder], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[:3000]


def test_the_same_name_gives_the_same_bytes_in_every_process(tmp_path):
    script = tmp_path / "declare.py"
    script.write_text(
        "import sys, hashlib\n"
        "import graphc as gx\n"
        "from graphc import nn\n"
        "name = bytes.fromhex(sys.argv[1]).decode()\n"
        "x = gx.input(name, ('N', 3))\n"
        "net = gx.compile(name, inputs=[x], outputs={name: nn.Dense(2, name=name)(x)})\n"
        "print(hashlib.sha256(net.source.encode()).hexdigest())\n"
    )
    for kind in ("look-alikes", "long text", "newline and code"):
        found = {
            subprocess.run(
                [sys.executable, script, NAMES[kind].encode().hex()],
                capture_output=True,
                text=True,
                check=True,
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p for p in sys.path if p)},
            ).stdout
            for seed in ("1", "2")
        }
        assert len(found) == 1


# ---- names that become one identifier ------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_names_that_sanitise_to_one_identifier_stay_apart(style):
    names = ["a b", "a_b", "a-b", "a.b", "A b", "\u00e4 b", "a b ", "a__b"]
    x = gx.input("x", ("N", 2))
    total = None
    parameters = {}
    for k, name in enumerate(names):
        w = parameters[name] = gx.parameter(name, np.full(2, float(k + 1), "float32"))
        part = gx.sum(x * w, axis=1)
        total = part if total is None else total + part
    loss = gx.mean(total)
    net = gx.compile(
        "clash", inputs=[x], loss=loss, outputs=total, optimizer=optim.SGD(0.5), style=style
    )
    m = net.load()
    x = np.array([[1, 2], [3, 4]], "float32")
    np.testing.assert_allclose(m.predict(x), x.sum(axis=1) * 36)
    assert set(m.state_dict()) == set(names)
    m.train_step(x)
    for k, name in enumerate(names):
        expected = k + 1 - 0.5 * x.mean(axis=0)
        np.testing.assert_allclose(m.state_dict()[name], expected, rtol=1e-6)
        np.testing.assert_allclose(m.gradients(x)[name], x.mean(axis=0), rtol=1e-6)


def test_inputs_and_outputs_that_sanitise_to_one_identifier_stay_apart():
    names = ["a b", "a_b", "a+b", "self", "self_2", "s", "s_2", "p", "np"]
    inputs = [gx.input(name, ("N",), "float64") for name in names]
    outputs = {n: t * 10.0**k for k, (n, t) in enumerate(zip(names, inputs, strict=True))}
    for style in STYLES:
        m = gx.compile("twins", inputs=inputs, outputs=outputs, style=style).load()
        found = m.predict(*[np.full(2, k + 1.0) for k in range(len(names))])
        assert {n: v[0] for n, v in found.items()} == {
            n: (k + 1) * 10.0**k for k, n in enumerate(names)
        }


def test_names_of_arguments_that_are_names_of_locals_too():
    """Two symbolic sizes need two variables of the plan; arguments are called after them."""
    for style in STYLES:
        a = gx.input("units", ("N", 3))
        b = gx.input("units_2", ("T", 3))
        c = gx.input("memory", ("N", "T"))
        d = gx.input("n", ("N",))
        e = gx.input("SimpleNamespace", ("T",))
        out = gx.tanh(a) @ gx.tanh(b).T + c * gx.expand_dims(d, 1) + gx.sigmoid(e)
        m = gx.compile("locals", inputs=[a, b, c, d, e], outputs=out, style=style).load()
        rng = np.random.default_rng(0)
        v = [rng.normal(size=s).astype("float32") for s in ((4, 3), (5, 3), (4, 5), (4,), (5,))]
        expected = np.tanh(v[0]) @ np.tanh(v[1]).T + v[2] * v[3][:, None] + 1 / (1 + np.exp(-v[4]))
        np.testing.assert_allclose(m.predict(*v), expected, rtol=1e-5)


# ---- names of dimensions -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["N", "n", "self", "s", "np", "class", "None", "min", "print", "units", "_", "__x__"]
)
def test_a_dimension_may_have_any_name_that_is_an_identifier(name):
    for style in STYLES:
        x = gx.input("x", (name, 3))
        w = gx.parameter("w", np.ones((3, 3), "float32"))
        h = gx.reshape(gx.tanh(x @ w), (-1,))[1:]
        loss = gx.mean(h) + gx.sum(gx.square(x)) / gx.dimension(name, "float32")
        m = gx.compile(
            "sizes", inputs=[x], loss=loss, outputs=h, optimizer=optim.SGD(0.1), style=style
        ).load()
        array = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
        expected = np.tanh(array @ np.ones((3, 3), "float32")).reshape(-1)[1:]
        np.testing.assert_allclose(m.predict(array), expected, rtol=1e-5)
        total = expected.mean() + (array**2).sum() / 4
        np.testing.assert_allclose(m.loss(array), total, rtol=1e-5)
        m.train_step(array)


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "N;x", f"N) or {SET} or (N", "1N", "\u039d", "N\n", "N.real", "f()"]
)
def test_any_other_name_of_a_dimension_is_refused(name):
    with pytest.raises(ShapeError, match="dimension"):
        gx.input("x", (name, 3))


# ---- names of methods, attributes and files ------------------------------------------------------


@pytest.mark.parametrize("kind", [k for k in NAMES if not k.startswith("long")][::2])
def test_functions_of_a_program_may_have_any_name_or_are_refused(kind):
    name = NAMES[kind]
    x = gx.input("x", ("N",))
    count = gx.state("count", 0)
    step = gx.function([x], [x + 1], {count: count + 1})
    other = gx.function([x], [x * 2])
    try:
        net = gx.Program("several", **{name: step, "plain": other})
    except NameClashError as error:
        assert "several" in str(error) and "plain" not in str(error)
        return
    check_source(net.source)
    m = net.load()
    x = np.arange(3, dtype="float32")
    public = [n for n in vars(type(m)) if not n.startswith("_")]
    known = {"NAME", "FINGERPRINT", "INPUTS", "TARGETS", "OUTPUTS", "STATES", "plain", "initialise"}
    (method,) = set(public) - known - {"state_dict", "load_state_dict", "save", "load"}
    np.testing.assert_array_equal(getattr(m, method)(x)[0], x + 1)
    np.testing.assert_array_equal(m.plain(x)[0], x * 2)
    assert m.state_dict()["count"] == 1


@pytest.mark.parametrize("name", ["style", "target", "exact", "autotune", "budget", "sizes"])
def test_a_function_that_is_called_like_an_option_is_refused(name):
    x = gx.input("x", ("N",))
    with pytest.raises(NameClashError, match=f"program 'p': a function can't be called '{name}'"):
        gx.Program("p", **{name: gx.function([x], [x + 1])})


def test_functions_that_become_one_method_are_refused():
    x = gx.input("x", ("N",))
    f = gx.function([x], [x + 1])
    for pair in (("a b", "a_b"), ("save", "f"), ("f", "params"), ("arena", "f"), ("memory", "f")):
        try:
            m = gx.Program("pair", **dict.fromkeys(pair, f)).load()
        except NameClashError as error:
            assert "pair" in str(error)
            continue
        for name in pair:
            found = getattr(m, name.replace(" ", "_"))(np.ones(2, "float32"))
            np.testing.assert_array_equal(found[0], [2, 2])


@pytest.mark.parametrize("kind", TEXTS[::3])
def test_attributes_of_a_module_may_have_any_name(kind):
    class Holder(nn.Module):
        def __init__(self):
            super().__init__()
            setattr(self, "x" + NAMES[kind], nn.Dense(2))

        def forward(self, x):
            return getattr(self, "x" + NAMES[kind])(x)

    x = gx.input("x", ("N", 3))
    net = gx.compile("held", inputs=[x], outputs=Holder()(x))
    check_source(net.source)
    m = net.load()
    assert m.predict(np.ones((2, 3), "float32")).shape == (2, 2)
    assert len(m.state_dict()) == 2


@pytest.mark.parametrize("kind", TEXTS[1::3])
def test_the_users_file_may_have_any_name(kind):
    text = "x = gx.input('x', ('N', 3))\nh = nn.Dense(2, activation='relu')(x)\n"
    scope = {"gx": gx, "nn": nn}
    exec(compile(text, f"/somewhere/{NAMES[kind].replace('/', '_')}.py", "exec"), scope)
    net = gx.compile("filed", inputs=[scope["x"]], outputs=scope["h"])
    check_source(net.source)
    assert net.load().predict(np.ones((2, 3), "float32")).shape == (2, 2)


def test_the_name_of_an_elementwise_op_goes_into_comments_alone():
    sp = pytest.importorskip("sympy")
    for kind in ("three quotes and code", "newline and code", "keyword", "long text"):
        op = gx.elementwise(NAMES[kind], lambda v: v * sp.exp(-v))
        x = gx.input("x", ("N",))
        for style in STYLES:
            net = gx.compile("custom", inputs=[x], outputs=op(x), style=style)
            check_source(net.source)
            found = net.load().predict(np.ones(3, "float32"))
            np.testing.assert_allclose(found, np.exp(-1), rtol=1e-6)


def test_payloads_do_not_run_in_a_process_that_imports_and_runs_the_file(tmp_path):
    payload = 'x"); import os; os._exit(3) #'
    for number, name in enumerate((payload, f"\n{payload}", f'"""{payload}', f"'''\n{payload}")):
        path = compiled(name).write(tmp_path / str(number))
        np.savez(
            tmp_path / "data.npz",
            **{name: np.ones((8, 3), "float32"), "plain_target": np.zeros(8, "int64")},
        )
        for arguments in (["train", "../data.npz", "--epochs", "2"], ["predict", "../data.npz"]):
            result = subprocess.run(
                [sys.executable, "-I", path.name, *arguments],
                cwd=path.parent,
                capture_output=True,
                text=True,
            )
            assert result.returncode == 0, result.stderr
        with np.load(tmp_path / "data_predictions.npz") as file:
            assert file.files == [name]
        helped = subprocess.run(
            [sys.executable, "-I", path.name, "--help"], cwd=path.parent, capture_output=True
        )
        assert helped.returncode == 0
