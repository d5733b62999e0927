"""A stand-in for CuPy: arrays that live "on the device", kernels that run on the CPU.

Its array is no NumPy array and never becomes one by itself: NumPy functions refuse it, it refuses
NumPy's arrays as operands, and only `get`, `set`, `asarray` and `asnumpy` copy between the two.
What is not here, the emitted modules do not need.
"""

import contextlib
import sys
import types
from contextlib import contextmanager

import blas
import numpy as np
import shim
from capture import (
    Event,
    Graph,
    MemoryPool,
    Stream,
    enqueue,
    get_current_stream,
    no_capture,
    using_allocator,
)

COPIES = []  # what was copied between host and device: "in" or "out"


def unwrap(value):
    """The NumPy array inside of a device array; None for a number; NumPy's arrays are refused."""
    if isinstance(value, ndarray):
        return value._a
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    return None


def _value(value):
    array = unwrap(value)
    return value if array is None else array


class ndarray:
    """An array on the device."""

    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, array):
        self._a = array

    def __array__(self, *args, **kwargs):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct "
            "a NumPy array explicitly."
        )

    shape = property(lambda self: self._a.shape)
    dtype = property(lambda self: self._a.dtype)
    ndim = property(lambda self: self._a.ndim)
    size = property(lambda self: self._a.size)
    nbytes = property(lambda self: self._a.nbytes)
    strides = property(lambda self: self._a.strides)
    flags = property(lambda self: self._a.flags)
    itemsize = property(lambda self: self._a.itemsize)
    T = property(lambda self: ndarray(self._a.T))

    @property
    def data(self):
        return types.SimpleNamespace(ptr=self._a.__array_interface__["data"][0])

    def __len__(self):
        return len(self._a)

    def __repr__(self):
        return f"<on the device: {self._a!r}>"

    def get(self):
        no_capture("a copy to the host")
        COPIES.append("out")
        return self._a.copy()

    def set(self, array):
        no_capture("a copy from the host")
        if not isinstance(array, np.ndarray) or array.dtype != self.dtype:
            raise TypeError(f"array {array!r} can't be set to {self.dtype}")
        if array.shape != self.shape:
            raise ValueError(f"Shape mismatch. {array.shape} {self.shape}")
        COPIES.append("in")
        self._a[...] = array

    def item(self):
        return self.get().item()

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __bool__(self):
        return bool(self.item())

    def reshape(self, *shape):
        return ndarray(self._a.reshape(*shape))

    def transpose(self, *axes):
        return ndarray(self._a.transpose(*axes))

    def view(self, dtype):
        return ndarray(self._a.view(dtype))

    def copy(self):
        made = empty(self.shape, self.dtype)
        copyto(made, self)
        return made

    def astype(self, dtype):
        return ndarray(self._a.astype(dtype))

    def fill(self, value):
        if isinstance(value, np.ndarray):
            raise TypeError("a number is expected")
        enqueue(lambda: self._a.fill(value))

    def __getitem__(self, index):
        parts = index if isinstance(index, tuple) else (index,)
        found = self._a[
            tuple(_value(p) for p in parts) if isinstance(index, tuple) else _value(index)
        ]
        return ndarray(np.asarray(found) if not isinstance(found, np.ndarray) else found)

    def __setitem__(self, index, value):
        value = _value(value)

        def work():
            self._a[index] = value

        enqueue(work)


def _reducing(name):
    def method(self, axis=None, dtype=None, out=None, keepdims=False):
        more = {"keepdims": True} if keepdims else {}
        if dtype is not None:
            more["dtype"] = dtype

        @np.errstate(all="ignore")  # a GPU says nothing of NaN and infinities
        def reduced():
            return np.asarray(getattr(self._a, name)(axis=axis, **more))

        if out is None:
            return ndarray(reduced())
        target = unwrap(out)
        if reduced().shape != target.shape:
            raise ValueError("Output array has wrong shape")
        enqueue(lambda: target.__setitem__(..., reduced()))
        return out

    return method


for _name in ("sum", "prod", "max", "min", "any", "all", "argmax", "argmin", "cumsum"):
    setattr(ndarray, _name, _reducing(_name))


def _operator(name):
    def method(self, other=None):
        if other is None:
            return ndarray(np.asarray(getattr(self._a, name)()))
        found = getattr(self._a, name)(_value(other))
        return NotImplemented if found is NotImplemented else ndarray(np.asarray(found))

    return method


