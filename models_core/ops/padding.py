"""Padding of convolutions, by number or by name."""

from __future__ import annotations

from typing import Any, Literal


def resolve_padding(
    padding: int | tuple[int, ...] | Literal["same"],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Any:
    """The padding of each spatial dim as a tuple, or "same" if torch must see to it.

    `same` gives ceil(size / stride) positions out. An odd kernel is padded equally on both sides. An even
    one cannot be: with stride 1 torch pads one side more, with a larger stride the right padding would depend on the
    input's size, so that is a ValueError.
    """
    if padding != "same":
        return (padding,) * len(kernel) if isinstance(padding, int) else tuple(padding)
    spans = [(size - 1) * step for size, step in zip(kernel, dilation, strict=True)]
    if all(span % 2 == 0 for span in spans):
        return tuple(span // 2 for span in spans)
    if any(step != 1 for step in stride):
        raise ValueError(
            f"padding 'same' with kernel {_text(kernel)} and stride {_text(stride)} depends on the size of the input; "
            f"give the padding as a number, such as {max(spans) // 2}, or use an odd kernel"
        )
    return "same"


def check_groups(groups: int, in_channels: int, out_channels: int) -> None:
    """Raise ValueError unless `groups` divides both numbers of channels."""
    for count, what in ((in_channels, "come in"), (out_channels, "go out")):
        if count % groups:
            raise ValueError(
                f"{groups} groups do not divide the {count} channels that {what}; "
                f"choose groups that divide both {in_channels} and {out_channels}"
            )


def _text(sizes: tuple[int, ...]) -> str:
    return " × ".join(str(size) for size in sizes)


def check_pool_padding(padding: tuple[int, ...], kernel: tuple[int, ...]) -> None:
    """Raise ValueError if a window could lie in the padding alone."""
    for pad, size in zip(padding, kernel, strict=True):
        if 2 * pad > size:
            raise ValueError(f"padding {pad} is more than half the kernel of {size}; use at most {size // 2}")
