"""cuBLAS on the CPU: the C interface of its functions for products, over NumPy.

The interface is that of the cuBLAS manual (sections "cublasGemmEx", "cublasGemmStridedBatchedEx" and
"cublasSetStream"); the library hands what it is given to :func:`product`, in stream order.
"""

import ctypes

import numpy as np
import shim
from capture import enqueue, no_capture
from numpy.lib.stride_tricks import as_strided

SOURCE = """
struct Matrix { const void* data; int type, line; long long step; };
struct Product {
  Matrix a, b, c;
  const void *alpha, *beta;
  int turned_a, turned_b, m, n, k, count, compute, algorithm;
};
typedef int (*Hook)(const Product*);
static Hook hook;
extern "C" void set_hook(Hook given) { hook = given; }

extern "C" int cublasSetStream_v2(void* handle, void* stream) { return handle ? 0 : 1; }

extern "C" int cublasGemmEx(
    void* handle, int transa, int transb, int m, int n, int k, const void* alpha,
    const void* A, int Atype, int lda, const void* B, int Btype, int ldb, const void* beta,
    void* C, int Ctype, int ldc, int computeType, int algo) {
  Product given = {{A, Atype, lda, 0}, {B, Btype, ldb, 0}, {C, Ctype, ldc, 0}, alpha, beta,
                   transa, transb, m, n, k, 1, computeType, algo};
  return handle ? hook(&given) : 1;
}

extern "C" int cublasGemmStridedBatchedEx(
    void* handle, int transa, int transb, int m, int n, int k, const void* alpha,
    const void* A, int Atype, int lda, long long strideA, const void* B, int Btype, int ldb,
    long long strideB, const void* beta, void* C, int Ctype, int ldc, long long strideC,
    int batchCount, int computeType, int algo) {
  Product given = {{A, Atype, lda, strideA}, {B, Btype, ldb, strideB}, {C, Ctype, ldc, strideC},
                   alpha, beta, transa, transb, m, n, k, batchCount, computeType, algo};
  return handle ? hook(&given) : 1;
}
"""
INVALID, UNSUPPORTED = 7, 15
TYPES = {0: "float32", 1: "float64", 2: "float16", 14: "uint16"}
# Types of operands and of the result, and what is computed in: the manual's table, as far as it
# is of use here.
COMBINATIONS = {
    *((kind, made, 68) for kind, made in ((2, 2), (2, 0), (14, 14), (14, 0), (0, 0))),
    *((0, 0, 77), (1, 1, 70)),
}
CALLS = []  # the product, whether of one or of a stack, of each call: (kind, made, compute, count)


class Matrix(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("type", ctypes.c_int),
        ("line", ctypes.c_int),
        ("step", ctypes.c_longlong),
    ]


class Product(ctypes.Structure):
    _fields_ = [
        *((name, Matrix) for name in "abc"),
        *((name, ctypes.c_void_p) for name in ("alpha", "beta")),
        *(
            (name, ctypes.c_int)
            for name in ("turned_a", "turned_b", "m", "n", "k", "count", "compute", "algorithm")
        ),
    ]


def to_bfloat16(x):
    """The bits of the bfloat16 that is nearest, ties to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(x), np.uint16(0x7FFF), rounded.astype(np.uint16))


def from_bfloat16(bits):
    """The numbers that bits of bfloat16 stand for."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def to_tf32(x):
    """The nearest numbers with 10 bits after the point, ties away from zero."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return np.where(np.isfinite(x), ((bits + 0x1000) & 0xFFFFE000).view(np.float32), x)


def array_at(matrix, rows, columns, count, turned=False):
    """A stack of matrices in memory, by columns."""
    dtype = np.dtype(TYPES[matrix.type])
    if turned:
        rows, columns = columns, rows
    last = matrix.step * (count - 1) + matrix.line * (columns - 1) + rows
    memory = (ctypes.c_char * (last * dtype.itemsize)).from_address(matrix.data)
    steps = matrix.step, 1, matrix.line
    flat = np.frombuffer(memory, dtype)
    found = as_strided(flat, (count, rows, columns), [s * dtype.itemsize for s in steps])
    return found.swapaxes(1, 2) if turned else found


def widened(array, compute):
    """What an operand counts as."""
    if array.dtype == np.uint16:
        return from_bfloat16(array)
    if compute == 77:
        return to_tf32(array)
    return array.astype(np.float64 if compute == 70 else np.float32, copy=False)


@np.errstate(all="ignore")
def work(p):
    """Compute a product."""
    a = array_at(p.a, p.m, p.k, p.count, p.turned_a)
    b = array_at(p.b, p.k, p.n, p.count, p.turned_b)
    c = array_at(p.c, p.m, p.n, p.count)
    found = np.matmul(widened(a, p.compute), widened(b, p.compute))
    c[...] = to_bfloat16(found) if c.dtype == np.uint16 else found


def product(given):
    """Take a product, or say what is wrong with it."""
    p = Product.from_buffer_copy(given.contents)
    sizes = p.m, p.n, p.k, p.count
    lines = (
        (p.a.line, p.k if p.turned_a else p.m),
        (p.b.line, p.n if p.turned_b else p.k),
        (p.c.line, p.m),
    )
    if min(sizes) < 1 or any(line < least for line, least in lines):
        return INVALID
    if (p.a.type, p.c.type, p.compute) not in COMBINATIONS or p.a.type != p.b.type:
        return UNSUPPORTED
    scalar = ctypes.c_double if p.compute == 70 else ctypes.c_float
    if (scalar.from_address(p.alpha).value, scalar.from_address(p.beta).value) != (1, 0):
        return INVALID  # cuBLAS takes others, of which there are none here
    CALLS.append((TYPES[p.a.type], TYPES[p.c.type], p.compute, p.count))
    enqueue(lambda: work(p))
    return 0


_HOOK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Product))(product)


def library():
    """The path of the library."""
    made = shim.built(SOURCE)
    made.set_hook(_HOOK)
    return made._name


# CuPy's names of these functions, and which of their arguments are pointers.
NAMES = {
    "gemmEx": ("cublasGemmEx", {0, 6, 7, 10, 13, 14}),
    "gemmStridedBatchedEx": ("cublasGemmStridedBatchedEx", {0, 6, 7, 11, 15, 16}),
}


class Bindings:
    """What CuPy has of cuBLAS: the library that it loaded, and its own calls, of which none while
    a graph is captured."""

    @property
    def __file__(self):
        return library()

    def __getattr__(self, name):
        if name not in NAMES:
            raise AttributeError(name)
        called, pointers = NAMES[name]
        function = getattr(ctypes.CDLL(library()), called)

        def call(*given):
            no_capture("calling cuBLAS by CuPy")
            pairs = enumerate(given)
            kinds = [ctypes.c_void_p if k in pointers else ctypes.c_longlong for k, _ in pairs]
            status = function(*(kind(v) for kind, v in zip(kinds, given, strict=True)))
            if status:
                raise RuntimeError(f"cuBLAS error {status}")

        return call
