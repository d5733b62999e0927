def _counted(word, number):
    """A word with a number for `#`, and the number and 2 for `#+2`."""
    return re.sub(r"#(?:\+(\d+))?", lambda mark: str(number + int(mark[1] or 0)), word)
