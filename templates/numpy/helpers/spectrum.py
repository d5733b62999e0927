def _spectrum(values, sizes, first, steps=(1, 1, 1)):
    """The Fourier transform over spatial axes from `first` on, zeros added up to `sizes`.

    Neighbouring values are first put `steps` apart.
    """
    axes = tuple(range(first, first + len(sizes)))
    if set(steps) != {1}:
        shape, places = list(values.shape), [slice(None)] * first
        for axis, step in zip(axes, steps):
            shape[axis] = step * (shape[axis] - 1) + 1
            places.append(slice(None, None, step))
        spread = np.zeros(shape, dtype=values.dtype)
        spread[tuple(places)] = values
        values = spread
    return np.fft.rfftn(values, s=sizes, axes=axes)
