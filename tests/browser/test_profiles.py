"""Profiles: started from the editor, shown on its canvas by backend and batch, and on a page of their own."""

from __future__ import annotations

import csv
import re

from playwright.sync_api import Page, expect

from .conftest import Api
from .editing import field, node, select
from .test_cost import panel


def test_a_profile_from_the_editor_to_its_page(page: Page, api: Api) -> None:
    page.goto(f"/designs/{api.design('lenet5')}")
    measured = panel(page, "Cost").get_by_role("region", name="Measured")
    measured.get_by_role("button", name="Profile…").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Batch sizes").fill("one")
    expect(form.get_by_role("button", name="Start profile")).to_be_disabled()
    form.get_by_label("Batch sizes").fill("1, 4")
    form.get_by_text("More settings").click()
    form.get_by_label("Repetitions").fill("5")
    form.get_by_role("button", name="Start profile").click()
    expect(form).to_have_count(0)
    # It is shown on the canvas when it is done, without a reload.
    bar = page.locator(".ed-overlay-bar")
    expect(bar).to_contain_text("Time, measured", timeout=120_000)
    shown = measured.get_by_label("Shown")
    expect(shown.locator("option")).to_have_text(
        ["PyTorch, batch 1", "PyTorch, batch 4", "onnxruntime, batch 1", "onnxruntime, batch 4"]
    )
    expect(page.get_by_test_id("total-latency")).to_contain_text("measured")
    shown.select_option(label="onnxruntime, batch 4")
    expect(bar).to_contain_text("a batch of 4")
    expect(node(page, "conv1").locator(".ed-mark")).to_contain_text("of time")
    select(page, "conv1")
    expect(page.get_by_role("region", name="Figures")).to_contain_text("Time, measured")
    field(page, "out channels").fill("12")
    expect(measured).to_contain_text("has changed since")

    page.once("dialog", lambda dialog: dialog.accept())
    measured.get_by_role("link", name="Profile of v").click()
    expect(page).to_have_title(re.compile("^✓ done"))
    latency = page.get_by_role("region", name="Latency and throughput")
    expect(latency.locator("tbody tr")).to_have_count(4)
    nodes = page.get_by_role("region", name="Nodes", exact=False).first
    rows = nodes.locator("tbody tr")
    expect(rows).to_have_count(12)
    nodes.get_by_role("button", name="MACs").click()
    expect(rows.first).to_contain_text("conv2")
    nodes.get_by_label("Measurement").select_option(label="onnxruntime, batch 1")
    expect(rows.filter(has_text="act1")).to_contain_text("merged into conv1")
    nodes.get_by_label("Filter nodes").fill("fc linear")
    expect(rows).to_have_count(3)
    with page.expect_download() as download:
        nodes.get_by_role("link", name="CSV").click()
    with download.value.path().open() as file:
        found = {(row["backend"], row["batch"]) for row in csv.DictReader(file)}
    assert found == {("eager", "1"), ("eager", "4"), ("onnxruntime", "1"), ("onnxruntime", "4")}
    expect(page.get_by_role("region", name="Conditions")).to_contain_text("onnxruntime")
    page.get_by_role("button", name="Profile again…").click()
    expect(page.get_by_role("dialog").get_by_label("Batch sizes")).to_have_value("1, 4")
