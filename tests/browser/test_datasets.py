"""Data on the page: upload with progress, look, read it differently, delete; and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import Api, Guard


def _reviews(folder: Path) -> Path:
    lines = ["sentence,mood,stars"]
    lines += [
        f"what a {'fine' if n % 2 else 'dull'} film number {n},{'good' if n % 2 else 'bad'},{n % 5}" for n in range(200)
    ]
    path = folder / "reviews.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_csv_is_uploaded_read_differently_and_deleted(page: Page, api: Api, tmp_path: Path) -> None:
    page.goto("/datasets/")
    page.locator("input[type=file]").set_input_files(_reviews(tmp_path))
    row = page.locator("tr", has=page.get_by_role("link", name="reviews", exact=True))
    expect(row).to_contain_text(re.compile("Ready|Refused"), timeout=60_000)
    row.get_by_role("link").first.click()
    page.wait_for_url("**/datasets/*")
    id = page.url.rsplit("/", 1)[1]

    page.get_by_label("Text column").select_option("sentence")
    page.get_by_label("Label column").select_option("mood")
    page.get_by_role("button", name="Read it again").click()
    expect(page.locator(".run-facts")).to_contain_text("Ready", timeout=60_000)
    expect(page.locator(".samples-list li").first).to_contain_text("film number", timeout=15_000)
    bars = page.locator("section[aria-labelledby=counts] .bar")
    expect(bars).to_have_count(2)
    expect(bars.first).to_contain_text(re.compile(r"bad|good"))
    detail = api("GET", f"/api/datasets/{id}")
    assert detail["options"]["label"] == "mood"
    assert detail["train_size"] + detail["test_size"] == 200

    page.get_by_role("button", name="Delete this data set").click()
    page.wait_for_url("**/datasets/")
    expect(page.get_by_role("link", name="reviews", exact=True)).to_have_count(0)
    # The way back is offered where one has come to.
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="reviews", exact=True)).to_be_visible()
    api("DELETE", f"/api/datasets/{id}")
    api("DELETE", f"/api/trash/dataset/{id}")


def test_what_is_no_data_is_refused_with_the_reason(page: Page, tmp_path: Path) -> None:
    page.goto("/datasets/")
    wrong = tmp_path / "notes.pdf"
    wrong.write_bytes(b"%PDF-1.4")
    page.locator("input[type=file]").set_input_files(wrong)
    upload = page.locator(".upload")
    expect(upload).to_contain_text(".pdf is not read here")
    upload.get_by_role("button", name="Remove").click()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 but nothing that follows")
    page.locator("input[type=file]").set_input_files(broken)
    expect(page.locator(".toast.bad")).to_contain_text("broken cannot be used", timeout=60_000)
    page.get_by_role("link", name="Change how it is read").click()
    expect(page.locator(".note.bad")).to_contain_text(re.compile("zip", re.I))


def test_upload_goes_on_where_it_was_broken(page: Page, api: Api, guard: Guard, tmp_path: Path) -> None:
    guard.allow("Failed to load resource|ERR_FAILED")
    text = tmp_path / "book.txt"
    text.write_text("It was a dark and stormy night, and the rain fell in torrents. \n" * 300_000)
    broken: list[str] = []

    def once(route: object) -> None:
        # The second part's line breaks once, after the server has had the first.
        url = route.request.url  # type: ignore[attr-defined]
        if "offset=0" not in url and not broken:
            broken.append(url)
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/api/datasets/uploads/*?offset=*", once)
    page.goto("/datasets/")
    page.locator("input[type=file]").set_input_files(text)
    row = page.locator("tr", has=page.get_by_role("link", name="book", exact=True))
    expect(row).to_contain_text("Ready", timeout=90_000)
    assert broken
    found = next(item for item in api("GET", "/api/datasets")["items"] if item["name"] == "book")
    assert found["size"] == text.stat().st_size
    api("DELETE", f"/api/datasets/{found['id']}")


def test_a_design_is_chosen_for_a_data_set_and_takes_it_along(page: Page) -> None:
    page.goto("/datasets/digits")
    page.get_by_role("link", name="Choose a design for it").click()
    expect(page.get_by_text("Designs for Digits")).to_be_visible()
    expect(page.get_by_role("link", name="Open a copy of Byte-level transformer")).to_have_count(0)
    page.get_by_role("link", name="Open a copy of LeNet-5").click()
    expect(page.get_by_label("Data set", exact=True)).to_have_value("digits")
