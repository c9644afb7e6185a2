"""Texts with a label each, from a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from models_core.registry import Doc, Range, register

from . import _csv
from ._base import FileDataset, Place, check_labels, save, save_ragged
from ._errors import DataError
from ._splits import stratified_split
from ._text import Encoding


@register("dataset", id="csv_text", family="file", title="Texts in a CSV file", tags=("file", ".csv", ".tsv"))
class CsvText(FileDataset):
    """Texts to classify: one column holds the text, one the label."""

    reader = "csv_text"
    kind = "csv_text"
    suffixes = (".csv", ".tsv")

    def __init__(
        self,
        place: Place,
        /,
        text: Annotated[str | None, Doc("column with the text; guessed where not given")] = None,
        label: Annotated[str | None, Doc("column with the label; guessed where not given")] = None,
        test_fraction: Annotated[float, Range(0.01, 0.9), Doc("share of rows kept for testing")] = 0.2,
        seed: Annotated[int, Range(0, 2**31), Doc("which rows are for testing")] = 0,
        encoding: Annotated[Encoding, Doc("how the file's characters are stored")] = "auto",
        delimiter: Annotated[_csv.Delimiter, Doc("what stands between two cells")] = "auto",
        header: Annotated[_csv.Header, Doc("whether the first line has the columns' names")] = "auto",
    ) -> None:
        options = {"text": text, "label": label, "test_fraction": test_fraction, "seed": seed}
        super().__init__(place, {**options, "encoding": encoding, "delimiter": delimiter, "header": header})

    def _build(self, folder: Path) -> dict[str, Any]:
        options = self.options
        limits, progress = self.place.limits, self.place.progress
        how = (options["encoding"], options["delimiter"], options["header"])
        sheet = _csv.open_sheet(self.place.file, limits, *how)
        _, columns = _csv.survey(sheet, progress)
        text, label = choose_columns(columns, options["text"], options["label"])
        notes = list(sheet.notes)
        if options["text"] is None or options["label"] is None:
            notes.append(f"column {text} is taken as the text, column {label} as the label")
        if columns[label].many:
            raise DataError(
                f"column {label!r} has more than {limits.classes:,} different values, too many for classes; "
                "choose another label column"
            )
        names = columns[label].class_names()
        check_labels(f"column {label!r}", names, limits, "choose another label column")
        number_of = {name: at for at, name in enumerate(names)}
        text_at, label_at = sheet.header.index(text), sheet.header.index(label)
        texts: list[bytes] = []
        numbers: list[int] = []
        n_left_out = 0
        for _, cells in sheet.rows():
            # A zero byte is the padding, so none may stand in the text.
            content = cells[text_at].strip().replace("\0", " ").encode()
            number = number_of.get(cells[label_at].strip())
            if not content or number is None:
                n_left_out += 1
                continue
            texts.append(content)
            numbers.append(number)
        if len(texts) < 2:
            raise DataError(f"column {text!r} has fewer than two rows with text and label; choose another text column")
        if n_left_out:
            notes.append(f"{n_left_out:,} rows without text or label are left out")
        labels = np.array(numbers, dtype=np.int64)
        train, test = stratified_split(labels, options["test_fraction"], options["seed"])
        notes.append(f"{len(test):,} of {len(texts):,} rows are kept for testing (seed {options['seed']})")
        for split, indices in (("train", train), ("test", test)):
            save_ragged(folder, split, "text", (texts[at] for at in indices))
            save(folder, split, "label", labels[indices])
        lengths = np.array([len(content) for content in texts])
        roles = {text: "text", label: "label"}
        progress(1, 1)
        return {
            "task": "text_classification",
            "facts": {
                "text": {
                    "vocab": 256,
                    "length": suggested_length(lengths),
                    "longest": int(lengths.max()),
                    "median": int(np.median(lengths)),
                },
                "label": {"classes": len(names), "names": names},
            },
            "fields": {"text": "ragged", "label": "array"},
            "sizes": {"train": len(train), "test": len(test)},
            "notes": notes,
            "columns": [{**column.to_json(), "role": roles.get(name)} for name, column in columns.items()],
        }


def choose_columns(columns: dict[str, _csv.Column], text: str | None, label: str | None) -> tuple[str, str]:
    """The text and the label column, guessed where not given; raises DataError where there is nothing to guess."""
    if label is not None:
        _csv.need_column(columns, label, "label")
    if text is not None:
        _csv.need_column(columns, text, "text")
    else:
        texts = [column for name, column in columns.items() if column.kind == "text" and name != label]
        if not texts:
            raise DataError(f"no column looks like text; say which one is: text= one of {', '.join(columns)}")
        text = max(texts, key=lambda column: column.chars).name
    if label is None:
        label = _csv.guess_label(columns, text)
    if label is None:
        few = [
            column for name, column in columns.items() if name != text and len(column.values) >= 2 and not column.many
        ]
        if not few:
            raise DataError(f"no column looks like a label; say which one is: label= one of {', '.join(columns)}")
        label = min(few, key=lambda column: len(column.values)).name
    if text == label:
        raise DataError(f"column {text!r} cannot be both text and label; choose two columns")
    return text, label


def suggested_length(lengths: np.ndarray) -> int:
    """A length in bytes that holds 95 % of the texts whole, as a multiple of 32 from 32 to 1,024."""
    return int(np.clip(_round_up(float(np.percentile(lengths, 95)), 32), 32, 1024))


def _round_up(value: float, step: int) -> int:
    return int(-(-value // step) * step)
