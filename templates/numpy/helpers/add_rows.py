def _add_rows(matrix, indices, rows):
    """Add rows to the rows of a matrix at indices, in place; repeats accumulate.

    For long rows this loop is faster than np.add.at. Of few rows it makes windows once.
    """
    targets = list(matrix) if len(matrix) < len(rows) else matrix
    for index, row in zip(indices.tolist(), rows):
        target = targets[index]
        target += row
    return matrix
