def _max_pool_gradient_shifts(index, g, chosen, part, shifts, out):
    """What max pooling passes back: g at the place of the largest of each window."""
    out.fill(0)
    for place, (_, outs, ins) in enumerate(shifts):
        np.equal(index, place, out=chosen)
        np.multiply(g, chosen, out=part)
        np.add(out[ins], part[outs], out=out[ins])
