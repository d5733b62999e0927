def _series(pattern, *columns):
    """Names that count: the pattern with the numbers of the columns for each `#`."""
    names = []
    first, *rest = pattern.split("#")
    for numbers in zip(*[_numbers(column) for column in columns], strict=True):
        parts = [f"{n}{text}" for n, text in zip(numbers, rest, strict=True)]
        names.append(first + "".join(parts))
    return names
