def _twins(model, count):
    """Models over the same parameters and states, with gradients and buffers of their own."""
    twins = vars(model).setdefault("_twins", [])
    while len(twins) < count:
        twin = type(model)()
        for name, value in vars(model).items():
            if name not in ("grads", "_arena", "_twins") and not isinstance(value, dict):
                setattr(twin, name, value)  # all but buffers, which are kept by shapes
        twins.append(twin)
    return twins[:count]
