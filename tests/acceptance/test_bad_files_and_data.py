"""Bad files, bad data and bad calls at run time: refused by name, and nothing is left half done."""

import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from acceptance_nets import TRAINED, batch, digits, inputs_of, same_bits

import graphc as gx
from graphc.errors import CheckpointError, DataError, GraphcError, TypeMismatchError

STYLES = ("plain", "planned")


@pytest.fixture
def m():
    model = digits().load(seed=1)
    model.train_step(*batch(model.network, 8))
    return model


def unchanged(model, before):
    return same_bits(model.state_dict(), before)


def refused(error, call, *fragments):
    """That a call raises an error whose message has all these parts."""
    with pytest.raises(error) as caught:
        call()
    for fragment in fragments:
        assert fragment in str(caught.value), str(caught.value)


# ---- files of weights ----------------------------------------------------------------------------


def truncated(path, model):
    model.save(path)
    path.write_bytes(path.read_bytes()[:-300])


def half(path, model):
    model.save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path, model):
    model.save(path)
    data = bytearray(path.read_bytes())
    data[data.index(b"NUMPY") + 200] ^= 0xFF
    path.write_bytes(bytes(data))


def empty(path, model):
    path.write_bytes(b"")


def text(path, model):
    path.write_text("these are no weights\n")


def another_zip(path, model):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


def one_array(path, model):
    with open(path, "wb") as file:
        np.save(file, np.ones(3))


def pickled(path, model):
    np.savez(path, **{**model.state_dict(), "dense_1.W": np.array([{}, []], dtype=object)})


def foreign(path, model):
    np.savez(path, weights=np.ones((3, 3)))


def of_another_network(path, model):
    TRAINED["momentum"]().load().save(path)


def one_too_few(path, model):
    state = model.state_dict()
    del state["dense_2.b"]
    np.savez(path, **state)


def wider(path, model):
    np.savez(path, **{**model.state_dict(), "dense_2.b": np.zeros(7, "float32")})


def doubled(path, model):
    np.savez(path, **{k: v.astype("float64") for k, v in model.state_dict().items()})


BAD_FILES = [
    (truncated, []),
    (half, []),
    (flipped, []),
    (empty, []),
    (text, []),
    (another_zip, ["dense_1.W"]),
    (one_array, []),
    (pickled, []),
    (foreign, ["dense_1.W", "weights"]),
    (of_another_network, ["dense_3.W"]),
    (one_too_few, ["dense_2.b"]),
    (wider, ["dense_2.b", "(5,)", "(7,)"]),
    (doubled, ["float32", "float64"]),
]


@pytest.mark.parametrize(
    ("spoil", "fragments"), BAD_FILES, ids=lambda v: getattr(v, "__name__", "")
)
def test_a_bad_file_of_weights_is_refused_by_its_name_and_changes_nothing(
    m, tmp_path, spoil, fragments
):
    path = tmp_path / "bad_weights.npz"
    spoil(path, m)
    before = m.state_dict()
    refused(ValueError, lambda: m.load(path), "bad_weights.npz", *fragments)
    assert unchanged(m, before)
    assert [p.name for p in tmp_path.iterdir()] == ["bad_weights.npz"]


def test_a_file_of_weights_that_is_not_there_is_named(m, tmp_path):
    before = m.state_dict()
    refused(FileNotFoundError, lambda: m.load(tmp_path / "nowhere.npz"), "nowhere.npz")
    assert unchanged(m, before)


@pytest.mark.parametrize("where", ["a folder that is none", "a folder"])
def test_saving_where_it_can_not_be_leaves_nothing(m, tmp_path, where):
    if where == "a folder":
        path = tmp_path / "taken.npz"
        path.mkdir()
        (path / "inside").touch()
    else:
        path = tmp_path / "nowhere" / "weights.npz"
    with pytest.raises(OSError):
        m.save(path)
    assert [p.name for p in tmp_path.rglob("*")] in ([], ["taken.npz", "inside"])


def test_a_disk_that_fails_leaves_the_file_as_it_was(m, tmp_path, monkeypatch):
    path = tmp_path / "weights.npz"
    m.save(path)
    content = path.read_bytes()
    m.train_step(*batch(m.network, 8))
    for function in ("fsync", "replace"):

        def fail(*_):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, function, fail)
            with pytest.raises(OSError, match="No space"):
                m.save(path)
        assert path.read_bytes() == content
        assert [p.name for p in tmp_path.iterdir()] == ["weights.npz"]
    m.save(path)
    assert path.read_bytes() != content


