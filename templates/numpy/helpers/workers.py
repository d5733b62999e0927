def _workers(model, count, keeps):
    """Processes of a model that compute besides this one, as many as there can be."""
    if count < 1 or not _LIBC:  # forks are safe beside the libraries of Linux alone
        return []
    workers = [w for w in vars(model).get("_workers", ()) if w.is_alive()]
    model._workers = workers
    with suppress(OSError):
        while len(workers) < count:
            workers.append(_Worker(model, keeps))
    return workers[:count]
