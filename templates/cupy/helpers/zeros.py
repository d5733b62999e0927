def _zeros(dtype, table):
    """Zeros of that type on the device, by attribute."""
    shapes = _shapes(table)
    return {name: cp.zeros(shape, dtype=dtype) for name, shape in shapes.items()}
