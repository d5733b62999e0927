def _max_pool(x, kernel, padding, strides=(1, 1, 1), dilation=(1, 1, 1)):
    """The largest of what a window sees as it slides over images x (N, *sizes, C)."""
    x = np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=-np.inf)
    parts = [part for _, part in _slides(x, kernel, strides, dilation)]
    top = parts[0]
    for part in parts[1:]:
        top = np.maximum(top, part)
    return top
