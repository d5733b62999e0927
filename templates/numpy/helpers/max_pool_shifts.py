def _max_pool_shifts(x, shifts, out):
    """The largest of what a window sees: for each place in it, the images shifted so."""
    out.fill(-np.inf)
    for _, outs, ins in shifts:
        np.maximum(out[outs], x[ins], out=out[outs])
