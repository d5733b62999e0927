def _meet(model, join, *arrays):
    """Make arrays the sums over all parts of a batch, or their means, weighted by examples.

    Every thread gives its own to all, waits for theirs, and adds up in the same order.
    Where the batch is in one piece, they are that already.
    """
    if part := vars(model).get("_part"):
        k, weight, boxes = part
        mine = [a * weight if join == "mean" else a.copy() for a in arrays]
        for box in boxes:
            box[k].put(mine)
        given = [sender.get() for sender in boxes[k]]
        if any(terms is None for terms in given):
            raise threading.BrokenBarrierError  # another thread has failed
        for a, terms in zip(arrays, zip(*given)):
            np.copyto(a, sum(terms[1:], terms[0]))
