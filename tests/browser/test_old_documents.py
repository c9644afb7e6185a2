"""A document of the first version opens in the page from its file and comes to the parameters it had."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SAVED = Path(__file__).resolve().parents[1] / "documents"


@pytest.mark.parametrize("folder", sorted(path.name for path in SAVED.glob("v*")))
def test_a_saved_file_opens(page: Page, folder: str) -> None:
    page.goto("/designs/new")
    expect(page.locator(".ed-canvas")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Control+k")
        page.keyboard.type("open a json file")
        page.keyboard.press("Enter")
    chooser.value.set_files(SAVED / folder / "everything.json")
    expect(page.get_by_test_id("node-stage1")).to_be_visible()
    params = json.loads((SAVED / folder / "params.json").read_text())["everything"]
    expect(page.get_by_test_id("total-params")).to_have_attribute("title", re.compile(f"^{params:,} parameters"))