def test_writing_a_module_where_it_can_not_be_leaves_nothing(tmp_path):
    net = digits()
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        net.write(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "digits_mlp.py").mkdir()
    with pytest.raises(OSError):
        net.write(tmp_path / "folder")
    assert {p.name for p in tmp_path.rglob("*")} == {"file", "folder", "digits_mlp.py"}


# ---- states --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "fragments"),
    [
        (lambda s: {**s, "dense_1.W": [[1.0, 2.0], [3.0]]}, ["dense_1.W"]),
        (lambda s: {**s, "dense_1.W": None}, ["dense_1.W"]),
        (lambda s: {**s, "dense_1.W": s["dense_1.W"].astype(object)}, ["dense_1.W", "object"]),
        (lambda s: {**s, "dense_1.W": s["dense_1.W"].T}, ["dense_1.W", "(12, 16)", "(16, 12)"]),
        (lambda s: {**s, "dense_1.b": 0.0}, ["dense_1.b"]),
        (lambda s: {**s, "adam.step": np.float64(3)}, ["adam.step", "int64", "float64"]),
        (lambda s: {**s, "rng.net_dropout_1": np.zeros(5, "uint64")}, ["rng.net_dropout_1"]),
        (lambda s: {**s, 3: np.zeros(3)}, ["3"]),
        (lambda s: {}, ["dense_1.W", "dense_2.b"]),
        (lambda s: list(s), []),
        (lambda s: None, []),
    ],
)
def test_a_bad_state_is_refused_and_changes_nothing(m, spoil, fragments):
    before = m.state_dict()
    bad = spoil({k: v + 1 for k, v in m.state_dict().items()})
    refused((ValueError, TypeError), lambda: m.load_state_dict(bad), *fragments)
    assert unchanged(m, before)


# ---- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("place", "value", "fragments"),
    [
        (0, "text", ["images: expected float32", "str"]),
        (0, np.ones((6, 12), ">f4"), ["images"]),
        (0, np.ones((6, 12), "float16"), ["images", "float32", "float16"]),
        (0, np.ones((6, 12), object), ["images", "object"]),
        (1, np.ones((6, 4), "float32"), ["extra", "(N, 3)", "(6, 4)"]),
        (1, np.ones((5, 3), "float32"), ["extra", "5", "6"]),
        (1, np.float32(3), ["extra"]),
        (2, np.zeros((6, 1), "int32"), ["labels", "(N)", "(6, 1)"]),
        (2, np.full(6, 5, "int32"), ["labels", "0 .. 4", "5"]),
        (2, np.full(6, -1, "int32"), ["labels", "0 .. 4", "-1"]),
        (2, np.full(6, np.iinfo("int32").max, "int32"), ["labels", "0 .. 4"]),
        (2, np.zeros(6, bool), ["labels", "int32", "bool"]),
        (3, np.ones((6, 2), "float64"), ["heights", "float32", "float64"]),
    ],
)
def test_each_argument_is_checked_by_its_name(style, place, value, fragments):
    net = TRAINED["two_heads"](style)
    model = net.load()
    arrays = batch(net, 6)
    model.train_step(*arrays)
    before = model.state_dict()
    arrays[place] = value
    expected = fragments if "(N)" not in fragments else [f for f in fragments if f != "(N)"]
    refused(ValueError, lambda: model.train_step(*arrays), *expected)
    refused(ValueError, lambda: model.loss(*arrays), *expected)
    if place < 2:
        refused(ValueError, lambda: model.predict(*arrays[:2]), expected[0].split(":")[0])
    assert unchanged(model, before)


@pytest.mark.parametrize("style", STYLES)
def test_too_few_or_too_many_arguments_are_refused(style):
    net = digits(style)
    model = net.load()
    x, y = batch(net, 4)
    before = model.state_dict()
    for arguments in ((), (x,), (x, y, y)):
        with pytest.raises(TypeError):
            model.train_step(*arguments)
    assert unchanged(model, before)


def test_numbers_that_are_not_finite_are_computed_with(m):
    x, y = batch(m.network, 4)
    x[0, 0] = np.nan
    x[1, 1] = np.inf
    with np.errstate(all="ignore"):
        assert np.isnan(m.loss(x, y))
        assert np.isnan(m.predict(x)["probs"][0]).all()
        assert np.isfinite(m.predict(x)["probs"][2:]).all()


