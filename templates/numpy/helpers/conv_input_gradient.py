def _conv_input_gradient(
    g,
    w,
    sizes,
    padding,
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
    groups=1,
):
    """What _conv passes back to its images (N, *sizes, C), given g for its result.

    dx[n, i s + k d - low, c] += sum over o of g[n, i, o] w[k, c, o]: each output hands
    every input that it saw its share.
    """
    padded = [low + n + high for n, (low, high) in zip(sizes, padding)]
    x = np.zeros((len(g), *padded, w.shape[-2] * groups), dtype=g.dtype)
    for position, part in _slides(x, w.shape[:-2], strides, dilation):
        shares = zip(np.split(g, groups, -1), np.split(w[position], groups, -1))
        part += np.concatenate([a @ b.T for a, b in shares], axis=-1)
    inside = [slice(low, low + n) for n, (low, _) in zip(sizes, padding)]
    return x[(slice(None), *inside)]
