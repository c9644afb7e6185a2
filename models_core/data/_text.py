"""Finding out how a text file is encoded, without trusting it."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Literal

from ._errors import DataError

Encoding = Literal["auto", "utf-8", "utf-16", "cp1252", "latin-1"]
_CHUNK = 2**20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = {byte for byte in range(32) if chr(byte) not in "\t\n\r\f\x1b\x0b\x1a"}


def find_encoding(path: Path, wanted: Encoding = "auto") -> tuple[str, list[str]]:
    """The codec that reads the whole file, and notes on how it was found; raises DataError for what is no text."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise DataError("the file is empty; choose one with text in it")
    if wanted != "auto":
        codec: str = "utf-8-sig" if wanted == "utf-8" else wanted
        fault = _try(path, codec)
        if fault:
            raise DataError(f"the file is not {wanted}: {fault}; choose its encoding or save it as UTF-8")
        return codec, []
    for mark, codec in _MARKS:
        if head.startswith(mark):
            fault = _try(path, codec)
            if fault:
                raise DataError(f"the file begins as {codec} but is not: {fault}; save it as UTF-8")
            return codec, []
    if b"\0" in head:
        raise DataError("the file is not text (it contains zero bytes); choose a text file, saved as UTF-8")
    fault = _try(path, "utf-8")
    if fault is None:
        return "utf-8", []
    if _try(path, "cp1252") is None and not _controls(path):
        return "cp1252", ["read as Windows-1252, since it is not UTF-8"]
    raise DataError(f"the file's encoding is unknown (as UTF-8: {fault}); save it as UTF-8")


def _try(path: Path, codec: str) -> str | None:
    """None where `codec` reads the whole file, else what is wrong."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    place = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeError as error:
                at = place + getattr(error, "start", 0)
                return f"byte {at:,} cannot be read"
            if "\0" in text:
                return "it contains zero characters"
            place += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return "it ends in the middle of a character"
    return None


def _controls(path: Path) -> bool:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if _CONTROL & set(chunk):
                return True
    return False
