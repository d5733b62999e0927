def _conv_winograd_columns(x, w, rooms, m, out, low=(0, 0)):
    """Slide a kernel w (r, q, C, O) over images x (N, H, W, C), by Winograd down columns.

    n = m + r - 1 rows of an image give m rows of outputs. Down each column that takes n
    multiplications, not m r, between transformed rows and transformed filters (see
    _cook_toom). Along a row nothing is transformed: q neighbours with their channels lie
    side by side, so that each of n places of each column is a product of matrices,
    (tiles, q C) by (q C, O), of which the left one is read where it lies. Some images
    at a time, which stay in cache.
    """
    inputs, filters, products = rooms
    to_inputs, to_filters, to_outputs = _cook_toom(m, len(w), x.dtype, axes=1)
    channels, count = w.shape[-2:]
    n = m + len(w) - 1
    images, tiles, width = inputs.shape[1:4]
    np.matmul(to_filters, w.reshape(len(w), -1), out=filters.reshape(n, -1))

    def work(blocks, inputs, products):
        for some in blocks:
            a = _head(inputs, n, len(x[some]), tiles, width * channels)
            _transform_rows(x[some], to_inputs, m, low, out=a)
            a = _side_by_side(a.reshape(n, -1, width, channels), filters.shape[1])
            y = _head(products, n, a.shape[2], a.shape[1], count)
            np.matmul(a, filters[:, None], out=y.transpose(0, 2, 1, 3))
            y = y.reshape(n, len(x[some]), tiles, -1).transpose(1, 2, 0, 3)
            whole, rows = out.shape[1] // m, out[some].reshape(len(y), out.shape[1], -1)
            result = rows[:, : whole * m].reshape(len(y), whole, m, rows.shape[2])
            np.matmul(to_outputs, y[:, :whole], out=result)
            if whole < tiles:  # some rows of a tile more
                result = rows[:, whole * m :]
                np.matmul(to_outputs[: result.shape[1]], y[:, whole], out=result)

    _share(work, len(x), images, inputs, products)
