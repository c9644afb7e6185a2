"""LSNet: large kernels look, small ones gather."""

from __future__ import annotations

from typing import Any

from models_core.design import Builder, Design, Handle
from models_core.registry import Source, register

from ._parts import classes_output, image_input, one_of, whole

SOURCE = Source("Ao Wang, Hui Chen, Zijia Lin, Jungong Han, Guiguang Ding", "LSNet: See Large, Focus Small", 2025)
TAGS = ("image", "imagenet", "mobile", "dynamic", "large kernel")
SMALL = {
    "width1": 16, "width2": 32, "width3": 48, "width4": 64, "depth1": 2, "depth2": 2, "depth3": 2, "depth4": 2,
    "image_size": 64,
}  # fmt: skip


@register("design", id="lsnet_t", family="cnn", title="LSNet-T", source=SOURCE, tags=TAGS, small=SMALL)
def lsnet_t() -> Design:
    """A large kernel looks around each position and says with which small one to gather there; attention at the end.

    For images of 224 × 224; 11.4 M parameters for a thousand classes and 0.3 G MACs.
    """
    return _lsnet("lsnet_t", lsnet_t.__doc__, (64, 128, 256, 384), (0, 2, 8, 10))


@register("design", id="lsnet_s", family="cnn", title="LSNet-S", source=SOURCE, tags=TAGS, small=SMALL)
def lsnet_s() -> Design:
    """A large kernel looks around each position and says with which small one to gather there; attention at the end.

    For images of 224 × 224; 16.1 M parameters for a thousand classes and 0.5 G MACs.
    """
    return _lsnet("lsnet_s", lsnet_s.__doc__, (96, 192, 320, 448), (1, 2, 8, 10))


@register("design", id="lsnet_b", family="cnn", title="LSNet-B", source=SOURCE, tags=TAGS, small=SMALL)
def lsnet_b() -> Design:
    """A large kernel looks around each position and says with which small one to gather there; attention at the end.

    For images of 224 × 224; 23.3 M parameters for a thousand classes and 1.24 G MACs.
    """
    return _lsnet("lsnet_b", lsnet_b.__doc__, (128, 256, 384, 512), (4, 6, 8, 10))


def _lsnet(name: str, doc: str | None, widths: tuple[int, int, int, int], depths: tuple[int, int, int, int]) -> Design:
    b = Builder(name, task="image_classification", doc=doc or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(64, 384, 32))
    b.variable("large", 7, doc="Size of the kernels that look around.", domain=one_of(3, 5, 7, 9, 11))
    b.variable("small", 3, doc="Size of the kernels that gather.", domain=one_of(3, 5))
    b.variable("share", 8, doc="Channels that gather with the same kernels.", domain=one_of(1, 2, 4, 8))
    b.variable("heads", 4, doc="Heads of the attention in the last stage.", domain=one_of(1, 2, 4, 8))
    b.variable("ratio", 2, doc="How many times wider the MLPs are inside.", domain=one_of(1, 2, 3, 4))
    _conv(b)
    _local(b)
    _gather(b)
    _attention(b)
    _unit(b)
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True), 1):
        b.variable(f"width{stage}", width, doc=f"Channels of stage {stage}.", domain=whole(16, 512, 16))
        b.variable(f"depth{stage}", depth, doc=f"Units of stage {stage}; each second one looks far.",
                   domain=whole(0, 12))  # fmt: skip
        wide = f"=width{stage}"
        if stage == 1:
            for at, part in enumerate((4, 2, 1), 1):
                x = b.add_group(f"stem{at}", "conv_bn", x, width=f"=width1 // {part}", kernel=3, stride=2)
                x = b.add(f"stem_act{at}", "relu", x) if part > 1 else x
        else:
            before = f"=width{stage - 1}"
            x = b.add_group(f"down{stage}", "conv_bn", x, width=before, kernel=3, stride=2, groups=before)
            x = b.add_group(f"widen{stage}", "conv_bn", x, width=wide)
        x = b.add_group(f"stage{stage}", "unit", x, repeat=f"=depth{stage}", width=wide, last=stage == 4)
    x = b.add("norm", "batch_norm", b.add("pool", "global_avg_pool", x))
    classes_output(b, x)
    return b.build()


