def _share(work, count, images, *rooms):
    """work(blocks, *rooms) by each thread of the team, on slices of `count` images.

    A block is `images` at most. Each thread has rooms of its own, the first those given;
    the others' are returned, to be added up in the same order each time.
    """
    size = sum(room.nbytes for room in rooms if room is not None)
    several = min(count - 1, _processors.others()) if size * count > images << 21 else 0
    others = _processors.members[:several]
    given = [rooms, *(_like(rooms, member) for member in others)]
    works, threads = [], len(given)
    images = min(images, -(-count // threads)) or 1
    for k in range(threads):
        start, stop = count * k // threads, count * (k + 1) // threads
        blocks = [slice(i, min(i + images, stop)) for i in range(start, stop, images)]
        works.append(functools.partial(work, blocks, *given[k]))
    _processors.run(works) if others else works[0]()
    return given[1:]
