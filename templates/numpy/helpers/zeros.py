def _zeros(dtype, shapes):
    """Zeros of that type, by name."""
    return {name: np.zeros(shape, dtype=dtype) for name, shape in shapes.items()}
