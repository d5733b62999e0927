def _heard(line, arrays):
    """The arrays, like some here, that another process says."""
    data, start = line.listen().read(sum(a.nbytes for a in arrays)), 0
    for a in arrays:
        yield np.frombuffer(data, a.dtype, a.size, start).reshape(a.shape)
        start += a.nbytes
