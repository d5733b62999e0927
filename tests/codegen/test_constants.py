"""Values must come back from their source bit for bit, and formatters must leave it alone."""

import ast
import base64
import importlib.util
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphc.codegen.constants import DTYPES, UNPACK_SOURCE, array, pack, scalar

FORMATTERS = [tool for tool in ("ruff", "black") if importlib.util.find_spec(tool)]
FLOATS = ["float16", "float32", "float64"]
INTEGERS = sorted(DTYPES - {*FLOATS, "bool"})
IMPORTS = "import base64\nimport zlib\n\nimport numpy as np\n\n\n"


def formatted(source: str, tool: str, width: int) -> str:
    options = ["format", "--isolated"] if tool == "ruff" else ["-q"]
    command = [sys.executable, "-m", tool, *options, "--line-length", str(width), "-"]
    run = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
    return run.stdout.decode()


def evaluated(text: str) -> object:
    return eval(text, {"np": np})


def unpacked(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    namespace = {"np": np, "base64": base64, "zlib": zlib}
    exec("\n".join([UNPACK_SOURCE, *pack(arrays)]), namespace)
    return {name: namespace[name] for name in arrays}


def assert_identical(found: object, wanted: np.ndarray) -> None:
    assert isinstance(found, np.ndarray)
    assert found.shape == wanted.shape and found.dtype == wanted.dtype.newbyteorder("=")
    assert found.tobytes() == wanted.astype(found.dtype).tobytes()


def samples() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "weights": rng.standard_normal((40, 7)).astype("float32"),
        "half": rng.standard_normal(9).astype("float16"),
        "double": rng.standard_normal((2, 3, 4)),
        "labels": rng.integers(-9, 9, (70,)),
        "bytes_": rng.integers(0, 255, (5, 5)).astype("uint8"),
        "mask": rng.random((11, 2)) > 0.5,
        "big_endian": rng.standard_normal(6).astype(">f4"),
        "transposed": rng.standard_normal((4, 6)).astype("float32").T,
        "strided": rng.standard_normal((4, 6))[::2, ::-3],
        "special": np.array([np.inf, -np.inf, np.nan, -0.0, 0.0], "float32"),
        "nothing": np.zeros((0, 3), "float32"),
        "nothing_yet": np.zeros(0, "int64"),
        "number": np.array(0.1, "float32"),
        "flag": np.array(True),
        "one": np.array([[2]], "int8"),
        "zeros": np.zeros((3, 4), "float32"),
        "minus_zeros": -np.zeros((3, 4)),
        "ones": np.ones((1000,), "float16"),
        "halves": np.full((200, 2), 0.5, "float32"),
        "all_true": np.ones((2, 2), bool),
        "all_inf": np.full(3, -np.inf),
        "all_nan": np.full(3, np.nan),
    }


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (np.float32(0.1), "float32", "0.1"),
        (0.1, "float16", "0.1"),
        (1.0, "float32", "1.0"),
        (1, "float64", "1.0"),
        (1e-07, "float32", "1e-07"),
        (1e16, "float64", "1e16"),
        (3.4028235e38, "float32", "3.4028235e38"),
        (-0.0, "float32", "-0.0"),
        (np.inf, "float16", "np.inf"),
        (-np.inf, "float32", "-np.inf"),
        (np.nan, "float64", "np.nan"),
        (np.array(7), "int64", "7"),
        (7.0, "int32", "7"),
        (-128, "int8", "-128"),
        (2**64 - 1, "uint64", "18446744073709551615"),
        (True, "bool", "True"),
        (np.False_, "bool", "False"),
        (True, "float32", "1.0"),
    ],
)
def test_scalars_are_the_shortest_literal(value, dtype, text):
    assert scalar(value, dtype) == text


@pytest.mark.parametrize("dtype", FLOATS)
@given(data=st.data())
def test_floats_come_back_exactly(dtype, data):
    width = np.dtype(dtype).itemsize * 8
    value = np.dtype(dtype).type(data.draw(st.floats(width=width)))
    found = np.dtype(dtype).type(evaluated(scalar(value, dtype)))
    assert np.isnan(found) if np.isnan(value) else found.tobytes() == value.tobytes()


def test_every_half_precision_float_comes_back():
    values = np.arange(2**16, dtype=np.uint16).view(np.float16)
    values = values[np.isfinite(values)]
    found = np.array([float(scalar(value, "float16")) for value in values], "float16")
    assert found.tobytes() == values.tobytes()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_the_ends_of_every_integer_type_come_back(dtype):
    for value in (np.iinfo(dtype).min, np.iinfo(dtype).max, 0):
        assert evaluated(scalar(value, dtype)) == value


