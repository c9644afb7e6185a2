"""LeNet."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import activation_choice, classes_output, one_of, whole


@register(
    "design",
    id="lenet5",
    family="cnn",
    title="LeNet-5",
    tags=("image", "small", "classic"),
    source=Source(
        "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
        "Gradient-Based Learning Applied to Document Recognition",
        1998,
    ),
)
def lenet5() -> Design:
    """The classic convolutional network for handwritten digits, on images of 28 × 28.

    Two convolutions with average pooling, then three linear layers: 61,706 parameters for ten classes. Pooling has no
    weights, every map of the second convolution sees all maps of the first, and a linear layer ends it in place of
    the radial basis functions of the paper, as has become usual.
    """
    b = Builder("lenet5", task="image_classification", doc=lenet5.__doc__ or "")
    b.facts(image={"channels": 1}, label={"classes": 10})
    b.variable("width", 6, doc="Maps of the first convolution.", domain=whole(2, 64))
    b.variable("width2", 16, doc="Maps of the second convolution.", domain=whole(4, 256))
    b.variable("hidden", 120, doc="Features of the first linear layer.", domain=whole(8, 1024, 4))
    b.variable("hidden2", 84, doc="Features of the second linear layer.", domain=whole(8, 1024, 4))
    b.variable("activation", "tanh", doc="What follows each layer.", domain=one_of("tanh", "relu", "gelu", "silu"))
    b.variable("pooling", "average", doc="How each 2 × 2 window is summed up.", domain=one_of("average", "max"))
    activations = activation_choice("tanh", "relu", "gelu", "silu")
    pools = {
        "average": {"block": "avg_pool2d", "params": {"kernel_size": 2}},
        "max": {"block": "max_pool2d", "params": {"kernel_size": 2}},
    }
    x = b.input("image", "image", C="=facts.image.channels", H=28, W=28)
    x = b.add("conv1", "conv2d", x, out_channels="=width", kernel_size=5, padding=2)
    x = b.add_choice("act1", "=activation", activations, x)
    x = b.add_choice("pool1", "=pooling", pools, x)
    x = b.add("conv2", "conv2d", x, out_channels="=width2", kernel_size=5, padding=0)
    x = b.add_choice("act2", "=activation", activations, x)
    x = b.add_choice("pool2", "=pooling", pools, x)
    x = b.add("flatten", "flatten", x)
    x = b.add("fc1", "linear", x, out_features="=hidden")
    x = b.add_choice("act3", "=activation", activations, x)
    x = b.add("fc2", "linear", x, out_features="=hidden2")
    x = b.add_choice("act4", "=activation", activations, x)
    classes_output(b, x, "fc3")
    return b.build()
