"""Long tables of regular rows as short ones: numbers in steps, names that count.

What is printed here is read back by the helpers ``_numbers``, ``_series`` and ``_words`` of the
emitted module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from graphc.codegen.names import string
from graphc.codegen.writer import Writer

MARK = "#"  # stands for a number
_LONGEST_PERIOD = 64  # rows
_LONGEST_WORD = 16  # items
_MOST_TURNS = 8  # series by turns
_LONGEST_TURN = 64  # characters
_LEAST_GAIN = 8  # characters that a word of these must save
_LONGEST_TEXT = 48  # characters of numbers in a line with other things
_DIGITS = re.compile(r"(?<=[A-Za-z_.])(\d+)(?![A-Za-z])")


def numbers(texts: Sequence[str]) -> str:
    """Numbers as a text of words.

    ``6..12/3`` stands for 6 9 12, ``7x3`` for 7 7 7, ``1..2x2`` for 1 1 2 2, ``1+2|8x3`` for
    1 8 3 8 5 8 (``9-2|8x3`` for 9 8 7 8 5 8), and ``1,5..7*2`` for 1 5 6 7 1 5 6 7.
    """
    values = [int(t) if t.isdigit() and (t[0] != "0" or t == "0") else None for t in texts]
    words: list[str] = []
    start = i = 0
    while i < len(texts):
        word, count = _turns(texts, values, i)
        if not word:
            i += 1
            continue
        words += [*_words(texts[start:i]), word]
        start = i = i + count
    return " ".join([*words, *_words(texts[start:])])


def _turns(texts: Sequence[str], values: Sequence[int | None], start: int) -> tuple[str, int]:
    """Numbers from `start` on that are several series by turns, as a word, and how many they are; ""
    if that is no shorter."""
    best, saved, count = "", _LEAST_GAIN, 0
    for period in range(2, _MOST_TURNS + 1):
        steps, rounds = _rounds(values, start, period)
        if rounds * period <= count:
            continue
        part = texts[start : start + rounds * period]
        series_ = [f"{n}{step:+}" if step else n for n, step in zip(part, steps, strict=False)]
        word = f"{'|'.join(series_)}x{rounds}"
        gain = len(" ".join(_words(part))) - len(word)
        if gain > saved and len(word) <= _LONGEST_TURN:
            best, saved, count = word, gain, len(part)
    return best, count


def _rounds(values: Sequence[int | None], start: int, period: int) -> tuple[list[int], int]:
    """By how much each of `period` numbers from `start` on changes from round to round, and the number
    of rounds; 0 where fewer than three do, or none does."""
    steps: list[int] = []
    if start + 3 * period > len(values):
        return steps, 0
    for i in range(start, start + period):
        a, b, c = values[i], values[i + period], values[i + 2 * period]
        if a is None or b is None or c is None or c - b != b - a:
            return steps, 0
        steps.append(b - a)
    if not any(steps):
        return steps, 0
    end = start + 3 * period
    while end < len(values):
        value, before = values[end], values[end - period]
        if value is None or before is None or value - before != steps[(end - start) % period]:
            break
        end += 1
    return steps, (end - start) // period


def _words(texts: Sequence[str]) -> list[str]:
    """Numbers as words, each of items that stand once or more often."""
    items = _items([(text, len(list(group))) for text, group in groupby(texts)])
    words = []
    i = 0
    while i < len(items):
        period, times = 1, 1
        for length in range(1, _LONGEST_WORD + 1):
            part = items[i : i + length]
            count = 1
            while items[i + count * length : i + (count + 1) * length] == part:
                count += 1
            if count > 1 and count * length > period * times:
                period, times = length, count
        words.append(",".join(items[i : i + period]) + (f"*{times}" if times > 1 else ""))
        i += period * times
    return words


def _items(runs: Sequence[tuple[str, int]]) -> list[str]:
    """Runs of a number each, with its count, as items: those in steps together."""
    items = []
    i = 0
    while i < len(runs):
        count = runs[i][1]
        step, steps = _steps(runs, i)
        each = f"x{count}" if count > 1 else ""
        if steps < 3:
            items.append(f"{runs[i][0]}{each}")
            i += 1
        else:
            last = runs[i + steps - 1][0]
            items.append(f"{runs[i][0]}..{last}" + (f"/{step}" if step != 1 else "") + each)
            i += steps
    return items


def _steps(runs: Sequence[tuple[str, int]], start: int) -> tuple[int, int]:
    """The step from one number to the next, and how many from `start` on are in such steps."""
    step, end = 0, start + 1
    while end < len(runs) and runs[end][1] == runs[start][1]:
        before, after = runs[end - 1][0], runs[end][0]
        if not (before.isdigit() and after.isdigit()):
            break
        if end == start + 1:
            step = int(after) - int(before)
        elif int(after) - int(before) != step:
            break
        end += 1
    return step, end - start


def wrapped(text: str, w: Writer) -> None:
    """A long text over several lines, all but the first indented."""
    line = ""
    for word in text.split(" "):
        if line and not w.fits(f"{line} {word}"):
            w.line(line)
            line = " "
        line = f"{line} {word}" if line else word
    w.line(line)


def series(texts: Sequence[str]) -> str:
    """A list of names as an expression."""
    parts: list[str] = []
    for _, run in groupby(texts, key=lambda text: tuple(re.split(r"\d+", text))):
        parts += _series(list(run))
    if len(parts) == 1 and parts[0].startswith("*_series"):
        return parts[0][1:]
    return f"[{', '.join(parts)}]"


def _series(members: list[str]) -> list[str]:
    """Names that differ in numbers alone as items of a list."""
    split = [re.split(r"(\d+)", text) for text in members]
    pattern, columns = "", []
    for i, part in enumerate(split[0]):
        column = [row[i] for row in split]
        if i % 2 and len(set(column)) > 1:
            pattern += MARK
            columns.append(string(numbers(column)))
        else:
            pattern += part
    if len(members) > 2 and len(set(members)) == 1:
        return [f"*[{string(members[0])}] * {len(members)}"]
    padded = any(re.fullmatch(r"0\d+", part) for row in split for part in row[1::2])
    if len(members) == 1 or not columns or padded:
        return [string(text) for text in members]
    if max(map(len, columns)) > _LONGEST_TEXT:
        half = len(members) // 2
        return [*_series(members[:half]), *_series(members[half:])]
    return [f"*_series({', '.join([string(pattern), *columns])})"]


def packed(rows: Sequence[str]) -> list[str]:
    """Words, those that count put together: ``2..8: a_# b_#+1 ;`` for a_2 b_3 a_3 b_4 and so on.
    ``a. b=1 c=2 ;`` stands for a.b=1 a.c=2.

    Words have no white space, colon, semicolon or mark, and do not end in a dot.
    """
    split = [_DIGITS.split(row) for row in rows]
    skeletons = [tuple(parts[::2]) for parts in split]
    found: list[str] = []
    single: list[str] = []
    i = 0
    while i < len(rows):
        best, count, length = 0, 0, 0
        for period in range(1, min(_LONGEST_PERIOD, (len(rows) - i) // 2) + 1):
            if skeletons[i] != skeletons[i + period]:
                continue
            many = _repeats(split, skeletons, i, period)
            saved = (many - 1) * period - 1
            if saved > best and "*" not in numbers(_column(split, i, period, many)):
                best, count, length = saved, many, period
        if not best:
            single.append(rows[i])
            i += 1
            continue
        found += _led(single)
        single = []
        found += _repeat(split, i, length, count)
        i += length * count
    return [*found, *_led(single)]


def _led(rows: Sequence[str]) -> list[str]:
    """Words, those after each other that begin alike after what they begin with."""
    found: list[str] = []
    i = 0
    while i < len(rows):
        lead, count = _lead(rows[i:])
        if lead:
            found += [lead, *_braced([row[len(lead) :] for row in rows[i : i + count]]), ";"]
        else:
            found.append(rows[i])
        i += count
    return found


def _lead(rows: Sequence[str]) -> tuple[str, int]:
    """What the first words begin with, and how many do; "" and 1 if that saves little."""
    best, lead, count = _LEAST_GAIN, "", 1
    for dot in re.finditer(r"\.", rows[0].partition("=")[0]):
        start = rows[0][: dot.end()]
        alike = next((k for k, row in enumerate(rows) if not row.startswith(start)), len(rows))
        saved = (alike - 1) * len(start) - 3
        if saved > best:
            best, lead, count = saved, start, alike
    return lead, count


def _repeats(
    split: Sequence[list[str]], skeletons: Sequence[tuple[str, ...]], start: int, period: int
) -> int:
    """How often `period` rows from `start` on stand one after the other, but for numbers that
    are all larger by the same."""
    varying: set[tuple[int, int]] = set()
    count = 1
    while True:
        at = start + count * period
        if at + period > len(split):
            return count
        if tuple(skeletons[at : at + period]) != tuple(skeletons[start : start + period]):
            return count
        differs = _differing(split, start, at, period)
        varying = differs if count == 1 else varying
        steps = {int(split[at + j][n]) - int(split[start + j][n]) for j, n in varying}
        if not varying or not differs <= varying or len(steps) != 1 or min(steps) < 0:
            return count
        count += 1


def _differing(
    split: Sequence[list[str]], first: int, second: int, period: int
) -> set[tuple[int, int]]:
    """Where the numbers in rows from `first` on are not those in rows from `second` on."""
    return {
        (j, n)
        for j in range(period)
        for n in range(1, len(split[first + j]), 2)
        if split[first + j][n] != split[second + j][n]
    }


def _repeat(split: Sequence[list[str]], start: int, period: int, count: int) -> list[str]:
    """A repeat as words."""
    varying = _differing(split, start, start + period, period)
    least = min(int(split[start + j][n]) for j, n in varying)
    words = []
    for j in range(period):
        word = ""
        for n, part in enumerate(split[start + j]):
            more = int(part) - least if (j, n) in varying else 0
            word += (MARK + (f"+{more}" if more else "")) if (j, n) in varying else part
        words.append(word)
    lead, led = _lead(words)
    counted = f"{numbers(_column(split, start, period, count)).replace(' ', ',')}:"
    if led < period:
        return [counted, *_braced(words), ";"]
    return [counted, lead, *_braced([word[len(lead) :] for word in words]), ";"]


def _braced(words: Sequence[str]) -> list[str]:
    """Words after each other that differ in one part of their names as one: ``a.{b,c}=1``."""
    found: list[str] = []
    for word in words:
        if found and (both := _both(found[-1], word)):
            found[-1] = both
        else:
            found.append(word)
    return found


def _both(first: str, second: str) -> str:
    """Two words as one; "" if they differ in more than the end of the name."""
    given, _, shape = first.partition("=")
    name, _, other = second.partition("=")
    lead, brace, ends = given.partition("{")
    if not brace:
        pairs = enumerate(zip(given, name, strict=False))
        alike = given[: next((k for k, (a, b) in pairs if a != b), len(name))]
        lead = alike[: max(alike.rfind("."), alike.rfind("_")) + 1]
        ends = given[len(lead) :]
    own = name[len(lead) :]
    fits = shape == other != "" and name.startswith(lead)
    if not (fits and re.fullmatch(r"[\w,]+}?", ends) and re.fullmatch(r"\w+", own)):
        return ""
    return f"{lead}{{{ends.rstrip('}')},{own}}}={shape}"


def _column(split: Sequence[list[str]], start: int, period: int, count: int) -> list[str]:
    """The least of the numbers that differ, in each repeat."""
    varying = _differing(split, start, start + period, period)
    return [
        str(min(int(split[start + k * period + j][n]) for j, n in varying)) for k in range(count)
    ]
