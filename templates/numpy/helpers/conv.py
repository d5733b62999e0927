def _conv(x, w, padding, strides=(1, 1, 1), dilation=(1, 1, 1), groups=1):
    """Slide a kernel w (*kernel, C / groups, O) over images x (N, *sizes, C).

    out[n, i, o] = sum over k and c of x[n, i s + k d - low, c] w[k, c, o]: for each
    position k in the kernel, the image shifted by it times the weights there. With
    groups, each takes its share of the channels and of the filters.
    """
    x = np.pad(x, ((0, 0), *padding, (0, 0)))
    total = 0.0
    for position, part in _slides(x, w.shape[:-2], strides, dilation):
        shares = zip(np.split(part, groups, -1), np.split(w[position], groups, -1))
        total = total + np.concatenate([a @ b for a, b in shares], axis=-1)
    return total
