def _in_parts(model, slots, phase, batch, axes, joins, least):
    """A phase on parts of a batch, each by a thread; the first one's slots, and the results.

    `axes` are those of the examples in the arguments, and `joins` is what the results of
    the batch are, and last its gradients: the "mean" of those of the parts (weighted by
    their examples), their "sum", or along an axis the rows of one after the other. A
    thread gets `least` examples at least, else the batch stays in one piece.
    """
    counts = {np.shape(a)[k : k + 1] for a, k in zip(batch, axes) if k is not None}
    arrays = all(isinstance(a, np.ndarray) for a in batch)
    count = sum(*counts) if arrays and len(counts) == 1 else 0
    with _team if count >= 2 * least else nullcontext():
        others = _team.others() if count >= 2 * least else []
        threads = min(len(others) + 1, count // least)
        if threads < 2:
            s = slots(model, *batch)
            model._examples = count
            return s, phase(model, s, *batch)
        models = [model, *_twins(model, threads - 1)]
        stops = [count * k // threads for k in range(threads + 1)]
        weights = [(stops[k + 1] - stops[k]) / count for k in range(threads)]
        parts, results = [], [None] * threads
        alone = getattr(phase, "__wrapped__", phase)  # without a team for itself
        boxes = [[SimpleQueue() for _ in models] for _ in models]  # [to][from]
        for k in range(threads):
            part = slice(stops[k], stops[k + 1])
            where = [... if n is None else (slice(None),) * n + (part,) for n in axes]
            given = [a[index] for a, index in zip(batch, where)]
            parts.append((slots(models[k], *given), *given))

        def fail():
            for box in (box for row in boxes for box in row):
                box.put(None)

        def compute(k):
            models[k]._examples, models[k]._part = count, (k, weights[k], boxes)
            try:
                results[k] = alone(models[k], *parts[k])
            except threading.BrokenBarrierError:
                return  # because of an error that another thread raises
            except BaseException:
                fail()
                raise
            finally:
                models[k]._part = None
            if joins[-1] == "mean":
                gradients = models[k].grads.flat
                np.multiply(gradients, weights[k], out=gradients)

        def add_up(k):
            size = model.grads.flat.size
            stretch = slice(size * k // threads, size * (k + 1) // threads)
            total = model.grads.flat[stretch]
            for twin in models[1:]:
                np.add(total, twin.grads.flat[stretch], out=total)

        for work in (compute, add_up):
            try:
                _team.run([functools.partial(work, k) for k in range(threads)])
            except BaseException:  # such as an interruption before the first part began
                fail()
                raise
    several = len(joins) > 2
    columns = zip(*results) if several else [results]
    joined = [_joined(column, how, weights) for column, how in zip(columns, joins)]
    return parts[0][0], tuple(joined) if several else joined[0]
