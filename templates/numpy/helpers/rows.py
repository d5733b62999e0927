def _rows(table):
    """The rows of a table that is written by columns, each a name and its numbers.

    Those of `name:64` are written divided by 64.
    """
    columns, name, scale = {}, "", 1
    for word in table.split():
        head, _, unit = word.partition(":")
        if head.isidentifier():
            name, scale = head, int(unit or 1)
            columns[name] = []
        else:
            columns[name].extend(scale * number for number in _numbers(word))
    rows = zip(*columns.values(), strict=True)
    return [SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in rows]
