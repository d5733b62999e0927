def _transform(values, real, out, first, low=(0, 0, 0), steps=(1, 1, 1)):
    """The unitary Fourier transform over the spatial axes, which begin at `first`.

    `real` is filled with zeros and the values among them, from `low` on and `steps` apart.
    """
    axes = range(first, first + values.ndim - 2)
    places = [slice(None)] * first
    for axis, start, step in zip(axes, low, steps):
        places.append(slice(start, start + step * (values.shape[axis] - 1) + 1, step))
    real.fill(0)
    real[tuple(places)] = values
    np.fft.rfft(real, axis=axes[-1], norm="ortho", out=out)
    for axis in axes[:-1]:
        np.fft.fft(out, axis=axis, norm="ortho", out=out)
