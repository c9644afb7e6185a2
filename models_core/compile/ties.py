"""Which parameters are one: a design's ties, read as patterns over the parameters that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models_core.design.schema import Tie

STAR = "*"
"""Stands for any one part of a path; in `to` the first star is what the first of `param` stood for, and so on."""


def expanded(ties: Iterable[Tie], shapes: Mapping[str, tuple[int, ...]]) -> tuple[list[Tie], list[str]]:
    """The ties between single parameters, each to one that is tied to no other, and what is wrong, in words.

    A path may end at a node or a group instance: then all parameters inside are tied, each to its like.
    """
    found: dict[str, str] = {}
    faults: list[str] = []
    for tie in ties:
        pairs, missing = _pairs(tie, shapes)
        if missing:
            faults.append(f"there is no parameter {missing} to tie")
        for param, to in pairs:
            if shapes[param] != shapes[to]:
                faults.append(f"{param} {shapes[param]} and {to} {shapes[to]} differ in shape")
            else:
                found[param] = to
    whole = []
    for param in found:
        seen, at = {param}, found[param]
        while at in found and at not in seen:
            seen.add(at)
            at = found[at]
        if at in found:
            faults.append(f"{param} is tied to itself by way of {at}")
        elif at != param:
            whole.append(Tie(param=param, to=at))
    return whole, faults


def _pairs(tie: Tie, shapes: Mapping[str, tuple[int, ...]]) -> tuple[list[tuple[str, str]], str]:
    """What a tie joins, and the path that names nothing, empty where all is well."""
    pattern = tie.param.split(".")
    pairs, known = [], False
    for path in shapes:
        parts = path.split(".")
        head, rest = parts[: len(pattern)], parts[len(pattern) :]
        if len(parts) < len(pattern) or not all(p in (STAR, part) for p, part in zip(pattern, head, strict=True)):
            continue
        known = True
        stars = iter(part for p, part in zip(pattern, head, strict=True) if p == STAR)
        to = ".".join([*(next(stars, STAR) if part == STAR else part for part in tie.to.split(".")), *rest])
        if to not in shapes:
            return [], to
        if to != path:
            pairs.append((path, to))
    return pairs, "" if known else tie.param
