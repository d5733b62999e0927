def _twins(model, count):
    """Models with the same parameters and states, but gradients, buffers etc. of their own."""
    twins = vars(model).setdefault("_twins", [])
    while len(twins) < count:
        twin = type(model)()
        for name, value in vars(model).items():
            own = name in ("grads", "stats", "_arena", "_twins", "_part")
            if not (own or isinstance(value, dict)):  # buffers are kept by shapes
                setattr(twin, name, value)
        twins.append(twin)
    return twins[:count]
