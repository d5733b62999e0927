def _depthwise_weight_gradient(x, g, part, total, shifts, out):
    """What _depthwise passes back to its weights, given g for its result.

    dw[k, c, m] = sum over n and i of x[n, i s + k d - low, c] g[n, i, c, m].
    """
    g, part = (a.reshape(*a.shape[:-1], *total.shape) for a in (g, part))
    sums = out.reshape(*out.shape[:-2], *total.shape)
    sums.fill(0)
    for start in range(0, len(x), len(part)):
        images = x[start : start + len(part), ..., None]
        given = g[start : start + len(part)]
        product = part[: len(images)]
        for position, outs, ins in shifts:
            np.multiply(images[ins], given[outs], out=product[outs])
            np.sum(product[outs], axis=tuple(range(x.ndim - 1)), out=total)
            sums[position] += total
