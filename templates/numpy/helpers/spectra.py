def _spectra(buffer, *shape):
    """The first numbers of a buffer, in pairs, as complex ones in another shape."""
    pairs = _head(buffer, *shape[:-1], 2 * shape[-1])
    return pairs.view(np.result_type(buffer.dtype, np.complex64))
