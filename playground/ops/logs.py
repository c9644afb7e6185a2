"""Log records that say which request and which run they belong to; as JSON where BLOCKYARD_LOG_FORMAT says so."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

# Set where a request or a run begins; they follow the context into the thread that answers.
request: ContextVar[str] = ContextVar("request", default="")
run: ContextVar[str] = ContextVar("run", default="")

# A one-time link signs in whoever has it, a shared one lets them look.
_LINK = re.compile(r"(/(?:signin|s|api/shared)/)[\w-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def plain(text: str) -> str:
    """`text` as a log may have it: one line, so that nobody writes lines of their own, and without secret links."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), _LINK.sub(r"\1...", text))


class Ids(logging.Filter):
    """Gives each record the ids of the request and the run it was written in, and makes its message plain."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Not `request`: Django puts its own object there.
        record.request_id = request.get()
        record.run = getattr(record, "run", "") or run.get()
        record.msg, record.args = plain(record.getMessage()), ()
        return True


class Json(JsonFormatter):
    """One JSON object a line: time (UTC), level, logger, message, request_id, run, and what else the record carries."""

    def __init__(self) -> None:
        names = {"levelname": "level", "name": "logger"}
        super().__init__("%(levelname)s %(name)s %(message)s", timestamp="time", rename_fields=names)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        # Empty ids say nothing; objects that Django hands its loggers are not for a log.
        return {name: value for name, value in log_data.items() if _says(value)}


def _says(value: Any) -> bool:
    return isinstance(value, int | float | datetime) or (isinstance(value, str | list | dict) and bool(value))
