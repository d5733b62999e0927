def _counted(value, number):
    """A text, or all texts of a tuple, with a number for each `#`."""
    if isinstance(value, tuple):
        return tuple(_counted(item, number) for item in value)
    if not isinstance(value, str):
        return value
    return re.sub(r"#(?:\+(\d+))?", lambda mark: str(number + int(mark[1] or 0)), value)
