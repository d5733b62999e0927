"""gx.TensorBoard writes what the run and the monitor saw, through the user's writer."""

import numpy as np
import pytest
from test_monitor import data, dropping  # noqa: F401  a fixture

import graphc as gx
from graphc.errors import TypeMismatchError


class Recorder:
    """The signatures of SummaryWriter in torch.utils.tensorboard and tensorboardX."""

    def __init__(self):
        self.scalars, self.histograms, self.flushed = {}, {}, 0

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None):
        self.scalars.setdefault(tag, []).append((global_step, float(scalar_value)))

    def add_histogram(self, tag, values, global_step=None, bins="tensorflow", walltime=None):
        assert np.isfinite(values).all() and values.size
        self.histograms.setdefault(tag, []).append((global_step, values.copy()))

    def flush(self):
        self.flushed += 1


def test_scalars_and_histograms_are_those_of_the_run(data):  # noqa: F811
    net = dropping()
    monitor, writer = gx.Monitor(net), Recorder()
    board = gx.TensorBoard(writer, monitor, every=10)
    arguments = {"validation": data, "metrics": "accuracy", "train_metrics": True}
    history = gx.fit(net.load(), data, epochs=2, callbacks=[board, monitor], **arguments)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "seconds"):
        assert writer.scalars[f"epoch/{name}"] == list(enumerate(history[name], 1))
    steps = [(i, history.step_losses[i - 1]) for i in range(10, 65, 10)]
    assert writer.scalars["step/loss"] == steps
    assert [step for step, _ in writer.histograms["activations/dense_1"]] == [0, 32, 64]
    last = writer.histograms["gradients/dense_2.W"][-1][1]
    np.testing.assert_array_equal(last, monitor.values["gradients"]["dense_2.W"].ravel())
    assert writer.scalars["gradients_std/dense_2.W"][-1] == pytest.approx((64, last.std()))
    assert writer.flushed == 1


def test_values_that_are_not_finite_are_left_out(data):  # noqa: F811
    net = dropping()
    monitor, writer = gx.Monitor(net, warn=False), Recorder()
    m = net.load()
    m.load_state_dict({k: v * np.nan if k == "dense_2.W" else v for k, v in m.state_dict().items()})
    with pytest.warns(UserWarning, match="the loss is nan"):
        gx.fit(m, data, epochs=1, callbacks=[gx.TensorBoard(writer, monitor), monitor])
    assert "weights/dense_1.W" in writer.histograms
    assert "weights/dense_2.W" not in writer.histograms


@pytest.mark.parametrize("writer", [None, "runs", object()])
def test_something_that_is_no_writer_is_refused(writer):
    with pytest.raises(TypeMismatchError, match=r"takes a SummaryWriter; .* has no add_scalar"):
        gx.TensorBoard(writer)


def test_an_event_file_of_tensorboardx_holds_the_figures(data, tmp_path):  # noqa: F811
    tensorboardx = pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    net = dropping()
    monitor = gx.Monitor(net)
    with tensorboardx.SummaryWriter(str(tmp_path)) as writer:
        board = gx.TensorBoard(writer, monitor)
        history = gx.fit(net.load(), data, epochs=1, callbacks=[monitor, board])
    (path,) = tmp_path.iterdir()
    raw, events, start = path.read_bytes(), [], 0
    while start < len(raw):  # length, its checksum, the event, its checksum
        size = int.from_bytes(raw[start : start + 8], "little")
        events.append(Event.FromString(raw[start + 12 : start + 12 + size]))
        start += size + 16
    values = [(e.step, v) for e in events for v in e.summary.value]
    losses = [(step, v.simple_value) for step, v in values if v.tag == "step/loss"]
    assert losses == [(i, pytest.approx(x)) for i, x in enumerate(history.step_losses, 1)]
    (last,) = [v.histo for step, v in values if v.tag == "weights/dense_1.W" and step == 32]
    assert last.num == 64 * 32
    assert last.sum == pytest.approx(monitor.values["weights"]["dense_1.W"].sum(), rel=1e-5)
