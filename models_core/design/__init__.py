"""The Design document: what people draw, as data."""

from .builder import Builder, GroupBuilder, Handle
from .diff import diff
from .issues import DesignError, Fix, Issue, Place
from .schema import Design, Edge, End, Group, Input, Node, Position, Variable, read

__all__ = [
    "Builder",
    "Design",
    "DesignError",
    "Edge",
    "End",
    "Fix",
    "Group",
    "GroupBuilder",
    "Handle",
    "Input",
    "Issue",
    "Node",
    "Place",
    "Position",
    "Variable",
    "diff",
    "read",
]
