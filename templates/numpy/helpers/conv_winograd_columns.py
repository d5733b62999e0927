def _conv_winograd_columns(x, w, rooms, m, out, low=()):
    """Slide a kernel w (r, q, C, O) over images x (N, H, W, C), by Winograd down columns.

    n = m + r - 1 rows of an image give m rows of outputs. Down each column that takes n
    multiplications, not m r, between transformed rows and transformed filters (see
    _cook_toom). Along a row nothing is transformed: q neighbours with their channels lie
    side by side, so that each of n places of each column is a product of matrices,
    (tiles, q C) by (q C, O), of which the left one is read where it lies. Some images
    at a time, which stay in cache.
    """
    inputs, filters, products, padded = rooms
    to_inputs, to_filters, to_outputs = _cook_toom(m, len(w), x.dtype, axes=1)
    channels, count = w.shape[-2:]
    n = m + len(w) - 1
    images, tiles, width = inputs.shape[1:4]
    np.matmul(to_filters, w.reshape(len(w), -1), out=filters.reshape(n, -1))

    def work(blocks, inputs, products, padded):
        for some in blocks:
            image = x[some]
            if padded is not None:
                room = _head(padded, len(image), *padded.shape[1:-1], channels)
                image = _padded(image, room, low)
            rows = image.reshape(len(image), -1, width * channels)
            a = _head(inputs, n, len(image), tiles, width * channels)
            tile = _windows(rows, (n,), (m,), (1,))
            np.matmul(to_inputs, tile, out=a.transpose(1, 2, 0, 3))
            a = _side_by_side(a.reshape(n, -1, width, channels), filters.shape[1])
            y = _head(products, n, len(image) * tiles, a.shape[1], count)
            np.matmul(a, filters[:, None], out=y.transpose(0, 2, 1, 3))
            y = y.reshape(n, len(image), tiles, -1).transpose(1, 2, 0, 3)
            result = out[some]
            whole = result
            if tiles * m != out.shape[1]:
                whole = _head(padded, len(image), tiles * m, *out.shape[2:])
            np.matmul(to_outputs, y, out=whole.reshape(len(image), tiles, m, -1))
            if whole is not result:
                np.copyto(result, whole[:, : out.shape[1]])

    _share(work, len(x), images, inputs, products, padded)
