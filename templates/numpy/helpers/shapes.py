def _shapes(table):
    """The shapes of a table by attribute."""
    shapes = {}
    for word in _words(table):
        names, _, shape = word.partition("=")
        name, _, attribute = names.partition("/")
        sizes = tuple(int(size) for size in shape.split(",") if size)
        shapes[attribute or name.rpartition("~")[2].replace(".", "_")] = sizes
    return shapes
