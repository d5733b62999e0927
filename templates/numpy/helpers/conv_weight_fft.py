def _conv_weight_fft(
    x,
    g,
    rooms,
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
    real, seen, given, total, part = rooms
    channels, count = out.shape[-2:]
    shape = *sizes[:-1], sizes[-1] // 2 + 1

    def work(blocks, total, real, seen, given, part):
        total.fill(0)
        for some in blocks:
            image, cotangent = x[some], g[some]
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

    for other, *_ in _share(work, len(x), images, total, real, seen, given, part):
        total += other
    for size in sizes:
        np.multiply(total, size**0.5, out=total)
    whole = _head(real, *sizes, channels, count)
    _transform_back(_spectra(total, *shape, channels, count), whole, 0)
    steps = zip(out.shape, dilation[: len(sizes)])
    np.copyto(out, whole[tuple(slice(0, d * (k - 1) + 1, d) for k, d in steps)])
