def _series(pattern, *columns):
    """Names that count: the pattern with the numbers of the columns for each `#`."""
    names = []
    for numbers in zip(*[_numbers(column) for column in columns]):
        first, *rest = pattern.split("#")
        names.append(first + "".join(f"{n}{text}" for n, text in zip(numbers, rest)))
    return names
