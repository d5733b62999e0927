def _conv_weight_fft(
    x,
    g,
    real,
    seen,
    given,
    total,
    part,
    out,
    sizes,
    images,
    low=(0, 0, 0),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """What _conv_fft passes back to its weights, given g for its result.

    The images correlated with g: dw^[f] = sqrt(L) sum over n of x^[n, f] conj(g^[n, f]).
    """
    channels, count = out.shape[-2:]
    shape = *sizes[:-1], sizes[-1] // 2 + 1
    total.fill(0)
    for start in range(0, len(x), images):
        image, cotangent = x[start : start + images], g[start : start + images]
        a = _spectra(seen, len(image), *shape, channels)
        space = _head(real, len(image), *sizes, channels)
        _transform(image, space, a, 1, low)
        b = _spectra(given, len(image), *shape, count)
        space = _head(real, len(image), *sizes, count)
        _transform(cotangent, space, b, 1, steps=strides)
        np.conjugate(b, out=b)
        product = _spectra(part, *shape, channels, count)
        np.matmul(np.moveaxis(a, 0, -1), np.moveaxis(b, 0, -2), out=product)
        total += part
    for size in sizes:
        np.multiply(total, size**0.5, out=total)
    whole = _head(real, *sizes, channels, count)
    _transform_back(_spectra(total, *shape, channels, count), whole, 0)
    steps = zip(out.shape, dilation[: len(sizes)])
    np.copyto(out, whole[tuple(slice(0, d * (k - 1) + 1, d) for k, d in steps)])
