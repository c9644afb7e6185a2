"""Pages that name no icon of their own, as the admin's, get ours."""

from __future__ import annotations

from django.test import Client


def test_the_icon_browsers_ask_for(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].endswith("dist/favicon.svg")
