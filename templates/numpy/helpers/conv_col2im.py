def _conv_col2im(g, w, rooms, out, low=(), strides=(1, 1, 1), dilation=(1, 1, 1)):
    """What a convolution passes back to its images, given g for its result.

    dx[n, i s + k d - low, c] += sum over o of g[n, i, o] w[k, c, o]: one product gives
    what comes back to every patch, and patches are added up where they overlap.
    """
    columns, padded = rooms
    images, kernel, (inner, filters) = len(columns), w.shape[:-2], w.shape[-2:]
    groups = out.shape[-1] // inner
    w = w.reshape(-1, groups, filters // groups)
    inside = [slice(a, a + n) for a, n in zip(low, out.shape[1:-1])]

    def work(blocks, columns, padded):
        for some in blocks:
            given = g[some]
            total = out[some] if padded is None else padded[: len(given)]
            total.fill(0)
            matrix = columns[: len(given)]
            given = given.reshape(-1, groups, filters // groups)
            for k in range(groups):
                np.matmul(given[:, k], w[:, k].T, out=matrix.reshape(len(given), -1))
                channels = total[..., k * inner : (k + 1) * inner]
                for position, part in _slides(channels, kernel, strides, dilation):
                    part += matrix[(..., *position, slice(None))]
            if padded is not None:
                out[some] = total[(slice(None), *inside)]

    _share(work, len(g), images, columns, padded)
