"""A generative adversarial network: two step functions over one set of states.

A generator makes 8 x 8 images of digits out of noise, a discriminator tells them from real ones,
and each learns from the other (I. Goodfellow et al., "Generative adversarial nets", 2014,
algorithm 1, with the generator's loss of section 3 that does not saturate).  The images are the
1,797 that come with scikit-learn.  Takes a quarter of a minute:

    python examples/gan.py

How good the samples are is measured twice, on images that the network did not train on: by a
classifier, which should be sure of them and find every digit, and by the Fréchet distance between
the pixels of samples and of real images (noise has 10, other real images have 0.1).
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

STEPS = 12_000
BATCH = 64
NOISE = 32
PIXELS = 64


def build() -> gx.Program:
    """A generator and a discriminator, each with an Adam of its own; and a sampler."""
    generator = nn.Sequential(
        [
            nn.Dense(128, activation="relu"),
            nn.Dense(128, activation="relu"),
            nn.Dense(PIXELS, activation="sigmoid"),  # pixels lie in 0 .. 1
        ],
        name="generator",
    )
    discriminator = nn.Sequential(
        [
            nn.Dense(128, activation="relu"),
            nn.Dropout(0.3),
            nn.Dense(128, activation="relu"),
            nn.Dropout(0.3),
            nn.Dense(1),
        ],
        name="discriminator",
    )
    # Learn to tell real images, 1, from generated ones, 0.
    real = gx.input("real", ("N", PIXELS))
    count = real.shape[0]
    fake = generator(gx.normal((count, NOISE)).named("noise")).named("fake")
    truth = gx.concat([gx.ones((count, 1)), gx.zeros((count, 1))])
    verdict = discriminator(gx.concat([real, fake]).named("images"))
    d_loss = losses.binary_cross_entropy_with_logits(verdict, truth).named("d_loss")
    weights = discriminator.parameters()
    adam = optim.Adam(5e-4, beta1=0.5, name="discriminator_adam")
    d_updates = adam.updates(weights, gx.grad(d_loss, weights))

    # Learn to generate images that are taken for real.
    fake = generator(gx.normal((BATCH, NOISE)).named("noise")).named("fake")
    g_loss = losses.binary_cross_entropy_with_logits(discriminator(fake), 1.0).named("g_loss")
    weights = generator.parameters()
    adam = optim.Adam(5e-4, beta1=0.5, name="generator_adam")
    g_updates = adam.updates(weights, gx.grad(g_loss, weights))

    noise = gx.input("noise", ("N", NOISE))
    return gx.Program(
        "gan",
        d_step=gx.function([real], {"d_loss": d_loss}, updates=d_updates),
        g_step=gx.function([], {"g_loss": g_loss}, updates=g_updates),
        sample=gx.function([noise], {"images": generator(noise)}, training=False),
    )


def build_judge() -> gx.Network:
    """A classifier of digits, which knows nothing of the generator."""
    x = gx.input("x", ("N", PIXELS))
    y = gx.input("y", ("N",), dtype="int64")
    layers = [nn.Dense(64, activation="relu"), nn.Dropout(0.2), nn.Dense(10)]
    logits = nn.Sequential(layers, name="judge")(x)
    return gx.compile(
        "judge",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optim.Adam(1e-3),
    )


def load_data() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images and labels to train on and to compare with; always the same split."""
    images, labels = gx.datasets.digits()
    x, x_test, y, y_test = gx.train_test_split(images, labels, test=0.2, rng=0, stratify=labels)
    return {"train": (x, y), "test": (x_test, y_test)}


def train(images: np.ndarray, steps: int = STEPS, seed: int = 0):
    """An instance of the emitted class after so many steps of both networks."""
    m = build().load(seed)
    rng = np.random.default_rng(seed)
    for step in range(1, steps + 1):
        d_loss = m.d_step(images[rng.integers(len(images), size=BATCH)])["d_loss"]
        g_loss = m.g_step()["g_loss"]
        if step % 2000 == 0:
            print(f"step {step:6,}   discriminator {d_loss:.3f}   generator {g_loss:.3f}")
    return m


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Between the normal distributions that fit two sets of vectors (D. Dowson and B. Landau,
    "The Fréchet distance between multivariate normal distributions", 1982)."""
    values, vectors = np.linalg.eigh(np.cov(a.T))
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ np.cov(b.T) @ root).clip(0)
    spread = np.trace(np.cov(a.T) + np.cov(b.T)) - 2 * np.sqrt(product).sum()
    return float(np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2) + spread)


def evaluate(samples: np.ndarray, judge, real: np.ndarray) -> dict[str, float]:
    """What the judge makes of samples, and how far they are from real images.

    Returns:
        ``confidence``, the mean probability of the class that the judge decides for; ``classes``,
        how many digits get at least a fiftieth of the samples; ``distance``, Fréchet's.
    """
    probs = judge.predict(samples)["probs"]
    counts = np.bincount(probs.argmax(axis=1), minlength=10)
    return {
        "confidence": float(probs.max(axis=1).mean()),
        "classes": int(np.sum(counts >= len(samples) / 50)),
        "distance": frechet_distance(samples, real),
    }


def mosaic(images: np.ndarray, columns: int) -> np.ndarray:
    """Images of 8 x 8 pixels as one, side by side with a margin."""
    tiles = np.pad(images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    return tiles.reshape(-1, columns, 10, 10).swapaxes(1, 2).reshape(-1, columns * 10)


def plot(samples: np.ndarray, real: np.ndarray, path: Path) -> None:
    """Sixty samples beside as many real images."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.5), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, title, images in zip(
        panels, ("samples", "real images"), (samples, real), strict=True
    ):
        axes.imshow(mosaic(images[:60], columns=10), cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(title)
        axes.set_axis_off()
    figure.savefig(path, dpi=150)


def main(folder: str = "output") -> None:
    """Train, judge the samples, and draw them."""
    data = load_data()
    m = train(data["train"][0])
    judge = build_judge().load(seed=0)
    gx.fit(judge, data["train"], epochs=60)

    rng = np.random.default_rng(0)
    samples = m.sample(rng.standard_normal((1000, NOISE), dtype=np.float32))["images"]
    real, labels = data["test"]
    found = evaluate(samples, judge, real)
    accuracy = np.mean(judge.predict(real)["probs"].argmax(axis=1) == labels)
    print(f"the judge is right on {accuracy:.1%} of {len(real)} real images")
    print(f"samples: {found['classes']} of 10 digits, the judge is {found['confidence']:.1%} sure")
    print(
        f"Fréchet distance from real images: {found['distance']:.2f} for samples, "
        f"{frechet_distance(rng.random(samples.shape), real):.2f} for noise, "
        f"{frechet_distance(data['train'][0], real):.2f} for other real images"
    )

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    plot(samples, real, out / "gan_samples.png")
    gx.export(m, out / "gan_sample.py", functions="sample")
    print(
        f"wrote {out / 'gan_samples.png'}, and {out / 'gan_sample.py'}: it samples without graphc"
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
