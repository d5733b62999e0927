"""Loops and conditionals on a GPU: the host counts the steps, and takes the branch, which launches its
kernels."""

from __future__ import annotations

from graphc.codegen.cupy.body import DeviceBody
from graphc.codegen.numpy.branches import PlannedBranch
from graphc.codegen.numpy.loops import PlannedSteps
from graphc.codegen.numpy.planned import PlannedBody
from graphc.ir import dims
from graphc.ir.node import Node
from graphc.schedule.kernel import Kernel


class DeviceSteps(PlannedSteps, DeviceBody):
    """The steps of a loop, into planned buffers on the device."""

    def __init__(self, outer: DeviceBody, node: Node) -> None:
        super().__init__(outer, node)
        self.definitions = outer.definitions

    def _steps(self) -> None:
        PlannedBody.write(self)

    def _leave(self, node: Node) -> None:
        """Go on: once nothing changes any more the steps left change nothing, and to ask the device
        in each of them would make the host wait."""

    def offset(self, kernel: Kernel) -> str:
        return f"{self.step()} * {self.factor(dims.product(kernel.shape))}"

    def step(self) -> str:
        """The number of the step, counted through all loops around it."""
        around = self.outer
        while isinstance(around, DeviceBranch):
            around = around.outer
        if not isinstance(around, DeviceSteps):
            return self.index
        return f"({around.step()} * {self.factor(self.steps.loop.length)} + {self.index})"

    def factor(self, size: dims.DimLike) -> str:
        """A size as the operand of a product."""
        text = self.dim(size)
        return text if text.replace(".", "").isalnum() else f"({text})"


class DeviceBranch(PlannedBranch, DeviceBody):
    """A branch, into planned buffers on the device."""

    def __init__(self, outer: DeviceBody, node: Node, position: int) -> None:
        super().__init__(outer, node, position)
        self.definitions = outer.definitions

    def write(self) -> None:
        PlannedBody.write(self)

    def offset(self, kernel: Kernel) -> str:
        assert isinstance(self.outer, DeviceBody)
        return self.outer.offset(kernel)
