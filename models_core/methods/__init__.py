"""Methods, kind "method": how training goes.

A method has the models it trains (its slots), makes one step from one batch of each of its streams, and reports what
came of it. The loop owns everything else: device, events, checkpoints, cancelling, resuming.
"""

from ._base import Context, Method, StepReport, Taken

__all__ = ["Context", "Method", "StepReport", "Taken"]
