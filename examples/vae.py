"""A variational autoencoder: images become points in the plane, and points become images.

The encoder gives each image a normal distribution over two latent numbers, the decoder turns a
draw from it back into an image (D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014).
Training draws by reparameterisation, ``z = mean + exp(log_var / 2) * noise`` (eq. 10 there), so
that the gradient goes through the draw; `encode` gives the mean itself.

The images are the 1,797 digits of scikit-learn, or MNIST where a folder with its files is given;
pixels are made black or white, so that the bound is one on the log-likelihood of the images.  Takes
ten seconds:

    python examples/vae.py
    python examples/vae.py data/

It prints the evidence lower bound on images not seen, in nats an image, beside what a model is worth
that knows no more than how often each pixel is black.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

EPOCHS = 100
BATCH = 32
LATENT = 2


def build(pixels: int = 64) -> gx.Program:
    """A step of training, the bound on a batch, and the two halves of the network alone."""
    layers = [nn.Dense(128, activation="relu"), nn.Dense(64, activation="relu")]
    encoder = nn.Sequential(layers, name="encoder")
    to_mean, to_log_var = nn.Dense(LATENT, name="to_mean"), nn.Dense(LATENT, name="to_log_var")
    decoder = nn.Sequential(
        [
            nn.Dense(64, activation="relu"),
            nn.Dense(128, activation="relu"),
            nn.Dense(pixels),
        ],
        name="decoder",
    )

    x = gx.input("x", ("N", pixels))
    h = encoder(x).named("h")
    mean, log_var = to_mean(h).named("mean"), to_log_var(h).named("log_var")
    noise = gx.normal((x.shape[0], LATENT)).named("noise")
    z = (mean + gx.exp(0.5 * log_var) * noise).named("z")
    logits = decoder(z).named("logits")

    # The negative of the bound: what the decoder loses, and the distance from the prior, N(0, 1).
    cross_entropy = losses.binary_cross_entropy_with_logits(logits, x, reduction="none")
    cross_entropy = cross_entropy.named("cross_entropy")
    reconstruction = gx.mean(gx.sum(cross_entropy, axis=1)).named("reconstruction")
    kl = losses.kl_normal(mean, log_var).named("kl")
    loss = (reconstruction + kl).named("loss")

    weights = [*encoder.parameters(), *to_mean.parameters(), *to_log_var.parameters()]
    weights += decoder.parameters()
    updates = optim.Adam(2e-3).updates(weights, gx.grad(loss, weights))
    point = gx.input("z", ("N", LATENT))
    return gx.Program(
        "vae",
        train_step=gx.function([x], {"loss": loss}, updates=updates),
        bound=gx.function([x], {"elbo": -loss, "reconstruction": reconstruction, "kl": kl}),
        encode=gx.function([x], {"mean": mean, "log_var": log_var}, training=False),
        decode=gx.function([point], {"images": gx.sigmoid(decoder(point))}, training=False),
    )


def load_data(folder: str | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Black and white images to train on and to test on, and the test images' labels.

    Raises:
        DataError: files that are missing or damaged.
    """
    if folder is None:
        x, y = gx.datasets.digits()
        x, x_test, _, y_test = gx.train_test_split(x, y, test=0.2, rng=0, stratify=y)
    else:
        x_test, y_test = gx.datasets.mnist(folder, "test")
        try:
            x, _ = gx.datasets.mnist(folder, "train")
        except gx.DataError as error:
            print(f"{error}; training on 8,000 of the test images", file=sys.stderr)
            x, x_test, _, y_test = gx.train_test_split(x_test, y_test, test=2000, rng=0)
    return (x > 0.5).astype(np.float32), (x_test > 0.5).astype(np.float32), y_test


