"""Vision transformers."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, transformer_block, transformer_variables, whole

SOURCE = Source(
    "Alexey Dosovitskiy, Lucas Beyer, Alexander Kolesnikov, Dirk Weissenborn and others",
    "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
    2021,
)


@register(
    "design",
    id="vit_tiny_patch16_224",
    small={"depth": 2, "image_size": 32},
    family="transformer",
    title="ViT-Tiny/16",
    tags=("image", "imagenet"),
    source=Source(
        "Hugo Touvron, Matthieu Cord, Matthijs Douze, Francisco Massa, Alexandre Sablayrolles, Hervé Jégou",
        "Training data-efficient image transformers & distillation through attention",
        2021,
    ),
)
def vit_tiny_patch16_224() -> Design:
    """A vision transformer: patches of 16 × 16 become tokens, and a class token gathers the answer.

    For images of 224 × 224; 12 blocks of width 192 with 3 heads, 5,717,416 parameters for a thousand classes and
    1.25 G MACs with attention counted. Parameters are named as in timm.
    """
    return _vit("vit_tiny_patch16_224", vit_tiny_patch16_224.__doc__, size=224, patch=16, depth=12, classes=1000)


@register("design", id="vit", family="transformer", title="Small ViT", source=SOURCE, tags=("image", "cifar"))
def vit() -> Design:
    """A small vision transformer for images of 32 × 32: patches of 4 × 4 become 64 tokens.

    Six blocks of width 192 with 3 heads by default; all of it can be varied.
    """
    return _vit("vit", vit.__doc__, size=32, patch=4, depth=6, classes=10)


def _vit(name: str, doc: str | None, *, size: int, patch: int, depth: int, classes: int) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, size, channels=3, classes=classes, domain=whole(2 * patch, 32 * patch, patch))
    b.variable("patch", patch, doc="Height and width of a patch.", domain=one_of(*sorted({patch // 2, patch})))
    transformer_variables(b, width=192, depth=depth, head_width=64, dropout=0.0, widths=whole(64, 1024, 64))
    b.variable("pool", "first", doc="What the head sees: the class token, or the mean.", domain=one_of("first", "mean"))
    transformer_block(b)
    x = b.add("patch_embed", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add("cls_token", "class_token", x)
    x = b.add("pos_embed", "learned_positions", x)
    x = b.add("pos_drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    x = b.add_group("blocks", "block", x, repeat="=depth")
    x = b.add("norm", "layer_norm", x, eps=1e-6)
    classes_output(b, b.add("pool", "token_pool", x, kind="=pool"))
    return b.build()
