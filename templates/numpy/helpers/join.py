def _join(blocks, inner, table):
    """Give each block its places of `inner`, under the names of a table of their numbers."""
    for block, row in zip(blocks, _rows(table), strict=True):
        for name, number in vars(row).items():
            setattr(block, name, inner[number])