_SIGNS = "add sub mul truediv floordiv mod pow and or xor lt le gt ge eq ne radd rsub rmul rtruediv"
for _name in (*_SIGNS.split(), "rpow", "rfloordiv", "rmod", "neg", "invert"):
    setattr(ndarray, f"__{_name}__", _operator(f"__{_name}__"))


# ---- functions ----------------------------------------------------------------------------


def asarray(value, dtype=None):
    if isinstance(value, ndarray):
        return value if dtype is None else value.astype(dtype)
    no_capture("a copy from the host")
    COPIES.append("in")
    return ndarray(np.array(value, dtype, order="C"))


def array(value, dtype=None):
    return asarray(value, dtype)


def asnumpy(value):
    return value.get() if isinstance(value, ndarray) else np.asarray(value)


def empty(shape, dtype=np.float32):
    no_capture("an allocation")
    made = np.empty(shape, dtype)
    made.view(np.uint8).fill(0xA5) if made.ndim else made.fill(77)  # what was there before
    return ndarray(made)


def empty_like(value):
    return empty(value.shape, value.dtype)


def zeros(shape, dtype=np.float32):
    no_capture("an allocation")
    return ndarray(np.zeros(shape, dtype))


def ones(shape, dtype=np.float32):
    return ndarray(np.ones(shape, dtype))


def full(shape, value, dtype=np.float32):
    return ndarray(np.full(shape, value, dtype))


def arange(*args, dtype=None):
    return ndarray(np.arange(*args, dtype=dtype))


def broadcast_to(x, shape):
    return ndarray(np.broadcast_to(x._a, shape))


def ascontiguousarray(x):
    made = ndarray(np.empty(x.shape, x.dtype))
    copyto(made, x)
    return made


def copyto(target, source, casting="same_kind"):
    into, value = unwrap(target), _value(source)
    enqueue(lambda: np.copyto(into, value, casting=casting))


def matmul(a, b, out=None):
    x, y = unwrap(a), unwrap(b)
    if x.dtype.kind == "f":
        no_capture("calling cuBLAS by CuPy")
    if out is None:
        return ndarray(np.matmul(x, y))
    into = unwrap(out)
    if into.dtype != x.dtype or np.matmul(x, y).shape != into.shape:
        raise ValueError("Output array has wrong dtype or shape")
    assert not np.shares_memory(into, x) and not np.shares_memory(into, y)
    enqueue(lambda: np.copyto(into, np.matmul(x, y)))
    return out


def concatenate(arrays, axis=0, out=None):
    parts = [unwrap(a) for a in arrays]
    if out is None:
        return ndarray(np.concatenate(parts, axis))
    into = unwrap(out)
    enqueue(lambda: np.concatenate(parts, axis, out=into))
    return out


def einsum(subscripts, *arrays):
    no_capture("an allocation")
    return ndarray(np.asarray(np.einsum(subscripts, *[unwrap(a) for a in arrays])))


