"""Nested hierarchical transformers."""

from __future__ import annotations

from models_core.design import Builder, Design, GroupBuilder, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, whole

SOURCE = Source(
    "Zizhao Zhang, Han Zhang, Long Zhao, Ting Chen, Sercan Arik, Tomas Pfister",
    "Nested Hierarchical Transformer: Towards Accurate, Data-Efficient and Interpretable Visual Understanding",
    2021,
)
TAGS = ("image", "imagenet", "hierarchical", "local attention")
SMALL = {"width": 32, "depth1": 1, "depth2": 1, "depth3": 2}
LEVELS = 3


@register("design", id="nest_tiny", family="transformer", title="NesT-T", source=SOURCE, tags=TAGS, small=SMALL)
def nest_tiny() -> Design:
    """Transformers inside 4 × 4 blocks of the image that share weights; a convolution merges blocks by fours.

    For images of 224 × 224; 17,057,608 parameters for a thousand classes and 5.8 G MACs.
    """
    return _nest("nest_tiny", nest_tiny.__doc__, width=96, depths=(2, 2, 8))


@register("design", id="nest_small", family="transformer", title="NesT-S", source=SOURCE, tags=TAGS, small=SMALL)
def nest_small() -> Design:
    """Transformers inside 4 × 4 blocks of the image that share weights; a convolution merges blocks by fours.

    For images of 224 × 224; deeper than NesT-T, 38,351,176 parameters for a thousand classes and 10.3 G MACs.
    """
    return _nest("nest_small", nest_small.__doc__, width=96, depths=(2, 2, 20))


@register("design", id="nest_base", family="transformer", title="NesT-B", source=SOURCE, tags=TAGS, small=SMALL)
def nest_base() -> Design:
    """Transformers inside 4 × 4 blocks of the image that share weights; a convolution merges blocks by fours.

    For images of 224 × 224; wider than NesT-S, 67,723,368 parameters for a thousand classes and 17.9 G MACs.
    """
    return _nest("nest_base", nest_base.__doc__, width=128, depths=(2, 2, 20))


def _nest(name: str, doc: str | None, *, width: int, depths: tuple[int, int, int]) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(16, 384, 16))
    b.variable("patch", 4, doc="Height and width of a patch.", domain=one_of(1, 2, 4))
    b.variable("width", width, doc="Features of a token at the first level; each later one has twice as many.",
               domain=whole(32, 192, 32))  # fmt: skip
    b.variable("head_width", 32, doc="Features of each attention head.", domain=one_of(16, 32))
    b.variable("ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("side", f"=image_size // (patch * {2 ** (LEVELS - 1)})", doc="Tokens along the edge of a block.")
    b.variable("drop_path", 0.0, doc="Share of samples that skip a branch of the last layer in training; earlier "
               "layers' is less in proportion.", domain=real(0, 0.5))  # fmt: skip
    _layer(b)
    _aggregate(b)
    _into_blocks(b)
    _into_image(b)
    x = b.add("patch_embed", "conv2d", x, out_channels="=width", kernel_size="=patch", stride="=patch", padding=0)
    before = "0"
    for level, depth in enumerate(depths, 1):
        b.variable(f"depth{level}", depth, doc=f"Layers of level {level}.", domain=whole(1, 24))
        grid = 2 ** (LEVELS - level)
        wide = f"=width * {2 ** (level - 1)}"
        if level > 1:
            x = b.add_group(f"aggregate{level}", "aggregate", x, width=wide)
        x = b.add_group(f"blocks{level}", "into_blocks", x, width=wide, grid=grid)
        x = b.add(f"positions{level}", "learned_positions", x)
        drop = f"=drop_path * ({before} + i) / max(1, depth1 + depth2 + depth3 - 1)"
        x = b.add_group(f"level{level}", "layer", x, repeat=f"=depth{level}", width=wide, blocks=grid**2, drop=drop)
        x = b.add_group(f"image{level}", "into_image", x, width=wide, grid=grid)
        before += f" + depth{level}"
    x = b.add("norm", "layer_norm2d", x)
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()


def _layer(b: Builder) -> None:
    doc = "Attention inside blocks and an MLP, each behind a layer norm, with a shortcut around it."
    g = b.group("layer", doc=doc, width=96, blocks=16, drop=0.0)
    x = g.input("x")
    y = g.add("norm1", "layer_norm", x, eps=1e-6)
    y = g.add("attn", "block_attention", y, blocks="=blocks", heads="=max(1, width // head_width)")
    x = g.add("add1", "add", x, _dropped(g, "drop1", y))
    y = g.add("mlp", "mlp", g.add("norm2", "layer_norm", x, eps=1e-6), ratio="=ratio")
    g.output("out", g.add("add2", "add", x, _dropped(g, "drop2", y)))


def _dropped(g: GroupBuilder, id: str, y: Handle) -> Handle:
    return g.add(id, "drop_path", y, p="=drop", bypass="=drop == 0")


def _aggregate(b: Builder) -> None:
    g = b.group("aggregate", doc="Merges blocks by fours: a 3 × 3 convolution over all the image, a norm, max pooling.",
                width=192)  # fmt: skip
    y = g.add("conv", "conv2d", g.input("x"), out_channels="=width", kernel_size=3)
    y = g.add("norm", "layer_norm2d", y)
    g.output("out", g.add("pool", "max_pool2d", y, kernel_size=3, stride=2, padding=1))


def _into_blocks(b: Builder) -> None:
    g = b.group("into_blocks", doc="Makes an image a sequence, one of `grid` × `grid` blocks after the other.",
                width=96, grid=4)  # fmt: skip
    y = g.add("cut", "reshape", g.input("x"), shape=["=width", "=grid", "=side", "=grid", "=side"])
    y = g.add("order", "permute", y, order=[2, 4, 3, 5, 1])
    g.output("out", g.add("tokens", "reshape", y, shape=[-1, "=width"]))


def _into_image(b: Builder) -> None:
    g = b.group("into_image", doc="Puts a sequence of `grid` × `grid` blocks together as the image they were.",
                width=96, grid=4)  # fmt: skip
    y = g.add("cut", "reshape", g.input("x"), shape=["=grid", "=grid", "=side", "=side", "=width"])
    y = g.add("order", "permute", y, order=[5, 1, 3, 2, 4])
    g.output("out", g.add("image", "reshape", y, shape=["=width", "=grid * side", "=grid * side"]))
