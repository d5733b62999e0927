"""What the parts of a repeated block are called.

A *group* is a block that stands in several places (``residual_1`` to ``residual_39``), with all
functions made of it: its forward pass, its backward pass, its update. In one place a tensor is
called ``h7``, in the next ``h8``; here each part gets one name, ``h``, and a table of what it is
called in each place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from graphc.codegen.names import Namer, identifier, path
from graphc.codegen.outline import LOCAL, NUMBER, SLOTS, Hole, Repeat, Stretch

Scope = tuple[str, ...]
Place = tuple[str, Scope]  # a family ("" for what all families share) and a scope
Values = Mapping[Place, str]  # what a part is called in each place

_RESERVED = ("self", "flat")
_LISTED = re.compile(r"(\w+)\[(\d+)\]")
_NUMBERED = re.compile(r"(?:d_)?([a-z]+)(\d+)")  # z1, d_h12_mean


class Table:
    """The names of one kind of part: for each what it is called in each place."""

    def __init__(self) -> None:
        self.names: dict[str, dict[Place, str]] = {}
        self._at: dict[tuple[Place, str], list[str]] = {}

    def like(self, values: Values) -> str:
        """The name of the part that is called so in some places, and in no other differently; "" if
        there is none."""
        for item in values.items():
            for name in self._at.get(item, ()):
                known = self.names[name]
                if all(known.get(place, label) == label for place, label in values.items()):
                    return name
        return ""

    def find(self, values: Values) -> str:
        """The name of the part that is called so, "" if there is none; it is then in all places."""
        name = self.like(values)
        return self._note(name, values) if name else ""

    def known(self, values: Values) -> str:
        """The name of the part that is called so, as far as is known already; "" if there is none."""
        for name in self._at.get(next(iter(values.items())), ()):
            if values.items() <= self.names[name].items():
                return name
        return ""

    def add(self, values: Values, stem: str) -> str:
        """The name of the part that is called so; of a new one, as near to `stem` as is free."""
        if name := self.find(values):
            return name
        name, number = identifier(stem), 2
        while name in _RESERVED or self._differs(name, values):
            name = f"{identifier(stem)}_{number}"
            number += 1
        return self._note(name, values)

    def _differs(self, name: str, values: Values) -> bool:
        """Whether a name is that of another part in some place, or of places of another list."""
        known = self.names.get(name)
        if not known:
            return False
        own, other = lists(values), lists(known)
        return bool(known.keys() & values.keys()) or (own and own[0]) != (other and other[0])

    def _note(self, name: str, values: Values) -> str:
        known = self.names.setdefault(name, {})
        for place, label in values.items():
            if place not in known:
                known[place] = label
                self._at.setdefault((place, label), []).append(name)
        return name


@dataclass(eq=False)
class Function:
    """A repeat with texts for its holes.

    Attributes:
        name: of the method, with its underscore.
        texts: the text for each part.
        numbers: the text for each number, in order.
        kinds: the objects whose parts it takes, each with its name in the function.
        parameters: the variables that it takes besides.
        found: what parts are called that are, or are of, places of inner groups.
    """

    repeat: Repeat
    name: str = ""
    texts: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    found: dict[int, str] = field(default_factory=dict)

    @cached_property
    def first(self) -> Stretch:
        """The place that stands for all: the first whose headers have as many lines as most."""
        kinds = [tuple(event.kind for event in place.events) for place in self.repeat.places]
        return self.repeat.places[kinds.index(Counter(kinds).most_common(1)[0][0])]

    @cached_property
    def parts(self) -> list[Hole]:
        """What each part is in the place that stands for all."""
        return self.repeat.named(self.first)

    @cached_property
    def values(self) -> list[dict[Place, str]]:
        """What each part is called in each place."""
        named = [(s, self.repeat.named(s)) for s in self.repeat.places]
        return [
            {
                (s.text.family if part.kind == SLOTS else "", s.scope): own[i].name
                for s, own in named
            }
            for i, part in enumerate(self.parts)
        ]

    def column(self, position: int) -> dict[Place, str]:
        """A number in each place."""
        return {(s.text.family, s.scope): s.numbers[position] for s in self.repeat.places}


@dataclass(eq=False)
class Group:
    """A repeated block: its places, its functions, and the names of its parts.

    Attributes:
        stem: what its list of places is called.
        scopes: its places, in order.
        functions: what is made of it.
        tables: the names of parts, by the object that has them.
        ranks: what to take off the numbers in labels, by place and letter.
        inside: the places of inner groups, by what they are called (`listed`).
    """

    stem: str
    scopes: list[Scope]
    functions: list[Function] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    ranks: dict[tuple[Place, str], int] = field(default_factory=dict)
    inside: Mapping[str, tuple[Group, Scope]] = field(default_factory=dict)

    def table(self, kind: str) -> Table:
        """The names of one kind of part."""
        return self.tables.setdefault(kind, Table())

    @cached_property
    def index(self) -> dict[Scope, int]:
        """The number of each place."""
        return {scope: i for i, scope in enumerate(self.scopes)}

    @cached_property
    def heads(self) -> dict[Scope, str]:
        """What names in each place may begin with."""
        return {scope: path(scope) for scope in self.scopes}

    def name_parts(self) -> None:
        """Give a name to every part of every function.

        What a place takes over from the one before is called after it: ``h_in``. Gradients are
        called after what they belong to.
        """
        slots = self.table(SLOTS)
        self._name_inner()
        every = [
            values
            for function in self.functions
            for i, values in enumerate(function.values)
            if function.parts[i].kind == SLOTS and i not in function.found
        ]
        taken_over = self._taken_over(every)
        own = [v for i, v in enumerate(every) if i not in taken_over and not _is_gradient(v)]
        self.ranks = self._ranks(own)
        for values in own:
            slots.add(values, self.stem_of(values))
        for i, source in taken_over.items():
            name = slots.find(source)
            slots.add(every[i], f"{name}_in" if name else self.stem_of(every[i]))
        for values in every:
            base = {place: label.removeprefix("d_") for place, label in values.items()}
            name = slots.like(base) if _is_gradient(values) else ""
            slots.add(values, f"d_{name}" if name else self.stem_of(values))
        for function in self.functions:
            self._fill(function)

    def _name_inner(self) -> None:
        """Name the places of inner groups, and what is a part of one of them: ``norm_1.h``."""
        slots = self.table(SLOTS)
        for function in self.functions:
            inner: list[tuple[str, Values]] = []
            for i, (part, values) in enumerate(zip(function.parts, function.values, strict=True)):
                if part.kind == SLOTS and part.name in self.inside:
                    name = slots.add(values, self.stem_of(values))
                    inner.append((name, values))
                    function.found[i] = name
            for i, (part, values) in enumerate(zip(function.parts, function.values, strict=True)):
                if part.kind == SLOTS and i not in function.found:
                    for name, places in inner:
                        if own := self._part_of(places, values):
                            function.found[i] = f"{name}.{own}"
                            break

    def _part_of(self, places: Values, values: Values) -> str:
        """What parts are called in places of an inner group; "" if it does not have them."""
        if places.keys() != values.keys():
            return ""
        group, _ = self.inside[next(iter(places.values()))]
        there = {
            (family, self.inside[label][1]): values[family, scope]
            for (family, scope), label in places.items()
        }
        return group.table(SLOTS).known(there)

    def _fill(self, function: Function) -> None:
        """The texts for the parts and the numbers of a function."""
        parts = function.parts
        own = Namer(("self", "cp", "np", "math", SLOTS, "p", "d", "stats"))
        kinds = {SLOTS: SLOTS}
        for kind in sorted({part.kind for part in parts} - {LOCAL, SLOTS}, key=_order):
            name = kind.removeprefix("self.")
            kinds[kind] = name if name == kind else own.fresh(name)
        used = any(part.kind == SLOTS for part in parts)
        for i, (part, values) in enumerate(zip(parts, function.values, strict=True)):
            if i in function.found:
                function.texts.append(f"{SLOTS}.{function.found[i]}")
            elif part.kind != LOCAL:
                name = self.table(part.kind).add(values, self.stem_of(values))
                function.texts.append(f"{kinds[part.kind]}.{name}")
            else:
                function.texts.append(own.fresh(self.stem_of(values)))
                if part.name not in function.first.assigned:
                    function.parameters.append(function.texts[-1])
        for position, number in enumerate(function.first.numbers):
            column = function.column(position)
            if len(set(column.values())) > 1:
                marked = {place: f"{NUMBER}{value}" for place, value in column.items()}
                stem = "size" if number.isdigit() else "value"
                number = f"{SLOTS}.{self.table(SLOTS).add(marked, stem)}"
                used = True
            function.numbers.append(number)
        function.kinds = {k: name for k, name in kinds.items() if used or k != SLOTS}

    def _taken_over(self, every: Sequence[Values]) -> dict[int, Values]:
        """The parts that are, in most places, what another part was in the place before."""
        at: dict[tuple[Place, str], list[Values]] = {}
        for values in every:
            for item in values.items():
                at.setdefault(item, []).append(values)
        before = dict(zip(self.scopes[1:], self.scopes, strict=False))
        found: dict[int, Values] = {}
        for i, values in enumerate(every):
            if _is_gradient(values) or len(set(values.values())) == 1:
                continue
            votes: Counter[int] = Counter()
            sources: dict[int, Values] = {}
            places = [(family, scope) for family, scope in values if scope in before]
            for family, scope in places:
                place = (family, before[scope])
                for other in at.get((place, values[family, scope]), ()):
                    if other.get((family, scope)) != values[family, scope]:
                        votes[id(other)] += 1
                        sources[id(other)] = other
            if votes:
                best, count = votes.most_common(1)[0]
                if count * 2 > len(places):
                    found[i] = sources[best]
        return found

    @staticmethod
    def _ranks(every: Iterable[Values]) -> dict[tuple[Place, str], int]:
        """What to take off the numbers in labels, so that they count within a place; letters
        that have one number in each place are left out."""
        numbers: dict[tuple[Place, str], set[int]] = {}
        for values in every:
            if len(set(values.values())) > 1:
                for place, label in values.items():
                    if match := _NUMBERED.match(label):
                        numbers.setdefault((place, match[1]), set()).add(int(match[2]))
        single = Counter(letter for (_, letter), found in numbers.items() if len(found) == 1)
        total = Counter(letter for _, letter in numbers)
        ranks = {
            (place, letter): min(found) - 1
            for (place, letter), found in numbers.items()
            if single[letter] * 2 <= total[letter]
        }
        shared = {(("", scope), letter): least for ((_, scope), letter), least in ranks.items()}
        return {**shared, **ranks}

    def stem_of(self, values: Values) -> str:
        """A name for a part: what its names have in common, without the place's own."""
        labels = set(values.values())
        if labels <= self.inside.keys():
            own = [
                (place, path(self.inside[label][1][len(place[1]) :]))
                for place, label in values.items()
            ]
            return _common(own, {})
        if len(labels) == 1:
            return labels.pop()
        lead = "d_" if _is_gradient(values) else ""
        rows = [(place, label.removeprefix("d_")) for place, label in values.items()]
        heads = self.heads
        tails = [_tail(label, heads[place[1]]) for place, label in rows]
        if all(tails):
            rows = [(place, tail) for (place, _), tail in zip(rows, tails, strict=True)]
        common = _common(rows, self.ranks)
        whole = _common([(("", scope), head) for scope, head in heads.items()], {})
        if common == whole:
            return f"{lead}{self.stem}"
        for start in (whole, self.stem):
            if common.startswith(f"{start}_"):
                common = common[len(start) + 1 :]
        return f"{lead}{common or 'value'}"


