"""Every kernel compiles for the GPUs that there are, by nvcc, which needs none."""

import contextlib
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import shim
import stand_in
from test_bfloat16 import images
from test_columns import residual
from test_precision import mlp
from test_winograd import network

import graphc as gx
from graphc.errors import CompileError
from graphc.ir.node import make
from graphc.ops.base import REGISTRY

NVCC = shutil.which("nvcc")
pytestmark = pytest.mark.skipif(NVCC is None, reason="there is no nvcc to compile kernels with")
SAMPLES = 1  # of each op: others differ in sizes


def gather():
    """The source of every kernel that the ops of the registry become."""
    shim.SOURCES.clear()
    for op in REGISTRY.values():
        for sample in list(op.samples())[:SAMPLES]:
            sample = replace(sample, arrays=tuple(map(np.asarray, sample.arrays)))
            for dtype in ("float64", "float32") if sample.retype else ("float64",):
                xs = [
                    gx.input(f"x{i}", a.shape, dtype if a.dtype == "float64" else a.dtype)
                    for i, a in enumerate(sample.arrays)
                ]
                outputs = list(make(op, xs, sample.attrs).outputs)
                with contextlib.suppress(CompileError), stand_in.as_cupy():
                    gx.function(xs, outputs, target="cupy").network.load_module()
    return list(shim.SOURCES)


def joined(sources):
    """Kernels side by side: each in a namespace, under a name of its own."""
    parts = ['#include "cuda.h"']
    for number, source in enumerate(sources):
        renamed = re.sub(r"(__global__ void \w+)\(", rf"\1_{number}(", source)
        parts.append(f"namespace n{number} {{\n{renamed}\n}}")
    return "\n".join(parts)


@pytest.fixture(scope="module")
def sources():
    return gather()


ARCHITECTURES = ["sm_80", "sm_90"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_kernels_compile(architecture, sources, tmp_path):
    assert len(sources) > 150
    compiles(sources, architecture, tmp_path)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(
    ("precision", "sign"), [("float16", "float16"), ("bfloat16", "to_bfloat16(")]
)
def test_kernels_of_mixed_precision_compile(precision, sign, architecture, tmp_path):
    shim.SOURCES.clear()
    with stand_in.as_cupy():  # no other test's names: its kernels are new
        mlp(precision, norm=True, name=f"{precision}_{architecture}_for_nvcc").load_module()
        images(precision, name=f"{precision}_{architecture}_images").load_module()
    assert any(sign in source for source in shim.SOURCES)
    assert any("column = h >= 0" in source for source in shim.SOURCES)
    compiles(list(shim.SOURCES), architecture, tmp_path)


@pytest.fixture(scope="module")
def image_sources():
    shim.SOURCES.clear()
    with stand_in.as_cupy():
        residual("cupy", name="images_for_nvcc").load_module()  # as above
        for m in (2, 4):
            ways = dict.fromkeys(("first", "second.weight_gradient"), f"winograd_{m}")
            network(5, algorithms=ways, name=f"winograd_{m}_for_nvcc").load_module()
    return list(shim.SOURCES)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_kernels_of_images_compile(architecture, image_sources, tmp_path):
    for part in ("winograd_back_6_4", "winograd_values_4_2", "Moments", "last_block"):
        assert any(part in source for source in image_sources)
    compiles(image_sources, architecture, tmp_path)


def test_tiles_and_totals_stay_in_registers(image_sources, tmp_path):
    chosen = [s for s in image_sources if "winograd" in s or "last_block" in s]
    said = compiles(chosen, "sm_90", tmp_path, "-DIN_ORDER", "-Xptxas", "-v")
    frames = re.findall(r"(\d+) bytes stack frame, (\d+) bytes spill stores", said)
    assert len(frames) >= len(chosen) > 10
    assert set(frames) == {("0", "0")}


def compiles(sources, architecture, folder, *options):
    """Check that nvcc takes kernels for a GPU; returns what it says."""
    file = folder / "kernels.cu"
    file.write_text(joined(sources))
    command = [NVCC, "-std=c++17", f"-arch={architecture}", "-cubin", "-w"]
    command += [
        *(options or ("-Xptxas", "-O0")),
        "-I",
        str(shim.HERE),
        str(file),
        "-o",
        str(folder / "kernels.cubin"),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[:4000]
    return made.stderr
