def _ending(names, end, *others):
    """The names that end so, but for some others."""
    return [name for name in names if name.endswith(end) and name not in others]
