def _depthwise(x, w, rooms, shifts, out):
    """Filters w (*kernel, 1, C m) that see one channel each, m of them every channel.

    out[n, i, c, m] = sum over k of x[n, i s + k d - low, c] w[k, c, m]: for each k the
    shifted images times one number for each filter. `part` has room for some images.
    """
    part, = rooms
    w = w.reshape(*w.shape[:-2], x.shape[-1], -1)
    out, part = (a.reshape(*a.shape[:-1], *w.shape[-2:]) for a in (out, part))

    def work(blocks, part):
        for some in blocks:
            images = x[some, ..., None]
            total, product = out[some], part[: len(images)]
            total.fill(0)
            for position, outs, ins in shifts:
                np.multiply(images[ins], w[position], out=product[outs])
                np.add(total[outs], product[outs], out=total[outs])

    _share(work, len(x), len(part), part)
