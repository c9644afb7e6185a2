"""A document of every version opens in the page from its file and comes to the parameters it had."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SAVED = Path(__file__).resolve().parents[1] / "documents"


# One of each version, the fullest there is.
FULLEST = {path.parent: path for path in sorted(SAVED.glob("v*/*.json"), key=lambda path: len(path.read_text()))}


@pytest.mark.parametrize("path", FULLEST.values(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_saved_file_opens(page: Page, path: Path) -> None:
    page.goto("/designs/new")
    expect(page.locator(".ed-canvas")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Control+k")
        page.keyboard.type("open a json file")
        page.keyboard.press("Enter")
    chooser.value.set_files(path)
    first = json.loads(path.read_text())["nodes"][0]["id"]
    expect(page.get_by_test_id(f"node-{first}")).to_be_visible()
    params = json.loads(path.with_name("params.json").read_text())[path.stem]
    expect(page.get_by_test_id("total-params")).to_have_attribute("title", re.compile(rf"(^|\n){params:,} parameters"))
