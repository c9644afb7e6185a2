"""Runs side by side, and the queue, with the real worker."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import Api


def test_two_trainings_are_compared(page: Page, api: Api) -> None:
    runs = [api.run(api.design("lenet5"), epochs=2), api.run(api.design("mlp"), epochs=1)]
    for run in runs:
        assert api.wait(run, timeout=180)["state"] == "done"
    page.goto("/runs/")
    for run in runs:
        page.locator("tr", has=page.locator(f'a[href="/runs/{run}"]')).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare", exact=True).last.click()
    page.wait_for_url(f"**/compare?runs={','.join(runs)}")
    chart = page.get_by_role("region", name="Accuracy against cost")
    expect(chart.locator("a[data-run]")).to_have_count(2)
    expect(chart.locator("path.front")).to_have_attribute("d", re.compile("^M"))
    point = chart.locator(f'a[data-run="{runs[0]}"]')
    point.focus()
    expect(chart.get_by_role("link", name="Run", exact=True)).to_have_attribute("href", f"/runs/{runs[0]}")
    assert point.get_attribute("href") == api("GET", f"/api/runs/{runs[0]}")["design"]["url"]

    table = page.get_by_role("region", name="Table of runs")
    expect(table.get_by_role("columnheader", name="Epochs")).to_have_count(2)  # those done, and the recipe's
    page.get_by_label("Filter the table").fill("mlp")
    expect(table.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    head, row = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert "Latency (ms)" in head.split(",")
    assert "mlp" in row.lower()

    curves = page.get_by_role("region", name="Curves", exact=True)
    expect(curves.locator(".overlay-keys li")).to_have_count(2)
    curves.get_by_role("button", name="Time").click()
    expect(curves.locator("canvas")).to_be_visible()
    differs = page.get_by_role("region", name="What differs")
    expect(differs).to_contain_text(re.compile("Epochs\\s*2\\s*1"))
    differs.get_by_role("link", name="Draw the difference").click()
    expect(page.get_by_role("region", name="Comparison").locator("h2")).to_contain_text("v1")


def test_the_queue_is_reordered_and_emptied(page: Page, api: Api) -> None:
    design = api.design("lenet5")
    runs = [api.run(design, epochs=400) for _ in range(4)]
    api.wait(runs[0], "running")
    page.goto("/queue")
    entry = page.locator(".queue-entry")
    expect(entry).to_have_count(4)
    expect(page.locator("[data-queue-count]")).to_have_text("4")
    expect(entry.nth(1)).to_contain_text("taken, and it is next")
    entry.nth(3).get_by_role("button", name=re.compile("first of yours")).click()
    expect(entry.nth(1)).to_have_attribute("data-run", runs[3])
    entry.nth(2).get_by_role("button", name=re.compile("^Cancel")).click()
    expect(entry).to_have_count(3)
    assert api("GET", f"/api/runs/{runs[1]}")["state"] == "cancelled"
    # What is at its end makes room for what was put first.
    entry.nth(0).get_by_role("button", name=re.compile("^Cancel")).click()
    api.wait(runs[3], "running", timeout=60)
    for run in (runs[2], runs[3]):
        api("POST", f"/api/runs/{run}/cancel")
    expect(page.get_by_text("Nothing of yours waits or runs")).to_be_visible(timeout=60_000)
