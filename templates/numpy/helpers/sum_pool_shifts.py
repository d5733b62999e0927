def _sum_pool_shifts(x, shifts, out):
    """The sum of what a window sees: for each place in it, the images shifted so."""
    out.fill(0)
    for _, outs, ins in shifts:
        np.add(out[outs], x[ins], out=out[outs])
