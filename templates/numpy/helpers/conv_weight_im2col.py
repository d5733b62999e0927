def _conv_weight_im2col(x, g, rooms, out, low=(), strides=(1,) * 3, dilation=(1,) * 3):
    """What a convolution of images x passes back to its weights, given g for its result.

    dw[k, c, o] = sum over n and i of x[n, i s + k d - low, c] g[n, i, o]: the matrix
    whose rows are the patches of the images, transposed, times g.
    """
    columns, part, padded = rooms
    (images, rows), kernel = columns.shape[:2], out.shape[:-2]
    inner, filters = out.shape[-2:]
    groups = x.shape[-1] // inner
    total = out.reshape(-1, groups, filters // groups)

    def work(blocks, total, columns, part, padded):
        total.fill(0)
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, kernel, strides, dilation)
            for top in range(0, g.shape[1], rows):
                seen = patches[:, top : top + rows]
                matrix = columns[: len(seen), : seen.shape[1]]
                given = g[some, top : top + rows]
                given = given.reshape(-1, groups, filters // groups)
                for k in range(groups):
                    np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                    flat = matrix.reshape(len(given), -1)
                    np.matmul(flat.T, given[:, k], out=part)
                    total[:, k] += part

    for other, *_ in _share(work, len(x), images, total, columns, part, padded):
        total += other
