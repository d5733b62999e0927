def _words(table):
    """The words of a table, with those that stand for several written out."""
    words, numbers, repeated, lead = [], [], [], ""
    for word in table.split():
        if word.endswith(":"):
            numbers = _numbers(word[:-1])
        elif word.endswith("."):
            lead = word
        elif word == ";":
            for number in numbers or [0]:
                words.extend(_counted(each, number) for each in repeated)
            numbers, repeated, lead = [], [], ""
        elif numbers or lead:
            start, brace, rest = word.rpartition("{")
            several, _, end = rest.partition("}")
            ends = [f"{n}{end}" for n in several.split(",")] if brace else [word]
            repeated.extend(f"{lead}{start}{each}" for each in ends)
        else:
            words.append(word)
    return words
