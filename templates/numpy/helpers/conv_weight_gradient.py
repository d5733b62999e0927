def _conv_weight_gradient(
    x,
    g,
    kernel,
    padding,
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
    groups=1,
):
    """What _conv passes back to its weights, given g for its result.

    dw[k, c, o] = sum over n and i of x[n, i s + k d - low, c] g[n, i, o]: what each
    element of the kernel saw, times what came back.
    """
    x = np.pad(x, ((0, 0), *padding, (0, 0)))
    shares = [b.reshape(-1, b.shape[-1]) for b in np.split(g, groups, -1)]
    rows = []
    for _, part in _slides(x, kernel, strides, dilation):
        seen = [a.reshape(-1, a.shape[-1]) for a in np.split(part, groups, -1)]
        rows.append(np.concatenate([a.T @ b for a, b in zip(seen, shares)], axis=-1))
    return np.stack(rows).reshape(*kernel, -1, g.shape[-1])
