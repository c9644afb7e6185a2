"""Commands that measure for a supervisor: events on stdout, and an end where it is when the supervisor wants one."""

from __future__ import annotations

import _thread
import signal
import sys

from models_core.training.control import Control
from models_core.training.events import Emitter, LineSink


def supervised() -> Emitter:
    """Where events go; when whoever reads them says stop, or is gone, the command ends as by Ctrl-C."""
    control = _Interrupting()
    # A process that was started in the background may have been told to ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    emit = Emitter(LineSink(sys.stdout, broken=lambda: control.abandon("nobody reads the events")))
    control.listen()
    return emit


class _Interrupting(Control):
    """A measurement has nothing worth keeping halfway."""

    def stop(self, reason: str = "stopped on request") -> None:
        if not self.stopping:
            super().stop(reason)
            _thread.interrupt_main()
