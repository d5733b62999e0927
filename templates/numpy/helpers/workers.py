def _workers(model, count, keeps):
    """Processes of a model that compute besides this one, as many as there can be."""
    if count < 1 or not _LIBC:  # forks are safe beside the libraries of Linux alone
        return []
    workers = [w for w in vars(model).get("_workers", ()) if w.is_alive()]
    model._workers = workers
    with suppress(OSError):
        while len(workers) < count:
            workers.append(_Worker(model, keeps))
    rest = os.sched_getaffinity(0) - {_LIBC.sched_getcpu()}
    for worker in workers if rest else ():
        with suppress(OSError):  # as for the threads of a team
            os.sched_setaffinity(worker.child, rest)
    return workers[:count]
