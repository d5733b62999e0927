def _max_pool_take_shifts(index, x, chosen, part, shifts, out):
    """The element of x at the place of each window that index says."""
    out.fill(0)
    for place, (_, outs, ins) in enumerate(shifts):
        np.equal(index[outs], place, out=chosen[outs])
        np.multiply(x[ins], chosen[outs], out=part[outs])
        np.add(out[outs], part[outs], out=out[outs])
