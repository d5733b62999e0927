def _numbers(text):
    """The numbers of a text.

    `6..12/3` stands for 6 9 12, `7x3` for 7 7 7, `9-2|8x3` for 9 8 7 8 5 8, and
    `1,5..7*2` for 1 5 6 7 1 5 6 7.
    """
    numbers = []
    for word in text.split():
        items, _, times = word.partition("*")
        found = []
        for item in items.split(","):
            item, _, each = item.partition("x")
            turns = [t.partition("+") for t in item.replace("-", "+-").split("|")]
            if len(turns) > 1:
                for k in range(int(each)):
                    found.extend(int(n) + k * int(step or 0) for n, _, step in turns)
                continue
            first, steps, last = item.partition("..")
            values = [int(first) if first.isdigit() else float(first)]
            if steps:
                last, _, step = last.partition("/")
                step = int(step or 1)
                values = range(values[0], int(last) + step // abs(step), step)
            found.extend(value for value in values for _ in range(int(each or 1)))
        numbers.extend(found * int(times or 1))
    return numbers
