def _transform_back(values, out, first):
    """The inverse of _transform: what has this spectrum, which is overwritten."""
    *axes, last = range(first, first + values.ndim - 2)
    for axis in axes:
        np.fft.ifft(values, axis=axis, norm="ortho", out=values)
    np.fft.irfft(values, n=out.shape[last], axis=last, norm="ortho", out=out)
