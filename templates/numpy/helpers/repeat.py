def _repeat(numbers, rows):
    """The rows again for each number, which takes the place of `#`, plus 2 that of `#+2`."""
    return {
        _counted(key, number): _counted(value, number)
        for number in _numbers(numbers)
        for key, value in rows.items()
    }
