"""What can be wrong with a design: one fault, its place, its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Place:
    """The node of a document that a path leads to: its group (None at the top) and its id."""

    group: str | None
    node: str

    def to_json(self) -> dict[str, Any]:
        return {"group": self.group, "node": self.node}


@dataclass(frozen=True)
class Fix:
    """A change that would mend a fault: parameters to set on a node, None to take one away."""

    at: Place
    params: dict[str, Any] = field(default_factory=dict)
    label: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"at": self.at.to_json(), "path": self.at.node, "params": self.params, "label": self.label}


@dataclass(frozen=True)
class Issue:
    """One fault of a design: where (path of the node, port), what, and what to do about it."""

    path: str
    code: str
    message: str
    remedy: str = ""
    port: str | None = None
    param: str | None = None
    at: Place | None = None
    fix: Fix | None = None
    severity: Literal["error", "warning"] = "error"

    def to_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "port": self.port,
            "param": self.param,
            "at": self.at.to_json() if self.at else None,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "remedy": self.remedy,
            "fix": self.fix.to_json() if self.fix else None,
        }

    def __str__(self) -> str:
        where = self.path + (f" (port {self.port})" if self.port else "")
        text = f"{where}: {self.message}" if where else self.message
        return f"{text}; {self.remedy}" if self.remedy else text


class DesignError(ValueError):
    """A design cannot be used; `issues` has every fault that was found."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = list(issues)
        more = f" (and {len(self.issues) - 1} more)" if len(self.issues) > 1 else ""
        super().__init__(f"{self.issues[0]}{more}" if self.issues else "the design has a fault")
