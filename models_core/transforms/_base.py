"""What transforms share."""

from __future__ import annotations


class CannotTransform(ValueError):
    """A design is not of the form that a transform asks for; the message says where, and what to do."""
