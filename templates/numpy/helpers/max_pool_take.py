def _max_pool_take(index, x, kernel, padding, strides=(1, 1, 1), dilation=(1, 1, 1)):
    """The element of x at the place of each window that index says."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)))
    total = 0.0
    for place, (_, part) in enumerate(_slides(x, kernel, strides, dilation)):
        total = total + part * (index == place)
    return total
