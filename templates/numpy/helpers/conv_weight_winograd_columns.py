def _conv_weight_winograd_columns(x, g, rooms, m, out, low=()):
    """What _conv_winograd_columns passes back to its weights (r, q, C, O), given g.

    Down each column, m rows of g are slid over the n rows of the image that they came
    from, and give r rows of the kernel, summed over all tiles and columns. That sum is
    taken before transforming back: each of n places of each column is a product of
    matrices, (q C, tiles) by (tiles, O).
    """
    inputs, given, part, sums, total, padded = rooms
    to_inputs, to_given, to_outputs = _cook_toom(len(out), m, x.dtype, axes=1)
    channels, count = out.shape[-2:]
    n = m + len(out) - 1
    images, tiles, width = inputs.shape[1:4]

    def work(blocks, total, inputs, given, part, sums, padded):
        total.fill(0)
        for some in blocks:
            image = x[some]
            if padded is not None:
                room = _head(padded, len(image), *padded.shape[1:-1], channels)
                image = _padded(image, room, low)
            rows = image.reshape(len(image), -1, width * channels)
            a = _head(inputs, n, len(image), tiles, width * channels)
            tile = _windows(rows, (n,), (m,), (1,))
            np.matmul(to_inputs, tile, out=a.transpose(1, 2, 0, 3))
            a = _side_by_side(a.reshape(n, -1, width, channels), total.shape[1])
            tile = g[some]
            if tiles * m != g.shape[1]:
                room = _head(padded, len(image), tiles * m, *g.shape[2:])
                tile = _padded(tile, room, (0,) * len(low))
            tile = tile.reshape(len(image), tiles, m, -1)
            b = _head(given, n, len(image), tiles, tile.shape[-1])
            np.matmul(to_given, tile, out=b.transpose(1, 2, 0, 3))
            b = b.reshape(n, -1, a.shape[1], count)
            a, b = a.transpose(1, 0, 3, 2), b.transpose(2, 0, 1, 3)
            for column in range(0, len(a), len(part)):
                these = slice(column, column + len(part))
                np.matmul(a[these], b[these], out=part[: len(a[these])])
                np.sum(part[: len(a[these])], axis=0, out=sums)
                np.add(total, sums, out=total)

    rooms = total, inputs, given, part, sums, padded
    for other, *_ in _share(work, len(x), images, *rooms):
        total += other
    np.matmul(to_outputs, total.reshape(n, -1), out=out.reshape(len(out), -1))