# Elementwise functions, which arrays that depend on sizes alone may be made with.
_UFUNCS = (
    *("add", "subtract", "multiply", "divide", "negative", "power", "floor_divide", "remainder"),
    *(
        "square",
        "sqrt",
        "exp",
        "expm1",
        "log",
        "log1p",
        "sin",
        "cos",
        "tanh",
        "floor",
        "abs",
        "sign",
    ),
    *("maximum", "minimum", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal"),
    *("logical_and", "logical_or", "logical_not", "logical_xor", "where", "clip", "isnan"),
)


def _function(name):
    def call(*args):
        with np.errstate(all="ignore"):
            return ndarray(np.asarray(getattr(np, name)(*[_value(a) for a in args])))

    return call


# ---- kernels ------------------------------------------------------------------------------


class ElementwiseKernel:
    """A kernel over broadcast arrays."""

    def __init__(self, in_params, out_params, operation, name="kernel", preamble=""):
        self.inputs = shim.parameters(in_params)
        self.outputs = shim.parameters(out_params)
        self.parameters = [*self.inputs, *self.outputs]
        self.operation, self.name, self.preamble = operation, name, preamble
        shim.SOURCES[shim.elementwise_cuda(self)] = name

    def __call__(self, *args, size=None):
        if len(args) != len(self.parameters):
            raise TypeError(f"Wrong number of arguments for {self.name!r}")
        pairs = list(zip(self.parameters, args, strict=True))
        for a in args[len(self.inputs) :]:
            if not isinstance(a, ndarray):
                raise TypeError("Output arguments type must be cupy.ndarray")
        arrays = [shim.checked(p, a, unwrap) for p, a in pairs]
        full = [a for p, a in zip(self.parameters, arrays, strict=True) if not p.raw]
        shape = np.broadcast_shapes(*(a.shape for a in full)) if size is None else (size,)
        for p, a in zip(self.outputs, arrays[len(self.inputs) :], strict=True):
            if not p.raw and a.shape != shape:
                raise ValueError("Out shape is mismatched")
        enqueue(lambda: shim.run_elementwise(self, arrays, shape))


class ReductionKernel:
    """A reduction with what is done to each operand before and to each result after."""

    def __init__(
        self, in_params, out_params, map_expr, reduce_expr, post_map_expr, identity,
        name="reduce_kernel", reduce_type=None, preamble="",
    ):  # fmt: skip
        self.inputs = shim.parameters(in_params)
        self.outputs = shim.parameters(out_params)
        self.map_expr, self.reduce_expr, self.post_map_expr = map_expr, reduce_expr, post_map_expr
        self.identity, self.name, self.preamble = identity, name, preamble
        self.reduce_type = reduce_type or self.outputs[0].ctype
        shim.SOURCES[shim.reduction_cuda(self)] = name

    def __call__(self, *args, axis=None, keepdims=False):
        given = args[: len(self.inputs)]
        (out,) = args[len(self.inputs) :]
        arrays = [shim.checked(p, a, unwrap) for p, a in zip(self.inputs, given, strict=True)]
        scalars = [k for k, a in enumerate(given) if not isinstance(a, ndarray)]
        full = [
            a for k, (p, a) in enumerate(zip(self.inputs, arrays, strict=True))
            if not p.raw and k not in scalars
        ]  # fmt: skip
        shape = np.broadcast_shapes(*(a.shape for a in full))
        axes = (
            tuple(range(len(shape)))
            if axis is None
            else axis
            if isinstance(axis, tuple)
            else (axis,)
        )
        kept = [1 if k in axes else n for k, n in enumerate(shape) if keepdims or k not in axes]
        target = shim.checked(self.outputs[0], out, unwrap)
        if target.shape != tuple(kept):
            raise ValueError("Out shape is mismatched")
        if any(p.raw for p in self.inputs) and axes != tuple(range(len(axes))):
            raise NotImplementedError("Illegal conditions")
        enqueue(lambda: shim.run_reduction(self, [*arrays, target], axes, shape, scalars))


class RawKernel:
    """A kernel with a grid of its own."""

    def __init__(self, code, name):
        self.code, self.name = code, name
        shim.SOURCES[code] = name

    def __call__(self, grid, block, args):
        if not all(n > 0 for n in (*grid, *block)):
            raise ValueError("CUDA_ERROR_INVALID_VALUE: invalid argument")
        for a in args:
            if isinstance(a, ndarray) and not a.flags.c_contiguous:
                raise AssertionError(f"{self.name} takes pointers to rows without gaps")
        given = [unwrap(a) if isinstance(a, ndarray) else a for a in args]
        enqueue(lambda: shim.run_raw(self, grid, block, given))


def _module():
    made = types.ModuleType("cupy")
    names = [n for n in globals() if not n.startswith("_")]
    for name in names:
        setattr(made, name, globals()[name])
    for name in _UFUNCS:
        setattr(made, name, _function(name))
    for name in ("float16", "float32", "float64", "int32", "int64", "uint8", "bool_"):
        setattr(made, name, getattr(np, name))
    made.cuda = types.SimpleNamespace(
        Stream=Stream,
        Event=Event,
        Graph=Graph,
        MemoryPool=MemoryPool,
        using_allocator=using_allocator,
        get_current_stream=get_current_stream,
        get_cublas_handle=lambda: 1,
        cublas=blas.Bindings(),
    )
    return made


@contextmanager
def as_cupy():
    """Let ``import cupy`` find the stand-in."""
    before = sys.modules.get("cupy")
    sys.modules["cupy"] = _module()
    try:
        yield
    finally:
        with contextlib.suppress(KeyError):
            del sys.modules["cupy"]
        if before is not None:
            sys.modules["cupy"] = before


def instance(network, seed=0):
    """An instance of a network's class, over the stand-in."""
    with as_cupy():
        return network.load(seed)
