def _parts(group, prefixes):
    """For each prefix, what has a name that begins so, under the rest of its name."""
    parts = []
    for prefix in prefixes:
        found = {n: v for n, v in vars(group).items() if n.startswith(f"{prefix}_")}
        parts.append(SimpleNamespace(**{n[len(prefix) + 1 :]: v for n, v in found.items()}))
    return parts
