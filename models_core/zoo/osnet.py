"""OSNet."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, one_of, real, whole


@register(
    "design",
    id="osnet_x1_0",
    family="cnn",
    title="OSNet x1.0",
    tags=("image", "mobile", "person", "embedding"),
    small={"width": 16, "features": 32, "depth1": 1, "depth2": 1, "depth3": 1},
    source=Source(
        "Kaiyang Zhou, Yongxin Yang, Andrea Cavallaro, Tao Xiang",
        "Learning Generalisable Omni-Scale Representations for Person Re-Identification",
        2021,
    ),
)
def osnet_x1_0() -> Design:
    """Blocks of four streams that see 3, 5, 7 and 9 positions far, weighed against each other by one shared gate.

    For images of persons, twice as high as wide: 256 × 128; 2.2 M parameters without the classifier, 0.98 G MACs. With
    `instance_norm` the first stages are free of what differs between cameras.
    """
    b = Builder("osnet_x1_0", task="image_classification", doc=osnet_x1_0.__doc__ or "")
    b.facts(image={"channels": 3}, label={"classes": 1000})
    b.variable("image_size", 256, doc="Height that images are resized to.", domain=whole(32, 384, 32))
    b.variable("aspect", 0.5, doc="Width of an image for its height.", domain=real(0.5, 2))
    b.variable("width", 64, doc="Channels of the stem; later stages are multiples of it.", domain=whole(16, 128, 16))
    b.variable("features", 512, doc="Features of the embedding.", domain=whole(32, 1024, 32))
    b.variable("instance_norm", False, doc="Whether stem and first stage have instance norms.",
               domain=one_of(False, True))  # fmt: skip
    x = b.input("image", "image", C="=facts.image.channels", H="=image_size", W="=int(image_size * aspect)")
    _filters(b)
    _block(b)
    x = b.add("conv1", "conv2d", x, out_channels="=width", kernel_size=7, stride=2, padding=3, bias=False)
    norms: dict[str, Any] = {
        "batch": {"block": "batch_norm"},
        "instance": {"block": "instance_norm", "params": {"affine": True}},
    }
    x = b.add_choice("norm1", "='instance' if instance_norm else 'batch'", norms, x)
    x = b.add("maxpool", "max_pool2d", b.add("act1", "relu", x), kernel_size=3, stride=2, padding=1)
    for stage, share in enumerate((4, 6, 8), 1):
        b.variable(f"depth{stage}", 2, doc=f"Blocks of stage {stage}.", domain=whole(1, 6))
        sizes: dict[str, Any] = {"width": f"=width * {share}", "changes": "=i == 0"}
        normed = "=instance_norm" if stage == 1 else False
        x = b.add_group(f"stage{stage}", "omni", x, repeat=f"=depth{stage}", normed=normed, **sizes)
        if stage < 3:
            x = b.add_group(f"mix{stage}", "filter", x, width=f"=width * {share}")
            x = b.add(f"pool{stage}", "avg_pool2d", x, kernel_size=2)
    x = b.add_group("conv5", "filter", x, width="=width * 8")
    x = b.add("fc", "linear", b.add("global_pool", "global_avg_pool", x), out_features="=features")
    x = b.add("embedding", "relu", b.add("fc_norm", "batch_norm", x))
    classes_output(b, x)
    return b.build()


def _filters(b: Builder) -> None:
    g = b.group("linear", doc="A 1 × 1 convolution and a batch norm.", width=64)
    y = g.add("conv", "conv2d", g.input("x"), out_channels="=width", kernel_size=1, bias=False)
    g.output("out", g.add("bn", "batch_norm", y))
    g = b.group("filter", doc="A 1 × 1 convolution, batch norm, relu.", width=64)
    g.output("out", g.add("act", "relu", g.add_group("linear", "linear", g.input("x"), width="=width")))
    g = b.group("lite", doc="A 1 × 1 convolution, then a 3 × 3 filter for each channel; batch norm, relu.", width=16)
    y = g.add("point", "conv2d", g.input("x"), out_channels="=width", kernel_size=1, bias=False)
    y = g.add("depth", "depthwise_conv2d", y, kernel_size=3, bias=False)
    g.output("out", g.add("act", "relu", g.add("bn", "batch_norm", y)))


def _block(b: Builder) -> None:
    g = b.group("omni", doc="Streams of one to four lite filters, weighed by a shared gate; with a shortcut.",
                width=256, changes=False, normed=False)  # fmt: skip
    x = g.input("x")
    y = g.add_group("conv1", "filter", x, width="=width // 4")
    streams = [g.add_group(f"stream{far}", "lite", y, repeat=far, width="=width // 4") for far in (1, 2, 3, 4)]
    y = g.add_group("conv3", "linear", g.add("gate", "aggregation_gate", *streams), width="=width")
    x = g.add_group("downsample", "linear", x, width="=width", bypass="=not changes")
    y = g.add("add", "add", y, x)
    y = g.add("norm", "instance_norm", y, affine=True, bypass="=not normed")
    g.output("out", g.add("act", "relu", y))