def test_a_network_predicts_before_it_is_trained_or_loaded():
    net = digits()
    found = net.load().predict(*inputs_of(net, batch(net, 4)))
    np.testing.assert_allclose(found["probs"].sum(axis=1), 1, rtol=1e-5)


# ---- functions -----------------------------------------------------------------------------------


def test_calls_of_functions_are_checked():
    x = gx.input("x", ("N", 2))
    scale = gx.state("scale", np.float32(2))
    f = gx.function([x], [x * scale], {scale: scale + 1})
    ones = np.ones((3, 2), "float32")
    f(ones)
    refused(TypeMismatchError, lambda: f(), "1 argument", "x")
    refused(TypeMismatchError, lambda: f(ones, ones), "1 argument", "x")
    refused(ValueError, lambda: f(ones.astype("float64")), "x", "float32", "float64")
    refused(ValueError, lambda: f(np.ones((3, 4), "float32")), "x", "(N, 2)", "(3, 4)")
    refused(ValueError, lambda: f(None), "x", "NoneType")
    refused(ValueError, lambda: f("abc"), "x", "str")
    assert gx.value(scale) == 3
    np.testing.assert_array_equal(f([[1.0, 2.0]])[0], [[3, 6]])  # nested lists are convenient


# ---- fit -----------------------------------------------------------------------------------------


def fit_cases():
    x, y = batch(digits(), 20)
    return {
        "x alone": (x, [r"expected 2 (x, y)"]),
        "three arrays": ((x, y, y), ["3 arrays", "x, y"]),
        "lengths that differ": ((x, y[:19]), ["x has 20", "y has 19"]),
        "no examples": ((x[:0], y[:0]), ["no examples"]),
        "float64": ((x.astype("float64"), y), ["'x' is float64", "float32", "astype"]),
        "floating labels": ((x, y.astype("float32")), ["'y' is float32", "int64", "astype"]),
        "labels in bytes out of range": ((x, (y + 3).astype("uint8")), ["y", "0 .. 4"]),
        "another width": ((x[:, :7], y), ["'x'", "(20, 7)", "(N, 12)"]),
        "an unknown name": ({"x": x, "z": y}, ["'z'", "x, y"]),
        "a name is missing": ({"x": x}, ["'y'"]),
        "a number": (3, ["int"]),
        "text": ("data.npz", ["str"]),
        "an iterator": (iter([(x, y)]), ["one-shot"]),
        "batches that do not fit": ([(x, y), (x[:, :3], y)], ["x"]),
        "labels out of range": ((x, y + 3), ["y", "0 .. 4"]),
    }


@pytest.mark.parametrize("case", list(fit_cases()))
def test_fit_refuses_data_that_do_not_fit(case, tmp_path):
    data, fragments = fit_cases()[case]
    model = digits().load()
    before = model.state_dict()
    late = case == "batches that do not fit" or "out of range" in case
    refused(
        ValueError if late else DataError,
        lambda: gx.fit(model, data, epochs=2, batch_size=20, progress=False),
        *fragments,
    )
    after = model.state_dict()
    assert late or same_bits(before, after)


@pytest.mark.parametrize(
    ("options", "fragments"),
    [
        ({"epochs": -1}, ["epochs"]),
        ({"epochs": 1.5}, ["epochs", "1.5"]),
        ({"batch_size": 0}, ["batch_size"]),
        ({"batch_size": "many"}, ["batch_size", "many"]),
        ({"callbacks": [print]}, ["Callback"]),
        ({"metrics": "accuracy"}, ["validation"]),
        ({"metrics": "accurracy", "validation": True}, ["accurracy", "accuracy"]),
        ({"validation": "x"}, ["validation"]),
        ({"drop_last": True, "batch_size": 50}, ["drop_last"]),
        ({"resume": "nowhere"}, ["nowhere"]),
    ],
)
def test_fit_refuses_bad_options_before_the_first_step(options, fragments, tmp_path):
    model = digits().load()
    data = tuple(batch(digits(), 20))
    if options.get("validation") is True:
        options = {**options, "validation": data}
    before = model.state_dict()
    options = {"epochs": 1, "progress": False, **options}
    refused(
        (GraphcError, ValueError, TypeError), lambda: gx.fit(model, data, **options), *fragments
    )
    assert same_bits(before, model.state_dict())


