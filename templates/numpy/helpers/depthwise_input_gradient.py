def _depthwise_input_gradient(g, w, rooms, shifts, out):
    """What _depthwise passes back to its images, given g for its result.

    dx[n, i s + k d - low, c] += sum over m of g[n, i, c, m] w[k, c, m].
    """
    part, = rooms
    w = w.reshape(*w.shape[:-2], out.shape[-1], -1)
    g, part = (a.reshape(*a.shape[:-1], *w.shape[-2:]) for a in (g, part))

    def work(blocks, part):
        for some in blocks:
            given, total = g[some], out[some]
            product = part[: len(given)]
            total.fill(0)
            for position, outs, ins in shifts:
                np.multiply(given[outs], w[position], out=product[outs])
                for m in range(w.shape[-1]):
                    np.add(total[ins], product[(*outs, ..., m)], out=total[ins])

    _share(work, len(g), len(part), part)