def train(images: np.ndarray, epochs: int = EPOCHS, seed: int = 0):
    """An instance of the emitted class that has seen the images so often."""
    m = build(images.shape[1]).load(seed)
    rng = np.random.default_rng(seed)
    for epoch in range(1, epochs + 1):
        order, total = rng.permutation(len(images)), 0.0
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            total += float(m.train_step(images[rows])["loss"]) * len(rows)
        if epoch == 1 or epoch % 20 == 0:
            print(f"epoch {epoch:3}   bound {-total / len(images):.2f}")
    return m


def held_out_bound(m, images: np.ndarray, draws: int = 100) -> float:
    """The evidence lower bound in nats an image, the mean over several draws of z."""
    return float(np.mean([m.bound(images)["elbo"] for _ in range(draws)]))


def independent_pixels(train: np.ndarray, test: np.ndarray) -> float:
    """The mean log-likelihood of test images where every pixel is black with the frequency it has
    in training, whatever the others are."""
    p = (train.sum(axis=0) + 1) / (len(train) + 2)  # Laplace's rule: never 0 or 1
    return float(np.mean(np.sum(test * np.log(p) + (1 - test) * np.log(1 - p), axis=1)))


def mosaic(images: np.ndarray, columns: int) -> np.ndarray:
    """Square images as one, side by side with a margin."""
    side = round(images.shape[1] ** 0.5)
    margin = side // 8
    size = side + 2 * margin
    around = (margin, margin)
    tiles = np.pad(images.reshape(-1, side, side), ((0, 0), around, around))
    return tiles.reshape(-1, columns, size, size).swapaxes(1, 2).reshape(-1, columns * size)


def plot_latent(m, images: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Where the test images lie in the plane, and what the decoder makes of its points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.2), layout="constrained")
    points, pictures = figure.subplots(1, 2)
    mean = m.encode(images)["mean"]
    dots = points.scatter(*mean.T, c=labels, cmap="tab10", vmin=-0.5, vmax=9.5, s=14)
    figure.colorbar(dots, ax=points, ticks=range(10), label="digit")
    points.set(title="test images in latent space", xlabel="z1", ylabel="z2")

    ticks = np.linspace(-2.4, 2.4, 13, dtype=np.float32)
    grid = np.stack(np.meshgrid(ticks, ticks[::-1]), axis=-1).reshape(-1, LATENT)
    decoded = mosaic(m.decode(grid)["images"], columns=len(ticks))
    pictures.imshow(decoded, cmap="gray_r", extent=[-2.6, 2.6, -2.6, 2.6])
    pictures.set(title="decoded points of latent space", xlabel="z1", ylabel="z2")
    figure.savefig(path, dpi=150)


def plot_samples(m, path: Path, seed: int = 0) -> None:
    """Images decoded from draws from the prior."""
    from matplotlib.figure import Figure

    z = np.random.default_rng(seed).standard_normal((60, LATENT), dtype=np.float32)
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(mosaic(m.decode(z)["images"], columns=10), cmap="gray_r", vmin=0, vmax=1)
    axes.set_title("decoded draws from the prior: the probability of black")
    axes.set_axis_off()
    figure.savefig(path, dpi=150)


def main(data: str | None = None, folder: str = "output") -> None:
    """Train, print the bound on images not seen, and draw."""
    x, x_test, labels = load_data(data)
    m = train(x, EPOCHS if data is None else EPOCHS // 5)
    parts = m.bound(x_test)
    print(
        f"{len(x_test):,} images not seen: the bound is {held_out_bound(m, x_test):.2f} nats an image "
        f"(reconstruction {-parts['reconstruction']:.2f}, divergence from the prior {parts['kl']:.2f})"
    )
    print(f"independent pixels: {independent_pixels(x, x_test):.2f} nats an image")

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    plot_latent(m, x_test, labels, out / "vae_latent_map.png")
    plot_samples(m, out / "vae_samples.png")
    gx.export(m, out / "vae_inference.py", functions=["encode", "decode"])
    print(
        f"wrote {out}/vae_latent_map.png, vae_samples.png and vae_inference.py, which needs NumPy alone"
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
