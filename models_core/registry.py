"""The one mechanism by which anything a user can choose becomes known.

`@register(kind, id=...)` on a class or function makes an entry: its signature is the form a user fills in, its
docstring the help text, its Source the paper, its Formula what it computes. A module in the package of its kind is
found without being listed.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import threading
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import annotated_types
import pydantic
from torch import nn

from . import ports as port_module
from .ports import Port

if TYPE_CHECKING:
    from .design.schema import GroupParam

PACKAGES: dict[str, str] = {
    "block": "models_core.blocks",
    "generator": "models_core.generators",
    "design": "models_core.zoo",
    "dataset": "models_core.data",
    "task": "models_core.tasks",
    "objective": "models_core.tasks",
    "method": "models_core.methods",
    "optimizer": "models_core.training",
    "schedule": "models_core.training",
    "augmentation": "models_core.training",
    "callback": "models_core.training",
    "transform": "models_core.transforms",
    "runner": "models_core.serving",
    "paper": "models_core.papers",
}
"""Where entries of each kind live; every module in there whose name has no leading underscore is imported."""

_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_PAPER_ID = re.compile(r"[a-z][a-z0-9-]*\Z")


@dataclass(frozen=True)
class Range(annotated_types.GroupedMetadata):
    """Bounds of a number, both included; also of numbers inside a tuple or a union."""

    low: float | None = None
    high: float | None = None

    def __iter__(self) -> Iterator[annotated_types.BaseMetadata]:
        if self.low is not None:
            yield annotated_types.Ge(self.low)
        if self.high is not None:
            yield annotated_types.Le(self.high)


@dataclass(frozen=True)
class Follows:
    """A size taken from dim `dim` of what comes in at `port`, unless the user fixes it; see also `ports.COUNT`."""

    port: str
    dim: str


@dataclass(frozen=True)
class Doc:
    """One sentence on a parameter, shown beside its field."""

    text: str


@dataclass(frozen=True)
class Source:
    """The publication an entry stands for."""

    authors: str
    title: str
    year: int
    url: str = ""


@dataclass(frozen=True, init=False)
class Formula:
    """What an entry computes: lines of LaTeX, and `where`, which says in words what their symbols are."""

    lines: tuple[str, ...]
    where: str

    def __init__(self, *lines: str, where: str = "") -> None:
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "where", where)


@dataclass(frozen=True)
class Traits:
    """What an entry declares of itself, and what registry-wide tests therefore expect of it."""

    causal: bool = False
    stochastic: bool = False
    nontrainable: bool = False
    no_export: str = ""

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value}


class UnknownEntry(ValueError):
    """No entry of that kind has that id."""


class BadParams(ValueError):
    """Parameters do not fit the form; `faults` maps each parameter's name to a sentence."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults.items()))
        self.faults = dict(faults)


@dataclass(frozen=True)
class Param:
    """One field of an entry's form."""

    name: str
    annotation: Any
    default: Any
    doc: str = ""
    follows: Follows | None = None

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty and self.follows is None


