"""The whole story with nothing but a keyboard: LeNet-5 from an empty page, trained, and its accuracy read."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import Api

# Each with what is typed to find it, and the settings it needs; the last is what the data decide.
LENET: list[tuple[str, dict[str, str]]] = [
    ("conv2d", {"out channels": "6", "kernel size": "5", "padding": "2"}),
    ("tanh", {}),
    ("avg pool", {"kernel size": "2"}),
    ("conv2d", {"out channels": "16", "kernel size": "5", "padding": "0"}),
    ("tanh", {}),
    ("avg pool", {"kernel size": "2"}),
    ("flatten", {}),
    ("linear", {"out features": "120"}),
    ("tanh", {}),
    ("linear", {"out features": "84"}),
    ("tanh", {}),
    ("linear", {"out features": "=facts.label.classes"}),
    ("output", {}),
]
NAME = """() => {
    const one = document.activeElement;
    const label = one.labels?.[0]?.textContent ?? "";
    return (one.getAttribute("aria-label") ?? (label || one.innerText)).trim().slice(0, 40);
}"""
MOST_STOPS = 80


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    """Walk on until what has the focus is called that."""
    seen = []
    for _ in range(MOST_STOPS):
        here = page.evaluate(NAME)
        if re.fullmatch(name, here):
            return
        seen.append(here)
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached with Tab; on the way: {seen}")


def add(page: Page, what: str, settings: dict[str, str]) -> None:
    """After the row that has the focus; then its settings, and back to its row."""
    press(page, "Shift+A")
    expect(page.get_by_role("combobox", name="Search what to add")).to_be_focused()
    page.keyboard.type(what)
    press(page, "Enter")
    row = page.locator('.ed-outline-rows [role="row"][aria-selected="true"]')
    expect(row).to_be_focused()
    if not settings:
        return
    press(page, "Enter")
    for name, value in settings.items():
        tab_to(page, name)
        press(page, "Control+A")
        page.keyboard.type(value)
    press(page, "Escape")
    expect(row).to_be_focused()


def test_lenet_from_empty_to_its_accuracy_by_keyboard_alone(page: Page, api: Api) -> None:
    zoo = api("GET", "/api/zoo/lenet5")["design"]
    params = api("POST", "/api/analyze", {"design": zoo})["total"]["params"]

    # Home leads to an empty design.
    page.goto("/")
    press(page, "Tab", "Enter")
    tab_to(page, "Empty design|New design")
    press(page, "Enter")
    page.wait_for_url("**/designs/new")
    expect(page.locator('[data-choice="block:conv2d"]')).to_be_visible()

    press(page, "Shift+O")
    add(page, "image input", {"H": "28", "W": "28"})
    for what, settings in LENET:
        add(page, what, settings)
    rows = page.get_by_role("treegrid", name="Nodes").locator("[data-key]")
    expect(rows).to_have_count(len(LENET) + 1)
    expect(page.locator(".ed-totals")).to_contain_text("Fits together", timeout=20_000)
    total = page.get_by_test_id("total-params")
    expect(total).to_have_attribute("title", re.compile(f"^{params:,} parameters"))

    # A name for it: the toolbar is the part of the page before.
    press(page, "F6", "F6")
    tab_to(page, "Name of the design")
    press(page, "Control+A")
    page.keyboard.type("mine")
    press(page, "Enter", "Control+Enter")
    dialog = page.get_by_role("dialog", name="Train mine")
    expect(dialog.get_by_role("combobox", name="Data set")).to_be_focused()
    page.keyboard.type("Digits")
    expect(dialog).to_contain_text("1,437 to train on")
    expect(dialog.get_by_role("button", name="Start training")).to_be_enabled()
    tab_to(page, "Start training")
    press(page, "Enter")
    page.wait_for_url(re.compile(r"/runs/[a-z0-9]+$"))
    expect(page).to_have_title(re.compile("done"), timeout=90_000)
    result = page.get_by_role("region", name="Result on test data")
    expect(result.get_by_text(re.compile(r"^[89]\d\.\d %$")).first).to_be_visible()
