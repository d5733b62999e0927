def _max_pool_index(x, y, kernel, padding, strides=(1, 1, 1), dilation=(1, 1, 1)):
    """The place of the first largest element in each window: how many come before it.

    y is _max_pool of x. A NaN is equal to nothing, padding is NaN here.
    """
    x = np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=np.nan)
    parts = _slides(x, kernel, strides, dilation)
    index = np.zeros(y.shape, dtype=np.uint8 if len(parts) < 256 else np.int32)
    before = np.ones(y.shape, dtype=np.bool_)
    for _, part in parts:
        before &= part != y
        index += before
    return index
