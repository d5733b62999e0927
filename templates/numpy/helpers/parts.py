def _parts(group, prefixes):
    """For each prefix, what has a name that begins so, under the rest of its name."""
    parts = []
    for start in [f"{prefix}_" for prefix in prefixes]:
        found = {n: v for n, v in vars(group).items() if n.startswith(start)}
        parts.append(SimpleNamespace(**{n[len(start) :]: v for n, v in found.items()}))
    return parts
