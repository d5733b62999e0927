def _conv_weight_winograd_columns(x, g, rooms, m, out, low=(0, 0)):
    """What _conv_winograd_columns passes back to its weights (r, q, C, O), given g.

    Down each column, m rows of g are slid over the n rows of the image that they came
    from, and give r rows of the kernel, summed over all tiles and columns. That sum is
    taken before transforming back: each of n places of each column is a product of
    matrices, (q C, tiles) by (tiles, O).
    """
    inputs, given, part, sums, total = rooms
    to_inputs, to_given, to_outputs = _cook_toom(len(out), m, x.dtype, axes=1)
    channels, count = out.shape[-2:]
    n = m + len(out) - 1
    images, tiles, width = inputs.shape[1:4]

    def work(blocks, total, inputs, given, part, sums):
        total.fill(0)
        for some in blocks:
            a = _head(inputs, n, len(x[some]), tiles, width * channels)
            _transform_rows(x[some], to_inputs, m, low, out=a)
            a = _side_by_side(a.reshape(n, -1, width, channels), total.shape[1])
            b = _head(given, n, len(x[some]), tiles, a.shape[1] * count)
            _transform_rows(g[some], to_given, m, (0, 0), out=b)
            b = b.reshape(n, -1, a.shape[1], count)
            a, b = a.transpose(1, 0, 3, 2), b.transpose(2, 0, 1, 3)
            for column in range(0, len(a), len(part)):
                these = slice(column, column + len(part))
                np.matmul(a[these], b[these], out=part[: len(a[these])])
                np.sum(part[: len(a[these])], axis=0, out=sums)
                np.add(total, sums, out=total)

    for other, *_ in _share(work, len(x), images, total, inputs, given, part, sums):
        total += other
    np.matmul(to_outputs, total.reshape(n, -1), out=out.reshape(len(out), -1))
