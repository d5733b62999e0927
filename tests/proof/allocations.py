"""Count the arrays that NumPy allocates, temporaries included.

tracemalloc knows what is held at a moment, not what came and went; so the memory handler of NumPy
(NEP 49) is replaced, through its C API, by one that counts and then does what the C library does.
"""

import ctypes
import ctypes.util
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

_SIZE, _POINTER = ctypes.c_size_t, ctypes.c_void_p
_MALLOC = ctypes.CFUNCTYPE(_POINTER, _POINTER, _SIZE)
_CALLOC = ctypes.CFUNCTYPE(_POINTER, _POINTER, _SIZE, _SIZE)
_REALLOC = ctypes.CFUNCTYPE(_POINTER, _POINTER, _POINTER, _SIZE)
_FREE = ctypes.CFUNCTYPE(None, _POINTER, _POINTER, _SIZE)
_SET_HANDLER = 304  # of NumPy's table of C functions, which only ever grows


class _Handler(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("context", _POINTER),
        ("malloc", _MALLOC),
        ("calloc", _CALLOC),
        ("realloc", _REALLOC),
        ("free", _FREE),
    )


_libc = ctypes.CDLL(ctypes.util.find_library("c"))
_libc.malloc.restype = _libc.calloc.restype = _libc.realloc.restype = _POINTER
_libc.malloc.argtypes = (_SIZE,)
_libc.calloc.argtypes = (_SIZE, _SIZE)
_libc.realloc.argtypes = (_POINTER, _SIZE)
_libc.free.argtypes = (_POINTER,)
_sizes: list[int] = []


def _malloc(_, size):
    _sizes.append(size)
    return _libc.malloc(size)


def _calloc(_, count, size):
    _sizes.append(count * size)
    return _libc.calloc(count, size)


def _realloc(_, pointer, size):
    _sizes.append(size)
    return _libc.realloc(pointer, size)


def _free(_, pointer, size):
    _libc.free(pointer)


# Arrays keep their handler, so it and its capsule live as long as the process.
_handler = _Handler(
    b"counting", 1, None, _MALLOC(_malloc), _CALLOC(_calloc), _REALLOC(_realloc), _FREE(_free)
)
_new = ctypes.pythonapi.PyCapsule_New
_new.restype, _new.argtypes = ctypes.py_object, (_POINTER, ctypes.c_char_p, _POINTER)
_get = ctypes.pythonapi.PyCapsule_GetPointer
_get.restype, _get.argtypes = _POINTER, (ctypes.py_object, ctypes.c_char_p)
_name = b"mem_handler"  # the capsule keeps a pointer to these bytes
_capsule = _new(ctypes.addressof(_handler), _name, None)
_table = ctypes.cast(_get(np._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(_POINTER))
_set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(_table[_SET_HANDLER])


@contextmanager
def counted():
    """The sizes in bytes of all arrays whose memory is allocated inside, in `sizes`."""
    found = SimpleNamespace(sizes=[])
    old = _set_handler(_capsule)
    _sizes.clear()
    try:
        yield found
    finally:
        found.sizes = list(_sizes)
        _set_handler(old)
