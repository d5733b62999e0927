def _copy_turned(turned, out):
    """Copy a transposed matrix, as many rows of it at a time as fill a cache line.

    Rows a power of two of bytes apart push one another out of the cache otherwise.
    """
    step = 64 // out.itemsize
    for start in range(0, out.shape[1], step):
        out[:, start : start + step] = turned[:, start : start + step]
