"""Write `generated/`: the modules emitted from these examples, for anyone to read.

    python examples/generate.py            writes them, and what the documents quote from them
    python examples/generate.py --check    writes nothing; shows what differs, and exits with 1

Every example is emitted in the planned style, the digits in the plain style too, and some for a
GPU.  In a document, a block of code after the comment
``<!-- generated/digits_mlp.py: _backward / forward / dense_1 -->`` is that part of that file: a
method, a section of it, a block of the section.
"""

import argparse
import difflib
import re
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

from graphc.network import Network, targeting
from graphc.runtime.files import write_whole
from graphc.tools.userfile import one_network, restyled

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
EXAMPLES = (
    "char_rnn",
    "deep_residual",
    "denoising_autoencoder",
    "digit_captions",
    "digit_detector",
    "digits_mlp",
    "dqn",
    "gan",
    "gaussian_regression",
    "gpt",
    "lenet",
    "logistic_regression",
    "mnist_batch_norm",
    "mnist_localisation",
    "mnist_mlp",
    "mnist_resnet",
    "mnist_segmentation",
    "neural_turing_machine",
    "number_alignment",
    "number_words",
    "perceptron",
    "power_plant",
    "prose_or_verse",
    "reinforce",
    "tiny_mlp",
    "two_moons",
    "vae",
    "wavenet",
)
PLAIN = ("digits_mlp",)
CUPY = ("char_rnn", "digits_mlp", "gpt", "lenet")
DOCUMENTS = ("README.md", "docs/emitted-code.md", "docs/insight.md")

_QUOTE = re.compile(r"(<!-- generated/(\w+\.py): (.+?) -->\n```python\n)(.*?)(```)", re.DOTALL)
_DERIVED = re.compile(
    r"(```python\nprint\(net\.explain\(\"(.+?)\"\)\)\n```\n\n```text\n)(.*?)(```)", re.DOTALL
)


def sources() -> dict[str, str]:
    """The text of every file of `generated/`, by name."""
    result = {}
    for name in EXAMPLES:
        network = one_network(HERE / f"{name}.py")
        result[f"{name}.py"] = network.source
        if name in PLAIN:
            result[f"{name}_plain.py"] = plain(network).source
        if name in CUPY:
            result[f"{name}_cupy.py"] = device(name).source
    return result


def plain(network: Network) -> Network:
    """The same program in the plain style, under a name of its own."""
    result = restyled(network, "plain")
    result.unit = replace(result.unit, name=f"{network.name}_plain")
    return result


def device(name: str) -> Network:
    """The program of an example for a GPU, under a name of its own."""
    with targeting("cupy"):
        network = one_network(HERE / f"{name}.py")
    result = restyled(network, "planned")
    result.unit = replace(result.unit, name=f"{network.name}_cupy")
    return result


def excerpt(source: str, place: str) -> str:
    """A part of an emitted module.

    Args:
        source: the module.
        place: a method, and then perhaps a section of it and a block of that: ``"_backward"``,
            ``"_backward / forward"``, ``"_backward / forward / dense_1"``.

    Raises:
        LookupError: there is no such part.
    """
    starts = (r"    def {}\(", r" +# ---- {} -", r" +# {}(?:\W|$)")
    stops = (r"    \S", r" +# ---- ", r"\s*$")
    lines = source.splitlines()
    for name, start, stop in zip(place.split(" / "), starts, stops, strict=False):
        first = [i for i, line in enumerate(lines) if re.match(start.format(re.escape(name)), line)]
        if not first:
            raise LookupError(f"there is no '{name}' of '{place}'")
        rest = lines[first[0] + 1 :]
        length = next((i for i, line in enumerate(rest) if re.match(stop, line)), len(rest))
        lines = lines[first[0] : first[0] + 1 + length]
    return textwrap.dedent("\n".join(lines)).strip() + "\n"


def documents(emitted: dict[str, str], root: Path = ROOT) -> dict[str, str]:
    """The text of each document, with what it quotes of the modules, and the derivations of the
    digits network, which cite lines, as they are now."""

    def quote(found: re.Match[str]) -> str:
        return found[1] + excerpt(emitted[found[2]], found[3]) + found[5]

    def derive(found: re.Match[str]) -> str:
        return f"{found[1]}{one_network(HERE / 'digits_mlp.py').explain(found[2])}{found[4]}"

    texts = {name: (root / name).read_text("utf-8") for name in DOCUMENTS}
    return {name: _DERIVED.sub(derive, _QUOTE.sub(quote, text)) for name, text in texts.items()}


def expected(root: Path = ROOT) -> dict[Path, str]:
    """What each file should hold; "" for one that should not be there."""
    emitted = sources()
    left = {path: "" for path in (root / "generated").glob("*.py")}
    modules = {root / "generated" / name: text for name, text in emitted.items()}
    return {**left, **modules, **{root / k: v for k, v in documents(emitted, root).items()}}


def differences(root: Path = ROOT) -> str:
    """How the files differ from what they should hold, as a diff; "" if they don't."""
    lines: list[str] = []
    for path, new in expected(root).items():
        old = path.read_text("utf-8") if path.is_file() else ""
        name = str(path.relative_to(root))
        lines += difflib.unified_diff(
            old.splitlines(True), new.splitlines(True), name, f"{name}, as it should be"
        )
    return "".join(lines)


def main() -> None:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description="Write the modules emitted from the examples.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if they differ")
    if parser.parse_args().check:
        found = differences()
        if found:
            sys.stdout.write(found)
            sys.exit("generated/ is not up to date: run python examples/generate.py")
        print("generated/ is up to date")
        return
    for path, text in expected().items():
        if text:
            write_whole(path, text.encode())
            print(f"{path.relative_to(ROOT)}   {len(text.splitlines())} lines")
        else:
            path.unlink()
            print(f"{path.relative_to(ROOT)}   removed")


if __name__ == "__main__":
    main()
