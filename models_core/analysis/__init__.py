"""What a design costs before anything is allocated."""

from .report import Report, analyze

__all__ = ["Report", "analyze"]
