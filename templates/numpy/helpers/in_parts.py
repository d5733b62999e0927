def _in_parts(model, slots, phase, batch, axes, joins, least, keeps):
    """A phase on parts of a batch, each by a process; the slots of the first, and the results.

    `axes` are those of the examples in the arguments, and `joins` is what the results of
    the batch are, and last its gradients: the "mean" of those of the parts (weighted by
    their examples), their "sum", or along an axis the rows of one after the other. A
    process gets `least` examples at least, else the batch stays in one piece. What is
    kept in the groups `keeps` is what the phase reads.
    """
    counts = {np.shape(a)[k : k + 1] for a, k in zip(batch, axes) if k is not None}
    arrays = all(isinstance(a, np.ndarray) for a in batch)
    count = sum(*counts) if arrays and len(counts) == 1 else 0
    with _processors if count >= 2 * least else nullcontext():
        others = _processors.others() if count >= 2 * least else 0
        workers = _workers(model, min(others, count // least - 1), keeps)
        model._examples = count
        if not workers:
            s = slots(model, *batch)
            return s, phase(model, s, *batch)
        number = len(workers) + 1
        rows = [slice(count * k // number, count * (k + 1) // number) for k in range(number)]
        weights = [(part.stop - part.start) / count for part in rows]
        pieces = [[] for _ in rows]
        for a, axis in zip(batch, axes):
            before = (slice(None),) * (axis or 0)
            for piece, part in zip(pieces, rows):
                piece.append(a if axis is None else a[(*before, part)])
        s, own = slots(model, *pieces[0]), getattr(phase, "__wrapped__", phase)
        _processors.busy = True
        try:
            alike = slots.__name__, phase.__name__, count, joins[-1], np.geterr()
            for worker, piece, weight in zip(workers, pieces[1:], weights[1:]):
                worker.start(piece, weight, *alike)
            model._part = weights[0], workers, None
            results, gradients = [own(model, s, *pieces[0])], model.grads.flat
            if joins[-1] == "mean":
                np.multiply(gradients, weights[0], out=gradients)
            results += [pickle.load(worker.line.listen()) for worker in workers]
        except BaseException:  # they would be somewhere within their parts
            for worker in model.__dict__.pop("_workers"):
                worker.end()
            raise
        finally:
            model._part, _processors.busy = None, False
        for worker in workers:
            np.add(gradients, worker.gradients, out=gradients)
    several = len(joins) > 2
    columns = zip(*results) if several else [results]
    joined = [_joined(column, how, weights) for column, how in zip(columns, joins)]
    return s, tuple(joined) if several else joined[0]
