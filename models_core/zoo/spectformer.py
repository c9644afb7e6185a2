"""Vision transformers whose first layers mix in the frequency domain."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, real, transformer_block, whole

SMALL = {"image_size": 32, "patch": 8, "width": 64, "depth": 2, "spectral": 1}
SMALL_STAGES = {"image_size": 64, "stem_width": 8, "width1": 16, "width2": 32, "width3": 32, "width4": 64}
SMALL_STAGES |= {"depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}
TAGS = ("image", "imagenet", "frequency")
SOURCE = Source(
    "Badri Patro, Vinay Namboodiri, Vijay Agneeswaran",
    "SpectFormer: Frequency and Attention is what you need in a Vision Transformer",
    2023,
)


@register(
    "design", id="spectformer_t", small=SMALL, family="transformer", title="SpectFormer-T", tags=TAGS, source=SOURCE
)
def spectformer_t() -> Design:
    """A vision transformer whose first layers weigh frequencies, and only the later ones attend.

    For images of 224 × 224; 12 layers of width 256, the first 4 spectral by default: 9,158,376 parameters.
    """
    return _plain("spectformer_t", spectformer_t.__doc__, 256, 12)


@register(
    "design", id="spectformer_xs", small=SMALL, family="transformer", title="SpectFormer-XS", tags=TAGS, source=SOURCE
)
def spectformer_xs() -> Design:
    """A vision transformer whose first layers weigh frequencies, and only the later ones attend.

    For images of 224 × 224; 12 layers of width 384, the first 4 spectral by default: 20,028,520 parameters. With all 12
    it is GFNet-XS.
    """
    return _plain("spectformer_xs", spectformer_xs.__doc__, 384, 12)


@register(
    "design", id="spectformer_s", small=SMALL, family="transformer", title="SpectFormer-S", tags=TAGS, source=SOURCE
)
def spectformer_s() -> Design:
    """A vision transformer whose first layers weigh frequencies, and only the later ones attend.

    For images of 224 × 224; 19 layers of width 384, the first 4 spectral by default: 32,449,768 parameters.
    """
    return _plain("spectformer_s", spectformer_s.__doc__, 384, 19)


@register(
    "design", id="spectformer_b", small=SMALL, family="transformer", title="SpectFormer-B", tags=TAGS, source=SOURCE
)
def spectformer_b() -> Design:
    """A vision transformer whose first layers weigh frequencies, and only the later ones attend.

    For images of 224 × 224; 19 layers of width 512, the first 4 spectral by default: 57,159,656 parameters.
    """
    return _plain("spectformer_b", spectformer_b.__doc__, 512, 19)


@register(
    "design",
    id="spectformer_h_s",
    small=SMALL_STAGES,
    family="transformer",
    title="SpectFormer-H-S",
    tags=TAGS,
    source=SOURCE,
)
def spectformer_h_s() -> Design:
    """Four stages of ever fewer and wider tokens: two weigh frequencies, two attend, and a query sums all up.

    For images of 224 × 224; 22 M parameters. A head that classifies every token helps training, and is gone after it.
    """
    return _staged("spectformer_h_s", spectformer_h_s.__doc__, 32, (64, 128, 320, 448), (3, 4, 6, 3))


@register(
    "design",
    id="spectformer_h_b",
    small=SMALL_STAGES,
    family="transformer",
    title="SpectFormer-H-B",
    tags=TAGS,
    source=SOURCE,
)
def spectformer_h_b() -> Design:
    """Four stages of ever fewer and wider tokens: two weigh frequencies, two attend, and a query sums all up.

    For images of 224 × 224; 33 M parameters. A head that classifies every token helps training, and is gone after it.
    """
    return _staged("spectformer_h_b", spectformer_h_b.__doc__, 64, (64, 128, 320, 512), (3, 4, 12, 3))


@register(
    "design",
    id="spectformer_h_l",
    small=SMALL_STAGES,
    family="transformer",
    title="SpectFormer-H-L",
    tags=TAGS,
    source=SOURCE,
)
def spectformer_h_l() -> Design:
    """Four stages of ever fewer and wider tokens: two weigh frequencies, two attend, and a query sums all up.

    For images of 224 × 224; 55 M parameters. A head that classifies every token helps training, and is gone after it.
    """
    return _staged("spectformer_h_l", spectformer_h_l.__doc__, 64, (96, 192, 384, 512), (3, 6, 18, 3))


def _plain(name: str, doc: str | None, width: int, depth: int) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 448, 32))
    b.variable("patch", 16, doc="Height and width of a patch.", domain=one_of(8, 16))
    b.variable("width", width, doc="Features of each token.", domain=whole(64, 1024, 64))
    b.variable("depth", depth, doc="Number of layers.", domain=whole(1, 24))
    b.variable("spectral", 4, doc="How many of them, the first, are spectral.", domain=whole(0, 24))
    b.variable("head_width", 64, doc="Features of each attention head.", domain=one_of(16, 32, 64))
    b.variable("heads", "=max(1, width // head_width)", doc="Attention heads of each block.")
    b.variable("mlp_ratio", 4, doc="How many times wider the MLP is inside.", domain=one_of(1, 2, 3, 4))
    b.variable("dropout", 0.0, doc="Share of values dropped in training.")
    transformer_block(b)
    g = b.group("spectral_block", doc="A filter over frequencies and an MLP, with one shortcut around both.")
    y = g.input("x")
    z = g.add("filter", "spectral_gate", g.add("norm1", "layer_norm", y, eps=1e-6))
    z = g.add("mlp", "mlp", g.add("norm2", "layer_norm", z, eps=1e-6), ratio="=mlp_ratio")
    g.output("out", g.add("add", "add", y, z))
    x = b.add("patch_embed", "patch_embed", x, dim="=width", patch_size="=patch")
    x = b.add("pos_embed", "learned_positions", x)
    x = b.add_group("spectral_blocks", "spectral_block", x, repeat="=min(spectral, depth)")
    x = b.add_group("blocks", "block", x, repeat="=max(0, depth - spectral)")
    x = b.add("norm", "layer_norm", x, eps=1e-6)
    classes_output(b, b.add("pool", "token_pool", x, kind="mean"))
    return b.build()


def _staged(
    name: str, doc: str | None, stem: int, widths: tuple[int, int, int, int], depths: tuple[int, int, int, int]
) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 448, 32))
    b.variable("stem_width", stem, doc="Maps inside the stem.", domain=whole(8, 128, 8))
    for at, (width, depth) in enumerate(zip(widths, depths, strict=True), 1):
        b.variable(f"width{at}", width, doc=f"Channels of stage {at}.", domain=whole(32, 1024, 32))
        b.variable(f"depth{at}", depth, doc=f"Blocks of stage {at}.", domain=whole(1, 36))
    b.variable("spectral", 2, doc="How many stages, the first, are spectral.", domain=whole(0, 4))
    b.variable("head_width", 32, doc="Features of each attention head.", domain=one_of(16, 32))
    doc = "What a second head, which classifies every token, counts in training; 0: there is none."
    b.variable("token_label", 0.5, doc=doc, domain=real(0, 1))
    _block(b)
    _stem(b)
    _summary(b)
    for at in range(1, 5):
        if at == 1:
            x = b.add_group("stem", "stem", x)
        sizes: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": 1}
        x = b.add(f"embed{at}", "conv2d", x, out_channels=f"=width{at}", **sizes)
        x = b.add(f"embed{at}_norm", "layer_norm2d", x, eps=1e-6)
        side, ratio = f"=image_size // {2 ** (at + 1)}", 8 if at < 3 else 4
        params: dict[str, Any] = {"width": f"=width{at}", "rows": side, "ratio": ratio, "filters": f"=spectral >= {at}"}
        x = b.add_group(f"stage{at}", "block", x, repeat=f"=depth{at}", **params)
        if at < 4:
            x = b.add(f"norm{at}", "layer_norm2d", x, eps=1e-6)
    x = b.add("tokens", "permute", b.add("rows", "reshape", x, shape=["=width4", -1]), order=[2, 1])
    x = b.add("norm", "layer_norm", b.add_group("summary", "summary", x), eps=1e-6)
    classes_output(b, b.add("pool", "token_pool", x, kind="first"))
    every = b.add("summary_apart", "split", x, dim=1, size=1)["second"]
    labels = b.add("token_head", "linear", every, out_features="=facts.label.classes")
    b.output("tokens", b.add("token_mean", "mean_over", labels, dim=1), weight="=token_label")
    return b.build()


def _stem(b: Builder) -> None:
    g = b.group("stem", doc="Three convolutions, the first of which halves the size.")
    y = g.input("x")
    for at, kernel in enumerate((7, 3, 3), 1):
        sizes: dict[str, Any] = {"kernel_size": kernel, "stride": 2 if at == 1 else 1, "padding": kernel // 2}
        y = g.add(f"conv{at}", "conv2d", y, out_channels="=stem_width", bias=False, **sizes)
        y = g.add(f"act{at}", "relu", g.add(f"bn{at}", "batch_norm", y))
    g.output("out", y)


def _block(b: Builder) -> None:
    doc = "A filter over frequencies or attention, then an MLP that also looks at neighbours, with shortcuts."
    g = b.group("block", doc=doc, width=64, rows=56, ratio=4, filters=True)
    x = g.input("x")
    y = g.add("rows", "reshape", g.add("norm1", "layer_norm2d", x, eps=1e-6), shape=["=width", -1])
    kinds = {
        "filter": {"block": "spectral_gate", "params": {"rows": "=rows"}},
        "attend": {"block": "self_attention", "params": {"heads": "=max(1, width // head_width)"}},
    }
    y = g.add_choice("attn", "='filter' if filters else 'attend'", kinds, g.add("tokens", "permute", y, order=[2, 1]))
    y = g.add("grid", "reshape", g.add("channels", "permute", y, order=[2, 1]), shape=["=width", "=rows", -1])
    x = g.add("add1", "add", x, y)
    y = g.add("norm2", "layer_norm2d", x, eps=1e-6)
    y = g.add("fc1", "conv2d", y, out_channels="=width * ratio", kernel_size=1)
    y = g.add("act", "gelu", g.add("near", "depthwise_conv2d", y, kernel_size=3))
    g.output("out", g.add("add2", "add", x, g.add("fc2", "conv2d", y, out_channels="=width", kernel_size=1)))


def _summary(b: Builder) -> None:
    g = b.group("summary", doc="The mean of all tokens asks them once, goes through an MLP, and is put before them.")
    x = g.input("x")
    mean = g.add("mean", "reshape", g.add("average", "token_pool", x, kind="mean"), shape=[1, "=width4"])
    every = g.add("norm1", "layer_norm", g.add("with_mean", "concat", mean, x, dim=1), eps=1e-6)
    asks = g.add("first", "split", every, dim=1, size=1)
    y = g.add("attn", "cross_attention", asks, every, heads="=max(1, width4 // head_width)")
    mean = g.add("add1", "add", mean, y)
    y = g.add("mlp", "mlp", g.add("norm2", "layer_norm", mean, eps=1e-6), ratio=4)
    g.output("out", g.add("with_summary", "concat", g.add("add2", "add", mean, y), x, dim=1))
