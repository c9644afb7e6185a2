"""Accessibility of what a page shows now, by axe-core."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .conftest import ROOT

SOURCE = ROOT / "static" / "node_modules" / "axe-core" / "axe.min.js"


COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that a page may keep in one scheme and break in the other."""


def faults(page: Page, within: str | None = None, rules: list[str] | None = None) -> list[str]:
    """A line for each rule that is broken, of all or of those named, on the page or within what a selector finds.

    Skips the test where axe-core is not installed.
    """
    if not SOURCE.is_file():
        pytest.skip("axe-core is not installed; run `npm ci` in static/")
    # Evaluated, not added as an element: the page's own content policy would refuse that.
    page.evaluate(SOURCE.read_text())
    options = {"resultTypes": ["violations"], **({"runOnly": {"type": "rule", "values": rules}} if rules else {})}
    result = page.evaluate("([within, options]) => axe.run(within ?? document, options)", [within, options])
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']} {[node['target'] for node in fault['nodes'][:3]]}"
        for fault in result["violations"]
    ]
