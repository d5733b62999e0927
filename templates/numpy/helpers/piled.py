def _piled(first, last, size, alignment, order, grain):
    """Put buffers down: each time the first in that order that can lie lowest.

    Places that are no further apart than a grain count as equally low.
    """
    first, last, size = first[order], last[order], size[order]
    alignment, done = alignment[order], np.iinfo(np.int64).max
    starts, floor = np.zeros((2, len(order)), dtype=np.int64)
    for _ in order:
        k = (floor // grain).argmin()
        starts[k] = floor[k]
        top = floor[k] + size[k]
        floor[k] = done
        together = (first <= last[k]) & (last >= first[k])
        np.maximum(floor, -(-top // alignment) * alignment, out=floor, where=together)
    places = np.empty_like(starts)
    places[order] = starts
    return places, int((starts + size).max())