def _tail(label: str, head: str) -> str:
    """What a label says after the name of its place, of which it may have the last words alone; ""
    if it does not begin so."""
    while head:
        if label.startswith(f"{head}_"):
            return label[len(head) + 1 :]
        head = head.partition("_")[2]
    return ""


def _order(kind: str) -> tuple[int, str]:
    return (("p", "d", "stats", kind).index(kind), kind)


def _is_gradient(values: Values) -> bool:
    return all(label.startswith("d_") for label in values.values())


def _common(rows: Sequence[tuple[Place, str]], ranks: Mapping[tuple[Place, str], int]) -> str:
    """What most labels have in common: numbers that are the same in all, or in their rank."""
    split = [(place, re.split(r"(\d+)", label)) for place, label in rows]
    skeleton = Counter(tuple(parts[::2]) for _, parts in split).most_common(1)[0][0]
    split = [(place, parts) for place, parts in split if tuple(parts[::2]) == skeleton]
    result = skeleton[0]
    for i, text in enumerate(skeleton[1:]):
        found = {parts[2 * i + 1] for _, parts in split}
        letter = skeleton[0]
        if len(found) == 1:
            result += found.pop()
        else:
            ranked = {
                int(parts[2 * i + 1]) - ranks[place, letter]
                for place, parts in split
                if i == 0 and (place, letter) in ranks
            }
            if len(ranked) == 1:
                result += str(ranked.pop())
            else:
                result = result.rstrip("_")
        result += text
    return result.strip("_") or "value"


