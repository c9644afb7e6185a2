from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client

from playground.web.templatetags import islands

MANIFEST = {
    "src/editor/main.tsx": {
        "file": "assets/editor-1.js",
        "isEntry": True,
        "imports": ["_shared-2.js"],
        "css": ["assets/editor-3.css"],
        "dynamicImports": ["src/elk.ts"],
    },
    "_shared-2.js": {"file": "assets/shared-2.js", "css": ["assets/shared-4.css"], "imports": ["_shared-2.js"]},
    "src/elk.ts": {"file": "assets/elk-5.js"},
}


@pytest.fixture
def built(settings: Any, tmp_path: Path) -> Path:
    settings.BASE_DIR = tmp_path
    path = tmp_path / islands.MANIFEST
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(MANIFEST))
    return path


def render(name: str) -> str:
    return Template('{% load islands %}{% island "' + name + '" %}').render(Context())


def test_entry_with_styles_and_imports(built: Path) -> None:
    html = render("editor")
    assert html.index("shared-4.css") < html.index("editor-3.css") < html.index("editor-1.js")
    assert '<link rel="modulepreload" href="/static/dist/assets/shared-2.js">' in html
    assert '<script type="module" src="/static/dist/assets/editor-1.js"></script>' in html
    assert "elk-5" not in html


def test_a_new_build_is_seen(built: Path) -> None:
    render("editor")
    changed = json.loads(json.dumps(MANIFEST).replace("editor-1", "editor-9"))
    built.write_text(json.dumps(changed))
    import os

    os.utime(built, (1, 1))
    assert "editor-9" in render("editor")


def test_an_entry_that_was_not_built(built: Path) -> None:
    with pytest.raises(islands.NotBuilt, match=r"src/nothing/main\.tsx"):
        render("nothing")


def test_a_page_without_a_build_says_what_to_run(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    response = client.get("/designs/new")
    assert response.status_code == 503
    assert "make run" in response.content.decode()