def test_fit_refuses_what_is_no_model():
    refused(TypeMismatchError, lambda: gx.fit(digits(), (), epochs=1), "net.load()")


def test_a_run_is_not_resumed_from_a_checkpoint_of_another_program(tmp_path):
    first, second = digits().load(), TRAINED["momentum"]().load()
    data = tuple(batch(first.network, 20))
    gx.fit(first, data, epochs=1, callbacks=[gx.Checkpoint(tmp_path)], progress=False)
    before = second.state_dict()
    refused(
        CheckpointError,
        lambda: gx.fit(second, data, epochs=2, resume=tmp_path, progress=False),
        "digits_mlp",
        "momentum_net",
    )
    assert same_bits(before, second.state_dict())


# ---- the module as a script ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    return digits().write(tmp_path_factory.mktemp("script"))


def good():
    x, y = batch(digits(), 20)
    return {"x": x, "y": y}


BAD_DATA = {
    "no file": (None, ["data.npz"]),
    "an empty file": (b"", ["data.npz"]),
    "text": (b"x,y\n1,2\n", ["data.npz"]),
    "a truncated file": ("truncated", ["data.npz"]),
    "no labels": (lambda d: {"x": d["x"]}, ["data.npz", "y"]),
    "other names": (lambda d: {"X": d["x"], "Y": d["y"]}, ["data.npz", "x"]),
    "float64": (lambda d: {**d, "x": d["x"].astype("float64")}, ["x", "float32", "float64"]),
    "another width": (lambda d: {**d, "x": d["x"][:, :5]}, ["x", "(N, 12)"]),
    "lengths that differ": (lambda d: {**d, "y": d["y"][:-1]}, ["20", "19"]),
    "more labels": (lambda d: {**d, "y": np.tile(d["y"], 2)}, ["20", "40"]),
    "labels out of range": (lambda d: {**d, "y": d["y"] + 9}, ["y", "0 .. 4"]),
    "objects": (lambda d: {**d, "x": np.array([{}, []], dtype=object)}, ["data.npz"]),
    "no examples": (lambda d: {k: v[:0] for k, v in d.items()}, ["data.npz", "(0, 12)"]),
}


@pytest.mark.parametrize("case", list(BAD_DATA))
def test_training_by_the_script_on_bad_data_says_what_is_wrong_and_writes_nothing(
    script, tmp_path, case
):
    content, fragments = BAD_DATA[case]
    path = tmp_path / "data.npz"
    if content == "truncated":
        np.savez(path, **good())
        path.write_bytes(path.read_bytes()[:-200])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.savez(path, **content(good()))
    before = sorted(tmp_path.iterdir())
    result = subprocess.run(
        [sys.executable, "-I", script, "train", "data.npz", "--weights", "w.npz"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert result.returncode != 0
    assert "Traceback" not in result.stderr, result.stderr
    for fragment in fragments:
        assert fragment in result.stderr, result.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["train", "data.npz", "--batch-size", "0"], ["--batch-size", "0"]),
        (["train", "data.npz", "--batch-size", "-4"], ["--batch-size", "-4"]),
        (["train", "data.npz", "--epochs", "-1"], ["--epochs", "-1"]),
        (["train", "data.npz", "--epochs", "x"], ["--epochs", "x"]),
        (["predict", "data.npz"], ["there are no weights", "train first"]),
        (["predict", "data.npz", "--weights", "text.npz"], ["text.npz"]),
        (["train", "data.npz", "--weights", "text.npz"], ["text.npz"]),
        (["train", "data.npz", "--weights", "nowhere/w.npz"], ["nowhere"]),
        (["dance", "data.npz"], ["dance", "train", "predict"]),
        ([], ["action", "data"]),
    ],
)
def test_bad_arguments_of_the_script_are_named_and_nothing_is_written(
    script, tmp_path, arguments, fragments
):
    np.savez(tmp_path / "data.npz", **good())
    (tmp_path / "text.npz").write_text("no weights")
    before = sorted(p.name for p in tmp_path.iterdir())
    result = subprocess.run(
        [sys.executable, "-I", script, *arguments], capture_output=True, text=True, cwd=tmp_path
    )
    assert result.returncode != 0
    assert "Traceback" not in result.stderr, result.stderr
    for fragment in fragments:
        assert fragment in result.stderr, result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == before
