def _twins(model, count):
    """Models over the same parameters and states, with gradients and buffers of their own."""
    twins = vars(model).setdefault("_twins", [])
    while len(twins) < count:
        twin = type(model)()
        for name, value in vars(model).items():
            if not name.startswith("_") and name != "grads":
                setattr(twin, name, value)
        twins.append(twin)
    return twins[:count]
