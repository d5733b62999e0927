def _conv_fft(
    x,
    w,
    rooms,
    out,
    sizes,
    images,
    low=(0, 0, 0),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """Slide a kernel w (*kernel, C, O) over images x (N, *sizes, C), by Fourier transforms.

    A correlation becomes a product at every frequency f, here one of matrices:
    out^[f] = sqrt(L) x^[f] conj(w^[f]), for unitary transforms of L numbers. Images lie
    among zeros, from `low` on, so that nothing comes round from the other side. `images`
    are taken at a time.
    """
    real, seen, filters, products = rooms
    channels, count = w.shape[-2:]
    shape = *sizes[:-1], sizes[-1] // 2 + 1  # of the spectrum of something real
    kernel = _spectra(filters, *shape, channels, count)
    space = _head(real, *sizes, channels, count)
    _transform(w, space, kernel, 0, steps=dilation)
    np.conjugate(kernel, out=kernel)
    for size in sizes:
        np.multiply(filters, size**0.5, out=filters)

    def work(blocks, real, seen, products):
        for some in blocks:
            image, result = x[some], out[some]
            a = _spectra(seen, len(image), *shape, channels)
            space = _head(real, len(image), *sizes, channels)
            _transform(image, space, a, 1, low)
            b = _spectra(products, len(image), *shape, count)
            np.matmul(np.moveaxis(a, 0, -2), kernel, out=np.moveaxis(b, 0, -2))
            whole = _head(real, len(image), *sizes, count)
            _transform_back(b, whole, 1)
            steps = zip(out.shape[1:-1], strides)
            places = [slice(0, s * (n - 1) + 1, s) for n, s in steps]
            np.copyto(result, whole[(slice(None), *places)])

    _share(work, len(x), images, real, seen, products)
