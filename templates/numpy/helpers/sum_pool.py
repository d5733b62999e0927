def _sum_pool(x, kernel, padding, strides=(1, 1, 1), dilation=(1, 1, 1)):
    """The sum of what a window sees as it slides over images x (N, *sizes, C)."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)))
    parts = [part for _, part in _slides(x, kernel, strides, dilation)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
