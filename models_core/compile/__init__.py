"""The one path from a Design to shapes, errors and a torch module."""

from models_core.design.issues import DesignError, Issue

from .axes import Axes, axes_of
from .bind import bind
from .bound import Bound, BoundInput, BoundNode, Collected, Item, Scope, Value
from .build import build, uncollected
from .identity import Identity, identify
from .measure import Figures, Spec

__all__ = [
    "Axes",
    "Bound",
    "BoundInput",
    "BoundNode",
    "Collected",
    "DesignError",
    "Figures",
    "Identity",
    "Issue",
    "Item",
    "Scope",
    "Spec",
    "Value",
    "axes_of",
    "bind",
    "build",
    "identify",
    "uncollected",
]
