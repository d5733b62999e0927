"""Loops on a GPU: the host counts the steps, each of which launches its kernels."""

from __future__ import annotations

from graphc.codegen.cupy.body import DeviceBody
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
        assert isinstance(self.outer, DeviceBody)
        if not isinstance(self.outer, DeviceSteps):
            return self.index
        return f"({self.outer.step()} * {self.factor(self.steps.loop.length)} + {self.index})"

    def factor(self, size: dims.DimLike) -> str:
        """A size as the operand of a product."""
        text = self.dim(size)
        return text if text.replace(".", "").isalnum() else f"({text})"
