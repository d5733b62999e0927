def _conv_weight_winograd(x, g, rooms, m, out, low):
    """What _conv_winograd passes back to its weights (r, r, C, O), given g.

    Each m x m tile of g is slid over the n x n tile of the image that it came from, and
    gives r x r numbers, summed over all tiles. That sum is taken before transforming
    back: each of n^2 places is a product of matrices, (C, tiles) by (tiles, O).
    """
    to_inputs, to_given, to_outputs = _cook_toom(len(out), m, x.dtype, axes=2)
    products, *_, padded = rooms
    channels, count = out.shape[-2:]
    high, wide = padded.shape[1:3]
    n = m + len(out) - 1

    def work(blocks, products, tiles, inputs, given, part, padded):
        products.fill(0)
        for some in blocks:
            image = _head(padded, len(x[some]), high, wide, channels)
            image = _padded(x[some], image, low)
            seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
            tile = _head(tiles, *seen.shape)
            np.copyto(tile, seen)
            a = _head(inputs, n * n, tile[0, 0, ..., 0].size, channels)
            np.matmul(to_inputs, tile.reshape(n * n, -1), out=a.reshape(n * n, -1))
            whole = _head(padded, len(image), high + m - n, wide + m - n, count)
            whole = _padded(g[some], whole, (0, 0))
            seen = _windows(whole, (m, m), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
            tile = _head(tiles, *seen.shape)
            np.copyto(tile, seen)
            b = _head(given, n * n, a.shape[1], count)
            np.matmul(to_given, tile.reshape(m * m, -1), out=b.reshape(n * n, -1))
            np.matmul(a.transpose(0, 2, 1), b, out=part)
            products += part

    for other, *_ in _share(work, len(x), len(padded), *rooms):
        products += other
    flat = products.reshape(n * n, -1)
    np.matmul(to_outputs, flat, out=out.reshape(-1, channels * count))
