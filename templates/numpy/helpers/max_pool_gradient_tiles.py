def _max_pool_gradient_tiles(index, g, chosen, shifts, out):
    """What max pooling passes back: g at the place of the largest of each window.

    Windows do not overlap: each element of the image is in one of them at most.
    """
    out.fill(0)
    for place, (_, outs, ins) in enumerate(shifts):
        np.equal(index[outs], place, out=chosen[outs])
        np.multiply(g[outs], chosen[outs], out=out[ins])