@pytest.mark.parametrize(
    ("value", "dtype", "error"),
    [
        (1.5, "int32", ValueError),
        (np.nan, "int64", ValueError),
        (2, "bool", ValueError),
        (np.inf, "int64", OverflowError),
        (300, "int8", OverflowError),
        (-1, "uint8", OverflowError),
        (1e300, "float32", OverflowError),
        (10**400, "float64", OverflowError),
        (1j, "complex64", TypeError),
        ("x", "U1", TypeError),
    ],
)
def test_a_value_that_its_dtype_cannot_hold_is_refused(value, dtype, error):
    with pytest.raises(error):
        scalar(value, dtype)


@pytest.mark.parametrize("name", samples())
def test_small_and_uniform_arrays_come_back_as_they_were(name):
    value = samples()[name]
    text = array(value, limit=1000)
    assert text is not None
    assert_identical(evaluated(text), value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32([[1, 2], [3, 4]]), "np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)"),
        (np.zeros((3, 4), "float32"), "np.zeros((3, 4), dtype=np.float32)"),
        (np.full(3, 0.5), "np.full((3,), 0.5, dtype=np.float64)"),
        (np.ones(10**6, "int8"), "np.ones((1000000,), dtype=np.int8)"),
        (np.float32([0.0, -0.0]), "np.array([0.0, -0.0], dtype=np.float32)"),
        (np.array([True, False]), "np.array([True, False], dtype=np.bool_)"),
        (np.array(3), "np.array(3, dtype=np.int64)"),
        (np.zeros((2, 0)), "np.zeros((2, 0), dtype=np.float64)"),
    ],
)
def test_arrays_read_as_one_would_write_them(value, text):
    assert array(value) == text


def test_another_namespace_can_be_named():
    value = np.float32([1.0, np.inf])
    assert array(value, namespace="cp") == "cp.array([1.0, cp.inf], dtype=cp.float32)"


def test_a_large_array_has_no_literal():
    assert array(np.arange(64)) is not None
    assert array(np.arange(65)) is None
    assert array(np.arange(65), limit=65) is not None


@pytest.mark.parametrize("value", [np.array(["a"]), np.array([1j]), np.array([None])])
def test_other_dtypes_are_refused(value):
    with pytest.raises(TypeError, match="no source form for dtype"):
        array(value)
    with pytest.raises(TypeError, match="no source form for dtype"):
        pack({"x": value})


def test_packed_arrays_come_back_as_they_were_and_can_be_written_to():
    arrays = samples()
    for name, found in unpacked(arrays).items():
        assert_identical(found, arrays[name])
        found[...] = 1


@given(st.binary(max_size=400))
def test_packed_text_is_safe_in_a_string_and_narrow(data):
    first, opening, *text, closing, _, _, last = pack({"x": np.frombuffer(data, np.uint8)})
    assert (first, opening, closing, last) == ("x = _unpack(", '    """', '""",', ")")
    assert all(line and len(line) <= 80 and line.isascii() for line in text)
    assert not set("\"'\\ \t") & set("".join(text))


def test_packing_is_deterministic():
    assert pack(samples()) == pack(samples())
    value = samples()["weights"]
    assert pack({"x": value}) == pack({"x": np.asfortranarray(value.astype(">f4"))})


@pytest.mark.parametrize("name", ["a b", "", "x = 1; y", "é", "lambda", "x\n", "2x"])
def test_a_name_that_is_no_identifier_is_refused(name):
    with pytest.raises(ValueError, match="not an ASCII identifier"):
        pack({name: np.zeros(3)})


def test_the_decoder_is_one_documented_function():
    (function,) = ast.parse(UNPACK_SOURCE).body
    assert isinstance(function, ast.FunctionDef) and function.name == "_unpack"
    assert ast.get_docstring(function)


@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize("tool", FORMATTERS)
def test_formatters_leave_constants_alone(tool, width):
    rng = np.random.default_rng(1)
    floats = [scalar(2.0 ** rng.uniform(-140, 127), "float32") for _ in range(300)]
    literals = [text for value in samples().values() if (text := array(value))]
    short = [text for text in literals if len(text) < 80]
    assert len(short) > 10
    lines = [UNPACK_SOURCE, "", "values = [", *(f"    {text}," for text in floats + short), "]"]
    source = IMPORTS + "\n".join([*lines, *pack(samples())]) + "\n"
    assert formatted(source, tool, width) == source
