"""Weights on their way out: in the source of a file, or in a file of their own.

In: arrays by name. Out: lines of source, or the bytes of a `.safetensors` or an `.npz` file, and a
digest that tells these weights from all others, whatever they are stored in.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from graphc.codegen import constants
from graphc.codegen.names import Namer, string
from graphc.codegen.writer import Writer, mapping

Arrays: TypeAlias = Mapping[str, np.ndarray[Any, Any]]

DTYPE_CODES = {  # how safetensors calls an element type, and how NumPy does
    "bool": ("BOOL", "?"),
    "int8": ("I8", "<i1"),
    "int16": ("I16", "<i2"),
    "int32": ("I32", "<i4"),
    "int64": ("I64", "<i8"),
    "uint8": ("U8", "<u1"),
    "uint16": ("U16", "<u2"),
    "uint32": ("U32", "<u4"),
    "uint64": ("U64", "<u8"),
    "float16": ("F16", "<f2"),
    "float32": ("F32", "<f4"),
    "float64": ("F64", "<f8"),
}


def digest(weights: Arrays) -> str:
    """SHA-256 over names, element types, shapes and values: the same in every container.

    Exported files compute the same; see ``_digest`` in their template.
    """
    result = hashlib.sha256()
    for name in sorted(weights):
        array = weights[name]
        result.update(f"{name} {array.dtype.name} {array.shape}\n".encode())
        result.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return result.hexdigest()


def pack_function(weights: Arrays, model: str, others: Sequence[str]) -> str:
    """A function ``_weights()`` that returns the arrays by name, held as text.

    Args:
        weights: the states, in the order in which the class lists them, and then what else there is.
        model: the name of the class, whose STATES has the names.
        others: the names of what else there is.
    """
    namer = Namer(("np", "names"))
    variables = {namer.fresh(name): array for name, array in weights.items()}
    w = Writer()
    w.line("def _weights():")
    with w.indent():
        w.line('"""The trained weights, by name."""')
        w.lines(constants.pack(variables))
        names = f"{model}.STATES"
        if others:
            w.assign("names", f"[{', '.join([f'*{names}', *map(string, others)])}]")
            names = "names"
        w.statement("return ", f"dict(zip({names}, [{', '.join(variables)}]))")
    return w.text()


def dtype_table(weights: Arrays) -> str:
    """A table ``_DTYPES`` of the element types of some arrays, for reading safetensors."""
    codes = sorted({DTYPE_CODES[array.dtype.name] for array in weights.values()})
    w = Writer()
    mapping(w, "_DTYPES = {", [(string(code), string(dtype)) for code, dtype in codes], "}")
    return w.text()


def to_safetensors(weights: Arrays) -> bytes:
    """The bytes of a `.safetensors` file, with the digest as its metadata."""
    from safetensors.numpy import save

    # safetensors writes memory as it lies: a transposed view would come back wrong.
    contiguous = {name: np.array(array, order="C") for name, array in weights.items()}
    # One entry alone: of several, the order would change from call to call.
    content: bytes = save(contiguous, {"sha256": digest(weights)})
    return content


def to_npz(weights: Arrays) -> bytes:
    """The bytes of an `.npz` file; unlike `numpy.savez`, with any names and the same each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in weights.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())
    return buffer.getvalue()
