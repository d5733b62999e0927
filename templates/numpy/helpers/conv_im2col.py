def _conv_im2col(x, w, rooms, out, low=(), strides=(1, 1, 1), dilation=(1, 1, 1)):
    """Slide a kernel w (*kernel, C / groups, O) over images x (N, *sizes, C).

    out[n, i, o] = sum over k and c of x[n, i s + k d - low, c] w[k, c, o]. Patches become
    the rows of a matrix, filters are the columns of another: the result is the product.
    `columns` has room for so many images, or rows of one, as stay in cache.
    """
    columns, padded = rooms
    (images, rows), kernel = columns.shape[:2], w.shape[:-2]
    inner, filters = w.shape[-2:]
    groups = x.shape[-1] // inner
    w = w.reshape(-1, groups, filters // groups)

    def work(blocks, columns, padded):
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, kernel, strides, dilation)
            for top in range(0, out.shape[1], rows):
                seen = patches[:, top : top + rows]
                matrix = columns[: len(seen), : seen.shape[1]]
                result = out[some, top : top + rows]
                result = result.reshape(-1, groups, filters // groups)
                for k in range(groups):
                    np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                    flat = matrix.reshape(len(result), -1)
                    np.matmul(flat, w[:, k], out=result[:, k])

    _share(work, len(x), images, columns, padded)
