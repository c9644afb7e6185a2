"""How large a request may be, by what it is for. The gate enforces these before a body is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playground.settings import env

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

JSON_BYTES = 8 * MIB
PREDICT_BYTES = 12 * MIB
PART_BYTES = 8 * MIB
FORM_BYTES = 1 * MIB
# What anybody may send before we know who they are: a sign-in form.
ANONYMOUS_BYTES = 16 * KIB
# What somebody with a link alone may send to a demo: a picture.
SHARED_BYTES = 2 * MIB
MAX_NODES = 5_000


def upload_bytes() -> int:
    """The size a data set may have in bytes: `BLOCKYARD_MAX_UPLOAD`, or 4 GiB."""
    return env.integer("BLOCKYARD_MAX_UPLOAD", 4 * GIB, least=1)


def import_bytes() -> int:
    """The size a model that is imported may have in bytes: `BLOCKYARD_MAX_IMPORT`, or 512 MiB."""
    return env.integer("BLOCKYARD_MAX_IMPORT", 512 * MIB, least=1)


@dataclass(frozen=True)
class Rule:
    method: str
    path: re.Pattern[str]
    # Bytes, or a function that reads a setting.
    limit: int | Callable[[], int]
    # Whether the body is written to a file below the data folder as it arrives, instead of into memory.
    to_file: bool = False
    # Whether a link is permission enough, which the view looks up; the limit is small for that.
    by_link: bool = False
    # Under which name it is counted how often this is asked for (playground/web/rates.py).
    rate: str = ""


RULES = (
    # Nothing reads the body of these, but it would be stored before anybody could say so.
    Rule("GET", re.compile(r"/"), 0),
    Rule("HEAD", re.compile(r"/"), 0),
    Rule("OPTIONS", re.compile(r"/"), 0),
    Rule("POST", re.compile(r"/api/datasets/?\Z"), upload_bytes, to_file=True, rate="upload"),
    Rule("POST", re.compile(r"/api/designs/import/?\Z"), import_bytes, to_file=True, rate="upload"),
    Rule("POST", re.compile(r"/api/designs/[^/]+/versions/\d+/weights/?\Z"), import_bytes, to_file=True, rate="upload"),
    Rule("POST", re.compile(r"/api/datasets/uploads/?\Z"), JSON_BYTES, rate="upload"),
    Rule("PUT", re.compile(r"/api/datasets/uploads/[^/]+/?\Z"), PART_BYTES, to_file=True),
    Rule("POST", re.compile(r"/api/demos/[^/]+/predict/?\Z"), PREDICT_BYTES, rate="predict"),
    Rule("POST", re.compile(r"/api/shared/[^/]+/predict/?\Z"), SHARED_BYTES, rate="shared", by_link=True),
    # All that analyses a design in the web process.
    Rule("POST", re.compile(r"/api/(analyze|compare|transform|code|generate)/?\Z"), JSON_BYTES, rate="analyze"),
    Rule("POST", re.compile(r"/(signin|admin/login)"), ANONYMOUS_BYTES, rate="signin"),
    Rule("", re.compile(r"/api/"), JSON_BYTES),
    Rule("", re.compile(r"/"), FORM_BYTES),
)


def rule_for(method: str, path: str) -> Rule:
    return next(rule for rule in RULES if rule.method in ("", method) and rule.path.match(path))
