"""Every rewrite rule, on its own samples: both sides computed and compared."""

from collections import Counter

import numpy as np
import pytest

import graphc as gx
from graphc.errors import RewriteError
from graphc.ir.evaluate import evaluate
from graphc.ir.graph import Graph
from graphc.ir.node import toposort
from graphc.passes import simplify, stabilise
from graphc.passes.rules import (
    Any_,
    Number,
    Rule,
    RuleSet,
    any_,
    instantiate,
    match,
    number,
    op,
    variables,
)

GROUPS = {
    "simplify": simplify.RULES,
    "stabilise": stabilise.RULES,
    "cross_entropy": stabilise.CROSS_ENTROPY,
}
EVERY = [rule for rules in GROUPS.values() for rule in rules]
CASES = [(rule, sample) for rule in EVERY for sample in rule.samples]
IDS = [f"{rule.name}-{n}" for rule in EVERY for n in range(len(rule.samples))]
EXACT = [case for case in CASES if case[0].exact]
EXACT_IDS = [name for case, name in zip(CASES, IDS, strict=True) if case[0].exact]
SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -1e300, 1e-320])


def as_dtype(value, dtype):
    """A sample's array, or the attributes of a node, with float64 made `dtype`."""
    if isinstance(value, dict):
        return {k: dtype if v == "float64" else v for k, v in value.items()}
    array = np.asarray(value)
    with np.errstate(over="ignore"):
        return array.astype(dtype) if array.dtype == np.float64 else array


def stated(rule, sample, dtype="float64", change=lambda array: array):
    """The left side of a rule on a sample: the tensor, and the values of its inputs."""
    leaves = {leaf for leaf in variables(rule.pattern)}
    tensors, given = {}, {}
    for leaf in leaves:
        if isinstance(leaf, Number):
            value = sample[leaf.name] if leaf.name else leaf.value
            key = leaf.name or f"number:{leaf.value}"
            tensors[key] = gx.constant(np.asarray(value, dtype))
        elif not isinstance(sample[leaf.name], str):
            array = change(as_dtype(sample[leaf.name], dtype))
            tensors[leaf.name] = gx.input(leaf.name, array.shape, array.dtype)
            given[tensors[leaf.name]] = array
    for leaf in leaves:
        if isinstance(leaf, Any_) and leaf.name not in tensors:
            tensors[leaf.name] = tensors[sample[leaf.name]]
    attributes = {k: as_dtype(v, dtype) for k, v in sample.items() if isinstance(v, dict)}
    return instantiate(rule.pattern, attributes, tensors), given


def replaced(rule, left):
    found = match(rule.pattern, left)
    assert found is not None, "the rule does not match its own pattern"
    right = rule.replace(found)
    assert right is not None and right is not left
    return right


def value(tensor, given):
    with np.errstate(all="ignore"):
        return evaluate([tensor], given)[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("rule", "sample"), CASES, ids=IDS)
def test_both_sides_are_equal(rule, sample, dtype):
    left, given = stated(rule, sample, dtype)
    right = replaced(rule, left)
    assert right.type == left.type
    before, after = value(left, given), value(right, given)
    if "expect" in sample:
        assert np.isfinite(after).all()
        np.testing.assert_allclose(after, as_dtype(sample["expect"], dtype), rtol=1e-6)
    elif rule.exact:
        assert after.dtype == before.dtype
        np.testing.assert_array_equal(after, before)
    else:
        tolerance = 1e-14 if dtype == "float64" else 1e-6
        np.testing.assert_allclose(after, before, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("rule", "sample"), [c for c in CASES if "expect" in c[1]], ids=lambda v: getattr(v, "name", "")
)
def test_where_a_replacement_is_stated_the_pattern_itself_fails(rule, sample):
    left, given = stated(rule, sample)
    if np.allclose(value(left, given), sample["expect"], rtol=1e-6, atol=0.0):
        steps = evaluate([t for node in toposort([left]) for t in node.outputs], given)
        assert not all(np.isfinite(step).all() for step in steps)


@pytest.mark.parametrize("shift", range(len(SPECIAL)))
@pytest.mark.parametrize(("rule", "sample"), EXACT, ids=EXACT_IDS)
def test_exact_rules_hold_for_nan_infinities_and_zeros(rule, sample, shift):
    turns = iter(range(shift, 99))

    def special(array):
        if array.dtype != np.float64:
            return array
        return np.resize(np.roll(SPECIAL, next(turns)), array.shape)

    left, given = stated(rule, sample, change=special)
    # The sign of a zero is the one thing that the rules do not keep: assert_array_equal ignores it.
    np.testing.assert_array_equal(value(replaced(rule, left), given), value(left, given))


@pytest.mark.parametrize(("rule", "sample"), CASES, ids=IDS)
def test_rules_fire_in_a_graph_and_are_counted(rule, sample):
    left, given = stated(rule, sample)
    hits = Counter()
    graph = Graph("proof", tuple(given), (("out", left),))
    result = RuleSet([rule]).apply(graph, hits).outputs[0][1]
    assert hits[rule.name] >= 1 and list(hits) == [rule.name]
    assert match(rule.pattern, result) is None or rule.replace(match(rule.pattern, result)) is None
    want = sample.get("expect", value(left, given))
    np.testing.assert_allclose(value(result, given), want, rtol=1e-6, atol=1e-14)


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize(("rule", "sample"), CASES, ids=IDS)
def test_what_a_rule_makes_survives_the_whole_pipeline(rule, sample, style):
    left, given = stated(rule, sample)
    function = gx.function(list(given), [left], style=style)
    want = sample.get("expect", value(left, given))
    with np.errstate(all="ignore"):
        (got,) = function(*given.values())
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


