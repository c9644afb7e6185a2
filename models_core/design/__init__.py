"""The Design document: what people draw, as data."""

from .builder import Builder, Generated, GroupBuilder, Handle
from .diff import diff
from .issues import DesignError, Fix, Issue, Place
from .schema import Design, Edge, End, Group, Input, Node, Override, Position, Variable, read

__all__ = [
    "Builder",
    "Design",
    "DesignError",
    "Edge",
    "End",
    "Fix",
    "Generated",
    "Group",
    "GroupBuilder",
    "Handle",
    "Input",
    "Issue",
    "Node",
    "Override",
    "Place",
    "Position",
    "Variable",
    "diff",
    "read",
]
