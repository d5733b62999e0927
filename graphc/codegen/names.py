"""Names, comments and literals: the only door by which a user's text reaches emitted source.

In: any string at all, such as a layer's name, a file's path or an attribute of an imported model.
Out: ASCII text that is safe in one place of a Python module: as an identifier, in a comment, in a
docstring or as a string literal. The same string always gives the same text, on every run and
machine.
"""

from __future__ import annotations

import hashlib
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable

__all__ = ["Namer", "class_name", "comment", "doc", "identifier", "module_name", "string"]

# Frozen rather than read from the interpreter: the list grows with Python's releases, and IPython
# and gettext add to it, so the same network would be named differently from one place to another.
_BUILTINS = """
    ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
    BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError
    ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError
    Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup False FileExistsError
    FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError
    ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError
    KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None
    NotADirectoryError NotImplemented NotImplementedError OSError OverflowError
    PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError
    RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration
    StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True
    TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
    UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning WindowsError
    ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable
    chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec
    exit filter float format frozenset getattr globals hasattr hash help hex id input int
    isinstance issubclass iter len license list locals map max memoryview min next object oct open
    ord pow print property quit range repr reversed round set setattr slice sorted staticmethod
    str sum super tuple type vars zip
"""
RESERVED = frozenset(_BUILTINS.split()) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)

# Classes that a module has besides the program's own.
_CLASSES = {"InputError", "SimpleNamespace"}

# A script's folder comes first on its path: a `random.py` there would be what NumPy imports. The
# last ones are devices on Windows, where no file can have such a name.
_MODULES = sys.stdlib_module_names | {"cupy", "graphc", "numpy", "test", "con", "prn", "aux", "nul"}

# Comments with this start are orders to formatters and checkers; `coding:` (PEP 263) changes how
# Python decodes the whole file.
_PRAGMA = re.compile(r"(coding|\b(?:fmt|yapf|isort|type|mypy|pyright|ruff|flake8|pylint))(?=[:=])")

_NO_CODE = re.compile(r'^ *#.*$|"""[\s\S]*?"""', re.M)
_LETTER = re.compile(
    r"(?:LATIN|GREEK|CYRILLIC) (SMALL|CAPITAL) LETTER (?:FINAL )?([A-Z]+)(?: WITH .+)?"
)
_SYMBOLS = {"∂": "d", "∇": "grad", "ß": "ss"}
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_DIGEST = 6  # hexadecimal digits
_WHOLE = 240  # long enough for the names of nested scopes, which `shortened` cuts at a word
_FILE = 32  # the longest name of a class or a module: lines with both must fit


