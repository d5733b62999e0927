def _head(buffer, *shape):
    """The first elements of a buffer, in another shape."""
    return buffer.reshape(-1)[: int(np.prod(shape))].reshape(shape)
