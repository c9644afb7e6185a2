"""Convolutional networks without shortcuts."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, conv_norm_act, image_input, real, whole


@register(
    "design",
    id="nin_cifar",
    family="cnn",
    title="Network in Network (CIFAR)",
    tags=("image", "cifar"),
    source=Source("Min Lin, Qiang Chen, Shuicheng Yan", "Network In Network", 2014),
)
def nin_cifar() -> Design:
    """Three convolutions, each followed by a small network on the channels of every position, and no linear layer.

    For images of 32 × 32. The last 1 × 1 convolution gives one map per class, whose mean is the class's logit.
    966,986 parameters for ten classes.
    """
    b = Builder("nin_cifar", task="image_classification", doc=nin_cifar.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(16, 64, 8))
    b.variable("width", 192, doc="Maps of the convolutions.", domain=whole(16, 512, 16))
    b.variable("dropout", 0.5, doc="Share of values dropped after each pooling.", domain=real(0, 0.8))
    g = b.group("mlpconv", doc="A convolution and two 1 × 1 convolutions.", width=192, kernel=5, hidden=192, out=192)
    y = g.add("conv", "conv2d", g.input("x"), out_channels="=width", kernel_size="=kernel")
    y = g.add("act1", "relu", y)
    y = g.add("cccp1", "conv2d", y, out_channels="=hidden", kernel_size=1)
    y = g.add("act2", "relu", y)
    y = g.add("cccp2", "conv2d", y, out_channels="=out", kernel_size=1)
    g.output("out", g.add("act3", "relu", y))
    x = b.add_group("block1", "mlpconv", x, width="=width", hidden="=width * 5 // 6", out="=width // 2")
    x = b.add("pool1", "max_pool2d", x, kernel_size=3, stride=2, padding=1)
    x = b.add("drop1", "dropout", x, p="=dropout", bypass="=dropout == 0")
    x = b.add_group("block2", "mlpconv", x, width="=width", hidden="=width", out="=width")
    x = b.add("pool2", "avg_pool2d", x, kernel_size=3, stride=2, padding=1)
    x = b.add("drop2", "dropout", x, p="=dropout", bypass="=dropout == 0")
    x = b.add_group("block3", "mlpconv", x, width="=width", kernel=3, hidden="=width", out="=facts.label.classes")
    b.output("logits", b.add("pool3", "global_avg_pool", x))
    return b.build()


@register(
    "design",
    id="simplenet_cifar",
    family="cnn",
    title="SimpleNet, 13 layers (CIFAR)",
    tags=("image", "cifar"),
    source=Source(
        "Seyyed Hossein Hasanpour, Mohammad Rouhani, Mohsen Fayyaz, Mohammad Sabokrou",
        "Lets Keep It Simple, Using Simple Architectures to Outperform Deeper and More Complex Architectures",
        2016,
    ),
)
def simplenet_cifar() -> Design:
    """Thirteen plain convolutions with batch norm, widening slowly, and pooling down to one position.

    For images of 32 × 32; 5,498,378 parameters for ten classes, of which the kernels are the 5.48 M of the paper.
    """
    b = Builder("simplenet_cifar", task="image_classification", doc=simplenet_cifar.__doc__ or "")
    x = image_input(b, 32, channels=3, classes=10, domain=whole(32, 64, 32))
    b.variable("width", 64, doc="Maps of the first convolution; all others are multiples.", domain=whole(8, 128, 8))
    b.variable("dropout", 0.1, doc="Share of maps dropped after each pooling.", domain=real(0, 0.5))
    conv_norm_act(b)
    g = b.group("shrink", doc="Max pooling that halves the size, and dropout of whole maps.")
    y = g.add("pool", "max_pool2d", g.input("x"), kernel_size=2)
    g.output("out", g.add("drop", "dropout2d", y, p="=dropout", bypass="=dropout == 0"))
    x = b.add_group("conv1", "conv_unit", x, width="=width")
    x = b.add_group("conv2", "conv_unit", x, repeat=3, width="=width * 2")
    x = b.add_group("shrink1", "shrink", x)
    x = b.add_group("conv3", "conv_unit", x, repeat=2, width="=width * 2")
    x = b.add_group("conv4", "conv_unit", x, width="=width * 4")
    x = b.add_group("shrink2", "shrink", x)
    x = b.add_group("conv5", "conv_unit", x, repeat=2, width="=width * 4")
    x = b.add_group("shrink3", "shrink", x)
    x = b.add_group("conv6", "conv_unit", x, width="=width * 8")
    x = b.add_group("shrink4", "shrink", x)
    x = b.add_group("conv7", "conv_unit", x, width="=width * 32", kernel=1)
    x = b.add_group("conv8", "conv_unit", x, width="=width * 4", kernel=1)
    x = b.add_group("shrink5", "shrink", x)
    x = b.add_group("conv9", "conv_unit", x, width="=width * 4")
    x = b.add("pool", "global_max_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x)
    return b.build()


@register(
    "design",
    id="vgg16_bn",
    small={"hidden": 64, "image_size": 32, "width": 8},
    family="cnn",
    title="VGG-16 with batch norm",
    tags=("image", "imagenet"),
    source=Source(
        "Karen Simonyan, Andrew Zisserman", "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2015
    ),
)
def vgg16_bn() -> Design:
    """Thirteen 3 × 3 convolutions in five stages, each twice as wide as the one before, and three linear layers.

    For images of 224 × 224; 138,365,992 parameters for a thousand classes, most of them in the first linear layer.
    """
    b = Builder("vgg16_bn", task="image_classification", doc=vgg16_bn.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 320, 32))
    b.variable("width", 64, doc="Maps of the first stage.", domain=whole(8, 128, 8))
    b.variable("hidden", 4096, doc="Features of the linear layers.", domain=whole(64, 4096, 64))
    b.variable("dropout", 0.5, doc="Share of values dropped in the linear layers.", domain=real(0, 0.8))
    conv_norm_act(b)
    for stage, (depth, times) in enumerate(((2, 1), (2, 2), (3, 4), (3, 8), (3, 8)), 1):
        width = "=width" if times == 1 else f"=width * {times}"
        b.variable(f"depth{stage}", depth, doc=f"Convolutions of stage {stage}.", domain=whole(1, 6))
        x = b.add_group(f"stage{stage}", "conv_unit", x, repeat=f"=depth{stage}", width=width)
        x = b.add(f"pool{stage}", "max_pool2d", x, kernel_size=2)
    x = b.add("flatten", "flatten", b.add("avgpool", "adaptive_avg_pool2d", x, output_size=7))
    for layer in (1, 2):
        x = b.add(f"fc{layer}", "linear", x, out_features="=hidden")
        x = b.add(f"act{layer}", "relu", x)
        x = b.add(f"drop{layer}", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "fc3")
    return b.build()
