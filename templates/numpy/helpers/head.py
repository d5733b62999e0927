def _head(buffer, *shape):
    """The first elements of a buffer, in another shape."""
    size = 1
    for count in shape:
        size *= count
    return buffer.reshape(-1)[:size].reshape(shape)
