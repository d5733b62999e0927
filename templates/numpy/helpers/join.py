def _join(blocks, inner, table):
    """Give each block its places of `inner`: the table has their names, and a number for each block."""
    for block, row in zip(blocks, _rows(table), strict=True):
        for name, number in vars(row).items():
            setattr(block, name, inner[number])
