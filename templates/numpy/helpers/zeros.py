def _zeros(dtype, table):
    """Zeros of that type, by attribute."""
    shapes = _shapes(table)
    return {name: np.zeros(shape, dtype=dtype) for name, shape in shapes.items()}
