"""Weights from a file and from runs, in a real Chromium: kept, looked at with a sample, trained from."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.models_core.importing.graphs import file, node, values

from .conftest import Api
from .editing import open_zoo
from .test_files import drop
from .test_samples import COLD, send

NET = file(
    [node("Flatten", "x", "f"), node("Gemm", "f w b", "y", transB=1)],
    ["n", 1, 8, 8],
    {"w": values(10, 64), "b": values(10)},
)


def test_a_models_weights_are_kept_looked_at_and_trained_from(page: Page, api: Api) -> None:
    open_zoo(page, "lenet5")
    drop(page, "linear.onnx", NET)
    dialog = page.get_by_role("dialog", name="Opened linear.onnx")
    expect(dialog).to_contain_text("The file holds 650 weights in 2 tensors", timeout=60_000)
    dialog.get_by_role("button", name="Keep the weights").click()
    expect(dialog).to_contain_text("Kept, 650 weights in 2 tensors: Weights of linear", timeout=60_000)
    address = dialog.get_by_role("link", name="Weights of linear").get_attribute("href")
    assert address
    dialog.get_by_role("button", name="Go on").click()

    send(page)
    panel = page.get_by_role("complementary", name="Sample")
    expect(panel).to_contain_text("Untrained, the network says")
    panel.get_by_label("Weights", exact=True).select_option(label="as imported")
    expect(panel).to_contain_text(re.compile(r"(?<!Untrained, the n)The network says"), timeout=COLD)

    # Training begins with them, and says so.
    page.get_by_role("button", name="Train", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="Train linear")
    dialog.get_by_label("Begin with").select_option(label="Weights of linear, v1")
    expect(dialog).to_contain_text("All 2 tensors fit.")
    dialog.get_by_label("epochs", exact=True).fill("1")
    dialog.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/runs/*")
    run = page.url.rsplit("/", 1)[1]
    done = api.wait(run)
    assert done["state"] == "done"
    assert done["weights"]["run"] == address.rsplit("/", 1)[1]
    expect(page.locator(".run-facts")).to_contain_text("Began with")
    expect(page.locator(".run-facts").get_by_role("link", name="Weights of linear")).to_have_attribute("href", address)
    expect(page.get_by_role("log")).to_contain_text("egins with all 2 tensors of")
    # Repeated, it begins with the same again unless another choice is made.
    page.get_by_role("button", name="Run again").click()
    again = page.get_by_role("dialog").get_by_label("Begin with")
    expect(again).to_have_value("same")
    expect(again.locator("option", has_text="linear on Digits, v1, best checkpoint")).to_have_count(1)

    # The import is a run without curves; its file comes back as it was.
    page.goto(address)
    expect(page.locator(".run-facts")).to_contain_text(re.compile(r"Weights\s*650"))
    expect(page.locator(".run-charts")).to_have_count(0)
    expect(page.get_by_role("button", name="Publish a demo")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("source.onnx")).click()
    assert download.value.path().read_bytes() == NET
    page.goto("/runs/")
    expect(page.get_by_role("row", name=re.compile("Weights of linear"))).to_contain_text("Done")


def test_weights_that_fit_in_part_are_offered_and_the_rest_begins_fresh(page: Page, api: Api) -> None:
    run = api.run(api.design("lenet5"), epochs=1)
    assert api.wait(run)["state"] == "done"
    document = api("GET", "/api/zoo/lenet5")["design"]
    next(one for one in document["nodes"] if one["id"] == "fc2")["params"]["out_features"] = 50
    other = api("POST", "/api/designs", {"design": document})["id"]
    page.goto(f"/designs/{other}")
    page.get_by_role("button", name="Train", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="Train lenet5")
    begin = dialog.get_by_label("Begin with")
    group = begin.locator("optgroup[label='Most tensors fit, the rest begins fresh']")
    expect(group.locator(f"option[value='{run} best']")).to_have_count(1)
    begin.select_option(value=f"{run} best")
    expect(dialog).to_contain_text("7 of 10 tensors fit; fresh: fc2.weight (50 × 120, held as 84 × 120)")
    dialog.get_by_label("epochs", exact=True).fill("1")
    dialog.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/runs/*")
    done = api.wait(page.url.rsplit("/", 1)[1])
    assert (done["state"], done["weights"]["strict"]) == ("done", False)
    expect(page.locator(".run-facts")).to_contain_text("best weights, in part")
    expect(page.get_by_role("log")).to_contain_text("egins with 7 of 10 tensors")
