def _before(names, end, *others):
    """What stands before that end in the names that have it, but for some others."""
    return [name.removesuffix(end) for name in _ending(names, end, *others)]
