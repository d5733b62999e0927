def _conv_winograd(x, w, rooms, m, out, low):
    """Slide a kernel w (r, r, C, O) over images x (N, H, W, C), by Winograd's algorithm.

    The image is cut into overlapping n x n tiles, each of which gives m x m outputs,
    n = m + r - 1. Tiles and filters are transformed (see _cook_toom); then each of n^2
    places is a product of matrices, (tiles, C) by (C, O), with n^2 multiplications for
    m^2 outputs instead of (m r)^2; and the results are transformed back.
    """
    to_inputs, to_filters, to_outputs = _cook_toom(m, len(w), x.dtype, axes=2)
    tiles, inputs, filters, products, padded = rooms
    channels, count = w.shape[-2:]
    n = m + len(w) - 1
    np.matmul(to_filters, w.reshape(-1, channels * count), out=filters)
    kernel = filters.reshape(n * n, channels, count)

    def work(blocks, tiles, inputs, products, padded):
        for some in blocks:
            image = _padded(x[some], padded, low)
            seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
            tile = _head(tiles, *seen.shape)
            np.copyto(tile, seen)
            a = _head(inputs, n * n, tile[0, 0, ..., 0].size, channels)
            np.matmul(to_inputs, tile.reshape(n * n, -1), out=a.reshape(n * n, -1))
            b = _head(products, n * n, a.shape[1], count)
            np.matmul(a, kernel, out=b)
            y = _head(tiles, m, m, *seen.shape[2:5], count)
            np.matmul(to_outputs, b.reshape(n * n, -1), out=y.reshape(m * m, -1))
            for i, j in np.ndindex(m, m):
                target = out[some, i::m, j::m]
                target[...] = y[i, j, :, : target.shape[1], : target.shape[2]]

    _share(work, len(x), len(padded), tiles, inputs, products, padded)
