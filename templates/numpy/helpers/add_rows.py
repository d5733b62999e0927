def _add_rows(matrix, indices, rows):
    """Add rows to the rows of a matrix at indices, in place; repeats accumulate.

    For long rows this loop is faster than np.add.at.
    """
    for index, row in zip(indices.tolist(), rows):
        target = matrix[index]
        target += row
    return matrix
