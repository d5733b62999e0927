"""Einstein's summation over any number of operands, in NumPy's subscript language.

Subscripts are parsed to explicit terms without ellipsis (``"ij,jk->ik"``).  Contractions of two
operands become one (batched) matrix product over views, so that they run at the speed of BLAS;
more operands are contracted from left to right.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType
from graphc.ops.base import PRODUCT, Array, Emitter, Op, Sample, register
from graphc.ops.catalogue import equal, logical_and, where
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant, iota
from graphc.ops.linalg import matmul
from graphc.ops.reduce import sum as reduce_sum
from graphc.ops.shape import broadcast_to, reshape, transpose
from graphc.ops.slicing import draw


def split(subscripts: str) -> tuple[list[str], str]:
    """The terms of the operands and of the result."""
    left, _, out = subscripts.partition("->")
    return left.split(","), out


class Einsum(Op):
    """A sum of products over named axes; `subscripts` are explicit, without ellipsis."""

    name = "einsum"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        terms, out = split(attrs["subscripts"])
        sizes: dict[str, tuple[DimLike, str]] = {}
        for number, (term, type_) in enumerate(zip(terms, types_, strict=True)):
            if type_.dtype != types_[0].dtype or type_.dtype == "bool":
                raise TypeMismatchError(
                    f"operands of one type of number are expected, not {types_[0].dtype} "
                    f"and {type_.dtype}"
                )
            for axis, (letter, size) in enumerate(zip(term, type_.shape, strict=True)):
                place = f"axis {axis} of operand {number}"
                known, there = sizes.setdefault(letter, (size, place))
                if known != size:
                    raise ShapeError(
                        f"'{attrs['subscripts']}': index '{letter}' has size {known} ({there}) "
                        f"and size {size} ({place})"
                    )
        return (TensorType(types_[0].dtype, tuple(sizes[letter][0] for letter in out)),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        terms, out = split(node.attrs["subscripts"])
        results: list[Tensor | None] = []
        for number, (operand, term) in enumerate(zip(node.inputs, terms, strict=True)):
            others = [ct, *node.inputs[:number], *node.inputs[number + 1 :]]
            names = [out, *terms[:number], *terms[number + 1 :]]
            known = set("".join(names))
            part = _make(others, names, "".join(_unique(c for c in term if c in known)))
            results.append(_place(part, term, known, operand.shape))
        return results

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        terms, out = split(node.attrs["subscripts"])
        return None if _primitive(terms, out) else (_contract_all(node.inputs, terms, out),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.array(np.einsum(attrs["subscripts"], *arrays)),)

    def samples(self) -> Sequence[Sample]:
        shapes: dict[str, tuple[tuple[int, ...], ...]] = {
            "ij,jk->ik": ((3, 4), (4, 2)),
            "ij,jk->ki": ((3, 0), (0, 2)),
            "bthd,bshd->bhts": ((2, 3, 2, 4), (2, 5, 2, 4)),
            "aibj,jcbk->cbkai": ((2, 3, 1, 4), (4, 2, 1, 2)),
            "abcd,dbe->ea": ((2, 3, 2, 4), (4, 3, 2)),
            "bij,bij->b": ((2, 3, 4), (2, 3, 4)),
            "i,j->ji": ((3,), (2,)),
            "ii->i": ((3, 3),),
            "iij,ki->jk": ((2, 2, 3), (4, 2)),
            "ii,ij,jj->": ((2, 2), (2, 3), (3, 3)),
            "ij,k->": ((2, 3), (4,)),
            "ijk->ki": ((2, 3, 4),),
            "ij,jk,kl,lm->im": ((2, 3), (3, 1), (1, 4), (4, 2)),
            ",i->i": ((), (3,)),
        }
        found = [
            Sample(tuple(draw(*shape) for shape in group), {"subscripts": subscripts})
            for subscripts, group in shapes.items()
        ]
        strided = (draw(4, 6)[::-1, ::2], draw(2, 3).T)
        return [*found, Sample(strided, {"subscripts": "ij,jk->ik"})]

    def plain(self, e: Emitter) -> str:
        return f'np.einsum("{e.node.attrs["subscripts"]}", {", ".join(e.args)})'

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"{self.plain(e)[:-1]}, out={e.out})"]

    def flops(self, node: Node) -> DimLike:
        terms, _ = split(node.attrs["subscripts"])
        each = 2 if len(terms) > 1 else 1
        return each * dims.product(_sizes(node.inputs, terms).values())

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        terms, out = split(node.attrs["subscripts"])
        summed = "".join(_unique(c for c in "".join(terms) if c not in out))
        names = [arg if arg.isidentifier() else f"({arg})" for arg in args]
        factors = [f"{name}[{term}]" for name, term in zip(names, terms, strict=True)]
        return (f"sum_{summed} " if summed else "") + " ".join(factors), PRODUCT


EINSUM = register(Einsum())


# ---- building -----------------------------------------------------------------------------


def _unique(letters: Any) -> list[str]:
    return list(dict.fromkeys(letters))


def _sizes(tensors: Sequence[Tensor], terms: Sequence[str]) -> dict[str, DimLike]:
    pairs = zip(tensors, terms, strict=True)
    return {c: size for x, term in pairs for c, size in zip(term, x.shape, strict=True)}


def _make(tensors: Sequence[Tensor], terms: Sequence[str], out: str) -> Tensor:
    if list(terms) == [out] and len(set(out)) == len(out):
        return tensors[0]
    return make(EINSUM, tensors, {"subscripts": f"{','.join(terms)}->{out}"}).outputs[0]


def _place(part: Tensor, term: str, known: set[str], shape: Sequence[DimLike]) -> Tensor:
    """Bring a cotangent to an operand's shape: repeated along the axes that `part` lacks, zero off
    the diagonal of letters that the operand has twice."""
    first = [term.index(letter) == axis for axis, letter in enumerate(term)]
    kept = [f and letter in known for f, letter in zip(first, term, strict=True)]
    part = reshape(part, tuple(size if k else 1 for k, size in zip(kept, shape, strict=True)))
    part = broadcast_to(part, tuple(size if f else 1 for f, size in zip(first, shape, strict=True)))
    mask: Tensor | None = None
    for axis, letter in enumerate(term):
        if not first[axis]:
            same = equal(*(_count(len(term), a, shape) for a in (term.index(letter), axis)))
            mask = same if mask is None else logical_and(mask, same)
    return part if mask is None else where(mask, part, 0)


def _count(rank: int, axis: int, shape: Sequence[DimLike]) -> Tensor:
    return iota(tuple(shape[axis] if i == axis else 1 for i in range(rank)), axis)


# ---- contraction --------------------------------------------------------------------------


def _primitive(terms: Sequence[str], out: str) -> bool:
    """Whether ``np.einsum`` itself is best: diagonals, and inner products of many vectors."""
    if len(terms) == 1:
        return len(set(terms[0])) < len(terms[0])
    if len(terms) > 2 or any(len(set(term)) < len(term) for term in terms):
        return False
    return set(terms[0]) == set(terms[1]) > set(out) > set()


def _contract_all(tensors: Sequence[Tensor], terms: Sequence[str], out: str) -> Tensor:
    """Operands contracted from left to right, each first rid of what no one else needs."""
    rest, names = list(tensors), list(terms)
    for number in range(len(rest)):
        needed = set(out).union(*names[:number], *names[number + 1 :])
        rest[number], names[number] = _alone(rest[number], names[number], needed)
    while len(rest) > 1:
        needed = set(out).union(*names[2:])
        letters = _unique(c for c in names[0] + names[1] if c in needed)
        result = out if len(rest) == 2 else "".join(letters)
        if _primitive(names[:2], result):
            first = _make(rest[:2], names[:2], result)
        else:
            first = _contract(rest[0], names[0], rest[1], names[1], result)
        rest[:2], names[:2] = [first], [result]
    return transpose(rest[0], [names[0].index(letter) for letter in out])


def _alone(x: Tensor, term: str, needed: set[str]) -> tuple[Tensor, str]:
    """One operand without repeated letters and those that are summed in it alone."""
    kept = "".join(_unique(c for c in term if c in needed))
    if len(set(term)) < len(term):
        return _make([x], [term], kept), kept
    axes = tuple(axis for axis, letter in enumerate(term) if letter not in needed)
    return (cast(reduce_sum(x, axes), x.dtype) if axes else x), kept


def _contract(a: Tensor, at: str, b: Tensor, bt: str, out: str) -> Tensor:
    """Two operands to a result: a product with broadcasting, or a batched matrix product."""
    only_a = [c for c in at if c not in bt]
    if out and out[-1] in only_a:  # the result's last axis comes from the right operand
        a, at, b, bt = b, bt, a, at
    sizes = _sizes((a, b), (at, bt))
    inner = "".join(c for c in at if c in bt and c not in out)
    if not inner:
        return _aligned(a, at, out) * _aligned(b, bt, out)
    batch = [c for c in at if c in bt and c in out]
    rows, before_rows = _runs(at, bt)
    columns, before_columns = _runs(bt, at)
    left = _arrange(a, at, [*batch, *before_rows, *[""] * len(before_columns), rows, inner])
    right = _arrange(b, bt, [*batch, *[""] * len(before_rows), *before_columns, inner, columns])
    order = "".join([*batch, *before_rows, *before_columns, rows, columns])
    result = reshape(matmul(left, right), tuple(sizes[letter] for letter in order))
    return transpose(result, [order.index(letter) for letter in out])


def _aligned(x: Tensor, term: str, out: str) -> Tensor:
    """An operand with the axes of the result, of size 1 where it has none."""
    letters = [c for c in out if c in term]
    x = transpose(x, [term.index(c) for c in letters])
    sizes = dict(zip(letters, x.shape, strict=True))
    return reshape(x, tuple(sizes.get(c, 1) for c in out))


def _runs(term: str, other: str) -> tuple[str, list[str]]:
    """The letters of one operand alone: the last neighbours among them, which become one axis of
    a matrix without a copy, and those before, which become axes of the batch."""
    marked = "".join(" " if c in other else c for c in term)
    last = ["", *marked.split()][-1]
    return last, [c for c in marked if c not in last and c != " "]


def _arrange(x: Tensor, term: str, groups: Sequence[str]) -> Tensor:
    """One axis for each group of letters (``""`` is an axis of size 1), in that order.

    Neighbours are joined before axes are exchanged: both are views then.
    """
    sizes = dict(zip(term, x.shape, strict=True))
    joined = [g for g in groups if g in term and g]
    parts = joined + [c for g in groups if g not in term for c in g]
    parts.sort(key=term.index)
    x = reshape(x, tuple(dims.product(sizes[c] for c in part) for part in parts))
    wanted = [part for g in groups for part in ([g] if g in joined else g)]
    x = transpose(x, [parts.index(part) for part in wanted])
    return reshape(x, tuple(dims.product(sizes[c] for c in group) for group in groups))


# ---- subscripts ---------------------------------------------------------------------------


def einsum(subscripts: str, *operands: Any) -> Tensor:
    """A sum of products over named axes, as ``numpy.einsum``.

    ``einsum("bij,jk->bik", x, W)`` multiplies matrices, ``"ii->i"`` takes a diagonal, ``"i,j"`` is
    an outer product.  Without ``->`` the result has the letters that occur once, in alphabetic
    order; ``...`` stands for any number of axes, which broadcast; axes of size 1 broadcast too.

    Args:
        subscripts: a term of letters for each operand, separated by commas, and one for the result.
        operands: tensors of numbers; element types are promoted.

    Raises:
        ShapeError: naming the letter whose sizes differ, or what is wrong in the subscripts.
        TypeMismatchError: when `subscripts` is no text, or an operand is bool.
    """
    if not isinstance(subscripts, str):
        raise TypeMismatchError(
            f"einsum: subscripts are a text such as 'ij,jk->ik', not {subscripts!r}"
        )
    tensors = [constant(x) for x in operands]
    terms, out = _parse(subscripts, [x.ndim for x in tensors])
    dtype = types.promote([x.dtype for x in tensors])
    pairs = _squeezed([cast(x, dtype) for x in tensors], terms)
    return _make([x for x, _ in pairs], [term for _, term in pairs], out)


def _squeezed(tensors: Sequence[Tensor], terms: Sequence[str]) -> list[tuple[Tensor, str]]:
    """Operands without the axes of size 1 that broadcast against another operand's."""
    pairs = list(zip(tensors, terms, strict=True))
    wide = {c for x, term in pairs for c, size in zip(term, x.shape, strict=True) if size != 1}
    result = []
    for x, term in pairs:
        narrow = {c for c, size in zip(term, x.shape, strict=True) if size == 1} & wide
        narrow -= {c for c, size in zip(term, x.shape, strict=True) if size != 1}
        kept = [axis for axis, letter in enumerate(term) if letter not in narrow]
        x = reshape(x, tuple(x.shape[axis] for axis in kept))
        result.append((x, "".join(term[axis] for axis in kept)))
    return result


