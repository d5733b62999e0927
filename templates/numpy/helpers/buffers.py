def _buffers(dtype):
    """A function for buffers of that type."""

    def buffer(first, last, shape):
        return _Buffer(first, last, dtype, shape)

    return buffer
