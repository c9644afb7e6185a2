"""Opening data by a name or a path."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models_core import registry

from . import _csv
from ._base import Dataset, FileDataset, Place, Progress, no_progress
from ._cache import Cache
from ._errors import DataError
from ._text import find_encoding
from .limits import Limits

_PACK = "pack pictures in a zip file with one folder for each class"
_KNOWN = {
    b"\x89PNG": f"a single picture; {_PACK}",
    b"\xff\xd8\xff": f"a single picture; {_PACK}",
    b"GIF8": f"a single picture; {_PACK}",
    b"%PDF": "a PDF document; save its text as a text file",
    b"\x1f\x8b": f"packed with gzip; unpack it first, or {_PACK}",
    b"Rar!": f"a RAR archive; {_PACK}",
    b"7z\xbc\xaf": f"a 7-Zip archive; {_PACK}",
    b"\x93NUMPY": "a NumPy array; save it as a CSV file with a label column",
}
"""What people bring that no reader reads, by its first bytes."""


def open_dataset(
    name_or_path: str | Path,
    cache: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    kind: str | None = None,
    name: str | None = None,
    progress: Progress = no_progress,
    limits: Limits | None = None,
    download: bool = True,
    **more_options: Any,
) -> Dataset:
    """The data set of that name, or in that file; prepared on the first call, mapped from the cache on later ones.

    `cache` is the folder for prepared data. A file's reader is found from its content, unless `kind` names one
    (`image_folder`, `csv_text`, `csv_table`, `text`); `name` is what a file is called where its path does not tell.
    `progress(done, total)` is called while preparing. `options` are the reader's, and perhaps `kind`; what comes from a
    user goes in there, not into keywords. Raises DataError with one sentence.
    """
    given = _options(options, more_options)
    kind = given.pop("kind", None) or kind
    limits = limits or Limits.from_env()
    text = str(name_or_path)
    path = Path(name_or_path).expanduser()
    entry = None if isinstance(name_or_path, Path) else registry.find("dataset", text)
    if entry is not None and entry.family == "built-in":
        place = Place(None, entry.title, Cache(cache), limits, progress, download)
    else:
        if path.is_dir():
            raise DataError(f"{path} is a folder; pack it into a zip file first")
        if not path.is_file():
            raise DataError(_unknown(text))
        called = name or path.name
        reader = kind or find_reader(path, called, given, limits)
        entry = registry.find("dataset", reader)
        if entry is None or entry.family != "file":
            readers = ", ".join(item.id for item in registry.all("dataset") if item.family == "file")
            raise DataError(f"there is no reader {reader!r}; there are {readers}")
        place = Place(path, called, Cache(cache), limits, progress, download)
    dataset: Dataset = entry.obj(place, **_checked(entry, given, place.name))
    return dataset


def find_reader(path: Path, name: str, options: dict[str, Any], limits: Limits) -> str:
    """The id of the reader for a file, from its first bytes, its name's suffix, the options and its columns."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except PermissionError:
        raise DataError(f"{path} may not be read; change its permissions") from None
    suffix = Path(name).suffix.lower()
    zips = _suffixes("image_folder")
    if head[:2] == b"PK" or suffix in zips:
        return "image_folder"
    for magic, what in _KNOWN.items():
        if head.startswith(magic):
            raise DataError(f"the file is {what}")
    if suffix in _suffixes("text"):
        return "text"
    is_csv = suffix in _suffixes("csv_text")
    if not is_csv:
        find_encoding(path)  # says what is wrong with a picture, a spreadsheet, a program
        is_csv = bool({"label", "text", "columns"} & options.keys())
    if not is_csv:
        return "text"
    if options.get("text") is not None:
        return "csv_text"
    if options.get("columns") is not None or options.get("target") is not None or options.get("split") is not None:
        return "csv_table"
    how: dict[str, Any] = {key: options[key] for key in ("encoding", "delimiter", "header") if key in options}
    checked = _checked(registry.get("dataset", "csv_table"), how, name)
    columns = columns_of(path, limits, most=2000, **{key: checked[key] for key in how})
    label = options.get("label")
    is_text = any(column["kind"] == "text" and column["name"] != label for column in columns)
    return "csv_text" if is_text else "csv_table"


def columns_of(
    path: str | Path,
    limits: Limits | None = None,
    encoding: Any = "auto",
    delimiter: Any = "auto",
    header: Any = "auto",
    most: int | None = None,
) -> list[dict[str, Any]]:
    """The columns of a CSV file with name, kind, number of different values and examples, to choose from.

    Read from all rows, or from the first `most`.
    """
    sheet = _csv.open_sheet(Path(path), limits or Limits.from_env(), encoding, delimiter, header)
    _, columns = _csv.survey(sheet, most=most)
    return [column.to_json() for column in columns.values()]


def builtin_datasets(cache: str | Path | None = None) -> list[dict[str, Any]]:
    """The data sets that come by name: id, title, help, task, facts, and whether they must be downloaded."""
    found = []
    for entry in registry.all("dataset"):
        if entry.family == "built-in":
            found.append(
                {
                    "id": entry.id,
                    "title": entry.title,
                    "help": entry.help,
                    "task": entry.obj.known_task,
                    "facts": entry.obj.known_facts,
                    "download": "download" in entry.tags,
                }
            )
    return found


def forget(path: str | Path, cache: str | Path | None = None) -> int:
    """Remove what was prepared from a file, before or after the file itself is removed; how many entries there were."""
    store = Cache(cache)
    return store.forget(store.hash_of(Path(path)))


def _options(options: Any, more: dict[str, Any]) -> dict[str, Any]:
    if options is not None and not isinstance(options, Mapping):
        raise DataError(f'options are a JSON object, not {type(options).__name__}; write them as {{"label": ...}}')
    given = {**(options or {}), **more}
    if not isinstance(given.get("kind"), str | None):
        raise DataError("the option kind is no text; name a reader, such as csv_table")
    return given


def _checked(entry: registry.Entry, options: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        return entry.check(options)
    except registry.BadParams as error:
        raise DataError(f"{name} cannot be read with these options: {error}") from None


def _suffixes(reader: str) -> tuple[str, ...]:
    kind: type[FileDataset] = registry.get("dataset", reader).obj
    return kind.suffixes


def _unknown(text: str) -> str:
    names = [entry.id for entry in registry.all("dataset") if entry.family == "built-in"]
    near = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"give the path of a file, or one of {', '.join(names)}"
    return f"there is no data set {text!r}, neither a file nor one that comes by name; {hint}"
