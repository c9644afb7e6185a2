"""Tables and labelled texts in CSV files."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models_core.data import DataError, Dataset, Limits, columns_of, open_dataset, preprocess_for

from .make import leftovers

REVIEWS = "label,text\n" + "".join(
    f'{at % 2},"sentence number {at}, which is {"good" if at % 2 else "bad"} and so on"\n' for at in range(40)
)


def opened(tmp_path: Path, content: str | bytes, bounds: dict[str, int] | None = None, /, **options: object) -> Dataset:
    path = tmp_path / "data.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_dataset(path, tmp_path / "cache", options, limits=dataclasses.replace(Limits(), **(bounds or {})))


def refused(tmp_path: Path, content: str | bytes, bounds: dict[str, int] | None = None, /, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        opened(tmp_path, content, bounds, **options)
    assert leftovers(tmp_path / "cache") == []
    message = str(caught.value)
    assert "\n" not in message
    return message


def numbers(n: int = 50) -> str:
    """Three numbers, two categories, a class and an id, by formula."""
    rows = [
        f"{at},{at * 0.5},{-at},{'red' if at % 3 else 'blue'},{'yes' if at % 2 else 'no'},row-{at}x" for at in range(n)
    ]
    return "a,b,c,colour,label,id\n" + "\n".join(rows) + "\n"


# ---- texts ------------------------------------------------------------------------------------------------------


def test_text_and_label_columns_are_guessed_and_said(tmp_path: Path) -> None:
    data = opened(tmp_path, REVIEWS)
    assert (data.kind, data.task) == ("csv_text", "text_classification")
    assert any("column text is taken as the text, column label as the label" in note for note in data.notes)
    assert data.split("train").class_counts() == {"0": 16, "1": 16}
    assert data.split("test").class_counts() == {"0": 4, "1": 4}
    texts = [data.split(name).field("text")[at] for name in ("train", "test") for at in range(len(data.split(name)))]
    assert sorted(texts) == sorted(line.split('"')[1].encode() for line in REVIEWS.splitlines()[1:])
    for name in ("train", "test"):
        part = data.split(name)
        for at in range(len(part)):
            shown = part.sample(at)
            assert ("good" in shown["text"]) == (shown["label"] == "1")


def test_chosen_columns_win_over_guesses(tmp_path: Path) -> None:
    text = "kind,title,body\n" + "".join(
        f"{'abc'[at % 3]},title of it {at},the longer body text {at}\n" for at in range(30)
    )
    data = opened(tmp_path, text, text="title", label="kind")
    assert data.class_names == ["a", "b", "c"]
    assert data.split("train").sample(0)["text"].startswith("title of it")
    assert opened(tmp_path, text).split("train").sample(0)["text"].startswith("the longer body")
    roles = {column["name"]: column["role"] for column in data.columns}
    assert roles == {"kind": "label", "title": "text", "body": None}


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    message = refused(tmp_path, REVIEWS, label="stars")
    assert "no column 'stars'" in message
    assert "label, text" in message
    assert "no column 'body'" in refused(tmp_path, REVIEWS, text="body")
    assert "both text and label" in refused(tmp_path, REVIEWS, text="text", label="text")


def test_texts_without_a_label_column_to_guess(tmp_path: Path) -> None:
    text = "kind,text\n" + "".join(f"x,a sentence of words {at}\n" for at in range(20))
    assert "no column looks like a label" in refused(tmp_path, text)


def test_rows_without_text_or_label_are_left_out_and_counted(tmp_path: Path) -> None:
    data = opened(tmp_path, REVIEWS + '1,""\n,"no label here at all"\n\n')
    assert len(data.split("train")) + len(data.split("test")) == 40
    assert "2 rows without text or label are left out" in data.notes


def test_one_class_or_too_many_are_refused(tmp_path: Path) -> None:
    one = "label,text\n" + "".join(f"x,some words here {at}\n" for at in range(20))
    assert "only one class, 'x'" in refused(tmp_path, one)
    many = "label,text\n" + "".join(f"x{at},some words here {at}\n" for at in range(20))
    assert "too many for classes" in refused(
        tmp_path, many, {"classes": 10, "categories": 5}, label="label", text="text"
    )


def test_padding_and_truncation_are_by_bytes(tmp_path: Path) -> None:
    text = "label,text\n" + "0,ab\n1,äöü and more\n" * 5
    data = opened(tmp_path, text, text="text", label="label")
    part = data.split("train")
    rows = part.field("text").padded(np.arange(len(part)), 5)
    wanted = {b"ab\0\0\0", "äö".encode() + "ü".encode()[:1]}
    assert {row.tobytes() for row in rows} == wanted


# ---- how files are written --------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, delimiter: str, ending: str) -> None:
    text = numbers().replace(",", delimiter).replace("\n", ending)
    data = opened(tmp_path, text, label="label")
    assert data.meta["inputs"][0]["name"] == "a"
    assert data.facts()["features"]["columns"] == 5
    assert data.class_names == ["no", "yes"]


def test_quoted_delimiters_and_line_ends_stay_in_their_cell(tmp_path: Path) -> None:
    text = "label;text\n" + "".join(f'{at % 2};"one; two\nthree, ""four"" {at}"\n' for at in range(20))
    data = opened(tmp_path, text)
    assert data.split("train").sample(0)["text"].startswith('one; two\nthree, "four"')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found(tmp_path: Path, encoding: str) -> None:
    text = "label,text\n" + "".join(f"{'ja' if at % 2 else 'nö'},schöne Sätze über Größe {at}\n" for at in range(20))
    data = opened(tmp_path, text.encode(encoding))
    assert data.class_names == ["ja", "nö"]
    assert data.split("train").sample(0)["text"].startswith("schöne Sätze")
    assert any("Windows-1252" in note for note in data.notes) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"label,text\n1,\x81\x8d\xff\xfe words\n", "encoding is unknown"),
        (b"label,text\n1,zero \x00 bytes\n", "zero bytes"),
        (b"\xff\xfel\x00a\x00b", "begins as utf-16 but is not: it ends in the middle of a character"),
        (b"", "is empty"),
        (b"\n\n\n", "no rows"),
        (b"\n  \n\t\n", "no rows"),
        (b"text\nhello there you\n", "only one column, 'text'.* second one"),
        (b"label,text\n", "no rows"),
        (b"label,text\n1,fine words here\n1,2,3\n", "line 3 has 3 cells where the first has 2"),
        (b"label,text\n1,fine words here\n1\n", "line 3 has 1 cells"),
        (b'label,text\n1,"never closed\n' + b"words and words\n" * 100, "line 102 cannot be read .* quote"),
        (b'label,text\n1,"never closed\n' + b"words and words\n" * 80_000, "larger than field limit .* quote"),
        (b"a,a\n1,2\n", "two columns called 'a'"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, reason: str) -> None:
    assert re.search(reason, refused(tmp_path, content))


def test_a_wrong_encoding_that_was_chosen_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, "label,text\n1,größe\n".encode("latin-1"), encoding="utf-8")
    assert "not utf-8: byte" in message


@pytest.mark.parametrize("options", [{"encoding": "rot13"}, {"delimiter": ["x"]}, {"header": 5}])
def test_a_way_of_reading_that_is_not_offered_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    message = refused(tmp_path, REVIEWS, **options)
    assert "cannot be read with these options: " + next(iter(options)) in message


def test_numbers_too_large_to_calculate_with_count_as_missing(tmp_path: Path) -> None:
    rows = "".join(f"{at % 7},{'1e308' if at % 2 else '-3'},{at / 3}\n" for at in range(40))
    data = opened(tmp_path, f"a,b,value\n{rows}".encode(), label="value")
    assert "column b: 20 missing numbers are taken as the mean" in data.notes
    assert all(math.isfinite(spec["mean"] + spec["std"]) for spec in data.meta["inputs"])


def test_sizes_have_limits(tmp_path: Path) -> None:
    assert "more than the limit of 100 bytes" in refused(tmp_path, REVIEWS, {"csv_bytes": 100})
    assert "more than 10 rows" in refused(tmp_path, REVIEWS, {"rows": 10})
    assert "6 columns; up to 5" in refused(tmp_path, numbers(), {"columns": 5})
    assert "field larger than field limit (20)" in refused(tmp_path, REVIEWS, {"cell_chars": 20})


def test_a_file_without_header_gets_names(tmp_path: Path) -> None:
    text = "".join(f"{at + 5},{at * 2 + 30},{at % 3}\n" for at in range(30))
    data = opened(tmp_path, text)
    assert [spec["name"] for spec in data.meta["inputs"]] == ["column 1", "column 2"]
    assert len(data.split("train")) + len(data.split("test")) == 30
    assert any("the first line is data" in note for note in data.notes)
    with_header = opened(tmp_path, text, header="yes")
    assert len(with_header.split("train")) + len(with_header.split("test")) == 29


def test_columns_are_listed_to_choose_from(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(numbers(200))
    found = {column["name"]: column["kind"] for column in columns_of(tmp_path / "x.csv", Limits(classes=60))}
    assert found == {
        "a": "number",
        "b": "number",
        "c": "number",
        "colour": "category",
        "label": "category",
        "id": "other",
    }


# ---- tables -----------------------------------------------------------------------------------------------------


def test_numbers_are_standardised_with_training_rows_and_categories_one_hot(tmp_path: Path) -> None:
    data = opened(tmp_path, numbers(100), {"categories": 5})
    assert (data.kind, data.task) == ("csv_table", "tabular_classification")
    assert data.facts()["features"] == {"columns": 5, "names": ["a", "b", "c", "colour"]}
    assert any("column id is left out: it has text (line 2: 'row-0x')" in note for note in data.notes)
    from models_core.data import batches

    spec = preprocess_for(data, {"row": {"kind": "table", "shape": (5,)}})
    (batch,) = batches(data.split("train"), spec, 80, shuffle=False)
    rows = batch["row"].numpy()
    assert np.allclose(rows[:, :3].mean(axis=0), 0, atol=1e-6)
    assert np.allclose(rows[:, :3].std(axis=0), 1, atol=1e-6)
    assert set(map(tuple, rows[:, 3:].tolist())) == {(1.0, 0.0), (0.0, 1.0)}
    for at in range(len(rows)):
        shown = data.split("train").sample(at)
        assert rows[at, 3] == (shown["row"]["colour"] == "blue")
        assert (
            data.class_names[int(batch["target"][at])] == shown["label"] == ("yes" if shown["row"]["a"] % 2 else "no")
        )


def test_a_named_text_column_is_refused_as_input(tmp_path: Path) -> None:
    message = refused(tmp_path, numbers(100), {"categories": 5}, columns=["a", "id"], label="label")
    assert "column 'id' cannot be an input" in message
    assert "line 2: 'row-0x'" in message
    assert "leave it out" in message


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (["a", "zz"], "no column 'zz'"),
        (["label"], "is what is to be predicted"),
        ([], "at least one"),
        (["a", "a"], "twice"),
    ],
)
def test_bad_choices_of_columns(tmp_path: Path, columns: list[str], reason: str) -> None:
    assert reason in refused(tmp_path, numbers(), columns=columns, label="label")


def test_a_number_label_becomes_a_regression_and_can_be_asked_for_either_way(tmp_path: Path) -> None:
    data = opened(tmp_path, numbers(100), label="b", columns=["a", "c"])
    assert data.task == "tabular_regression"
    value = data.facts()["value"]
    train = data.split("train").field("value")
    assert value == {"name": "b", "mean": float(train.mean()), "std": float(train.std())}
    few = "a,y\n" + "".join(f"{at},{at % 3}\n" for at in range(30))
    assert opened(tmp_path, few).task == "tabular_classification"
    assert opened(tmp_path, few, target="number").task == "tabular_regression"
    assert "is no number in line 2 ('no')" in refused_after(tmp_path, numbers(), label="label", target="number")


def refused_after(tmp_path: Path, content: str, /, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        opened(tmp_path, content, **options)
    return str(caught.value)


def test_missing_numbers_are_the_mean_and_missing_targets_are_left_out(tmp_path: Path) -> None:
    text = "a,b,y\n" + "".join(
        f"{'' if at % 10 == 0 else at},{at},{'NA' if at == 5 else at * 1.5}\n" for at in range(50)
    )
    data = opened(tmp_path, text)
    assert "column a: 5 missing numbers are taken as the mean" in data.notes
    assert "1 rows without a value in column y are left out" in data.notes
    spec = preprocess_for(data, {"x": {"kind": "table", "shape": (2,)}})
    assert spec.apply_one({"a": "", "b": 3})["x"][0] == 0.0
    assert spec.apply_one({"a": None, "b": 3})["x"][0] == 0.0


def test_decimal_commas(tmp_path: Path) -> None:
    text = "a;b;y\n" + "".join(f"{at},5;{at};{at},25\n" for at in range(30))
    data = opened(tmp_path, text)
    assert data.task == "tabular_regression"
    row = data.split("train").sample(0)
    assert row["row"]["a"] % 1 == 0.5
    assert row["value"] % 1 == 0.25


def test_the_last_rows_can_be_the_test(tmp_path: Path) -> None:
    data = opened(tmp_path, numbers(100), label="b", split="last", test_fraction=0.1)
    assert data.split("test").field("value").tolist() == [at * 0.5 for at in range(90, 100)]


def test_constant_columns_do_no_harm(tmp_path: Path) -> None:
    data = opened(tmp_path, "a,b,y\n" + "".join(f"7,{at},{at * 0.5}\n" for at in range(30)))
    spec = preprocess_for(data, {"x": {"kind": "table", "shape": (2,)}})
    assert spec.apply_one({"a": 7, "b": 1})["x"][0] == 0.0
    assert np.isfinite(spec.apply_one([8, 1])["x"]).all()


def test_a_csv_file_without_its_suffix_is_opened_by_name_or_kind(tmp_path: Path) -> None:
    (tmp_path / "blob").write_text(numbers())
    assert open_dataset(tmp_path / "blob", tmp_path / "cache", name="x.csv").kind == "csv_table"
    assert open_dataset(tmp_path / "blob", tmp_path / "cache", kind="csv_table").kind == "csv_table"
    assert open_dataset(tmp_path / "blob", tmp_path / "cache").kind == "text"
    with pytest.raises(DataError, match="there is no reader 'digits'"):
        open_dataset(tmp_path / "blob", tmp_path / "cache", kind="digits")