def _parse(subscripts: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """Explicit terms without ellipsis, one letter for each axis.

    Raises:
        ShapeError: saying what is wrong.
    """

    def fail(what: str) -> ShapeError:
        return ShapeError(f"einsum '{subscripts}': {what}")

    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    for term in [*terms, right]:
        stray = [c for c in term.replace("...", "", 1) if c not in string.ascii_letters]
        if stray:
            raise fail(f"'{stray[0]}' is no index: letters, '...', ',' and one '->' are allowed")
    if len(terms) != len(ranks) or not ranks:
        raise fail(f"{len(terms)} terms for {len(ranks)} operands")
    extra = [rank - len(t.replace("...", "")) for t, rank in zip(terms, ranks, strict=True)]
    for number, (term, rank, more) in enumerate(zip(terms, ranks, extra, strict=True)):
        if more < 0 or (more and "..." not in term):
            raise fail(f"term '{term}' does not name the {rank} axes of operand {number}")
    spare = "".join(c for c in string.ascii_uppercase + string.ascii_lowercase if c not in text)
    count = max((m for t, m in zip(terms, extra, strict=True) if "..." in t), default=0)
    if count > len(spare):
        raise fail("there are more axes than letters")
    dots = spare[:count]
    if not arrow:
        single = sorted(c for c in set(left) - set(".,") if left.count(c) == 1)
        right = ("..." if "..." in left else "") + "".join(single)
    if count and "..." not in right:
        raise fail(f"the result lacks '...' for the {count} axes that it stands for")
    for letter in right.replace("...", ""):
        if letter not in left:
            raise fail(f"index '{letter}' of the result is in no operand")
        if right.count(letter) > 1:
            raise fail(f"the result has index '{letter}' twice")
    full = [
        t.replace("...", dots[count - m :] if m else "") for t, m in zip(terms, extra, strict=True)
    ]
    return full, right.replace("...", dots)


builders["einsum"] = einsum
