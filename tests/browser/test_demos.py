"""Demos of tables: a form asks, the answer names what it is, the copied calls say the same, a phone shows all of it."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Api


@pytest.fixture
def houses(page: Page, api: Api, tmp_path: Path) -> str:
    """An uploaded table with a number to predict; its id."""
    rng = random.Random(0)
    rows = ["area,district,price"]
    for _ in range(200):
        area, south = rng.uniform(30, 200), rng.random() < 0.5
        rows.append(f"{area:.1f},{'south' if south else 'north'},{area * 3 + 40 * south:.1f}")
    path = tmp_path / "houses.csv"
    path.write_text("\n".join(rows) + "\n")
    page.goto("/datasets/")
    page.locator("input[type=file]").set_input_files(path)
    row = page.locator("tr", has=page.get_by_role("link", name="houses", exact=True))
    expect(row).to_contain_text("Ready", timeout=60_000)
    return next(item["id"] for item in api("GET", "/api/datasets")["items"] if item["name"] == "houses")


def test_a_form_predicts_a_number_and_programs_get_the_same(page: Page, api: Api, houses: str) -> None:
    run = api.run(api.design("mlp_regression"), houses, epochs=20)
    assert api.wait(run)["state"] == "done"
    page.goto(f"/runs/{run}")
    # Errors are in the unit of the number in training, too: of hundreds, not of standard deviations.
    metrics = api("GET", f"/api/runs/{run}")["metrics"]
    assert metrics["train/mae"] > 1
    page.get_by_role("button", name="Publish a demo").click()
    page.wait_for_url("**/d/*")

    page.get_by_label("area").fill("100")
    page.get_by_label("district").select_option("south")
    answer = page.locator(".demo-answer")
    expect(answer).to_contain_text("price")
    expect(page.locator("[data-answer]")).to_have_text(re.compile(r"^\d"))
    expect(answer).to_contain_text("ms on the server")
    expect(page.locator("pre.code")).to_contain_text('{"row":{"area":100,"district":"south"}}')
    shown = float(page.locator("[data-answer]").inner_text().replace(",", ""))

    env = {**os.environ, "BLOCKYARD_TOKEN": api("POST", "/api/tokens", {"name": "snippet"})["token"]}
    page.get_by_role("button", name="Python").click()
    code = page.locator("pre.code").inner_text()
    said = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True).stdout
    assert float(re.search(r"'value': ([\d.e+-]+)", said)[1]) == pytest.approx(shown, rel=1e-3)
    if shutil.which("curl"):
        page.get_by_role("button", name="curl").click()
        code = page.locator("pre.code").inner_text()
        said = subprocess.run(["bash", "-c", code], env=env, check=True, capture_output=True, text=True).stdout
        assert json.loads(said)["value"] == pytest.approx(shown, rel=1e-3)

    page.locator(".samples-table button").nth(1).click()
    expect(page.locator("[data-answer] .badge")).to_contain_text("in truth")
    page.set_viewport_size({"width": 390, "height": 800})
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
