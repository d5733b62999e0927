def _depthwise_weight_gradient(x, g, rooms, shifts, out):
    """What _depthwise passes back to its weights, given g for its result.

    dw[k, c, m] = sum over n and i of x[n, i s + k d - low, c] g[n, i, c, m].
    """
    part, total = rooms
    g, part = (a.reshape(*a.shape[:-1], *total.shape) for a in (g, part))
    sums = out.reshape(*out.shape[:-2], *total.shape)

    def work(blocks, sums, part, total):
        sums.fill(0)
        for some in blocks:
            images = x[some, ..., None]
            given = g[some]
            product = part[: len(images)]
            for position, outs, ins in shifts:
                np.multiply(images[ins], given[outs], out=product[outs])
                np.sum(product[outs], axis=tuple(range(x.ndim - 1)), out=total)
                sums[position] += total

    for other, *_ in _share(work, len(x), len(part), sums, part, total):
        sums += other
