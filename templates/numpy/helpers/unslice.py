def _unslice(values, shape, region):
    """Zeros of a shape with a region of them set to the values."""
    array = np.zeros(shape, dtype=values.dtype)
    array[region] = values
    return array
