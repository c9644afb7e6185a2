"""Fetching the published files of well-known data sets: fixed addresses, held to their checksums."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from ._base import Place
from ._errors import DataError

_CHUNK = 2**18


@dataclass(frozen=True)
class Remote:
    """One published file: where it is found, its size in bytes and its MD5 as its authors give it."""

    name: str
    md5: str
    n_bytes: int
    mirrors: tuple[str, ...]
    folder: str = ""


def fetch(place: Place, title: str, files: tuple[Remote, ...]) -> list[Path]:
    """The files on this machine, downloaded where they are not yet; raises DataError where that cannot be."""
    folder = place.cache.root / "downloads" / files[0].folder
    paths = [folder / file.name for file in files]
    wanted = [(file, path) for file, path in zip(files, paths, strict=True) if not _complete(path, file)]
    if wanted and (not place.download or os.environ.get("BLOCKYARD_OFFLINE") == "1"):
        raise _missing(title, folder, files, "downloads are switched off")
    total = sum(file.n_bytes for file, _ in wanted)
    done = 0
    for file, path in wanted:
        folder.mkdir(parents=True, exist_ok=True)
        place.cache.need(file.n_bytes)
        faults: list[str] = []
        for mirror in file.mirrors:
            try:
                _get(mirror + file.name, file, path, place, done, total)
                break
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = error.reason if isinstance(error, urllib.error.URLError) else error
                faults.append(f"{mirror.split('/')[2]}: {reason}")
        else:
            raise _missing(title, folder, files, "; ".join(faults))
        done += file.n_bytes
    return paths


def _get(url: str, file: Remote, path: Path, place: Place, done: int, total: int) -> None:
    temp = path.with_name(f".{path.name}.{os.getpid()}")
    digest = hashlib.md5(usedforsecurity=False)
    n = 0
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "blockyard"})  # noqa: S310 - fixed https addresses
        with (
            urllib.request.urlopen(request, timeout=place.limits.download_seconds) as answer,  # noqa: S310 - as above
            temp.open("wb") as out,
        ):
            while chunk := answer.read(_CHUNK):
                n += len(chunk)
                if n > file.n_bytes:
                    raise ValueError(f"sends more than the {file.n_bytes:,} bytes the file has")
                digest.update(chunk)
                out.write(chunk)
                place.progress(done + n, total)
        if digest.hexdigest() != file.md5:
            raise ValueError("sent a file whose checksum is wrong")
        temp.replace(path)
    finally:
        temp.unlink(missing_ok=True)


def _complete(path: Path, file: Remote) -> bool:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == file.md5
    except OSError:
        return False


def _missing(title: str, folder: Path, files: tuple[Remote, ...], reason: str) -> DataError:
    names = ", ".join(file.name for file in files)
    return DataError(
        f"{title} is not on this machine and could not be downloaded ({reason}); connect it to the internet, "
        f"or put {names} into {folder} by hand, or take digits, which needs no download"
    )
