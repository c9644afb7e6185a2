"""Seeded division of samples into training and test."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def plain_split(n: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of training and test samples, both in their first order; each gets at least one."""
    n_test = min(max(1, math.ceil(n * fraction)), n - 1)
    chosen = np.random.default_rng([seed, 0]).permutation(n)[:n_test]
    mask = np.zeros(n, dtype=bool)
    mask[chosen] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)


def stratified_split(labels: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of training and test samples, each class in its share; a class of one sample is trained on."""
    classes, inverse = np.unique(labels, return_inverse=True)
    counts = np.bincount(inverse)
    wanted = counts * fraction
    take = np.floor(wanted).astype(np.int64)
    # Largest remainders first, so that the whole comes to the fraction asked for.
    spare = math.ceil(len(labels) * fraction) - int(take.sum())
    for at in np.argsort(-(wanted - take), kind="stable")[:spare]:
        take[at] += 1
    take = np.minimum(take, counts - 1)
    if take.sum() == 0:
        take[int(np.argmax(counts))] = 1
    mask = np.zeros(len(labels), dtype=bool)
    for number in range(len(classes)):
        members = np.flatnonzero(inverse == number)
        chosen = np.random.default_rng([seed, number]).permutation(len(members))[: take[number]]
        mask[members[chosen]] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)


def natural_order(names: Sequence[str]) -> list[str]:
    """Names sorted as people count: 2 before 10."""

    def key(name: str) -> list[tuple[int, int, str]]:
        parts: list[tuple[int, int, str]] = []
        digits = ""
        for char in name + "\0":
            if char.isascii() and char.isdigit():
                digits += char
                continue
            if digits:
                parts.append((0, int(digits[:18]), digits))
                digits = ""
            parts.append((1, ord(char), ""))
        return parts

    return sorted(names, key=key)
