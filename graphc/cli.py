"""The command line.

In: a command and its arguments. Out: text or files, and an exit code: 0, 1 for an error (told in
one message), 2 for a command that is not written as it should be, 130 for Ctrl-C. What a command
does is in `graphc.tools`, imported when it runs.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from graphc.errors import GraphcError
from graphc.version import __version__

app = typer.Typer(
    name="graphc",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A Python file with networks at its top level, or with a function build() for one.",
    ),
]
Name = Annotated[str | None, typer.Option("--name", help="Which program, if FILE has several.")]
Sizes = Annotated[
    list[str] | None,
    typer.Option("--size", metavar="N=128", help="A symbolic dimension's size; repeatable."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def _command(function: Callable[..., None]) -> Callable[..., None]:
    """A command whose errors are told in one message."""

    @functools.wraps(function)
    def run(**arguments: Any) -> None:
        try:
            function(**arguments)
        except KeyboardInterrupt:
            print("graphc: interrupted", file=sys.stderr)
            raise typer.Exit(130) from None
        except Exception as error:
            _tell(error, arguments["debug"])
            raise typer.Exit(1) from None

    return app.command()(run)


def _tell(error: Exception, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    text = str(error)
    if not isinstance(error, (GraphcError, OSError)):  # unforeseen
        text = f"{type(error).__name__}: {text}" + ("" if debug else " (--debug shows where)")
    print(f"graphc: {text}", file=sys.stderr)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"graphc {__version__}")
        raise typer.Exit


@app.callback()
def graphc(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A compiler for neural networks whose output people read.

    Declare a network in Python; graphc differentiates it and emits one file of plain NumPy with the
    forward pass, the backward pass and the optimiser.

    New here? Start with the demonstration, which takes a few seconds:

        graphc demo
    """


@_command
def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where the files go.")] = Path("demo"),
    epochs: Annotated[int | None, typer.Option(min=1, help="Train no longer than this.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights, the dropout and the order.")] = 0,
    debug: Debug = False,
) -> None:
    """Train a network on real digits, and see what comes of it.

    \b
    Writes into the folder: the emitted training module, the learning curve,
    an inference file that needs NumPy alone, and the test images. Then runs
    that file in a process that can't import graphc.

    \b
    Example:
        graphc demo
        python demo/digits_mlp_inference.py demo/digits_test.npz

    \b
    Needs scikit-learn (for the images) and matplotlib:
        pip install "graphc[examples]"
    """
    from graphc.tools.demo import demo as run

    run(folder, epochs, seed)


@_command
def build(
    file: File,
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")] = Path("generated"),
    style: Annotated[
        str | None, typer.Option(help="planned (fast) or plain (short); else what FILE says.")
    ] = None,
    target: Annotated[
        str, typer.Option(help="numpy, or cupy for a GPU; where FILE does not say.")
    ] = "numpy",
    debug: Debug = False,
) -> None:
    """Compile the networks of a file and write one module for each.

    \b
    The modules import NumPy and nothing else, or CuPy for a GPU. Each has a class
    with predict, train_step, loss, gradients, save and load, and runs as a script.

    \b
    Example: model.py says  net = gx.compile("digits", ...)
        graphc build model.py
        python generated/digits.py train data.npz
    """
    from graphc.network import targeting
    from graphc.tools.userfile import networks, restyled

    with targeting(target):
        compiled = networks(file)
    sources = [restyled(net, style) if style else net for net in compiled]
    for net in sources:
        assert net.source  # all are emitted before the first is written
    for net in sources:
        print(f"{net.write(out)}   {len(net.source.splitlines())} lines, {net.options.style}")


