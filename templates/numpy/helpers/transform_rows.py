def _transform_rows(x, matrix, m, low, out):
    """A matrix times stretches of the rows of images (N, H, W, C), in out (n, N, T, V C).

    A stretch begins m rows after the one above, the first one low[0] rows above the
    image. What lies beside the image is zero; rows beyond it are left out of products.
    """
    rows = np.ascontiguousarray(x).reshape(*x.shape[:2], -1)
    left, (height, width) = sum(low[1:]) * x.shape[-1], rows.shape[1:]
    out[..., :left] = 0
    out[..., left + width :] = 0
    out, size = out[..., left : left + width].transpose(2, 1, 0, 3), matrix.shape[1]
    first = min(-(-low[0] // m), len(out))  # of the stretches that lie inside
    stop = max((height - size + low[0]) // m + 1, first)
    if stop > first:
        image, row, element = rows.strides
        shape, steps = (len(x), stop - first, size, width), (image, m * row, row)
        start = (first * m - low[0]) * row
        tile = np.ndarray(shape, x.dtype, rows, start, (*steps, element))
        np.matmul(matrix, tile, out=out[first:stop].transpose(1, 0, 2, 3))
    for t in [*range(first), *range(stop, len(out))]:
        top = t * m - low[0]
        start = min(max(top, 0), height)
        end = min(max(top + size, start), height)
        np.matmul(matrix[:, start - top : end - top], rows[:, start:end], out=out[t])
