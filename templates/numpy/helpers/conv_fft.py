def _conv_fft(
    x,
    w,
    out,
    sizes,
    images,
    low=(0, 0, 0),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """Slide a kernel w (*kernel, C, O) over images x (N, *sizes, C), by Fourier transforms.

    A correlation becomes a product at every frequency f, here one of matrices:
    out^[f] = x^[f] conj(w^[f]). `sizes` leave room for zeros behind the images, where
    what is read before the first input comes round to. `images` are taken at a time.
    """
    axes = tuple(range(1, x.ndim - 1))
    filters = _spectrum(w, sizes, 0, dilation).conj()
    for start in range(0, len(x), images):
        result = out[start : start + images]
        seen = _spectrum(x[start : start + images], sizes, 1)
        products = np.moveaxis(np.moveaxis(seen, 0, -2) @ filters, -2, 0)
        whole = np.fft.irfftn(products, s=sizes, axes=axes)
        whole = np.roll(whole, low[: len(axes)], axes)
        steps = zip(out.shape[1:-1], strides)
        places = [slice(0, s * (n - 1) + 1, s) for n, s in steps]
        np.copyto(result, whole[(slice(None), *places)])
