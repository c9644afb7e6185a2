"""The body of a request that is a file, whether the gate has written it to the disk or it still has to be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.http import HttpRequest

from . import limits
from .gate import BODY_KEY, incoming_folder


def received(request: HttpRequest) -> Path | None:
    """The file that the gate has written the body to, or None where there is no gate."""
    path: Path | None = getattr(request, "scope", {}).get(BODY_KEY)
    return path


def size(request: HttpRequest) -> int:
    """How many bytes the body has."""
    path = received(request)
    return path.stat().st_size if path else int(request.META.get("CONTENT_LENGTH") or 0)


def chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body in pieces."""
    path = received(request)
    if path is None:
        while chunk := request.read(limits.MIB):
            yield chunk
        return
    with path.open("rb") as file:
        while chunk := file.read(limits.MIB):
            yield chunk


@contextmanager
def as_file(request: HttpRequest) -> Iterator[Path]:
    """The body as a file while it is worked on."""
    path = received(request)
    if path is not None:
        yield path
        return
    with NamedTemporaryFile(dir=incoming_folder(), prefix="body-") as file:
        for chunk in chunks(request):
            file.write(chunk)
        file.flush()
        yield Path(file.name)
