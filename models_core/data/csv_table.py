"""Rows of numbers and categories with a class or a number to predict, from a CSV file."""

from __future__ import annotations

import math
from array import array
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from models_core.registry import Doc, Range, register

from . import _csv
from ._base import FileDataset, Place, Split, check_labels, save
from ._errors import DataError
from ._splits import natural_order, plain_split, stratified_split
from ._text import Encoding
from .preprocess import TableColumn

CLASSES_GUESSED = 20
"""Whole numbers with up to so many different values are taken for classes where nobody says."""


@register("dataset", id="csv_table", family="file", title="A table in a CSV file", tags=("file", ".csv", ".tsv"))
class CsvTable(FileDataset):
    """Rows to classify or to predict a number for.

    Number columns are standardised with the training rows' mean and deviation, missing numbers become that mean.
    Columns with few different values become one input per value (one-hot). Other columns cannot be inputs: named
    ones are refused, unnamed ones left out.
    """

    reader = "csv_table"
    kind = "csv_table"
    suffixes = (".csv", ".tsv")

    def __init__(
        self,
        place: Place,
        /,
        label: Annotated[str | None, Doc("column to predict; guessed where not given")] = None,
        columns: Annotated[list[str] | None, Doc("columns to predict from; all usable ones where not given")] = None,
        target: Annotated[Literal["auto", "class", "number"], Doc("whether to predict a class or a number")] = "auto",
        test_fraction: Annotated[float, Range(0.01, 0.9), Doc("share of rows kept for testing")] = 0.2,
        seed: Annotated[int, Range(0, 2**31), Doc("which rows are for testing")] = 0,
        split: Annotated[
            Literal["random", "last"],
            Doc("test on rows drawn at random, or on the last ones, as for measurements in time"),
        ] = "random",
        encoding: Annotated[Encoding, Doc("how the file's characters are stored")] = "auto",
        delimiter: Annotated[_csv.Delimiter, Doc("what stands between two cells")] = "auto",
        header: Annotated[_csv.Header, Doc("whether the first line has the columns' names")] = "auto",
    ) -> None:
        options = {"label": label, "columns": columns, "target": target, "test_fraction": test_fraction, "seed": seed}
        how = {"split": split, "encoding": encoding, "delimiter": delimiter, "header": header}
        super().__init__(place, {**options, **how})

    def _build(self, folder: Path) -> dict[str, Any]:
        options, limits = self.options, self.place.limits
        how = (options["encoding"], options["delimiter"], options["header"])
        sheet = _csv.open_sheet(self.place.file, limits, *how)
        _, columns = _csv.survey(sheet, self.place.progress)
        notes = list(sheet.notes)
        label = self._label(columns, notes)
        inputs = self._inputs(columns, label, notes)
        as_class = self._is_class(columns[label], notes)
        names = columns[label].class_names() if as_class else []
        if as_class:
            check_labels(f"column {label!r}", names, limits, "choose another label column")
        features, targets = self._read(sheet, columns, inputs, label, names, notes)
        if len(targets) < 2:
            raise DataError(f"column {label!r} has fewer than two values; choose another label column")
        train, test = self._divide(targets, as_class)
        how_chosen = "the last" if options["split"] == "last" else f"seed {options['seed']}"
        notes.append(f"{len(test):,} of {len(targets):,} rows are kept for testing ({how_chosen})")
        specs = [self._spec(columns[name], features[train, at], notes) for at, name in enumerate(inputs)]
        target_field = "label" if as_class else "value"
        for split, indices in (("train", train), ("test", test)):
            save(folder, split, "features", features[indices])
            save(folder, split, target_field, targets[indices].astype(np.int64 if as_class else np.float64))
        facts: dict[str, Any] = {"features": {"columns": sum(spec.width for spec in specs), "names": inputs}}
        if as_class:
            facts["label"] = {"classes": len(names), "names": names}
        else:
            known = targets[train]
            facts["value"] = {"name": label, "mean": float(known.mean()), "std": float(known.std()) or 1.0}
        roles = {label: target_field, **dict.fromkeys(inputs, "input")}
        self.place.progress(1, 1)
        return {
            "task": "tabular_classification" if as_class else "tabular_regression",
            "facts": facts,
            "fields": {"features": "array", target_field: "array"},
            "sizes": {"train": len(train), "test": len(test)},
            "notes": notes,
            "label": label,
            "inputs": [spec.model_dump() for spec in specs],
            "columns": [{**column.to_json(), "role": roles.get(name)} for name, column in columns.items()],
        }

    def _label(self, columns: dict[str, _csv.Column], notes: list[str]) -> str:
        label: str | None = self.options["label"]
        if label is not None:
            return _csv.need_column(columns, label, "label").name
        label = _csv.guess_label(columns)
        if label is None:
            usable = [name for name, column in columns.items() if column.kind in ("number", "category")]
            if len(usable) < 2:
                raise DataError(f"no column looks like a label; say which one is: label= one of {', '.join(columns)}")
            label = usable[-1]
        notes.append(f"column {label} is taken as what is to be predicted")
        return label

    def _inputs(self, columns: dict[str, _csv.Column], label: str, notes: list[str]) -> list[str]:
        wanted: list[str] | None = self.options["columns"]
        if wanted is not None:
            if not wanted:
                raise DataError("no columns are chosen to predict from; choose at least one")
            for name in wanted:
                column = _csv.need_column(columns, name, "input")
                if name == label:
                    raise DataError(f"column {name!r} is what is to be predicted; leave it out of the inputs")
                fault = self._unusable(column)
                if fault:
                    raise DataError(f"column {name!r} cannot be an input: {fault}; leave it out")
            if len(set(wanted)) < len(wanted):
                raise DataError("a column is chosen twice as input; choose each once")
            return list(wanted)
        usable = []
        for name, column in columns.items():
            if name == label:
                continue
            fault = self._unusable(column) or _unlikely(column)
            if fault:
                notes.append(f"column {name} is left out: {fault}")
            else:
                usable.append(name)
        if not usable:
            raise DataError(
                f"apart from {label!r} no column has numbers or few different values to predict from; "
                "add one, or choose another label column"
            )
        return usable

    def _unusable(self, column: _csv.Column) -> str | None:
        if column.kind == "empty":
            return "it is empty"
        if column.kind == "number" or len(column.values) <= self.place.limits.categories:
            return None
        assert column.first_not_number is not None
        line, cell = column.first_not_number
        return (
            f"it has text (line {line:,}: {cell[:40]!r}) with more than {self.place.limits.categories} "
            "different values, too many to be categories"
        )

    def _is_class(self, column: _csv.Column, notes: list[str]) -> bool:
        wanted = self.options["target"]
        if wanted == "number":
            if column.not_numbers:
                assert column.first_not_number is not None
                line, cell = column.first_not_number
                raise DataError(
                    f"column {column.name!r} is no number in line {line:,} ({cell[:40]!r}); predict its class"
                )
            return False
        if wanted == "auto":
            few = column.integers and len(column.class_names()) <= CLASSES_GUESSED and not column.many
            as_class = column.kind != "number" or few
            if column.kind == "number":
                notes.append(f"column {column.name} is predicted as a {'class' if as_class else 'number'}")
            if not as_class:
                return False
        if column.many:
            limit = self.place.limits.classes
            remedy = "predict its number instead" if column.kind == "number" else "choose another label column"
            raise DataError(
                f"column {column.name!r} has more than {limit:,} different values, too many for classes; {remedy}"
            )
        return True

    def _read(
        self,
        sheet: _csv.Sheet,
        columns: dict[str, _csv.Column],
        inputs: list[str],
        label: str,
        names: list[str],
        notes: list[str],
    ) -> tuple[np.ndarray, np.ndarray]:
        """All rows with a target as float64 (N, inputs), categories as their number, and the targets."""
        number_of = {name: at for at, name in enumerate(names)}
        codes = {
            name: {value: at for at, value in enumerate(_categories(columns[name]))}
            for name in inputs
            if columns[name].kind != "number"
        }
        places = [(sheet.header.index(name), codes.get(name)) for name in inputs]
        label_at = sheet.header.index(label)
        cells_out, targets = array("d"), array("d")
        n_left_out = 0
        for _, cells in sheet.rows():
            cell = cells[label_at].strip()
            value = number_of.get(cell) if names else _csv.number(cell)
            if value is None or math.isnan(value):
                n_left_out += 1
                continue
            targets.append(value)
            for at, code in places:
                if code is None:
                    known = _csv.number(cells[at])
                    cells_out.append(math.nan if known is None else known)
                else:
                    cells_out.append(code[cells[at].strip()])
        if n_left_out:
            notes.append(f"{n_left_out:,} rows without a value in column {label} are left out")
        features = np.frombuffer(cells_out, dtype=np.float64).reshape(len(targets), len(inputs))
        return features, np.frombuffer(targets, dtype=np.float64)

    def _divide(self, targets: np.ndarray, as_class: bool) -> tuple[np.ndarray, np.ndarray]:
        n, fraction, seed = len(targets), self.options["test_fraction"], self.options["seed"]
        if self.options["split"] == "last":
            n_test = min(max(1, round(n * fraction)), n - 1)
            return np.arange(n - n_test), np.arange(n - n_test, n)
        return stratified_split(targets, fraction, seed) if as_class else plain_split(n, fraction, seed)

    def _spec(self, column: _csv.Column, train: np.ndarray, notes: list[str]) -> TableColumn:
        if column.kind != "number":
            return TableColumn(name=column.name, kind="category", values=_categories(column))
        known = train[~np.isnan(train)]
        if column.missing:
            notes.append(f"column {column.name}: {column.missing:,} missing numbers are taken as the mean")
        if not len(known):
            return TableColumn(name=column.name, kind="number")
        std = float(known.std())
        return TableColumn(
            name=column.name,
            kind="number",
            mean=float(known.mean()),
            std=std if std > 0 and math.isfinite(std) else 1.0,
            low=float(known.min()),
            high=float(known.max()),
        )

    def row(self, split: Split, at: int) -> dict[str, Any]:
        specs = [TableColumn.model_validate(spec) for spec in self.meta["inputs"]]
        return {
            spec.name: spec.shown(value)
            for spec, value in zip(specs, split.field("features")[at].tolist(), strict=True)
        }


def _unlikely(column: _csv.Column) -> str | None:
    """Why nobody would want a column whose use was not asked for."""
    if column.kind != "number" and len(column.values) > max(2, column.n // 2):
        return "nearly every row has another text in it"
    return None


def _categories(column: _csv.Column) -> list[str]:
    return natural_order(list(column.values))
