def _named(group, **names):
    """For each place, what has the names that stand in it, under names that are the same in all."""
    parts = [SimpleNamespace() for _ in next(iter(names.values()))]
    for own, series in names.items():
        for part, name in zip(parts, series):
            if name:
                setattr(part, own, getattr(group, name))
    return parts
