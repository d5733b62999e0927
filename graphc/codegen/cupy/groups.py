"""Convolutions in groups: every element of the result summed up by one thread."""

from __future__ import annotations

from graphc.codegen.cupy.definitions import Definitions, Parameter
from graphc.codegen.cupy.images import Loops, guarded, image_kernel
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.ops.conv.geometry import Window


def grouped_conv(
    definitions: Definitions, op: str, window: Window, dtype: str, integer: str
) -> str:
    """The kernel of a convolution in groups, or of a gradient of one, without copies of patches.

    Takes the operands, the spatial sizes of image and result, the channels in a group, the filters in
    a group, the number of groups, for the gradient of weights the images, and the result.
    """
    loops = Loops(window, integer)
    kind = VARIABLE[dtype]
    sizes = [*loops.sizes, *(Parameter(loops.size, n) for n in ("inner", "filters", "groups"))]
    weight = f"({loops.number()}) * inner"
    if op == "conv":
        lines = [
            *loops.item("out", "groups * filters"),
            loops.part("o", "groups * filters"),
            *loops.corners(),
            f"{kind} total = 0;",
        ]
        channel = loops.at("in", channels="(groups * inner)", c="o / filters * inner + c")
        factor = f"weights[({weight} + c) * groups * filters + o]"
        step = f"for (int c = 0; c < inner; ++c) total += image[{channel}] * {factor};"
        lines += [*loops.over_kernel(guarded(loops, step)), "out = total;"]
        given = [Parameter(dtype, "image", True), Parameter(dtype, "weights", True)]
        formula = (
            "out[.., o] = sum over the window and the channels of a group of image weights[.., o]"
        )
        result = Parameter(dtype, "out")
    elif op == "conv_input_gradient":
        lines = [
            *loops.item("in", "groups * inner"),
            loops.part("c", "groups * inner"),
            *loops.places("in"),
            f"{kind} total = 0;",
        ]
        first = "c / inner * filters"
        place = loops.at("out", "s", "(groups * filters)", f"{first} + o")
        factor = f"weights[({weight} + c % inner) * groups * filters + {first} + o]"
        step = f"total += d_out[{place}] * {factor};"
        lines += loops.over_kernel(
            [
                loops.outputs(),
                f"if ({loops.reached()})",
                "  for (int o = 0; o < filters; ++o)",
                f"    {step}",
            ]
        )
        lines.append("d_image = total;")
        given = [Parameter(dtype, "d_out", True), Parameter(dtype, "weights", True)]
        formula = (
            "d_image = sum over the windows that see it, and a group's filters, of d_out weights"
        )
        result = Parameter(dtype, "d_image")
    else:
        lines = [
            f"{integer} rest = i;",
            loops.part("o", "groups * filters"),
            loops.part("c", "inner"),
        ]
        for a, size in reversed(list(zip(loops.axes, window.kernel, strict=True))):
            lines.append(loops.part(f"k{a}", str(size)))
        outputs = " * ".join(f"out_{a}" for a in loops.axes)
        lines += [
            f"{kind} total = 0;",
            f"const {integer} size = {outputs};",
            "for (long long place = 0; place < images * size; ++place) {",
            "  const long long item = place / size;",
            f"  {integer} rest = place - item * size;",
            *(f"  {line}" for line in loops.corners()),
            f"  {loops.inputs()}",
        ]
        inside = loops.inside()
        channel = loops.at("in", channels="(groups * inner)", c="o / filters * inner + c")
        add = f"total += image[{channel}] * d_out[place * groups * filters + o];"
        lines += [f"  if ({inside})" if inside else "", f"    {add}", "}", "d_weights = total;"]
        lines = [line for line in lines if line]
        given = [Parameter(dtype, "image", True), Parameter(dtype, "d_out", True)]
        sizes.append(Parameter("int64", "images"))
        formula = "d_weights = sum over all places of image d_out"
        result = Parameter(dtype, "d_weights")
    return image_kernel(
        definitions, f"grouped_{op}", window, [*given, *sizes], result, lines, formula
    )
