def _depthwise_input_gradient(g, w, part, shifts, out):
    """What _depthwise passes back to its images, given g for its result.

    dx[n, i s + k d - low, c] += sum over m of g[n, i, c, m] w[k, c, m].
    """
    w = w.reshape(*w.shape[:-2], out.shape[-1], -1)
    g, part = (a.reshape(*a.shape[:-1], *w.shape[-2:]) for a in (g, part))
    for start in range(0, len(g), len(part)):
        given, total = g[start : start + len(part)], out[start : start + len(part)]
        product = part[: len(given)]
        total.fill(0)
        for position, outs, ins in shifts:
            np.multiply(given[outs], w[position], out=product[outs])
            for m in range(w.shape[-1]):
                np.add(total[ins], product[(*outs, ..., m)], out=total[ins])
