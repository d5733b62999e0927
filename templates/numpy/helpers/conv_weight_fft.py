def _conv_weight_fft(
    x,
    g,
    out,
    sizes,
    images,
    low=(0, 0, 0),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """What _conv_fft passes back to its weights, given g for its result.

    The images correlated with g: dw^[f] = sum over n of x^[n, f] conj(g^[n, f]).
    """
    total = 0.0
    for start in range(0, len(x), images):
        seen = _spectrum(x[start : start + images], sizes, 1)
        given = _spectrum(g[start : start + images], sizes, 1, strides).conj()
        total = total + np.moveaxis(seen, 0, -1) @ np.moveaxis(given, 0, -2)
    axes = tuple(range(len(sizes)))
    whole = np.fft.irfftn(total, s=sizes, axes=axes)
    whole = np.roll(whole, low[: len(axes)], axes)
    steps = zip(out.shape, dilation[: len(axes)])
    np.copyto(out, whole[tuple(slice(0, d * (k - 1) + 1, d) for k, d in steps)])
