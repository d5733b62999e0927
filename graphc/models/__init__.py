from graphc.models.resnet import BasicBlock, Bottleneck, CifarResNet, ResNet
