"""Results of checks: run one, write what it found, read it again, and know when the code beneath has changed."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from models_core import registry
from models_core.design import generate
from models_core.registry import Entry

from ._lab import Lab
from ._outcome import Verdict
from ._paper import Check, Level

KEPT = Path(__file__).parent / "results"
"""Where the project keeps them."""
_RESTS = tuple(f"models_core.{name}" for name in ("blocks", "generators", "ops", "zoo", "transforms", "papers"))
"""Where code lives that a result rests on; the compiler and the training loop have tests of their own."""
_MACHINERY = frozenset(
    ("models_core.papers", *(f"models_core.papers._{name}" for name in ("lab", "outcome", "paper", "results")))
)
"""How checks are declared and run, which is not what they find."""


@dataclass(frozen=True)
class Result:
    """What a check found, when, and on what."""

    paper: str
    check: str
    level: Level
    verdict: Verdict
    figure: str
    values: dict[str, Any] = field(default_factory=dict)
    seeds: list[int] = field(default_factory=list)
    seconds: float = 0.0
    measured: str = ""
    """Date and time, UTC."""
    machine: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    code: str = ""
    """Fingerprint of the code it rests on."""

    def write(self, folder: Path = KEPT) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.paper}.{self.check}.json"
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return path


def run_check(entry: Entry, check: Check, lab: Lab | None = None) -> Result:
    """Run one check of a paper and say what it found."""
    lab = lab or Lab()
    began = time.perf_counter()
    outcome = check.run(lab)
    return Result(
        paper=entry.id,
        check=check.name,
        level=check.level,
        verdict=outcome.verdict,
        figure=outcome.figure,
        values=outcome.values,
        seeds=sorted(lab.seeds_used),
        seconds=round(time.perf_counter() - began, 2),
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=_machine(),
        versions={"python": platform.python_version(), "torch": torch.__version__},
        code=fingerprint(entry),
    )


def stored(entry: Entry, check: Check, *folders: Path) -> tuple[Result, bool] | None:
    """The result kept of a check, and whether the code it rests on has changed since; the first folder that has one."""
    for folder in (*folders, KEPT):
        path = folder / f"{entry.id}.{check.name}.json"
        if path.is_file():
            result = Result(**json.loads(path.read_text(encoding="utf-8")))
            return result, result.code != fingerprint(entry)
    return None


def fingerprint(entry: Entry) -> str:
    """A hash of the code a paper's results rest on: its own file, its entries, the blocks its designs are made of."""
    return _fingerprint(entry.id)


@functools.cache
def _fingerprint(id: str) -> str:
    entry = registry.get("paper", id)
    modules = {entry.obj.__module__}
    for name in entry.obj.entries:
        kind, _, id = name.partition("/")
        found = registry.get(kind, id)
        modules.add(found.obj.__module__)
        if kind == "design":
            modules |= _modules_of(found.obj().to_json())
    hashed = hashlib.sha256()
    for name, source in sorted(_closure(modules).items()):
        hashed.update(f"{name}\0{source}\0".encode())
    return hashed.hexdigest()[:16]


def card(entry: Entry, *folders: Path) -> dict[str, Any]:
    """All that is said of a paper: the publication, what it is here, its claim, its checks and what they found.

    `check` is the result its status stands on, that of the heaviest check that has one; null while there is none.
    """
    checks, main = [], None
    for check in entry.obj.checks(entry.id):
        found = None if check.level == "exact" else stored(entry, check, *folders)
        result = {**asdict(found[0]), "stale": found[1]} if found else None
        checks.append(
            {
                "name": check.name,
                "level": check.level,
                "doc": check.doc,
                "minutes": check.minutes,
                "data": list(check.data),
                "result": result,
            }
        )
        if result and (main is None or (check.level, main["level"]) == ("study", "small")):
            main = {"name": check.name} | {key: result[key] for key in ("level", "verdict", "figure", "stale")}
    source = vars(entry.source) if entry.source else {}
    return {
        "id": entry.id,
        **source,
        "title": source.get("title", entry.title),
        "family": entry.family,
        "tags": list(entry.tags),
        "doc": entry.doc,
        "claim": entry.obj.claim,
        "notes": entry.obj.notes,
        "entries": list(entry.obj.entries),
        "check": main,
        "checks": checks,
    }


def _closure(modules: set[str]) -> dict[str, str]:
    """Sources of the modules and of what they import, as far as results rest on it."""
    found: dict[str, str] = {}
    todo = list(modules)
    while todo:
        name = todo.pop()
        if name in found or not name.startswith(_RESTS) or name in _MACHINERY:
            continue
        found[name] = _source(name)
        todo += _imports(name)
    return found


def _modules_of(document: Any) -> set[str]:
    """Where the blocks and generators live that a document names, also those it has only with other variables.

    What a generator makes counts as it is with its defaults.
    """
    modules: set[str] = set()
    for kind, id in set(_named(document)):
        entry = registry.find(kind, id)
        if entry:
            modules.add(entry.obj.__module__)
            if kind == "generator":
                made = generate.make(id, {}).groups.values()
                modules |= _modules_of([group.model_dump(mode="json") for group in made])
    return modules


def _named(document: Any) -> Iterator[tuple[str, str]]:
    if isinstance(document, dict):
        for key, value in document.items():
            if key in ("block", "generator") and isinstance(value, str):
                yield key, value
            else:
                yield from _named(value)
    elif isinstance(document, list):
        for value in document:
            yield from _named(value)


@functools.cache
def _source(name: str) -> str:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""


@functools.cache
def _imports(name: str) -> tuple[str, ...]:
    return tuple(_imported(name, _source(name)))


def _imported(name: str, source: str) -> Iterator[str]:
    package = name.rpartition(".")[0]
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, package)
            for alias in node.names if base.startswith(_RESTS) else ():
                inside = f"{base}.{alias.name}"
                yield inside if _is_module(inside) else base


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement, however deep; not the expressions in them, which are most of a tree and import nothing."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, part, ()):
            yield inner
            yield from _statements(inner)


@functools.cache
def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass
    return {"cpu": cpu, "cores": os.cpu_count(), "threads": torch.get_num_threads(), "system": platform.system()}
