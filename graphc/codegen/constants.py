"""Values as source: scalars, small arrays as literals, large arrays as text.

In: NumPy scalars and arrays of booleans, integers and real floats. Out: Python source that a
formatter leaves alone and that evaluates to the same values, bit for bit (a NaN stays a NaN, but
only `pack` keeps its payload). The source needs ``np``; `UNPACK_SOURCE` also ``base64`` and
``zlib``.
"""

from __future__ import annotations

import base64
import keyword
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNPACK_SOURCE", "array", "pack", "scalar"]

DTYPES = frozenset(np.dtype(code).name for code in "?bhiqBHIQefd")

UNPACK_SOURCE = '''\
def _unpack(text, dtype, shape):
    """Return the array packed in text: base85 of zlib-compressed little-endian bytes."""
    data = zlib.decompress(base64.b85decode("".join(text.split())))
    packed = np.frombuffer(data, np.dtype(dtype).newbyteorder("<"))
    return packed.reshape(shape).astype(dtype)
'''

_TEXT_WIDTH = 80
_ZLIB_LEVEL = 9  # fixed, so that the same array gives the same text


def scalar(value: Any, dtype: str, *, namespace: str = "np") -> str:
    """Return the shortest literal that is ``value`` once it is converted to ``dtype``.

    ``scalar(np.float32(0.1), "float32")`` is ``0.1``. Infinities and NaN are ``np.inf``,
    ``-np.inf`` and ``np.nan``, with ``namespace`` for ``np``; the sign of a zero is kept. A float
    is first rounded to a float ``dtype``.

    Raises:
        TypeError: if ``dtype`` is not boolean, integer or a real float of at most 64 bits.
        ValueError: if ``value`` would have to be rounded to a boolean or integer ``dtype``.
        OverflowError: if ``value`` is too large for ``dtype``.
    """
    kind = np.dtype(_checked(np.dtype(dtype)))
    if kind.kind != "f":
        exact = bool(value) if kind.kind == "b" else int(value)
        if exact != value:
            raise ValueError(f"{kind} cannot hold {value!r} exactly")
        return str(kind.type(exact))
    with np.errstate(over="ignore"):
        rounded = kind.type(value)
    if np.isnan(rounded):
        return f"{namespace}.nan"
    if np.isinf(rounded):
        if not np.isinf(value):
            raise OverflowError(f"{kind} cannot hold {value!r}")
        return f"{namespace}.inf" if rounded > 0 else f"-{namespace}.inf"
    text = str(rounded)
    # A literal is read as float64 and only then rounded to dtype; twice rounded can be wrong.
    if kind.type(float(text)) != rounded:
        text = repr(float(rounded))
    return text.replace("e+", "e")  # as formatters write it


def array(value: NDArray[Any], limit: int = 64, *, namespace: str = "np") -> str | None:
    """Return an expression for ``value``, or None if it would be long.

    Several equal elements are ``np.zeros``, ``np.ones`` or ``np.full``, whatever their number;
    others are a nested ``np.array`` literal of up to ``limit`` elements. Byte order and memory
    layout are not kept: the result is native and in C order.

    Raises:
        TypeError: for a dtype that `scalar` does not know.
    """
    value = np.asarray(value)
    name = _checked(value.dtype)
    dtype = f"dtype={namespace}.{'bool_' if name == 'bool' else name}"
    if value.size == 0:
        return f"{namespace}.zeros({value.shape}, {dtype})"
    first = value.reshape(-1)[0]
    # Bytes are compared and not values: 0.0 == -0.0, and NaN equals nothing.
    if value.size > 1 and value.tobytes() == first.tobytes() * value.size:
        if first in (0, 1) and not np.signbit(float(first)):
            return f"{namespace}.{'ones' if first else 'zeros'}({value.shape}, {dtype})"
        return (
            f"{namespace}.full({value.shape}, {scalar(first, name, namespace=namespace)}, {dtype})"
        )
    if value.size > limit:
        return None
    return f"{namespace}.array({_nested(value, name, namespace)}, {dtype})"


def pack(arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return lines of source that assign to each name its array, held as text.

    The lines belong after `UNPACK_SOURCE`, at module level or indented by up to 8 columns. None is
    wider than 80 columns. The text has no quote and no backslash, but it has braces: it must not
    pass through a template as part of the template. Equal arrays give equal text wherever zlib is
    the same; another build of zlib may compress otherwise, to text that unpacks alike.

    Raises:
        ValueError: if a name is no ASCII identifier.
        TypeError: for a dtype that `scalar` does not know.
    """
    lines: list[str] = []
    for name, value in arrays.items():
        if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
            raise ValueError(f"{name!r} is not an ASCII identifier")
        dtype = _checked(value.dtype)
        data = value.astype(value.dtype.newbyteorder("<")).tobytes()
        text = base64.b85encode(zlib.compress(data, _ZLIB_LEVEL)).decode("ascii")
        # One argument a line with a comma at the end: stable at any line length.
        lines += [f"{name} = _unpack(", '    """']
        lines += [text[i : i + _TEXT_WIDTH] for i in range(0, len(text), _TEXT_WIDTH)]
        lines += ['""",', f'    "{dtype}",', f"    {value.shape},", ")"]
    return lines


def _checked(dtype: np.dtype[Any]) -> str:
    if dtype.name not in DTYPES:
        raise TypeError(f"no source form for dtype {dtype}; known are {', '.join(sorted(DTYPES))}")
    return dtype.name


def _nested(value: NDArray[Any], dtype: str, namespace: str) -> str:
    if value.ndim == 0:
        return scalar(value[()], dtype, namespace=namespace)
    return f"[{', '.join(_nested(row, dtype, namespace) for row in value)}]"
