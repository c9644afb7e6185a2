"""An output that training alone has: its weight is set in the inspector, and what leads to it is counted apart."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .editing import field, fit, node, open_zoo, still, undo


def test_a_weight_makes_an_output_one_of_training_alone(page: Page) -> None:
    open_zoo(page, "googlenet")
    total = page.get_by_test_id("total-params")
    without = total.inner_text()
    fit(page)
    still(page)
    end = node(page, "output.aux1")
    expect(end).to_contain_text("for training, × aux_weight")
    end.click()
    weight = field(page, "Weight in training")
    expect(weight).to_have_value("=aux_weight")
    weight.fill("")
    expect(end).not_to_contain_text("for training")
    expect(total).not_to_have_text(without)
    weight.fill("0.5")
    expect(end).to_contain_text("for training, × 0.5")
    expect(total).to_have_text(without)
    weight.fill("-1")
    expect(page.locator(".ed-inspector")).to_contain_text("At least 0.")
    undo(page)
    expect(end).to_contain_text("for training")
