"""Reading CSV files: delimiter, header and what each column holds, in streams, so that size does not become memory."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from ._base import Progress, no_progress
from ._errors import DataError
from ._splits import natural_order
from ._text import Encoding, find_encoding
from .limits import Limits, size_text

Header = Literal["auto", "yes", "no"]
Delimiter = Literal["auto", ",", ";", "\t", "|"]
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "inf", "-inf"})
LARGEST = 1e150
"""A number beyond this counts as missing, as infinity does: a sum of squares of such numbers is not finite."""
LABEL_NAMES = ("label", "labels", "target", "class", "y", "category", "sentiment", "species", "outcome", "quality")
_COMMA = re.compile(r"[+-]?\d+,\d+\Z")


def number(cell: str) -> float | None:
    """The cell's number; nan where it is missing; None where it is neither."""
    cell = cell.strip()
    try:
        value = float(cell)
    except ValueError:
        if cell.lower() in MISSING:
            return math.nan
        if _COMMA.match(cell):
            return float(cell.replace(",", "."))
        return None
    return value if abs(value) <= LARGEST else math.nan


@dataclass
class Sheet:
    """A CSV file whose encoding, delimiter and header are known."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    skip_first: bool
    limits: Limits
    notes: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each record with the number of its last line. Raises DataError for ragged ones."""
        width = len(self.header)
        n_rows = 0
        for line, cells in _records(self.path, self.encoding, self.delimiter, self.limits):
            if n_rows == 0 and self.skip_first:
                n_rows = 1
                continue
            n_rows += 1
            if n_rows > self.limits.rows + 1:
                raise DataError(
                    f"the file has more than {self.limits.rows:,} rows; take fewer or raise BLOCKYARD_LIMIT_ROWS"
                )
            if len(cells) != width:
                raise DataError(
                    f"line {line:,} has {len(cells)} cells where the first has {width}; "
                    "put text that contains the delimiter in quotes, or correct that line"
                )
            yield line, cells


@dataclass
class Column:
    """What the cells of one column are."""

    name: str
    n: int = 0
    missing: int = 0
    not_numbers: int = 0
    first_not_number: tuple[int, str] | None = None
    integers: bool = True
    words: int = 0
    chars: int = 0
    values: Counter[str] = field(default_factory=Counter)
    cap: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, line: int, cell: str) -> None:
        cell = cell.strip()
        self.n += 1
        value = number(cell)
        if value is None:
            self.not_numbers += 1
            if self.first_not_number is None:
                self.first_not_number = (line, cell)
        elif math.isnan(value):
            self.missing += 1
        elif self.integers and value != int(value):
            self.integers = False
        self.chars += len(cell)
        if self.n <= 1000:
            self.words += len(cell.split())
        if len(self.values) <= self.cap:
            self.values[cell] += 1
        if len(self.examples) < 3 and cell:
            self.examples.append(cell[:80])

    @property
    def many(self) -> bool:
        """Whether there are more different values than were counted."""
        return len(self.values) > self.cap

    @property
    def kind(self) -> str:
        """`number`, `text` (sentences), `category` (few different values), `other`, or `empty`."""
        if self.missing == self.n:
            return "empty"
        if self.not_numbers == 0:
            return "number"
        if self.words / min(self.n, 1000) >= 3 and (self.many or len(self.values) > self.n / 2):
            return "text"
        return "other" if self.many else "category"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "missing": self.missing,
            "distinct": None if self.many else len(self.values),
            "examples": self.examples,
        }

    def class_names(self) -> list[str]:
        """The different values, as class names in counting order."""
        return natural_order([value for value in self.values if value.lower() not in MISSING])


def open_sheet(
    path: Path, limits: Limits, encoding: Encoding = "auto", delimiter: Delimiter = "auto", header: Header = "auto"
) -> Sheet:
    """Find out how the file is written; raises DataError for what is no table."""
    size = path.stat().st_size
    if size > limits.csv_bytes:
        raise DataError(
            f"the file has {size_text(size)}, more than the limit of {size_text(limits.csv_bytes)}; "
            "take fewer rows or raise BLOCKYARD_LIMIT_CSV_BYTES"
        )
    codec, notes = find_encoding(path, encoding)
    between: str = _find_delimiter(path, codec, limits) if delimiter == "auto" else delimiter
    first = [cell.strip() for _, cells in islice(_records(path, codec, between, limits), 1) for cell in cells]
    if not first:
        raise DataError("the file has no rows; choose one with a header line and data")
    if len(first) < 2:
        raise DataError(
            f"the file has only one column, {first[0][:40]!r}; put what is to be predicted into a second one, "
            "or choose what stands between two cells"
        )
    if len(first) > limits.columns:
        raise DataError(f"the file has {len(first):,} columns; up to {limits.columns:,} are read: leave some out")
    with_header = header == "yes" or (header == "auto" and not all(number(cell) is not None for cell in first))
    if with_header:
        names = [name or f"column {at}" for at, name in enumerate(first, 1)]
    else:
        names = [f"column {at}" for at in range(1, len(first) + 1)]
        if header == "auto":
            notes.append("the first line is data, not names: columns are called column 1, column 2, ...")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"the file has two columns called {twice[0]!r}; give each its own name in the first line")
    return Sheet(path, codec, between, names, with_header, limits, notes)


def survey(sheet: Sheet, progress: Progress = no_progress, most: int | None = None) -> tuple[int, dict[str, Column]]:
    """The number of rows and what each column holds, from one pass over the file, or over its first `most` rows."""
    cap = max(sheet.limits.classes, sheet.limits.categories)
    columns = [Column(name, cap=cap) for name in sheet.header]
    n = 0
    total = max(sheet.path.stat().st_size, 1)
    seen = 0
    for line, cells in sheet.rows():
        for column, cell in zip(columns, cells, strict=True):
            column.add(line, cell)
        n += 1
        seen += sum(map(len, cells)) + len(cells)
        if n % 5000 == 0:
            progress(min(seen, total) // 2, total)
        if n == most:
            break
    if n == 0:
        raise DataError("the file has a header line but no rows; add data")
    return n, {column.name: column for column in columns}


def need_column(columns: dict[str, Column], name: str, role: str) -> Column:
    """The column the user named; raises DataError with those that there are."""
    if name not in columns:
        names = list(columns)
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise DataError(f"the file has no column {name!r} to take as {role}; its columns are: {shown}")
    return columns[name]


def guess_label(columns: dict[str, Column], apart: str | None = None) -> str | None:
    """The column whose name says that it is the label."""
    by_lower = {name.lower(): name for name in columns if name != apart}
    return next((by_lower[name] for name in LABEL_NAMES if name in by_lower), None)


def _find_delimiter(path: Path, codec: str, limits: Limits) -> str:
    best, best_score = ",", (0, 0)
    for candidate in (",", ";", "\t", "|"):
        widths: list[int] = []
        try:
            for _, cells in islice(_records(path, codec, candidate, limits), 50):
                widths.append(len(cells))
        except DataError:
            pass  # told when the file is read; the lines before it count
        if not widths:
            continue
        width, agreeing = Counter(widths).most_common(1)[0]
        score = (agreeing if width > 1 else 0, width)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _records(path: Path, codec: str, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the number of its last line."""
    csv.field_size_limit(limits.cell_chars)
    with path.open(encoding=codec, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DataError(
                    f"line {reader.line_num:,} cannot be read ({error}); "
                    "perhaps a quote in it or before it is not closed, or not doubled"
                ) from None
            if any(map(str.strip, cells)):
                yield reader.line_num, cells
