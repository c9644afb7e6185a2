"""OSNet."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, one_of, real, whole

SOURCE = Source(
    "Kaiyang Zhou, Yongxin Yang, Andrea Cavallaro, Tao Xiang",
    "Learning Generalisable Omni-Scale Representations for Person Re-Identification",
    2021,
)
TAGS = ("image", "mobile", "person", "embedding")
SMALL = {"width": 16, "features": 32, "depth1": 1, "depth2": 1, "depth3": 1}
PLACES = ("none", "inside", "outside", "both")
"""Where a block may have instance norms: in its branch, behind the sum with its shortcut, in both places."""
FOUND = (("inside", "inside"), ("none", "inside"), ("inside", "none"))
"""Where the authors' search has put them, in the first and the second block of each stage."""


@register("design", id="osnet_x1_0", family="cnn", title="OSNet x1.0", tags=TAGS, small=SMALL, source=SOURCE)
def osnet_x1_0() -> Design:
    """Blocks of four streams that see 3, 5, 7 and 9 positions far, weighed against each other by one shared gate.

    For images of persons, twice as high as wide: 256 × 128; 2.2 M parameters without the classifier, 0.98 G MACs. With
    `instance_norm` the first stages are free of what differs between cameras.
    """
    b = _begun("osnet_x1_0", osnet_x1_0.__doc__)
    b.variable("instance_norm", False, doc="Whether stem and first stage have instance norms.",
               domain=one_of(False, True))  # fmt: skip
    first = "='outside' if instance_norm else 'none'"
    return _osnet(b, "='instance' if instance_norm else 'batch'", [first, "none", "none"])


@register(
    "design", id="osnet_ain_x1_0", family="cnn", title="OSNet-AIN x1.0", tags=(*TAGS, "search"), small=SMALL,
    source=SOURCE,
)  # fmt: skip
def osnet_ain_x1_0() -> Design:
    """OSNet whose instance norms lie where a search has put them; where they lie is its search space.

    For images of persons, 256 × 128. Each block has them in one of four ways, in all 4096. With `search` it has all
    four at once, and training learns which to choose; annealing `tau` makes the choice firmer.
    """
    b = _begun("osnet_ain_x1_0", osnet_ain_x1_0.__doc__)
    b.variable("search", False, doc="Whether each block has all four ways at once, for training to choose.")
    b.variable("tau", 0.5, doc="Temperature of the choice while it is learned.")
    places = []
    for stage, (first, later) in enumerate(FOUND, 1):
        for name, value, which in (("first", first, "the first block"), ("later", later, "later blocks")):
            b.variable(f"{name}{stage}", value, doc=f"Instance norms of {which} of stage {stage}.",
                       domain=one_of(*PLACES))  # fmt: skip
        places.append(f"='any' if search else first{stage} if i == 0 else later{stage}")
    return _osnet(b, "instance", places, searched=True)


def _begun(name: str, doc: str | None) -> Builder:
    b = Builder(name, task="image_classification", doc=doc or "")
    b.facts(image={"channels": 3}, label={"classes": 1000})
    b.variable("image_size", 256, doc="Height that images are resized to.", domain=whole(32, 384, 32))
    b.variable("aspect", 0.5, doc="Width of an image for its height.", domain=real(0.5, 2))
    b.variable("width", 64, doc="Channels of the stem; later stages are multiples of it.", domain=whole(16, 128, 16))
    b.variable("features", 512, doc="Features of the embedding.", domain=whole(32, 1024, 32))
    return b


def _osnet(b: Builder, stem: str, places: list[str], *, searched: bool = False) -> Design:
    x = b.input("image", "image", C="=facts.image.channels", H="=image_size", W="=int(image_size * aspect)")
    _filters(b)
    _block(b, searched=searched)
    x = b.add("conv1", "conv2d", x, out_channels="=width", kernel_size=7, stride=2, padding=3, bias=False)
    norms: dict[str, Any] = {
        "batch": {"block": "batch_norm"},
        "instance": {"block": "instance_norm", "params": {"affine": True}},
    }
    x = b.add_choice("norm1", stem, norms, x)
    x = b.add("maxpool", "max_pool2d", b.add("act1", "relu", x), kernel_size=3, stride=2, padding=1)
    for stage, (share, place) in enumerate(zip((4, 6, 8), places, strict=True), 1):
        b.variable(f"depth{stage}", 2, doc=f"Blocks of stage {stage}.", domain=whole(1, 6))
        sizes: dict[str, Any] = {"width": f"=width * {share}", "changes": "=i == 0", "place": place}
        x = b.add_group(f"stage{stage}", "omni", x, repeat=f"=depth{stage}", **sizes)
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


def _block(b: Builder, *, searched: bool) -> None:
    for place in PLACES:
        g = b.group(f"join_{place}", doc=f"The branch and the shortcut added; instance norms: {place}.")
        y = g.input("x")
        inside, outside = place in ("inside", "both"), place in ("outside", "both")
        y = g.add("norm", "instance_norm", y, affine=True) if inside else g.add("norm", "batch_norm", y)
        y = g.add("add", "add", y, g.input("shortcut"))
        g.output("out", g.add("norm_sum", "instance_norm", y, affine=True) if outside else y)
    alternatives = {place: {"group": f"join_{place}"} for place in PLACES}
    if searched:
        g = b.group("join_any", doc="The branch and the shortcut added in each of four ways, one of which is chosen.")
        ends = {"x": g.input("x"), "shortcut": g.input("shortcut")}
        ways = [g.add_group(place, f"join_{place}", inputs=ends) for place in PLACES]
        g.output("out", g.add("choice", "gumbel_choice", *ways, tau="=tau"))
        alternatives["any"] = {"group": "join_any"}
    g = b.group("omni", doc="Streams of one to four lite filters, weighed by a shared gate; with a shortcut.",
                width=256, changes=False, place="none")  # fmt: skip
    x = g.input("x")
    y = g.add_group("conv1", "filter", x, width="=width // 4")
    streams = [g.add_group(f"stream{far}", "lite", y, repeat=far, width="=width // 4") for far in (1, 2, 3, 4)]
    y = g.add("conv3", "conv2d", g.add("gate", "aggregation_gate", *streams), out_channels="=width", kernel_size=1,
              bias=False)  # fmt: skip
    x = g.add_group("downsample", "linear", x, width="=width", bypass="=not changes")
    y = g.add_choice("join", "=place", alternatives, inputs={"x": y, "shortcut": x})
    g.output("out", g.add("act", "relu", y))
