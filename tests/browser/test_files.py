"""Files in and out of the editor: pictures that carry their design, models made elsewhere, and what is neither."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.models_core.importing.graphs import file as onnx_file
from tests.models_core.importing.graphs import node as onnx_node
from tests.models_core.importing.graphs import values

from .conftest import Guard
from .editing import enter, node, node_ids, open_zoo, still

DROP = """(pane, [name, text, type]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  pane.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def drop(page: Page, name: str, data: bytes, type: str = "") -> None:
    """Let a file go over the canvas."""
    page.locator(".ed-canvas").evaluate(DROP, [name, base64.b64encode(data).decode(), type])


def downloaded(page: Page, item: str) -> bytes:
    """What an entry of the menu downloads."""
    page.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=item).click()
    return Path(download.value.path()).read_bytes()


def empty(page: Page) -> None:
    """The canvas with everything taken away."""
    page.locator(".ed-node header").first.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.locator(".ed-node")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["PNG", "SVG"])
def test_a_picture_carries_its_design(page: Page, kind: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    open_zoo(page, "resnet18")
    ids = node_ids(page)
    data = downloaded(page, f"Download as {kind}")
    if kind == "SVG":
        text = data.decode()
        assert "<title>ResNet-18</title>" in text
        assert "64×112×112" in text
        assert "11.7 M" not in text
        assert all(f"{id}: " in text or id.startswith(("input", "output")) for id in ids)
        assert ("#ffffff" in text) == (scheme == "light")
        assert "var(" not in text
    else:
        assert data.startswith(b"\x89PNG")
        assert b"iTXtblockyard\0" in data
    empty(page)
    drop(page, f"net.{kind.lower()}", data)
    expect(page.get_by_text("undo brings back what was here")).to_be_visible()
    assert node_ids(page) == ids
    page.keyboard.press("Control+z")
    expect(page.locator(".ed-node")).to_have_count(0)


def test_the_picture_of_a_group_shows_what_is_inside_and_carries_everything(page: Page) -> None:
    open_zoo(page, "resnet18")
    enter(page, "layer1")
    expect(node(page, "conv2")).to_be_visible()
    still(page)
    text = downloaded(page, "Download as SVG").decode()
    assert "ResNet-18 · layer1" in text
    assert "conv2: " in text
    assert "maxpool: " not in text
    assert "maxpool" in text


NET = onnx_file(
    [onnx_node("Conv", "x w", "c"), onnx_node("Selu", "c", "s"), onnx_node("Flatten", "s")],
    ["n", 3, 8, 8],
    {"w": values(4, 3, 3, 3)},
)


def test_an_onnx_model_opens_as_blocks_and_what_none_stands_for_is_listed(page: Page) -> None:
    open_zoo(page, "lenet5")
    ids = node_ids(page)
    drop(page, "made elsewhere.onnx", NET)
    dialog = page.get_by_role("dialog", name="Opened made elsewhere.onnx")
    expect(dialog).to_be_visible(timeout=60_000)
    expect(dialog).to_contain_text("No block stands for one operator")
    expect(dialog).to_contain_text("Selu")
    expect(dialog).to_contain_text("The file's 108 weights in 1 tensor stay in it")
    expect(dialog.get_by_role("button", name="Keep the weights")).to_have_count(0)
    dialog.get_by_role("button", name="Show selu").click()
    expect(node(page, "selu")).to_have_attribute("data-selected", "true")
    expect(node(page, "selu")).to_have_attribute("data-broken", "error")
    expect(node(page, "conv2d")).to_contain_text("4×6×6")
    # It is a design like any other: the block that is missing is put in its place.
    page.keyboard.press("Control+z")
    expect(node(page, "conv1")).to_be_visible()
    assert node_ids(page) == ids


def test_a_model_whose_operators_are_all_known_is_ready_to_train(page: Page) -> None:
    open_zoo(page, "lenet5")
    nodes = [onnx_node("Conv", "x w", "c"), onnx_node("GlobalAveragePool", "c", "p"), onnx_node("Flatten", "p")]
    drop(page, "net.onnx", onnx_file(nodes, ["n", 1, 8, 8], {"w": values(4, 1, 3, 3)}))
    dialog = page.get_by_role("dialog", name="Opened net.onnx")
    expect(dialog).to_contain_text("The file holds 36 weights in 1 tensor", timeout=60_000)
    dialog.get_by_role("button", name="Go on without").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_test_id("total-params")).to_contain_text("36")
    expect(page.locator("[data-broken]")).to_have_count(0)


BAD = {
    "broken.json": (b'{"format": "blockyard.design", "nodes": [', "not JSON"),
    "foreign.json": (b'{"nodes": []}', "not a Blockyard design"),
    "newer.json": (json.dumps({"format": "blockyard.design", "version": 99}).encode(), "Update Blockyard"),
    "photo.png": (
        base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
        ),
        "a picture without a design inside",
    ),
    "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "without a design"),
    "weights.pt": (b"PK\x03\x04\0\0\0\0", "torch.onnx.export"),
    "holiday.jpg": (b"\xff\xd8\xff\xe0" + bytes(60), "a picture that carries no design"),
    "noise.bin.dat": (bytes(range(256)), "no ONNX model"),
    "huge.json": (b" " * (21 * 1024 * 1024), "may have at most"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_opened_says_why_and_changes_nothing(page: Page, name: str) -> None:
    data, said = BAD[name]
    open_zoo(page, "lenet5")
    ids = node_ids(page)
    drop(page, name, data)
    message = page.get_by_text(f'"{name}" was not opened, and your draft is unchanged.')
    expect(message).to_be_visible()
    expect(message).to_contain_text(said)
    assert node_ids(page) == ids


@pytest.mark.parametrize("data", [b"\x08\x08garbage", NET[: len(NET) // 2]])
def test_a_broken_model_says_why_and_changes_nothing(page: Page, guard: Guard, data: bytes) -> None:
    guard.allow("422")
    open_zoo(page, "lenet5")
    ids = node_ids(page)
    drop(page, "net.onnx", data)
    message = page.get_by_text('"net.onnx" was not opened, and your draft is unchanged.')
    expect(message).to_be_visible(timeout=60_000)
    expect(message).to_contain_text("This is no ONNX file")
    assert node_ids(page) == ids


def test_a_model_while_the_server_is_away_changes_nothing(page: Page, guard: Guard) -> None:
    guard.allow("ERR_FAILED|Failed to load resource")
    open_zoo(page, "lenet5")
    page.route("**/api/designs/import*", lambda route: route.abort())
    drop(page, "net.onnx", NET)
    expect(page.get_by_text("The server does not answer")).to_be_visible()
    expect(node(page, "conv1")).to_be_visible()