def identifier(text: str, *, fallback: str = "value", max_length: int = 48) -> str:
    """Return an ASCII Python identifier as close to ``text`` as is safe.

    Letters with accents lose them, Greek and Cyrillic letters are spelled out, and all else becomes
    ``_``. The result is no keyword, soft keyword or builtin (``lambda`` gives ``lambda_``) and does
    not start with ``_``. It is not unique: ``a.b`` and ``a_b`` give the same; see `Namer`.

    Args:
        text: what the user wrote; may be empty.
        fallback: the name when nothing of ``text`` is left, and the prefix before a leading digit.
        max_length: longer names are cut and end in a digest of ``text``, so that two long names
            which share a beginning stay different.

    Raises:
        ValueError: if ``fallback`` is no ASCII identifier, or ``max_length`` is below 16.
    """
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", fallback):
        raise ValueError(f"fallback {fallback!r} is not an ASCII identifier")
    if max_length < 16:
        raise ValueError(f"max_length must be at least 16, not {max_length}")
    name = "".join(map(_transliterate, unicodedata.normalize("NFKD", text)))
    name = re.sub("_+", "_", name).strip("_") or fallback
    if name[0].isdigit():
        name = f"{fallback}_{name}"
    if len(name) > max_length:
        encoded = text.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(encoded, digest_size=_DIGEST // 2).hexdigest()
        name = f"{name[: max_length - _DIGEST - 1].rstrip('_')}_{digest}"
    return f"{name}_" if name in RESERVED else name


def class_name(text: str) -> str:
    """Return a CamelCase identifier: ``digits_mlp`` gives ``DigitsMlp``; inner capitals stay."""
    words = identifier(text, fallback="model", max_length=_FILE).split("_")
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return f"{name}Model" if name in RESERVED | _CLASSES else name


def module_name(text: str) -> str:
    """Return a lower-case identifier fit for a file's name; it shadows no module that is needed.

    A name of the standard library, of NumPy or of CuPy gets the suffix ``_net``.
    """
    name = identifier(identifier(text, fallback="model", max_length=_FILE).lower())
    return f"{name}_net" if name in _MODULES or re.fullmatch("(com|lpt)[0-9]", name) else name


def path(parts: Iterable[str]) -> str:
    """The names of nested scopes as one identifier, however long."""
    return identifier("_".join(parts), max_length=_WHOLE)


def shortened(name: str, max_length: int) -> str:
    """The last words of an identifier that fit, ``dense_1_W`` of ``tower_block_3_dense_1_W``."""
    if len(name) <= max_length:
        return name
    words = name.split("_")
    while len(words) > 1 and (len("_".join(words)) > max_length or words[0][:1].isdigit()):
        words.pop(0)
    return identifier("_".join(words)[:max_length], max_length=max(max_length, 16))


class Namer:
    """Hands out identifiers that are unique within one namespace, in the order asked.

    Args:
        reserved: names never to hand out, such as ``np`` and ``self``.
        max_length: of longer names, the number at the end included, the last words are kept.
    """

    def __init__(self, reserved: Iterable[str] = (), max_length: int = 48) -> None:
        self._taken = set(reserved)
        self._max_length = max_length
        self._next: dict[str, int] = {}

    @property
    def taken(self) -> set[str]:
        """What can't be handed out any more."""
        return set(self._taken)

    def reserve(self, name: str) -> None:
        """Never hand out ``name`` from now on; reserving it twice is no error."""
        self._taken.add(name)

    def fresh(self, text: str, *, fallback: str = "value") -> str:
        """Return `identifier(text)`, with ``_2``, ``_3``, ... where that is taken already.

        Raises:
            ValueError: as `identifier` does, for a bad ``fallback``.
        """
        whole = identifier(text, fallback=fallback, max_length=_WHOLE)
        name = shortened(whole, self._max_length)
        stem = name.rstrip("_")
        number = self._next.get(stem, 2)
        while name in self._taken:
            suffix = f"_{number}"
            name = shortened(stem, self._max_length - len(suffix)).rstrip("_") + suffix
            number += 1
        self._next[stem] = number
        self._taken.add(name)
        return name


def comment(text: str, max_length: int = 500) -> str:
    r"""Return ``text`` as one line of printable ASCII, to stand after ``# `` on a line.

    White space of any kind becomes a space, other characters outside printable ASCII are shown as
    ``\uXXXX``, and what would be an order to a tool (``fmt: off``, ``coding: utf-7``) gets a space
    before its colon. Longer than ``max_length`` characters is cut, ending in ``...``.
    """
    return _cut(_PRAGMA.sub(r"\1 ", _one_line(text)), max_length)


def code_of(text: str) -> str:
    """Emitted text without comments and docstrings, which may mention anything: ``d.py:12``."""
    return _NO_CODE.sub("", text)


def doc(text: str, max_length: int = 500, *, fallback: str = "Undocumented.") -> str:
    r"""Return ``text`` as one line that is safe anywhere between triple double quotes.

    As `comment`, with ``"`` turned into ``'`` and each backslash doubled, so that the docstring
    shows it and nothing is an escape. Blank text gives ``fallback``, for formatters rewrite an
    empty docstring.
    """
    line, length = _one_line(text) or fallback, max_length
    while len(shown := _cut(line, length).replace("\\", "\\\\")) > max_length:
        length -= 1
    return shown.replace('"', "'")


def string(text: str) -> str:
    """Return an ASCII string literal, equal to ``text`` and quoted as Ruff and Black prefer.

    Double quotes, unless ``text`` holds more double quotes than single ones.
    """
    quote = "'" if text.count('"') > text.count("'") else '"'
    escapes = {**_ESCAPES, quote: f"\\{quote}"}
    return quote + "".join(escapes.get(char) or _escape(char) for char in text) + quote


def _transliterate(char: str) -> str:
    """Spell one character of NFKD text in [A-Za-z0-9_], or drop it."""
    if char.isascii():
        return char if char.isalnum() else "_"
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):  # accents; invisible and bidi controls
        return ""
    if letter := _LETTER.fullmatch(unicodedata.name(char, "")):
        case, word = letter.groups()
        return word.lower() if case == "SMALL" else word.capitalize()
    return _SYMBOLS.get(char, "_")


def _one_line(text: str) -> str:
    return "".join(" " if char.isspace() else _escape(char) for char in text).strip()


def _escape(char: str) -> str:
    if " " <= char <= "~":
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _cut(line: str, max_length: int) -> str:
    return line if len(line) <= max_length else line[: max_length - 3].rstrip() + "..."
