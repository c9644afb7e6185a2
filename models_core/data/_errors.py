"""The one exception that data raises."""

from __future__ import annotations


class DataError(ValueError):
    """Data cannot be used; the message is one sentence for a person, with what to do about it."""
