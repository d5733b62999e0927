def _arrays_in(memory, dtype):
    """A function for arrays of that type in the arena, from a byte on."""

    def window(start, shape):
        return _window(memory, start, dtype, shape)

    return window
