"""docs/settings.md names every setting."""

from __future__ import annotations

import re

from playground.ops.checks import FAMILIES
from tests.conftest import ROOT

READ = re.compile(r"""env\.[a-z]+\(\s*"(BLOCKYARD_[A-Z_]+)"|environ(?:\.get)?[(\[]"(BLOCKYARD_[A-Z_]+)\"""")


def test_every_setting_is_in_the_list() -> None:
    listed = set(re.findall(r"^\| `(BLOCKYARD_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    read = {
        one or other
        for folder in ("playground", "models_core", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        for one, other in READ.findall(path.read_text())
    }
    assert len(read) > 20
    read = {name for name in read if not name.startswith(FAMILIES)}
    assert read <= listed, f"not in docs/settings.md: {', '.join(sorted(read - listed))}"
