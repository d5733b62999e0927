def _words(table):
    """The words of a table, with those that stand for several written out."""
    words, numbers, repeated = [], None, []
    for word in table.split():
        if word.endswith(":"):
            numbers, repeated = _numbers(word[:-1]), []
        elif word == ";":
            words.extend(_counted(w, number) for number in numbers for w in repeated)
            numbers = None
        elif numbers is None:
            words.append(word)
        else:
            repeated.append(word)
    return words
