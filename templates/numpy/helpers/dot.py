import functools

import numpy as np


def _dot(x, w, out):
    """The product of few rows and a matrix, in tiles of columns.

    BLAS copies a matrix before it multiplies, which takes as long as few rows do. Where
    OpenBLAS has code for AVX-512 it does not below a million multiplications.
    """
    (rows, depth), columns = x.shape, out.shape[1]
    tile = 64 if rows * depth * 64 <= 1_000_000 else 32
    few = 4 <= rows <= 96 and rows * depth * tile <= 1_000_000
    if few and columns % tile == 0 and w.flags.c_contiguous and _has_small_products():
        tiles = out.reshape(rows, -1, tile).transpose(1, 0, 2)
        np.matmul(x, w.reshape(depth, -1, tile).transpose(1, 0, 2), out=tiles)
    else:
        np.dot(x, w, out=out)


@functools.lru_cache(maxsize=1)
def _has_small_products():
    """Whether NumPy's BLAS is OpenBLAS with that code, on a processor that runs it."""
    found = _blas("corename")
    if found:
        found[0].restype = ctypes.c_char_p
    return bool(found) and found[0]() in (b"SkylakeX", b"Cooperlake", b"SapphireRapids")
