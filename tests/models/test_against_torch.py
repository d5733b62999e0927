"""Whole models against the same networks written with torch's functions, in float64: inference,
training loss and gradients, from the same weights."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, models

torch = pytest.importorskip("torch")
F = torch.nn.functional


class Weights:
    """A model's parameters and running statistics as torch tensors, and layers that use them."""

    def __init__(self, state, training):
        self.tensors = {name: torch.tensor(value) for name, value in state.items()}
        for name, tensor in self.tensors.items():
            if "running" not in name:
                tensor.requires_grad_(True)
        self.training = training

    def conv(self, x, name, stride=1, padding=0, groups=1):
        w = self.tensors[f"{name}.W"].permute(3, 2, 0, 1)
        return F.conv2d(x, w, self.tensors.get(f"{name}.b"), stride, padding, groups=groups)

    def deconv(self, x, name):
        w = self.tensors[f"{name}.W"].permute(3, 2, 0, 1)
        return F.conv_transpose2d(x, w, self.tensors[f"{name}.b"], 2)

    def norm(self, x, name):
        t = self.tensors
        mean, var = t[f"{name}.running_mean"].clone(), t[f"{name}.running_var"].clone()
        gain, offset = t[f"{name}.gamma"], t[f"{name}.beta"]
        return F.batch_norm(x, mean, var, gain, offset, self.training, 0.1, 1e-5)

    def dense(self, x, name):
        return x @ self.tensors[f"{name}.W"] + self.tensors[f"{name}.b"]


def block(w, x, name, stride, expansion, way):
    if expansion == 1:
        y = w.norm(w.conv(x, f"{name}.conv_1", stride, 1), f"{name}.norm_1").relu()
        y = w.norm(w.conv(y, f"{name}.conv_2", 1, 1), f"{name}.norm_2")
    else:
        y = w.norm(w.conv(x, f"{name}.conv_1"), f"{name}.norm_1").relu()
        y = w.norm(w.conv(y, f"{name}.conv_2", stride, 1), f"{name}.norm_2").relu()
        y = w.norm(w.conv(y, f"{name}.conv_3"), f"{name}.norm_3")
    if way == "none":
        return y.relu()
    if f"{name}.projection.W" in w.tensors:
        x = w.norm(w.conv(x, f"{name}.projection", stride), f"{name}.projection_norm")
    elif way == "padding":
        more = y.shape[1] - x.shape[1]
        x = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, more // 2, more - more // 2))
    return (y + x).relu()


def resnet(counts, expansion, way="projection"):
    def forward(w, x):
        x = w.norm(w.conv(x, "conv_1", 2, 3), "batch_norm_1").relu()
        x = F.max_pool2d(x, 3, 2, 1)
        for stage, count in enumerate(counts, 1):
            for k in range(1, count + 1):
                stride = 2 if stage > 1 and k == 1 else 1
                x = block(w, x, f"stage_{stage}.block_{k}", stride, expansion, way)
        return w.dense(x.mean((2, 3)), "dense_1")

    return forward


def cifar(w, x):
    x = w.norm(w.conv(x, "conv_1", 1, 1), "batch_norm_1").relu()
    for stage in (1, 2, 3):
        for k in (1, 2, 3):
            stride = 2 if stage > 1 and k == 1 else 1
            x = block(w, x, f"stage_{stage}.block_{k}", stride, 1, "padding")
    return w.dense(x.mean((2, 3)), "dense_1")


def inception(w, x, name):
    name = f"inception_{name}"
    return torch.cat(
        [
            w.conv(x, f"{name}.ones").relu(),
            w.conv(w.conv(x, f"{name}.reduce_3").relu(), f"{name}.threes", 1, 1).relu(),
            w.conv(w.conv(x, f"{name}.reduce_5").relu(), f"{name}.fives", 1, 2).relu(),
            w.conv(F.max_pool2d(x, 3, 1, 1), f"{name}.project").relu(),
        ],
        1,
    )


def halved(x):
    return F.max_pool2d(x, 3, 2, ceil_mode=True)


def googlenet(w, x):
    x = F.local_response_norm(halved(w.conv(x, "conv_1", 2, 3).relu()), 5)
    x = w.conv(w.conv(x, "reduce_2").relu(), "conv_2", 1, 1).relu()
    x = halved(F.local_response_norm(x, 5))
    for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        x = inception(w, halved(x) if name in ("4a", "5a") else x, name)
    return w.dense(x.mean((2, 3)), "dense_1")


