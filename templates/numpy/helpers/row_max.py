def _row_max(x, starts, out):
    """The largest element of each row: of many short ones, found sooner than by x.max."""
    np.maximum.reduceat(x.reshape(-1), starts, out=out.reshape(-1))
