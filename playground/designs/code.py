"""A design as Python code, plain and highlighted; and the registry as JSON, made once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from models_core import registry
from models_core.compile import DesignError, bind
from playground.accounts.models import User
from playground.datasets.services import facts_of
from playground.web.errors import ApiError

from .services import facts_for_design, read_document


def of_document(user: User, document: Any, dataset: str | None = None) -> dict[str, Any]:
    """The Python file of a design bound to a data set's facts; 422 with the issues when it cannot be built."""
    from models_core.compile.code import CannotBundle, source_map

    design = read_document(document)
    bound = bind(design, facts_for_design(facts_of(user, dataset)) if dataset else None)
    if bound.errors:
        issues = [issue.to_json() for issue in bound.errors]
        raise ApiError(422, "bad_design", f"There is no code yet: {bound.errors[0]}", issues[0]["path"], issues)
    try:
        text, spans = source_map(bound)
    except (DesignError, CannotBundle) as error:
        raise ApiError(422, "bad_design", f"There is no code yet: {error}") from None
    lines = [{"path": path, "start": low, "end": high} for path, found in spans.items() for low, high in found]
    return {"python": text, "html": highlight(text), "spans": lines}


def highlight(text: str) -> str:
    """Python as HTML with Pygments' class names, each line complete in itself; the page's style sheet colours them."""
    import pygments
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return pygments.highlight(text, PythonLexer(), HtmlFormatter(nowrap=True))


@lru_cache(maxsize=32)
def registry_json(kind: str | None) -> dict[str, Any]:
    """Every entry of the registry by kind, as the browser gets it."""
    kinds = [kind] if kind else list(registry.PACKAGES)
    return {name: [entry.to_json() for entry in registry.all(name)] for name in kinds}
