def _conv_weight_toeplitz(
    x,
    g,
    rooms,
    out,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """What _conv_toeplitz passes back to its weights, given g for its result.

    Patches, transposed, times g give what comes back to the Toeplitz matrix. The kernel
    is in it m times, and gets the sum of what comes back to those places.
    """
    columns, part, total, padded = rooms
    images, rows = columns.shape[:2]
    reach, _, m, filters = total.shape[-4:]
    s, d, rank = strides[-1], dilation[-1], x.ndim - 2
    moves = (*strides[: rank - 1], m * s)
    reads = (*dilation[: rank - 1], 1)
    g = g.reshape(*g.shape[:-2], -1, m * filters)

    def work(blocks, total, columns, part, padded):
        total.fill(0)
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, (*out.shape[: rank - 1], reach), moves, reads)
            for top in range(0, g.shape[1], rows):
                seen = patches[:, top : top + rows]
                matrix = columns[: len(seen), : seen.shape[1]]
                np.copyto(matrix, seen)
                given = g[some, top : top + rows]
                given = given.reshape(-1, m * filters)
                np.matmul(matrix.reshape(len(given), -1).T, given, out=part)
                total += part.reshape(total.shape)

    for other, *_ in _share(work, len(x), images, total, columns, part, padded):
        total += other
    last = d * (out.shape[-3] - 1)
    out.fill(0)
    for j in range(m):
        out += total[..., j * s : j * s + last + 1 : d, :, j, :]
