def _side_by_side(rows, size):
    """Overlapping pieces of rows (n, T, W, C), as a view (n, pieces, T, size).

    One piece begins at each column, and takes as many columns as have `size` elements.
    """
    n, count, width, channels = rows.shape
    shape = (n, width - size // channels + 1, count, size)
    steps = (rows.strides[0], rows.strides[2], rows.strides[1], rows.strides[3])
    return np.ndarray(shape, rows.dtype, rows, strides=steps)
