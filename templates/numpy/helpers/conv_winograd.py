def _conv_winograd(
    x,
    w,
    tiles,
    inputs,
    filters,
    products,
    outputs,
    transforms,
    out,
    padded,
    low,
):
    """Slide a kernel w (r, r, C, O) over images x (N, H, W, C), by Winograd's algorithm.

    The image is cut into overlapping n x n tiles, each of which gives m x m outputs,
    n = m + r - 1. Tiles and filters are transformed (see _cook_toom); then each of n^2
    places is a product of matrices, (tiles, C) by (C, O), with n^2 multiplications for
    m^2 outputs instead of (m r)^2; and the results are transformed back. Some images
    at a time, which stay in cache.
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = w.shape[-2:]
    n, m = tiles.shape[0], outputs.shape[0]
    images, rows, columns = tiles.shape[2:5]
    np.matmul(to_filters, w.reshape(-1, channels * count), out=filters)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        places = len(image) * rows * columns
        tile = _head(tiles, *seen.shape)
        np.copyto(tile, seen)
        a = _head(inputs, n * n, places * channels)
        np.matmul(to_inputs, tile.reshape(n * n, -1), out=a)
        b = _head(products, n * n, places, count)
        a = a.reshape(n * n, places, channels)
        w = filters.reshape(n * n, channels, count)
        np.matmul(a, w, out=b)
        y = _head(outputs, m * m, places * count)
        np.matmul(to_outputs, b.reshape(n * n, -1), out=y)
        y = y.reshape(m, m, len(image), rows, columns, count)
        for i, j in np.ndindex(m, m):
            target = out[start : start + images, i::m, j::m]
            target[...] = y[i, j, :, : target.shape[1], : target.shape[2]]
