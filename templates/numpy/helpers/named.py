def _named(group, **names):
    """For each place, what has the names that stand in it, under names of its own."""
    parts = [SimpleNamespace() for _ in next(iter(names.values()))]
    for own, series in names.items():
        for part, name in zip(parts, series, strict=True):
            if name:
                setattr(part, own, getattr(group, name))
    return parts
