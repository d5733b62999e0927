def _like(rooms, member):
    """Arrays like some others, in memory that one of the threads keeps."""
    stops = [0]
    for room in rooms:
        stops.append(stops[-1] + (0 if room is None else -(-room.nbytes // 64) * 64))
    if member.memory.size < stops[-1]:
        member.memory = _vector(stops[-1], np.uint8)
    found = []
    for a, k in zip(rooms, stops):
        part = None if a is None else member.memory[k : k + a.nbytes]
        found.append(None if a is None else part.view(a.dtype).reshape(a.shape))
    return found
