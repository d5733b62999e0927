def _joined(values, how, weights):
    """A result of a batch from those of its parts; see _in_parts."""
    if how == "mean":
        values = [value * weight for value, weight in zip(values, weights)]
    return sum(values) if how in ("mean", "sum") else np.concatenate(values, axis=how)
