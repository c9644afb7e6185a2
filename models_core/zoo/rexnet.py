"""Networks whose channels grow by the same step in every unit."""

from __future__ import annotations

from models_core.design import Builder, Design
from models_core.registry import Source, register

from ._parts import classes_output, image_input, real, whole

SOURCE = Source(
    "Dongyoon Han, Sangdoo Yun, Byeongho Heo, YoungJoon Yoo",
    "Rethinking Channel Dimensions for Efficient Model Design",
    2021,
)
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (5, 2))
"""Units and stride of each stage; the first does not widen inside, the first two have no gate."""
UNITS = sum(units for units, _ in STAGES)


@register(
    "design",
    id="rexnet_100",
    family="cnn",
    title="ReXNet 1.0x",
    tags=("image", "imagenet", "mobile", "gate"),
    source=SOURCE,
    small={"width_mult": 0.5, "final": 60, "image_size": 32},
)
def rexnet_100() -> Design:
    """A network of inverted bottlenecks whose channels grow by the same step in every unit, not in jumps.

    For images of 224 × 224; 4,796,873 parameters for a thousand classes and 0.40 G MACs. The wider forms have
    `width_mult` 1.3, 1.5, 2.0 and 3.0.
    """
    b = Builder("rexnet_100", task="image_classification", doc=rexnet_100.__doc__ or "")
    x = image_input(b, 224, channels=3, classes=1000, domain=whole(32, 320, 32))
    b.variable("width_mult", 1.0, doc="Factor of every width; below 1 the first ones stay.", domain=real(0.5, 3.0))
    b.variable("initial", 16, doc="Channels of the first unit.", domain=whole(8, 32))
    b.variable("final", 180, doc="Channels that all units add together.", domain=whole(32, 320))
    b.variable("gate_ratio", 1 / 12, doc="Width inside a gate, as a share of its channels.", domain=real(0.05, 0.5))
    b.variable("dropout", 0.2, doc="Share of values dropped before the head.", domain=real(0, 0.8))
    gate_unit(b)
    _unit(b)
    x = b.add("stem", "conv2d", x, out_channels=f"={_scaled('32')}", kernel_size=3, stride=2, padding=1, bias=False)
    x = b.add("stem_act", "silu", b.add("stem_bn", "batch_norm", x))
    before = 0
    for stage, (units, stride) in enumerate(STAGES):
        for unit in range(units):
            first, at = unit == 0, before + unit
            x = b.add_group(
                f"unit{at}",
                "unit",
                x,
                before=f"={_scaled('32')}" if at == 0 else f"={_channels(at - 1)}",
                width=f"={_channels(at)}",
                expand=1 if stage == 0 else 6,
                stride=stride if first else 1,
                gated=stage > 1,
                residual=at > 0 and not (first and stride > 1),
            )
        before += units
    x = b.add("conv_head", "conv2d", x, out_channels="=int(1280 * width_mult + 0.5)", kernel_size=1, bias=False)
    x = b.add("head_act", "silu", b.add("head_bn", "batch_norm", x))
    x = b.add("global_pool", "global_avg_pool", x)
    x = b.add("drop", "dropout", x, p="=dropout", bypass="=dropout == 0")
    classes_output(b, x, "fc")
    return b.build()


def _scaled(channels: str) -> str:
    """Channels times the multiplier; a multiplier below 1 leaves them."""
    return f"round({channels} * max(1, width_mult))"


def _channels(unit: int) -> str:
    """Channels that leave a unit: those of the first, and for each unit since then an equal share of what is added."""
    return f"round(initial * max(1, width_mult) + final * width_mult * {unit} / {UNITS})"


def gate_unit(b: Builder) -> None:
    """The group `gate`, squeeze and excitation with a batch norm inside; it needs the variable `gate_ratio`."""
    g = b.group("gate", doc="Means of all channels, two 1 × 1 convolutions: a weight for each channel.", width=96)
    x = g.input("x")
    y = g.add("squeeze", "adaptive_avg_pool2d", x)
    y = g.add("fc1", "conv2d", y, out_channels="=max(1, int(width * gate_ratio))", kernel_size=1)
    y = g.add("act", "relu", g.add("bn", "batch_norm", y))
    y = g.add("gate", "sigmoid", g.add("fc2", "conv2d", y, out_channels="=width", kernel_size=1))
    g.output("out", g.add("weigh", "multiply", x, y))


def _unit(b: Builder) -> None:
    doc = "An inverted bottleneck; its shortcut is added to as many channels as came in, the new ones have none."
    sizes = {"before": 16, "width": 27, "expand": 6, "stride": 1}
    g = b.group("unit", doc=doc, gated=True, residual=True, **sizes)
    x = g.input("x")
    plain = "=expand == 1"
    y = g.add("conv_exp", "conv2d", x, out_channels="=before * expand", kernel_size=1, bias=False, bypass=plain)
    y = g.add("exp_act", "silu", g.add("exp_bn", "batch_norm", y, bypass=plain), bypass=plain)
    y = g.add("conv_dw", "depthwise_conv2d", y, kernel_size=3, stride="=stride", padding=1, bias=False)
    y = g.add("dw_bn", "batch_norm", y)
    y = g.add_group("se", "gate", y, width="=before * expand", bypass="=not gated")
    y = g.add("dw_act", "relu6", y)
    y = g.add("conv_pwl", "conv2d", y, out_channels="=width", kernel_size=1, bias=False)
    y = g.add("pwl_bn", "batch_norm", y)
    parts = g.add("split", "split", y, size="=before", bypass="=not residual or width == before")
    kept = g.add("add", "add", parts, x, bypass="=not residual")
    new = g.add("new", "identity", parts["second"], mute="=not residual or width == before")
    g.output("out", g.add("concat", "concat", kept, new))
