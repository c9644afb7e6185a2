"""What blocks say against the weights that training is about to begin with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


def doubts(module: nn.Module, inputs: Iterable[Tensor]) -> list[str]:
    """What each block that declares `doubt` says of its first inputs, with its path; nothing is changed."""
    found: list[str] = []

    def ask(path: str, block: Any) -> Any:
        def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            text = block.doubt(*args, **kwargs)
            if text:
                found.append(f"{path}: {text}")

        return hook

    asked = [(path, block) for path, block in module.named_modules() if hasattr(block, "doubt")]
    if not asked:
        return found
    hooks = [block.register_forward_pre_hook(ask(path, block), with_kwargs=True) for path, block in asked]
    was_training = module.training
    try:
        with torch.no_grad():
            module.eval()(*inputs)
    finally:
        module.train(was_training)
        for hook in hooks:
            hook.remove()
    return found