@_command
def inspect(
    file: File,
    what: Annotated[
        str, typer.Option(help="source, report, graph (text), dot (Graphviz) or svg.")
    ] = "source",
    phase: Annotated[
        str | None, typer.Option(help="Which graph: backward, update, forward, ... (default: all)")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A file to write to, not the screen.")] = None,
    name: Name = None,
    size: Sizes = None,
    debug: Debug = False,
) -> None:
    """Look inside a compiled network.

    \b
    source   the module that `graphc build` would write
    report   parameters, FLOPs, planned memory, and the rewrites that fired
    graph    the optimised graph, one line a node, with your file and line
    dot/svg  the same as a drawing; choose one --phase

    \b
    Examples:
        graphc inspect model.py --what report --size N=128
        graphc inspect model.py --what svg --phase backward --out backward.svg
    """
    from graphc.runtime.files import write_whole
    from graphc.tools.inspect import view
    from graphc.tools.samples import parse_sizes
    from graphc.tools.userfile import one_network

    text = view(one_network(file, name), what, phase, parse_sizes(size or ()))
    if out is None:
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        print(write_whole(out, text.encode()))


@_command
def explain(
    file: File,
    gradient: Annotated[
        str, typer.Argument(metavar="NAME", help="A parameter, such as dense_1.W, or h1, z1, ...")
    ],
    latex: Annotated[bool, typer.Option("--latex", help="The equations alone, in LaTeX.")] = False,
    name: Name = None,
    debug: Debug = False,
) -> None:
    """Derive a gradient step by step, beside the lines that compute it.

    \b
    From the loss down to the gradient: each step with its rule, its equation,
    and the numbered lines of the module that `graphc build` would write.

    \b
    Example:
        graphc explain model.py dense_1.W
    """
    from graphc.tools.userfile import one_network

    found = one_network(file, name).explain(gradient)
    print(found.latex if latex else found.text, end="\n" if latex else "")


@_command
def check(
    file: File,
    size: Sizes = None,
    seed: Annotated[int, typer.Option(help="Of the random arguments and weights.")] = 0,
    debug: Debug = False,
) -> None:
    """Does the emitted code compute what was declared?

    \b
    Compiles every network of a file in both styles, runs each method on
    random arguments, and compares results and states with the reference
    functions of the ops. Exit code 1 if they differ.

    \b
    Example:
        graphc check model.py --size N=17
    """
    from graphc.tools.check import check as run
    from graphc.tools.samples import parse_sizes, sizes_for
    from graphc.tools.userfile import networks

    given, failed = parse_sizes(size or ()), 0
    for net in networks(file):
        sizes = sizes_for(net, given, 7)
        shown = ", ".join(f"{k}={v}" for k, v in sizes.items())
        print(f"{net.name}{f' ({shown})' if shown else ''}")
        for finding in run(net, sizes, seed):
            verdict = "ok" if finding.passed else f"DIFFERS in {finding.worst}"
            error = f"{finding.error:.1e}" if finding.error else "0"
            print(f"  {finding.method:<16}{finding.style:<9} off by at most {error:<9}{verdict}")
            failed += not finding.passed
    if failed:
        raise GraphcError(f"{failed} of these differ from the reference")


@_command
def export(
    file: File,
    weights: Annotated[
        Path, typer.Argument(help="An .npz that m.save wrote, a checkpoint, or a folder of them.")
    ],
    out: Annotated[Path, typer.Argument(help="The Python file to write.")],
    place: Annotated[
        str | None, typer.Option(help="Weights: inside, safetensors or npz (default: by size).")
    ] = None,
    function: Annotated[
        list[str] | None,
        typer.Option(help="A function of a program; may be repeated (default: see the manual)."),
    ] = None,
    name: Name = None,
    debug: Debug = False,
) -> None:
    """Write a file that predicts with NumPy alone, or with CuPy, as it was compiled for.

    \b
    Example: model.py compiled net and trained it; m.save("weights.npz")
        graphc export model.py weights.npz predictor.py
        python predictor.py data.npz
    """
    from graphc.export import export as run
    from graphc.tools.userfile import one_network
    from graphc.tools.weights import load_weights

    m = one_network(file, name).load()
    load_weights(m, weights)
    print(run(m, out, functions=function or None, weights=place))


@_command
def bench(
    file: File,
    size: Sizes = None,
    seconds: Annotated[float, typer.Option(min=0.0, help="How long to measure.")] = 2.0,
    name: Name = None,
    debug: Debug = False,
) -> None:
    """Time a training step on random data.

    \b
    Prints the median and the least time of a call. The number of threads is
    that of NumPy's products (OPENBLAS_NUM_THREADS).

    \b
    Example:
        graphc bench model.py --size N=128
    """
    from graphc.tools.bench import bench as run
    from graphc.tools.samples import parse_sizes, sizes_for
    from graphc.tools.userfile import one_network

    net = one_network(file, name)
    sizes = sizes_for(net, parse_sizes(size or ()), 64)
    found = run(net, sizes, seconds)
    shown = ", ".join(f"{k}={v}" for k, v in sizes.items()) or "fixed sizes"
    print(f"{net.name}.{found.method} ({shown}), {net.options.style} style")
    print(f"  median {found.median * 1e3:>10.4f} ms")
    print(f"  least  {found.least * 1e3:>10.4f} ms   of {found.calls} calls")
    if found.flops:
        print(f"  {found.flops / found.median / 1e9:.1f} GFLOP/s at the median")


def main() -> None:
    """Run a command; the entry point of ``graphc``."""
    app(prog_name="graphc")


if __name__ == "__main__":
    main()