def _conv(b: Builder) -> None:
    g = b.group("conv_bn", doc="Convolution, batch norm.", width=64, kernel=1, stride=1, groups=1)
    sizes: dict[str, Any] = {"kernel_size": "=kernel", "stride": "=stride", "padding": "=kernel // 2"}
    y = g.add("c", "conv2d", g.input("x"), out_channels="=width", groups="=groups", bias=False, **sizes)
    g.output("out", g.add("bn", "batch_norm", y))


def _local(b: Builder) -> None:
    doc = "A 3 × 3 and a 1 × 1 filter on every channel and the channel itself, summed; then a gate by channel means."
    g = b.group("local", doc=doc, width=64)
    x = g.input("x")
    y = g.add_group("conv", "conv_bn", x, width="=width", kernel=3, groups="=width")
    z = g.add_group("conv1", "conv_bn", x, width="=width", groups="=width")
    y = g.add("add", "add", y, z, x)
    g.output("out", g.add("se", "squeeze_excite", y, hidden_channels="=max(8, (width + 16) // 32 * 8)"))


def _gather(b: Builder) -> None:
    doc = "A large filter over half the channels says, for each position, with which small kernels its channels gather."
    g = b.group("gather", doc=doc, width=64)
    x = g.input("x")
    y = g.add_group("cv1", "conv_bn", x, width="=width // 2")
    y = g.add_group("cv2", "conv_bn", g.add("act1", "relu", y), width="=width // 2", kernel="=large",
                    groups="=width // 2")  # fmt: skip
    y = g.add("act2", "relu", g.add_group("cv3", "conv_bn", y, width="=width // 2"))
    y = g.add("cv4", "conv2d", y, out_channels="=width // share * small ** 2", kernel_size=1)
    y = g.add("norm", "group_norm", y, num_groups="=width // share")
    y = g.add("bn", "batch_norm", g.add("ska", "dynamic_conv2d", x, y, kernel_size="=small"))
    g.output("out", g.add("add", "add", y, x))


def _attention(b: Builder) -> None:
    doc = "Attention between all positions with 16 features in each head's queries and keys, with a shortcut."
    g = b.group("attention", doc=doc, width=64)
    x = g.input("x")
    keys = "=heads * 16"
    y = g.add("q_split", "split", g.add_group("qkv", "conv_bn", x, width="=heads * 32 + width"), dim=1, size=keys)
    q = g.add_group("dw", "conv_bn", y, width=keys, kernel=3, groups=keys)
    kv = g.add("k_split", "split", y["second"], dim=1, size=keys)
    y = g.add("act", "relu", g.add("attend", "offset_attend2d", q, kv, kv["second"], heads="=heads"))
    g.output("out", g.add("add", "add", x, g.add_group("proj", "conv_bn", y, width="=width")))


def _unit(b: Builder) -> None:
    doc = "By turns local filters and a look around (large kernels, attention in the last stage); then an MLP."
    g = b.group("unit", doc=doc, width=64, last=False)
    far = "'attention' if last else 'gather'"
    kinds: dict[str, Any] = {
        name: {"group": name, "params": {"width": "=width"}} for name in ("local", "gather", "attention")
    }
    x: Handle = g.add_choice("mixer", f"='local' if i % 2 == 0 else {far}", kinds, g.input("x"))
    y = g.add("act", "relu", g.add_group("pw1", "conv_bn", x, width="=width * ratio"))
    g.output("out", g.add("add", "add", x, g.add_group("pw2", "conv_bn", y, width="=width")))
