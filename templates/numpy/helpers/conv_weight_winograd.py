def _conv_weight_winograd(
    x,
    g,
    tiles,
    inputs,
    given,
    back,
    products,
    part,
    around,
    transforms,
    out,
    padded,
    low,
):
    """What _conv_winograd passes back to its weights (r, r, C, O), given g.

    Each m x m tile of g is slid over the n x n tile of the image that it came from, and
    gives r x r numbers, summed over all tiles. That sum is taken before transforming
    back: each of n^2 places is a product of matrices, (C, tiles) by (tiles, O).
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = out.shape[-2:]
    n, m = tiles.shape[0], given.shape[0]
    images, rows, columns = tiles.shape[2:5]
    products.fill(0)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        places = len(image) * rows * columns
        tile = _head(tiles, *seen.shape)
        np.copyto(tile, seen)
        a = _head(inputs, n * n, places * channels)
        np.matmul(to_inputs, tile.reshape(n * n, -1), out=a)
        whole = _padded(g[start : start + images], around, (0, 0))
        seen = _windows(whole, (m, m), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        tile = _head(given, *seen.shape)
        np.copyto(tile, seen)
        b = _head(back, n * n, places * count)
        np.matmul(to_filters, tile.reshape(m * m, -1), out=b)
        a, b = a.reshape(n * n, places, channels), b.reshape(n * n, places, count)
        np.matmul(a.transpose(0, 2, 1), b, out=part)
        products += part
    flat = products.reshape(n * n, -1)
    np.matmul(to_outputs, flat, out=out.reshape(-1, channels * count))