def listed(group: Group, scope: Scope) -> str:
    """What a place of a group is called in objects: the list and the number."""
    return f"{group.stem}[{group.index[scope]}]"


def lists(values: Values) -> tuple[str, dict[Place, str]] | None:
    """The list that values are places of, and their numbers; None if they are names."""
    found = {place: _LISTED.fullmatch(label) for place, label in values.items()}
    numbers = {place: match[2] for place, match in found.items() if match}
    stems = {match[1] for match in found.values() if match}
    return (stems.pop(), numbers) if len(numbers) == len(values) and len(stems) == 1 else None


def groups_of(
    repeats: Sequence[Repeat],
    order: Sequence[Scope],
    stems: Namer,
    methods: Namer,
    inside: Mapping[str, tuple[Group, Scope]],
) -> list[Group]:
    """The groups that repeats belong to: those with a place in common are of one block.

    Args:
        order: every scope, in the order in which places are counted.
        stems: names the lists of places.
        methods: names the functions.
        inside: the places of inner groups, by what they are called.
    """
    merged: list[tuple[set[Scope], list[Repeat]]] = []
    for repeat in repeats:
        scopes = {place.scope for place in repeat.places}
        mine = [repeat]
        for other in [m for m in merged if m[0] & scopes]:
            merged.remove(other)
            scopes |= other[0]
            mine = [*other[1], *mine]
        merged.append((scopes, mine))
    rank: dict[Scope, int] = {}
    for i, scope in enumerate(order):
        for length in range(1, len(scope) + 1):
            rank.setdefault(scope[:length], i)
    found = []
    for scopes, members in merged:
        ordered = sorted(scopes, key=lambda scope: rank[scope])
        stem = _common([(("", scope), identifier(scope[-1])) for scope in ordered], {})
        functions = [Function(repeat) for repeat in members]
        group = Group(stems.fresh(stem), ordered, functions, inside=inside)
        _name_functions(group, methods)
        group.name_parts()
        found.append(group)
    return found


def _name_functions(group: Group, methods: Namer) -> None:
    """Call each function after its block and what it does."""
    trains = {f.first.role for f in group.functions if _phases(f) & {"backward", "update"}}
    for function in group.functions:
        role = function.first.role
        if role in trains and not _phases(function) & {"backward", "update"}:
            role = "inference"
        function.name = f"_{methods.fresh(f'{group.stem}_{role}')}"


def _phases(function: Function) -> set[str]:
    return {place.text.phase for place in function.repeat.places}
