"""Write `generated/`: the modules emitted from these examples, for anyone to read.

    python examples/generate.py            writes them
    python examples/generate.py --check    writes nothing; shows what differs, and exits with 1

Every example is emitted in the planned style, the digits in the plain style too.
"""

import argparse
import difflib
import sys
from dataclasses import replace
from pathlib import Path

from graphc.network import Network
from graphc.runtime.files import write_whole
from graphc.tools.userfile import one_network, restyled

HERE = Path(__file__).resolve().parent
GENERATED = HERE.parent / "generated"
EXAMPLES = ("digits_mlp", "mnist_mlp", "power_plant", "tiny_mlp")
PLAIN = ("digits_mlp",)


def sources() -> dict[str, str]:
    """The text of every file of `generated/`, by name."""
    result = {}
    for name in EXAMPLES:
        network = one_network(HERE / f"{name}.py")
        result[f"{name}.py"] = network.source
        if name in PLAIN:
            result[f"{name}_plain.py"] = plain(network).source
    return result


def plain(network: Network) -> Network:
    """The same program in the plain style, under a name of its own."""
    result = restyled(network, "plain")
    result.unit = replace(result.unit, name=f"{network.name}_plain")
    return result


def differences(folder: Path = GENERATED) -> str:
    """What differs between the files of a folder and what is emitted now, as a diff; else ""."""
    expected = sources()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    lines: list[str] = []
    for name in sorted({*expected, *present}):
        old, new = present.get(name, ""), expected.get(name, "")
        lines += difflib.unified_diff(
            old.splitlines(True),
            new.splitlines(True),
            f"generated/{name}" if old else "/dev/null",
            "emitted now" if new else "/dev/null",
        )
    return "".join(lines)


def main() -> None:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description="Write the modules emitted from the examples.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if they differ")
    options = parser.parse_args()
    if options.check:
        found = differences()
        if found:
            sys.stdout.write(found)
            sys.exit("generated/ is not up to date: run python examples/generate.py")
        print("generated/ is up to date")
        return
    for name, source in sources().items():
        path = write_whole(GENERATED / name, source.encode())
        print(f"{path.relative_to(HERE.parent)}   {len(source.splitlines())} lines")


if __name__ == "__main__":
    main()
