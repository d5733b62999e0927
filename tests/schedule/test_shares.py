"""Which batches can be divided, and how what is computed on their parts is joined."""

import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.schedule.shares import SAME, ZERO, Parts, Share, Walk, parts_of


def backward(loss, inputs, targets=(), optimizer=None):
    net = gx.compile(
        "divided",
        inputs=inputs,
        targets=list(targets),
        loss=loss,
        outputs=None,
        optimizer=optimizer or optim.SGD(0.1),
    )
    (family,) = [f for f in net.unit.families if f.name == "train"]
    return parts_of(family.phases[0].plan.schedule.graph)


def labels(axes=("N",)):
    return gx.input("y", axes, dtype="int64")


def dense(**more):
    x, y = gx.input("x", ("N", 6)), labels()
    layers = nn.Sequential([nn.Dense(5, activation="relu"), *more.get("layers", []), nn.Dense(3)])
    return losses.softmax_cross_entropy(layers(x), y), [x], [y]


def test_a_mean_over_examples_is_the_mean_of_those_of_the_parts():
    assert backward(*dense()) == Parts("N", (0, 0), ("mean", "mean"))


def test_a_sum_over_examples_is_the_sum_of_those_of_the_parts():
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 2))
    loss = losses.squared_error(nn.Dense(2)(x), y, reduction="sum")
    assert backward(loss, [x], [y]).joins == ("sum", "sum")


@pytest.mark.parametrize("layer", [nn.LayerNorm, nn.RMSNorm])
def test_normalising_examples_one_by_one_divides(layer):
    assert isinstance(backward(*dense(layers=[layer()])), Parts)


def test_what_is_drawn_for_a_batch_keeps_it_whole():
    found = backward(*dense(layers=[nn.Dropout(0.5)]))
    assert found == "in N: random numbers are drawn for all of it"


def test_parts_meet_for_the_statistics_of_a_batch_as_early_as_these_are_means():
    found = backward(*dense(layers=[nn.BatchNorm()]))
    assert [(t.name, how) for t, how in found.meetings.items()] == [
        ("h1_mean", "mean"),
        ("h1_var", "mean"),
        ("d_batch_norm_1.beta", "mean"),
        ("d_batch_norm_1.gamma", "mean"),
    ]
    assert [str(node.attrs["dim"]) for node in found.whole] == ["max(1, N - 1)"]


def test_parts_meet_for_a_sum_that_others_are_divided_by():
    x, y, mask = gx.input("x", ("N", 6)), gx.input("y", ("N", 2)), gx.input("mask", ("N", 1))
    wrong = gx.square(nn.Dense(2)(x) - y) * mask
    found = backward(gx.sum(wrong) / gx.sum(mask), [x, mask], [y])
    assert list(found.meetings.values()) == ["sum"]
    assert found.joins == ("sum", "sum")


def test_a_loss_that_is_the_same_in_all_parts_is_the_loss():
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 2))
    found = backward(gx.sqrt(losses.squared_error(nn.Dense(2)(x), y)), [x], [y])
    assert list(found.meetings.values()) == ["mean"]
    assert found.joins == ("mean", "mean")


def test_parts_do_not_meet_for_what_is_large():
    x, w = gx.input("x", ("N", 400)), nn.Dense(300)
    loss = gx.mean(gx.square(w(x))) + gx.mean(gx.square(x.T @ w(x)))
    assert "'sum_of_squares' of sums" in backward(loss, [x])


def test_what_is_kept_as_a_sum_is_met_by_no_one():
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 2))
    layers = nn.Sequential([nn.BatchNorm(), nn.Dense(2)])
    loss = losses.squared_error(layers(x), y, reduction="sum")
    assert "what is kept" in backward(loss, [x], [y])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_penalty_on_the_weights_goes_with_a_mean_not_with_a_sum(reduction):
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 2))
    layer = nn.Dense(2)
    data = losses.squared_error(layer(x), y, reduction=reduction)
    found = backward(data + 0.1 * gx.sum(layer.W * layer.W), [x], [y])
    if reduction == "mean":
        assert found == Parts("N", (0, 0), ("mean", "mean"))
    else:
        assert "what is kept is no sum" in found


def test_a_loss_over_pairs_of_examples_keeps_the_batch_whole():
    x = gx.input("x", ("N", 6))
    z = nn.Dense(4)(x)
    assert "examples with others" in backward(gx.mean(gx.square(z @ z.T)), [x])


def test_a_column_of_the_batch_against_its_row_keeps_it_whole():
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 1))
    z = nn.Dense(1)(x)
    every = gx.broadcast_to(z, (z.shape[0], z.shape[0]))
    found = backward(gx.mean(gx.square(every)) + losses.squared_error(z, y), [x], [y])
    assert "another way than once" in found


def test_a_function_of_zeros_is_no_zero():
    x = gx.input("x", (6,))
    for function, kind in ((gx.exp, SAME), (gx.abs, SAME), (gx.negative, ZERO)):
        node = function(x).node
        assert Walk("N").elementwise(node, [Share(ZERO)]).kind == kind


def test_the_largest_of_a_batch_keeps_it_whole():
    x = gx.input("x", ("N", 6))
    assert "over the batch" in backward(gx.max(nn.Dense(1)(x)), [x])


def test_steps_may_come_before_examples():
    x, y = gx.input("x", ("T", "N", 6)), labels(("T", "N"))
    h = nn.LSTM(4, True)(x)
    loss = losses.softmax_cross_entropy(nn.Dense(3)(h), y)
    assert backward(loss, [x], [y]) == Parts("N", (1, 1), ("mean", "mean"))


def test_attention_sees_one_example_at_a_time():
    x, y = gx.input("x", ("N", "T"), dtype="int64"), labels(("N", "T"))
    h = nn.Embedding(11, 8)(x)
    h = nn.TransformerEncoderLayer(8, heads=2, dropout=0.0)(h)
    loss = losses.softmax_cross_entropy(nn.Dense(11)(h), y)
    assert backward(loss, [x], [y]) == Parts("N", (0, 0), ("mean", "mean"))


def test_images_are_examples():
    x, y = gx.input("x", ("N", 8, 8, 2)), labels()
    z = nn.Sequential([nn.Conv2D(3, 3), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(3)])(x)
    assert isinstance(backward(losses.softmax_cross_entropy(z, y), [x], [y]), Parts)


def test_results_with_a_row_for_each_example_are_put_together():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 1))
    layer = nn.Dense(1)
    guess = layer(x)
    loss = losses.squared_error(guess, y)
    weights = [layer.W, layer.b]
    program = gx.Program(
        "guesses",
        train=gx.function(
            [x, y],
            {"loss": loss, "guess": guess},
            updates=optim.SGD(0.1).updates(weights, gx.grad(loss, weights)),
        ),
    )
    (family,) = program.unit.families
    found = parts_of(family.phases[0].plan.schedule.graph)
    assert found == Parts("N", (0, 0), ("mean", 0, "mean"))