@dataclass(frozen=True)
class Entry:
    """One thing a user can choose: a registered class or function and what its signature and docstring say."""

    kind: str
    id: str
    version: int
    family: str
    obj: Any
    params: tuple[Param, ...]
    title: str
    source: Source | None = None
    formula: Formula | None = None
    traits: Traits = field(default_factory=Traits)
    tags: tuple[str, ...] = ()
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    passed: Mapping[str, GroupParam] = field(default_factory=dict, hash=False)
    """Of a generator: the parameters of the group that it makes, which its nodes give besides its own."""
    small: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """A block's parameters, or a design's variables, where registry-wide tests should not take the usual small ones."""

    @cached_property
    def doc(self) -> str:
        return inspect.cleandoc(self.obj.__doc__ or "")

    @property
    def help(self) -> str:
        """The first sentence of the docstring."""
        paragraph = self.doc.split("\n\n")[0].replace("\n", " ")
        sentence = re.match(r"(.+?\.)(?:\s|$)", paragraph)
        return sentence.group(1) if sentence else paragraph

    @cached_property
    def followed(self) -> dict[str, Follows]:
        """The parameters whose value follows an input's size, by name."""
        return {param.name: param.follows for param in self.params if param.follows}

    @cached_property
    def form(self) -> type[pydantic.BaseModel]:
        """A pydantic model of the parameters; sizes that follow an input may be None."""
        fields: dict[str, Any] = {}
        for param in self.params:
            extra: dict[str, Any] = {"x-follows": vars(param.follows)} if param.follows else {}
            kind = param.annotation | None if param.follows else param.annotation
            default: Any = None if param.follows else (... if param.required else param.default)
            title = param.name.replace("_", " ")
            info = pydantic.Field(default, title=title, description=param.doc or None, json_schema_extra=extra)
            fields[param.name] = (kind, info)
        config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())
        return pydantic.create_model(self.id, __config__=config, **fields)

    def schema(self) -> dict[str, Any]:
        """The form as a JSON schema; after a generator's own parameters come those of the group that it makes."""
        schema = self.form.model_json_schema()
        for name, param in self.passed.items():
            more = {"title": name.replace("_", " "), "description": param.doc, "default": param.default}
            schema["properties"][name] = {key: value for key, value in more.items() if value is not None}
        return schema

    def check(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with defaults filled in, as the constructor wants them; raises BadParams."""
        try:
            # Through JSON, because strict validation of JSON takes a list for a tuple and yet no "3" for a 3.
            values = self.form.model_validate_json(json.dumps(dict(params)), strict=True)
        except (pydantic.ValidationError, TypeError, ValueError) as error:
            raise BadParams(self._faults(error)) from None
        return {param.name: getattr(values, param.name) for param in self.params}

    def _faults(self, error: Exception) -> dict[str, str]:
        if not isinstance(error, pydantic.ValidationError):
            return {"params": f"cannot be written as JSON: {error}"}
        faults: dict[str, str] = {}
        depths: dict[str, int] = {}
        for item in error.errors():
            name = str(item["loc"][0]) if item["loc"] else "params"
            if item["type"] == "extra_forbidden":
                known = ", ".join(param.name for param in self.params) or "none"
                text = f"{self.id} has no parameter {name}; it has: {known}"
            elif item["type"] == "missing":
                text = "needs a value"
            else:
                text = f"{item['msg'][0].lower()}{item['msg'][1:]}, but got {_short(item['input'])}"
            # Of the arms of a union, the one that fits deepest is the one that was meant.
            if len(item["loc"]) > depths.get(name, -1):
                faults[name], depths[name] = text, len(item["loc"])
        return faults

    def to_json(self) -> dict[str, Any]:
        """What the browser and the command line show of this entry."""
        return {
            "kind": self.kind,
            "id": self.id,
            "version": self.version,
            "family": self.family,
            "title": self.title,
            "help": self.help,
            "doc": self.doc,
            "schema": self.schema(),
            "ports": {
                "inputs": [port.to_json() for port in self.inputs],
                "outputs": [port.to_json() for port in self.outputs],
            },
            "source": vars(self.source) if self.source else None,
            "formula": vars(self.formula) if self.formula else None,
            "traits": self.traits.to_json(),
            "tags": list(self.tags),
        }


_entries: dict[str, dict[str, Entry]] = {}
_loaded: set[str] = set()
_lock = threading.RLock()
T = TypeVar("T", bound=Callable[..., Any])


def register(
    kind: str,
    *,
    id: str,
    version: int = 1,
    family: str = "",
    title: str = "",
    source: Source | None = None,
    formula: Formula | None = None,
    traits: Traits | None = None,
    tags: Iterable[str] = (),
    small: Mapping[str, Any] | None = None,
) -> Callable[[T], T]:
    """Make a class or function an entry of `kind` under a stable id.

    Positional-only parameters are given by the engine; all others are the form and need an annotation. A missing
    annotation, a default that its own annotation refuses, a missing docstring or a second entry of the same id raises
    ValueError at import. `small` are values with which tests of every entry make this one.
    """

    def decorate(obj: T) -> T:
        where = f"{kind} {id} ({obj.__module__}.{obj.__qualname__})"
        if kind not in PACKAGES:
            raise ValueError(f"{where}: no such kind; there are {', '.join(PACKAGES)}")
        if not (_PAPER_ID if kind == "paper" else _ID).match(id):
            raise ValueError(
                f"{where}: an id has lower-case letters, digits and underscores (a paper's: hyphens), a letter first"
            )
        if not (obj.__doc__ or "").strip():
            raise ValueError(f"{where} has no docstring; its first sentence is the help text")
        known = _entries.setdefault(kind, {})
        if id in known and known[id].obj.__module__ != obj.__module__:
            raise ValueError(f"{where}: {known[id].obj.__module__} has registered that id already")
        inputs: tuple[Port, ...] = ()
        outputs: tuple[Port, ...] = ()
        try:
            if kind == "block":
                if not (isinstance(obj, type) and issubclass(obj, nn.Module)):
                    raise ValueError("a block is a subclass of torch.nn.Module")
                inputs, outputs = port_module.of_forward(obj.forward)
            params = tuple(_params(obj))
            for param in params:
                if param.follows and param.follows.port not in {port.name for port in inputs}:
                    raise ValueError(f"parameter {param.name} follows port {param.follows.port}, which is no input")
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        entry = Entry(
            kind,
            id,
            version,
            family,
            obj,
            params,
            title or id.replace("_", " ").capitalize(),
            source,
            formula,
            traits or Traits(),
            tuple(tags),
            inputs,
            outputs,
            small=small or {},
        )
        _check_defaults(entry, where)
        known[id] = entry
        return obj

    return decorate


def load(kind: str) -> None:
    """Import every module in which entries of `kind` may live; once."""
    if kind not in PACKAGES:
        raise UnknownEntry(f"there is no kind {kind}; there are {', '.join(PACKAGES)}")
    with _lock:
        if kind in _loaded:
            return
        try:
            package = importlib.import_module(PACKAGES[kind])
        except ModuleNotFoundError as error:
            if error.name != PACKAGES[kind]:
                raise
        else:
            for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
                if not any(part.startswith("_") for part in module.name.split(".")):
                    importlib.import_module(module.name)
        if kind == "generator":
            # Not at registration: a generator may use what stands after it in its file.
            _entries[kind] = {id: _with_group(entry) for id, entry in _entries.get(kind, {}).items()}
        _loaded.add(kind)


def all(kind: str) -> list[Entry]:
    """Every entry of a kind, by family and id."""
    load(kind)
    return sorted(_entries.get(kind, {}).values(), key=lambda entry: (entry.family, entry.id))


def get(kind: str, id: str) -> Entry:
    """The entry of that kind and id; raises UnknownEntry with the nearest names."""
    load(kind)
    try:
        return _entries.get(kind, {})[id]
    except (KeyError, TypeError):
        import difflib

        near = difflib.get_close_matches(str(id), _entries.get(kind, {}), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UnknownEntry(f"there is no {kind} called {_short(id)}{hint}") from None


def find(kind: str, id: str) -> Entry | None:
    """The entry of that kind and id, or None."""
    load(kind)
    return _entries.get(kind, {}).get(id)


def _with_group(entry: Entry) -> Entry:
    """A generator with the ports and parameters of the group that it makes by default: all that it makes have these."""
    where = f"generator {entry.id} ({entry.obj.__module__})"
    for param in entry.params:
        if param.required:
            raise ValueError(f"{where}: parameter {param.name} has no default, which each of a generator's needs")
    group = entry.obj().group
    both = set(group.params) & {param.name for param in entry.params}
    if both:
        raise ValueError(f"{where}: parameter {min(both)} is that of its group, too; rename one")
    inputs, outputs = (
        tuple(Port("N ...", dtype="any", name=end.name) for end in ends) for ends in (group.inputs, group.outputs)
    )
    return dataclasses.replace(entry, inputs=inputs, outputs=outputs, passed=group.params)


def _params(obj: Callable[..., Any]) -> Iterable[Param]:
    function = obj.__init__ if isinstance(obj, type) else obj  # type: ignore[misc]  # the class's own constructor is meant
    if function in (object.__init__, nn.Module.__init__):
        return
    hints = typing.get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self" or parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            continue
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            raise ValueError(f"parameter *{name} cannot be a form field")
        if name not in hints:
            raise ValueError(f"parameter {name} has no annotation")
        hint, doc, follows = hints[name], "", None
        if typing.get_origin(hint) is Annotated:
            base, *extras = typing.get_args(hint)
            kept = []
            for extra in extras:
                if isinstance(extra, Doc):
                    doc = extra.text
                elif isinstance(extra, Follows):
                    follows = extra
                elif isinstance(extra, Range):
                    kept.append(pydantic.Field(ge=extra.low, le=extra.high))
                else:
                    kept.append(extra)
            hint = Annotated[(base, *kept)] if kept else base
        _check_type(hint, name)
        yield Param(name, hint, parameter.default, doc, follows)


def _check_type(hint: Any, name: str) -> None:
    if typing.get_origin(hint) is Annotated:
        hint = typing.get_args(hint)[0]
    if hint in (int, float, bool, str, type(None), Ellipsis, Any):
        return
    origin = typing.get_origin(hint)
    if origin is Literal:
        return
    if origin in (typing.Union, types.UnionType, tuple, list, dict):
        for arm in typing.get_args(hint):
            _check_type(arm, name)
        return
    if isinstance(hint, type) and issubclass(hint, pydantic.BaseModel):
        return
    raise ValueError(f"parameter {name} is a {hint}, which has no form field; use numbers, text, Literal, tuples")


def _check_defaults(entry: Entry, where: str) -> None:
    filled = {param.name: param.default for param in entry.params if not param.required and not param.follows}
    try:
        entry.form.model_validate_json(
            json.dumps({**{p.name: None for p in entry.params if p.required}, **filled}), strict=True
        )
    except pydantic.ValidationError as error:
        for item in error.errors():
            if item["loc"] and item["loc"][0] in filled:
                raise ValueError(f"{where}: the default of {item['loc'][0]} is refused: {item['msg']}") from None


def _short(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
