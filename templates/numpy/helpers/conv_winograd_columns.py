def _conv_winograd_columns(
    x,
    w,
    inputs,
    filters,
    products,
    transforms,
    out,
    padded=None,
    whole=None,
    low=(),
):
    """Slide a kernel w (r, q, C, O) over images x (N, H, W, C), by Winograd down columns.

    n = m + r - 1 rows of an image give m rows of outputs. Down each column that takes n
    multiplications, not m r, between transformed rows and transformed filters (see
    _cook_toom). Along a row nothing is transformed: q neighbours with their channels lie
    side by side, so that each of n places of each column is a product of matrices,
    (tiles, q C) by (q C, O), of which the left one is read where it lies.
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = w.shape[-2:]
    n, m = len(to_inputs), len(to_outputs)
    images, tiles, width = inputs.shape[1:4]
    np.matmul(to_filters, w.reshape(len(w), -1), out=filters.reshape(n, -1))
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        rows = image.reshape(len(image), -1, width * channels)
        a = _head(inputs, n, len(image), tiles, width * channels)
        tile = _windows(rows, (n,), (m,), (1,))
        np.matmul(to_inputs, tile, out=a.transpose(1, 2, 0, 3))
        a = _side_by_side(a.reshape(n, -1, width, channels), filters.shape[1])
        y = _head(products, n, len(image) * tiles, a.shape[1], count)
        np.matmul(a, filters[:, None], out=y.transpose(0, 2, 1, 3))
        result = out[start : start + images] if whole is None else whole[: len(image)]
        y = y.reshape(n, len(image), tiles, -1).transpose(1, 2, 0, 3)
        np.matmul(to_outputs, y, out=result.reshape(len(image), tiles, m, -1))
        if whole is not None:
            out[start : start + images] = result[:, : out.shape[1]]
