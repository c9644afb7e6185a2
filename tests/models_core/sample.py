"""A small design with a group, a repeat, variables and facts, for tests that need one."""

from __future__ import annotations

from models_core.design import Builder, Design


def small_design(name: str = "small") -> Design:
    """Two stages of a residual group on a 16 × 16 image, then a linear head."""
    b = Builder(name, task="image_classification", doc="A small residual network.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    b.variable("width", 8, domain={"type": "int", "min": 4, "max": 64, "step": 4})
    b.variable("depth", 2, domain={"type": "int", "min": 0, "max": 8})
    b.variable("act", "relu", domain={"type": "choice", "values": ["relu", "gelu"]})
    unit = b.group("unit", doc="Two convolutions around a shortcut.", width=8, stride=1)
    x = unit.input("x")
    y = unit.add("conv1", "conv2d", x, out_channels="=width", kernel_size=3, padding=1, stride="=stride")
    y = unit.add_choice("act", "=act", {"relu": {"block": "relu"}, "gelu": {"block": "gelu"}}, y)
    y = unit.add("conv2", "conv2d", y, out_channels="=width", kernel_size=3, padding=1)
    short = unit.add(
        "short", "conv2d", x, out_channels="=width", kernel_size=1, stride="=stride", bypass="=stride == 1"
    )
    unit.output("out", unit.add("add", "add", y, short))
    x = b.input("image", "image", C="=facts.image.channels", H=16, W=16)
    x = b.add("stem", "conv2d", x, out_channels="=width", kernel_size=3, padding=1)
    x = b.add_group("stage", "unit", x, repeat="=depth", width="=width")
    x = b.add_group("down", "unit", x, width="=width * 2", stride=2)
    x = b.add("pool", "global_avg_pool", x)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    return b.build()
