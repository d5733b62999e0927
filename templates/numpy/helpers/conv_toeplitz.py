def _conv_toeplitz(x, w, rooms, out, low=(), strides=(1, 1, 1), dilation=(1, 1, 1)):
    """Slide a kernel w (*kernel, C, O) over images x (N, *sizes, C), m outputs at a time.

    Along its last axis a convolution is a product with a Toeplitz matrix, which has the
    kernel in every column, each time s further down. `band` is as much of it as gives m
    neighbouring outputs. So there are fewer and longer patches than with one for each
    output (see _conv_im2col), for a product with zeros in it.
    """
    columns, band, padded = rooms
    images, rows = columns.shape[:2]
    reach, _, m, filters = band.shape[-4:]
    s, d, rank = strides[-1], dilation[-1], x.ndim - 2
    band.fill(0)
    last = d * (w.shape[-3] - 1)
    for j in range(m):
        band[..., j * s : j * s + last + 1 : d, :, j, :] = w
    moves = (*strides[: rank - 1], m * s)
    reads = (*dilation[: rank - 1], 1)
    matrix = band.reshape(-1, m * filters)
    out = out.reshape(*out.shape[:-2], -1, m * filters)

    def work(blocks, columns, padded):
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, (*w.shape[: rank - 1], reach), moves, reads)
            for top in range(0, out.shape[1], rows):
                seen = patches[:, top : top + rows]
                part = columns[: len(seen), : seen.shape[1]]
                np.copyto(part, seen)
                result = out[some, top : top + rows]
                result = result.reshape(-1, m * filters)
                np.matmul(part.reshape(len(result), -1), matrix, out=result)

    _share(work, len(x), images, columns, padded)