def test_every_rule_has_a_sample_and_a_name_of_its_own():
    assert [rule.name for rule in EVERY if not rule.samples] == []
    assert [name for name, count in Counter(rule.name for rule in EVERY).items() if count > 1] == []


def test_rules_that_undo_each_other_are_named_by_the_error():
    x, y = any_("x"), any_("y")
    there = Rule("there", op("add", x, y), lambda m: gx.subtract(m.x, gx.negative(m.y)), ())
    back = Rule("back", op("subtract", x, op("negative", y)), lambda m: m.x + m.y, ())
    a, b = gx.input("a", (2,)), gx.input("b", (2,))
    with pytest.raises(RewriteError, match=r"does not end; still firing: \['back', 'there'\]"):
        RuleSet([there, back]).apply(Graph("loop", (a, b), (("out", a + b),)), Counter())


def test_rules_that_undo_each_other_from_one_sweep_to_the_next_are_named_too():
    # Neither fires where the other has just fired, so each sweep does one and undoes the other.
    x = any_("x")
    there = Rule("there", op("sin", op("tanh", x)), lambda m: gx.tanh(gx.sin(m.x)), ())
    back = Rule("back", op("tanh", op("sin", x)), lambda m: gx.sin(gx.tanh(m.x)), ())
    a = gx.input("a", (2,))
    with pytest.raises(RewriteError, match="does not end; still firing"):
        RuleSet([there, back]).apply(Graph("loop", (a,), (("out", gx.sin(gx.tanh(a))),)), Counter())


def test_a_rule_that_changes_the_type_is_refused_by_name():
    x = any_("x")
    wrong = Rule("halve", op("exp", x), lambda m: m.x.astype("float16"), ())
    a = gx.input("a", (2,))
    with pytest.raises(RewriteError, match=r"rule 'halve' makes float16\[2\] of float32\[2\]"):
        RuleSet([wrong]).apply(Graph("types", (a,), (("out", gx.exp(a)),)), Counter())


def test_commutative_ops_match_in_both_orders_and_others_do_not():
    x = any_("x")
    a = gx.input("a", (3,))
    zero = gx.constant(0, "float32")
    assert match(op("add", x, number(0)), gx.add(zero, a)).x is a
    assert match(op("subtract", x, number(0)), gx.subtract(zero, a)) is None


def test_a_name_that_occurs_twice_in_a_pattern_stands_for_one_tensor():
    x = any_("x")
    a, b = gx.input("a", (3,)), gx.input("b", (3,))
    twice = op("divide", op("exp", x), op("exp", x))
    assert match(twice, gx.exp(a) / gx.exp(a)).x is a
    assert match(twice, gx.exp(a) / gx.exp(b)) is None


def test_a_failed_first_order_leaves_no_names_behind():
    # add(exp(x), x) meets its operands in the wrong order first, and binds x on the way.
    x = any_("x")
    a = gx.input("a", (3,))
    assert match(op("add", x, op("exp", x)), gx.exp(a) + a).x is a


def test_patterns_do_not_look_through_a_barrier():
    x = gx.input("x", (3,))
    inner = gx.softmax(x)
    graph = Graph("barrier", (x,), (("out", gx.log(inner)),))
    rules = RuleSet(stabilise.RULES)
    assert rules.apply(graph, Counter(), frozenset([inner])).outputs[0][1].node.op.name == "log"
    assert rules.apply(graph, Counter()).outputs[0][1].node.op.name == "log_softmax"


INTEGERS = ["int8", "uint8", "int32", "uint64"]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_simplification_of_integers_keeps_their_values(dtype):
    # Constants that are merged or negated may leave the range of a small type.
    array = np.array([1, 2, 3, 200 if dtype != "int8" else 100], dtype)
    x = gx.input("x", (4,), dtype)
    with np.errstate(all="ignore"):
        cases = {
            "merged": (x * 20 * 20, array * array.dtype.type(20) * array.dtype.type(20)),
            "negated": (-(x * 3), -(array * array.dtype.type(3))),
            "factor": (-x * 3, -array * array.dtype.type(3)),
            "minus": (0 - x, array.dtype.type(0) - array),
            "summed": (gx.sum(x * 3), np.sum(array * array.dtype.type(3))),
            "minus sum": (gx.sum(-x), np.sum(-array)),
            "shifted": ((x + 0) * 1 - 0, array),
        }
    for name, (tensor, want) in cases.items():
        for style in ("plain", "planned"):
            (got,) = gx.function([x], [tensor], style=style)(array)
            np.testing.assert_array_equal(got, want, err_msg=f"{name}, {style}")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_merging_factors_does_not_overflow_what_did_not(dtype):
    limits = np.finfo(dtype)
    large, small = float(limits.max) / 8, float(limits.tiny) * 8
    x = gx.input("x", (2,), dtype)
    array = np.array([small, -small], dtype)
    (got,) = gx.function([x], [x * large * large])(array)
    np.testing.assert_array_equal(got, array * limits.dtype.type(large) * limits.dtype.type(large))
    array = np.array([large, -large], dtype)
    (got,) = gx.function([x], [x * small * small])(array)
    np.testing.assert_array_equal(got, array * limits.dtype.type(small) * limits.dtype.type(small))
