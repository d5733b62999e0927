def _sum_pool_gradient_shifts(g, shifts, out):
    """What sum pooling passes back: g, wherever its window was."""
    out.fill(0)
    for _, outs, ins in shifts:
        np.add(out[ins], g[outs], out=out[ins])
