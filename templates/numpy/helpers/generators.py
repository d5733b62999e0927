def _generators(seed, names):
    """Independent random streams, by name."""
    return {name: _generator(seed, k) for k, name in enumerate(names, 1)}
