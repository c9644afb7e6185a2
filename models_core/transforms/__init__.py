"""Transforms, kind "transform": a design made into another one.

A function that takes the Design and the values of its form and gives a new Design; what it cannot do it says by raising
CannotTransform. It works on the document alone, and soon, because a page waits for it.
"""

from ._base import CannotTransform

__all__ = ["CannotTransform"]
