"""What the blocks that join several tensors have in common."""

from __future__ import annotations

from torch import Tensor


def check_same_rank(name: str, xs: tuple[Tensor, ...]) -> None:
    """Raise ValueError unless there are inputs and all have as many dims: else broadcasting could align the batch."""
    if not xs:
        raise ValueError(f"{name} has no input; connect at least one")
    ranks = sorted({x.dim() for x in xs})
    if len(ranks) > 1:
        shapes = " and ".join(str(list(x.shape[1:])) for x in xs)
        raise ValueError(
            f"{name} got inputs of different numbers of dims: {shapes} (without the batch); bring them to "
            f"{ranks[-1] - 1} dims first, with reshape for example"
        )
