"""What several checks compare: a design with other blocks in it, and a text to learn."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from models_core import registry
from models_core.design import Design, read


def swapped(design: Design, block: str, by: str, **params: Any) -> Design:
    """The design with every node of one block made one of another, with `params` and what parameters both have."""
    document = design.to_json()
    known = {param.name for param in registry.get("block", by).params}
    for graph in (document, *document.get("groups", {}).values()):
        for node in graph["nodes"]:
            if node.get("block") == block:
                kept = {name: value for name, value in node.get("params", {}).items() if name in known}
                node.update(block=by, params={**kept, **params})
    return read({**document, "name": f"{design.name} with {by}"})


def by_hand(
    module: nn.Module, tokens: Tensor, depth: int, attended: Callable[[Callable[[str], nn.Module], Tensor], Tensor]
) -> Tensor:
    """Logits of a byte-level transformer of the zoo, block by block with plain shortcuts.

    `attended` gives what a block's attention gathers, of the block's modules by name and of what comes in.
    """
    part = module.get_submodule
    x = part("positions")(part("embed")(tokens))
    for at in range(depth):
        block = part(f"blocks.{at}").get_submodule
        x = x + block("proj")(attended(block, x))
        x = x + block("mlp")(block("norm2")(x))
    logits: Tensor = part("head")(part("norm")(x))
    return logits


def names_text(characters: int, seed: int = 0) -> str:
    """Sentences about people with made-up names that come back some words later."""
    rng = random.Random(seed)
    letters, verbs = "abcdefghijklmnopqrstuvwxyz", ("asks", "tells", "gives", "shows", "sends", "reads")
    things = ("the book", "a letter", "the map", "his coat", "her key", "some bread")
    text = ""
    while len(text) < characters:
        one, two = ("".join(rng.choices(letters, k=4)).capitalize() for _ in range(2))
        verb, thing, again = rng.choice(verbs), rng.choice(things), rng.choice(verbs)
        text += f"{one} {verb} {two} {thing}, and {two} {again} {one} {rng.choice(things)}. "
    return text[:characters]
