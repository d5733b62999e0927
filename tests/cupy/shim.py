"""Kernels on the CPU: the same source, built by g++ with a loop in place of the grid.

Every kernel is noted in `SOURCES`, for nvcc to compile.
"""

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
CACHE = Path(tempfile.gettempdir()) / f"graphc-kernels-{os.getuid()}"
COMPILER = shutil.which("g++")
SOURCES = {}  # by name and text: what CuPy would compile

CTYPES = {
    "bool": "bool",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long long",
    "uint8": "unsigned char",
    "uint16": "unsigned short",
    "uint32": "unsigned int",
    "uint64": "unsigned long long",
    "float16": "float16",
    "float32": "float",
    "float64": "double",
}


class _Array(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("ndim", ctypes.c_longlong),
        ("shape", ctypes.POINTER(ctypes.c_longlong)),
        ("strides", ctypes.POINTER(ctypes.c_longlong)),
    ]


def _numbers(values):
    return (ctypes.c_longlong * max(len(values), 1))(*values)


def packed(arrays):
    """NumPy arrays as the shim's structures."""
    rows = [
        _Array(a.__array_interface__["data"][0], a.ndim, _numbers(a.shape), _numbers(a.strides))
        for a in arrays
    ]
    return (_Array * max(len(rows), 1))(*rows)


@cache
def built(source):
    """A library of some source."""
    headers = (HERE / "shim.h").read_text() + (HERE / "fibres.h").read_text()
    digest = hashlib.sha256((headers + source).encode()).hexdigest()[:24]
    library = CACHE / f"{digest}.so"
    if not library.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            path = Path(folder) / "kernel.so"
            command = [COMPILER, "-std=c++20", "-O1", "-w", "-fPIC", "-shared", "-ffp-contract=off"]
            command += ["-fno-builtin", "-I", str(HERE), "-x", "c++", "-", "-o", str(path)]
            made = subprocess.run(
                command, input=source, text=True, capture_output=True, check=False
            )
            if made.returncode:
                raise RuntimeError(f"g++ refuses a kernel:\n{made.stderr}\n{source}")
            os.replace(path, library)
    return ctypes.CDLL(str(library))


class Parameter:
    """One parameter, as CuPy reads it."""

    def __init__(self, text):
        words = text.split()
        self.raw = "raw" in words[:-1]
        self.dtype, self.name = words[-2:]
        if self.name == "i" or self.name.startswith("_"):
            raise ValueError(f"Can not use '{self.name}' as a parameter name")
        self.ctype = CTYPES[self.dtype]


def parameters(text):
    return [Parameter(part) for part in text.strip().split(",") if part.strip()]


def checked(parameter, value, unwrap):
    """An argument as a NumPy array, of the declared type."""
    array = unwrap(value)
    if array is None:  # a number
        return np.asarray(value, parameter.dtype)
    if array.dtype != parameter.dtype:
        raise TypeError(f"Type is mismatched. {parameter.name} {array.dtype} {parameter.dtype}")
    return array


def declaration(k, p, const, index, shape="shape", ndim="ndim"):
    """How a kernel's code finds a parameter."""
    if p.raw:
        return f"const Raw<{p.ctype}> {p.name} = {{_args[{k}].data, (int)_args[{k}].ndim, _args[{k}].shape, _args[{k}].strides}};"
    kind = f"{'const ' if const else ''}{p.ctype}"
    return f"{kind}& {p.name} = *({p.ctype}*)_element(_args[{k}], {index}, {ndim}, {shape});"


def run_elementwise(kernel, arrays, shape):
    lines = [
        declaration(k, p, k < len(kernel.inputs), "i") for k, p in enumerate(kernel.parameters)
    ]
    body = "\n    ".join(lines)
    source = f"""#include "shim.h"
{kernel.preamble}
extern "C" void run(long long size, long long ndim, const long long* shape, const Array* _args) {{
  for (long long i = 0; i < size; ++i) {{
    {body}
    {kernel.operation};
  }}
}}
"""
    full = [
        a if p.raw else np.broadcast_to(a, shape)
        for a, p in zip(arrays, kernel.parameters, strict=True)
    ]
    size = int(np.prod(shape, dtype=int))
    built(source).run(
        ctypes.c_longlong(size), ctypes.c_longlong(len(shape)), _numbers(shape), packed(full)
    )


