"""A denoising autoencoder: clean digits out of noisy ones.

The network gets an image of 8 x 8 pixels with Gaussian noise on it and gives the image without; it
can't copy its input, so it learns what digits look like (P. Vincent et al., "Extracting and
composing robust features with denoising autoencoders", 2008).  The images are the 1,797 digits
that come with scikit-learn.  Takes ten seconds:

    python examples/denoising_autoencoder.py

It shows noise that is part of the graph, drawn anew in every step, and one network called twice: on
images with noise added, to train it, and on images that are noisy already, to use it.
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

EPOCHS = 100
NOISE = 0.4  # standard deviation; pixels lie between 0 and 1
FOLDER = "demo/denoising_autoencoder"


def build() -> gx.Network:
    """64 pixels, 128, 64, 128 and 64 again."""
    image = gx.input("image", ("N", 64))
    model = nn.Sequential(
        [
            nn.Dense(128, activation="relu"),
            nn.Dense(64, activation="relu"),
            nn.Dense(128, activation="relu"),
            nn.Dense(64, activation="sigmoid"),
        ],
        name="autoencoder",
    )
    noisy = (image + gx.normal(image.shape, std=NOISE)).named("noisy")
    denoised = model(noisy).named("denoised")

    return gx.compile(
        "denoising_autoencoder",
        inputs=[image],
        loss=losses.squared_error(denoised, image),
        outputs={"restored": model(image)},
        optimizer=optim.Adam(1e-3),
    )


def load_data() -> list[np.ndarray]:
    """Clean images (N, 64) to train on and to test on."""
    images, labels = gx.datasets.digits()
    return gx.train_test_split(images, test=0.2, rng=0, stratify=labels)


def linear_filter(train: np.ndarray, noisy: np.ndarray) -> np.ndarray:
    """The linear estimate with the least squared error: ``C (C + sigma**2 I)**-1`` applied to what
    differs from the mean (N. Wiener, 1949), with the covariance C of the training images."""
    mean, covariance = train.mean(axis=0), np.cov(train, rowvar=False)
    gain = np.linalg.solve(covariance + NOISE**2 * np.eye(64), covariance)
    return mean + (noisy - mean) @ gain


def draw(rows: dict[str, np.ndarray], path: Path) -> None:
    """Ten images in each row: (10, 64)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.8), layout="constrained")
    for axes_row, (name, images) in zip(figure.subplots(len(rows), 10), rows.items(), strict=True):
        for axes, image in zip(axes_row, images, strict=True):
            axes.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
        axes_row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.savefig(path, dpi=150)


def main(folder: str = FOLDER) -> None:
    """Train, compare with guesses that need no network, and draw ten images."""
    train, clean = load_data()
    m = build().load(seed=0)
    gx.fit(m, (train,), epochs=EPOCHS, batch_size=64)

    noise = np.random.default_rng(1).normal(0, NOISE, clean.shape)
    noisy = (clean + noise).astype(np.float32)
    restored = m.predict(noisy)["restored"]
    wiener = linear_filter(train, noisy)
    guesses = {
        "the noisy image itself": np.clip(noisy, 0, 1),
        "the mean of all images": train.mean(axis=0),
        "the best linear filter": wiener,
        "the network": restored,
    }
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    rows = {"clean": clean, "noisy": noisy, "linear filter": wiener, "network": restored}
    draw({name: images[:10] for name, images in rows.items()}, out / "images.png")
    print(f"wrote {out / 'images.png'}")
    print(f"mean squared error per pixel on {len(clean)} images never seen:")
    for name, guess in guesses.items():
        print(f"  {name:24} {np.mean((guess - clean) ** 2):.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