def alexnet(w, x):
    x = halved(F.local_response_norm(w.conv(x, "conv_1", 4).relu(), 5, 5e-4, 0.75, 2))
    x = halved(F.local_response_norm(w.conv(x, "conv_2", 1, 2, 2).relu(), 5, 5e-4, 0.75, 2))
    x = w.conv(x, "conv_3", 1, 1).relu()
    x = w.conv(x, "conv_4", 1, 1, 2).relu()
    x = halved(w.conv(x, "conv_5", 1, 1, 2).relu())
    x = x.permute(0, 2, 3, 1).flatten(1)
    x = w.dense(w.dense(x, "dense_1").relu(), "dense_2").relu()
    return w.dense(x, "dense_3")


def unet(padding):
    def pair(w, x, name):
        for k in (1, 2):
            x = w.conv(x, f"{name}.conv_{k}", 1, padding).relu()
        return x

    def forward(w, x):
        kept = []
        for level in (1, 2):
            kept.append(pair(w, x, f"down_{level}"))
            x = F.max_pool2d(kept[-1], 2)
        x = pair(w, x, "bottom")
        for level in (2, 1):
            x = w.deconv(x, f"enlarge_{level}")
            beside = kept[level - 1]
            edge = (beside.shape[2] - x.shape[2]) // 2
            end = beside.shape[2] - edge
            x = pair(w, torch.cat([beside[:, :, edge:end, edge:end], x], 1), f"up_{level}")
        return w.conv(x, "classify").permute(0, 2, 3, 1)

    return forward


CASES = {
    "resnet 18": (lambda: models.ResNet(18, 7), 40, resnet((2, 2, 2, 2), 1)),
    "plain 18": (
        lambda: models.ResNet(18, 7, residual=False),
        40,
        resnet((2, 2, 2, 2), 1, "none"),
    ),
    "resnet 50": (lambda: models.ResNet(50, 7), 40, resnet((3, 4, 6, 3), 4)),
    "cifar 20": (lambda: models.CifarResNet(20), 16, cifar),
    "googlenet": (lambda: models.GoogLeNet(7), 64, googlenet),
    "alexnet": (lambda: models.AlexNet(7), 67, alexnet),
    "u-net": (lambda: models.UNet(3, width=4, depth=2), 16, unet(1)),
    "u-net, valid": (lambda: models.UNet(3, width=4, depth=2, padding="valid"), 44, unet(0)),
}


def varied(name, value, rng):
    """Weights as they are; biases, gains, offsets and statistics away from where they start."""
    if value.ndim > 1:
        return value
    return (
        rng.uniform(0.5, 1.5, value.shape)
        if "var" in name
        else value + rng.normal(0, 0.1, value.shape)
    )


@pytest.mark.parametrize("name", CASES)
def test_a_model_computes_what_the_same_network_in_torch_does(name):
    make, size, forward = CASES[name]
    x = gx.input("x", ("N", size, size, 3), dtype="float64")
    logits = make()(x)
    y = gx.input("y", logits.shape[:-1], dtype="int64")
    dropped = name in ("googlenet", "alexnet")  # of these only inference can be compared
    loss = None if dropped else losses.softmax_cross_entropy(logits, y)
    m = gx.compile("model", inputs=[x], targets=[y], loss=loss, outputs=logits, exact=True).load(
        seed=0
    )
    rng = np.random.default_rng(1)
    state = {key: varied(key, value, rng) for key, value in m.state_dict().items()}
    m.load_state_dict(state)
    images = rng.normal(size=(3, size, size, 3))
    labels = rng.integers(logits.shape[-1], size=m.predict(images).shape[:-1])

    seen = torch.tensor(images).permute(0, 3, 1, 2)
    with torch.no_grad():
        expected = forward(Weights(state, False), seen).numpy()
    np.testing.assert_allclose(m.predict(images), expected, rtol=1e-9, atol=1e-9)
    if dropped:
        return
    weights = Weights(state, True)
    out = forward(weights, seen)
    F.cross_entropy(out.reshape(-1, out.shape[-1]), torch.tensor(labels).reshape(-1)).backward()
    gradients = m.gradients(images, labels)
    assert gradients
    for key, gradient in gradients.items():
        found = weights.tensors[key].grad.numpy()
        scale = np.abs(found).max()
        np.testing.assert_allclose(gradient, found, rtol=1e-6, atol=1e-8 * scale, err_msg=key)
