def _rows(table):
    """The rows of a table that is written by columns, each a name and its numbers."""
    columns, name = {}, ""
    for word in table.split():
        if word.isidentifier():
            name = word
            columns[name] = []
        else:
            columns[name].extend(_numbers(word))
    rows = zip(*columns.values(), strict=True)
    return [SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in rows]
