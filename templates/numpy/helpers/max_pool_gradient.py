def _max_pool_gradient(
    index,
    g,
    sizes,
    kernel,
    padding,
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """What _max_pool passes back: g at the place of the largest element of each window."""
    padded = [low + n + high for n, (low, high) in zip(sizes, padding)]
    x = np.zeros((len(g), *padded, g.shape[-1]), dtype=g.dtype)
    parts = _slides(x, kernel, strides, dilation)
    for place, (_, part) in enumerate(parts):
        part += g * (index == place)
    inside = [slice(low, low + n) for n, (low, _) in zip(sizes, padding)]
    return x[(slice(None), *inside)]
