"""Published networks for images, declared with the layers of ``graphc.nn``; each is a module.

``gx.models.ResNet(34)(x)`` are the logits of images ``x``.  The sources are meant to be read beside
the papers.
"""

from graphc.models import boxes, visual
from graphc.models.classic import VGG, AlexNet, LeNet, ZFNet
from graphc.models.detection import Localizer, SingleShot, detection_loss
from graphc.models.googlenet import GoogLeNet, Inception
from graphc.models.resnet import BasicBlock, Bottleneck, CifarResNet, ResNet
from graphc.models.unet import UNet

__all__ = [
    "VGG",
    "AlexNet",
    "BasicBlock",
    "Bottleneck",
    "CifarResNet",
    "GoogLeNet",
    "Inception",
    "LeNet",
    "Localizer",
    "ResNet",
    "SingleShot",
    "UNet",
    "ZFNet",
    "boxes",
    "detection_loss",
    "visual",
]
