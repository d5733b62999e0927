def _meet(model, join, *arrays):
    """Make arrays the sums over all parts of a batch, or their means, weighted by examples.

    The process that has the first part adds up in order, and tells the others. Where the
    batch is in one piece, they are that already.
    """
    if part := vars(model).get("_part"):
        weight, workers, line = part
        for a in arrays if join == "mean" else ():
            np.multiply(a, weight, out=a)
        for worker in workers:
            for a, term in zip(arrays, _heard(worker.line, arrays)):
                np.add(a, term, out=a)
        for other in [line] if line else [worker.line for worker in workers]:
            other.say(b"".join(a.tobytes() for a in arrays))
        if line:
            for a, total in zip(arrays, _heard(line, arrays)):
                np.copyto(a, total)
