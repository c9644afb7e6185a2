"""Callbacks, kind "callback": what happens beside the steps, such as ending early; subclasses of `Callback`."""

from ._base import Callback

__all__ = ["Callback"]
