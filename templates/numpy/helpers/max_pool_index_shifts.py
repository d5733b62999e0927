def _max_pool_index_shifts(x, y, before, different, shifts, out):
    """The place of the first largest element in each window: how many come before it.

    y is what the windows are pooled to; a NaN is equal to nothing.
    """
    out.fill(0)
    before.fill(True)
    for _, outs, ins in shifts:
        np.not_equal(x[ins], y[outs], out=different[outs])
        np.logical_and(before[outs], different[outs], out=before[outs])
        np.add(out, before.view(np.uint8), out=out)
