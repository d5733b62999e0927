def _like(rooms, member):
    """Arrays like some others, in memory that one of the threads keeps."""
    sizes = [0 if a is None else -(-a.nbytes // 64) * 64 for a in rooms]
    if member.memory.size < sum(sizes):
        member.memory = _vector(sum(sizes), np.uint8)
    found, start = [], 0
    for a, size in zip(rooms, sizes):
        part = member.memory[start : start + (size and a.nbytes)]
        found.append(part.view(a.dtype).reshape(a.shape) if size else a)
        start += size
    return found