def run_reduction(kernel, arrays, axes, shape, scalars):
    """Each result in 32 parts, as that many threads would."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    order = [*kept, *axes]
    outer = tuple(shape[axis] for axis in kept)
    inner = tuple(shape[axis] for axis in axes)
    *given, result = arrays
    turned = [
        a if p.raw or k in scalars else np.broadcast_to(a, shape).transpose(order)
        for k, (a, p) in enumerate(zip(given, kernel.inputs, strict=True))
    ]
    (out,) = kernel.outputs
    count = len(kernel.inputs)
    arrays_ = enumerate(kernel.inputs)
    reads = [declaration(k, p, True, "_j * inner + _k") for k, p in arrays_ if k not in scalars]
    numbers = [declaration(k, kernel.inputs[k], True, "0", ndim="0") for k in scalars]
    line = "\n      "
    source = f"""#include "shim.h"
{kernel.preamble}
#define REDUCE(a, b) ({kernel.reduce_expr})
#define POST_MAP(a) ({kernel.post_map_expr})
typedef {kernel.reduce_type} _type_reduce;
extern "C" void run(long long outer, long long inner, long long ndim, const long long* shape,
                    long long rank, const long long* kept, const Array* _args) {{
  {line.join(numbers)}
  for (long long _j = 0; _j < outer; ++_j) {{
    _type_reduce _parts[32];
    for (int _t = 0; _t < 32; ++_t) _parts[_t] = _type_reduce({kernel.identity});
    for (long long _k = 0; _k < inner; ++_k) {{
      {line.join(reads)}
      _type_reduce _a = static_cast<_type_reduce>({kernel.map_expr}), _s = _parts[_k % 32];
      _parts[_k % 32] = REDUCE(_s, _a);
    }}
    for (int _step = 16; _step; _step /= 2)
      for (int _t = 0; _t < _step; ++_t) {{
        _type_reduce _a = _parts[_t], _b = _parts[_t + _step];
        _parts[_t] = REDUCE(_a, _b);
      }}
    {out.ctype}& {out.name} = *({out.ctype}*)_element(_args[{count}], _j, rank, kept);
    _type_reduce _s = _parts[0];
    POST_MAP(_s);
  }}
}}
"""
    final = result.reshape(outer)
    assert np.shares_memory(final, result) or result.size == 0
    sizes = (int(np.prod(outer, dtype=int)), int(np.prod(inner, dtype=int)))
    built(source).run(
        *(ctypes.c_longlong(n) for n in sizes),
        ctypes.c_longlong(len(shape)),
        _numbers((*outer, *inner)),
        ctypes.c_longlong(len(outer)),
        _numbers(outer),
        packed([*turned, final]),
    )


def run_raw(kernel, grid, block, args):
    """The blocks of a grid one after the other, the threads of each side by side as fibres."""
    source = f"""#include "shim.h"
#include "fibres.h"
{kernel.code}
"""
    head = re.search(rf"void {kernel.name}\(([^)]*)\)", kernel.code)[1]
    kinds = [part.rsplit(None, 1)[0] for part in head.split(",")]
    if len(kinds) != len(args):
        raise TypeError(f"{kernel.name} takes {len(kinds)} arguments, not {len(args)}")
    reads = []
    for k, (kind, arg) in enumerate(zip(kinds, args, strict=True)):
        wanted = arg.dtype.name if isinstance(arg, np.ndarray) else _number_type(arg)
        pointer = isinstance(arg, np.ndarray)
        if re.sub(r"\b(const|volatile) ", "", kind).strip() != CTYPES[wanted] + "*" * pointer:
            raise TypeError(f"{kernel.name}: {wanted} is given for {kind}")
        reads.append(
            f"({CTYPES[wanted]}*)_data[{k}]" if pointer else f"*({CTYPES[wanted]}*)_data[{k}]"
        )
    source += f"""
static void** _data;
static void _thread() {{ {kernel.name}({", ".join(reads)}); }}
extern "C" bool run(int blocks, int threads, void** data) {{
  _data = data;
  return _fibres::run(blocks, threads, _thread);
}}
"""
    held = [a if isinstance(a, np.ndarray) else np.asarray(a, _number_type(a)) for a in args]
    pointers = (ctypes.c_void_p * len(held))(*[a.__array_interface__["data"][0] for a in held])
    run = built(source).run
    run.restype = ctypes.c_bool
    if not run(grid[0], block[0], pointers):
        raise RuntimeError(f"{kernel.name}: threads of a block wait for different things")


def _number_type(value):
    """What CuPy passes a number as."""
    if isinstance(value, np.generic):
        return value.dtype.name
    return {bool: "bool", int: "int64", float: "float64"}[type(value)]


# ---- as CuPy would compile them -----------------------------------------------------------


def elementwise_cuda(kernel):
    """A kernel of the same code for nvcc: what CuPy puts around it, in short."""
    given = ", ".join(
        f"Strided<{p.ctype}> _raw_{p.name}" if not p.raw else f"Strided<{p.ctype}> {p.name}"
        for p in kernel.parameters
    )
    reads = "\n    ".join(
        f"{'const ' if k < len(kernel.inputs) else ''}{p.ctype}& {p.name} = _raw_{p.name}[i];"
        for k, p in enumerate(kernel.parameters)
        if not p.raw
    )
    return f"""{kernel.preamble}
extern "C" __global__ void {kernel.name}({given}, long long _size) {{
  for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < _size;
       i += (long long)blockDim.x * gridDim.x) {{
    {reads}
    {kernel.operation};
  }}
}}
"""


def reduction_cuda(kernel):
    """A reduction of the same code for nvcc, by one thread for each result."""
    given = ", ".join(
        f"Strided<{p.ctype}> _raw_{p.name}" if not p.raw else f"Strided<{p.ctype}> {p.name}"
        for p in kernel.inputs
    )
    reads = "\n      ".join(
        f"const {p.ctype}& {p.name} = _raw_{p.name}[_j * inner + _k];"
        for p in kernel.inputs
        if not p.raw
    )
    numbers = "\n    ".join(
        f"const {p.ctype}& {p.name} = _raw_{p.name}[0];" for p in kernel.inputs if not p.raw
    )
    (out,) = kernel.outputs
    return f"""{kernel.preamble}
#define REDUCE(a, b) ({kernel.reduce_expr})
#define POST_MAP(a) ({kernel.post_map_expr})
extern "C" __global__ void {kernel.name}({given}, {out.ctype}* _out, long long outer, long long inner) {{
  typedef {kernel.reduce_type} _type_reduce;
  for (long long _j = blockIdx.x; _j < outer; _j += gridDim.x) {{
    _type_reduce _s = _type_reduce({kernel.identity});
    for (long long _k = 0; _k < inner; ++_k) {{
      {reads}
      _type_reduce _a = static_cast<_type_reduce>({kernel.map_expr});
      _s = REDUCE(_s, _a);
    }}
    {numbers}
    {out.ctype}& {out.name} = _out[_j];
    POST_MAP(_s);
  }}
}}
#undef REDUCE
#undef POST_MAP
"""
