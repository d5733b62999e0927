def _sum_pool_gradient(
    g,
    sizes,
    kernel,
    padding,
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """What _sum_pool passes back: g, wherever its window was."""
    padded = [low + n + high for n, (low, high) in zip(sizes, padding)]
    x = np.zeros((len(g), *padded, g.shape[-1]), dtype=g.dtype)
    for _, part in _slides(x, kernel, strides, dilation):
        part += g
    inside = [slice(low, low + n) for n, (low, _) in zip(sizes, padding)]
    return x[(slice(None), *inside)]
