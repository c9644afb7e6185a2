"""The search space of a design: what may vary, and how many different settings that makes.

Variables with a domain and choice nodes are its dimensions. One that does not matter under a setting (it lies inside an
alternative that is not picked, or its `when` says no) is not counted there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from models_core.limits import LIMITS

from .expressions import ExpressionError, is_expression, names_in, resolve
from .issues import Place
from .schema import Alternative, ChoiceDomain, Design, Graph, IntDomain, Node, Variable

MOST_SETTINGS = 20_000
"""Settings of dimensions that hang together that are looked at one by one; beyond, the size is a bound from above."""
MOST_VALUES = 1_000
MOST_GRAPHS = 2_000

Guard = frozenset[tuple[str, frozenset[int]]]
"""Where something stands: for each dimension that decides, the places of the values under which it is there."""
UNKNOWN = "?"
"""Stands among dimensions for what an expression depends on and no setting tells, such as the repetition `i`."""


@dataclass(frozen=True)
class Dimension:
    """Something that may vary: a variable, or a choice node that no expression picks for."""

    name: str
    values: tuple[Any, ...] | range | None
    """What it may be; None where it is continuous."""
    at: Place | None = None
    used: bool = True
    conditional: bool = False
    """Whether it matters under some settings only."""

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "count": None if self.values is None else len(self.values),
            "at": self.at and {"group": self.at.group, "node": self.at.node},
            "used": self.used,
            "conditional": self.conditional,
        }


@dataclass(frozen=True)
class Space:
    """The dimensions, and the number of different settings with the continuous ones left out."""

    dimensions: tuple[Dimension, ...]
    size: int
    exact: bool
    """False where the size is a bound from above."""

    def to_json(self) -> dict[str, Any]:
        digits = str(self.size) if self.size < 10**15 else f"{Decimal(self.size):.3e}"
        return {"size": digits, "exact": self.exact, "dimensions": [one.to_json() for one in self.dimensions]}


def space_of(design: Design) -> Space:
    """The search space of a design; of a design without domains and choices it has size 1 and no dimension."""
    has_domain = any(variable.domain is not None for variable in design.variables.values())
    graphs = (design, *design.groups.values())
    if not has_domain and not any(node.choice is not None for graph in graphs for node in graph.nodes):
        return Space((), 1, True)
    return _Reader(design).space()


def _values(variable: Variable) -> tuple[Any, ...] | range | None:
    domain = variable.domain
    if isinstance(domain, IntDomain):
        return range(domain.min, domain.max + 1, domain.step)
    return tuple(domain.values) if isinstance(domain, ChoiceDomain) else None


class _Scope:
    """What names mean in a graph: the design's variables, or a group's parameters as one instance is given them."""

    def __init__(
        self,
        reader: _Reader,
        params: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
        outer: _Scope | None = None,
    ) -> None:
        self.reader = reader
        self.params = params or {}
        self.given = given or {}
        self.outer = outer
        self.depth: int = outer.depth + 1 if outer else 0

    def depends(self, value: Any) -> frozenset[str]:
        """The dimensions that a value's expressions depend on."""
        used = names_in(value)
        if not used:
            return frozenset()
        found: set[str] = set()
        seen: set[tuple[_Scope, str]] = set()
        waiting = [(self, name) for name in used]
        root, variables = self.reader.root, self.reader.design.variables
        while waiting:
            place = scope, name = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            if name in scope.params:
                inner, where = scope._param(name)
                waiting += ((where, other) for other in names_in(inner))
            elif name in self.reader.dimensions and name in variables:
                found.add(name)
            elif name in variables:
                waiting += ((root, other) for other in names_in(variables[name].value))
            elif name in ("i", "n"):
                found.add(UNKNOWN)
        return frozenset(found)

    def _param(self, name: str) -> tuple[Any, _Scope]:
        given = self.given.get(name)
        return (self.params[name], self) if given is None else (given, self.outer or self)

    def names(self, setting: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values of names where the dimensions are set so; each is worked out when it is asked for."""
        return _Names(self, setting)


class _Names(Mapping[str, Any]):
    def __init__(
        self, scope: _Scope, setting: Mapping[str, Any], known: dict[tuple[_Scope, str], Any] | None = None
    ) -> None:
        self.scope = scope
        self.setting = setting
        # Values that are worked out already: each may be asked for along very many ways.
        self.known = {} if known is None else known

    def __getitem__(self, name: str) -> Any:
        if (self.scope, name) not in self.known:
            self.known[self.scope, name] = self._value(name)
        return self.known[self.scope, name]

    def _value(self, name: str) -> Any:
        scope, design = self.scope, self.scope.reader.design
        try:
            if name in scope.params:
                value, where = scope._param(name)
                return resolve(value, _Names(where, self.setting, self.known))
            if name in self.setting:
                return self.setting[name]
            if name in design.variables:
                return resolve(design.variables[name].value, _Names(scope.reader.root, self.setting, self.known))
        except RecursionError:
            raise KeyError(name) from None
        if name == "facts":
            return design.facts
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter((*self.scope.params, *self.scope.reader.design.variables))

    def __len__(self) -> int:
        return len(self.scope.params) + len(self.scope.reader.design.variables)


class _Reader:
    def __init__(self, design: Design) -> None:
        self.design = design
        self.exact = True
        self.root = _Scope(self)
        self.dimensions: dict[str, Dimension] = {
            name: Dimension(name, _values(variable))
            for name, variable in design.variables.items()
            if variable.domain is not None
        }
        self.sites: set[tuple[frozenset[str], Guard]] = set()
        self.graphs = 0

    def space(self) -> Space:
        for name, variable in self.design.variables.items():
            if name in self.dimensions and variable.when:
                self._site(self.root.depends(variable.when), frozenset())
        for given in self.design.inputs:
            self._site(self.root.depends(given.dims), frozenset())
        for override in self.design.overrides:
            # What a name means where the override's node stands is not looked up: all that it may hang on counts.
            self._site(self.root.depends([override.params, override.bypass, override.mute]), frozenset())
        self._graph(self.design, None, self.root, frozenset())
        always = {name for uses, guard in self.sites if not guard for name in uses}
        guards: dict[str, set[Guard]] = {name: set() for name in self.dimensions}
        for uses, guard in self.sites:
            for name in uses - always:
                guards[name].add(guard)
        used = always | {name for name, found in guards.items() if found}
        size = 1
        for part in self._together(used, guards):
            size *= self._settings(part, guards)
        dimensions = tuple(
            Dimension(one.name, one.values, one.at, name in used, bool(guards[name]) or self._when(name) is not None)
            for name, one in self.dimensions.items()
        )
        return Space(dimensions, size, self.exact)

    # -- where dimensions are used -------------------------------------------------------------------------------

    def _site(self, uses: frozenset[str], guard: Guard) -> None:
        if uses - {UNKNOWN}:
            self.sites.add((uses - {UNKNOWN}, guard))

    def _graph(self, graph: Graph, key: str | None, scope: _Scope, guard: Guard) -> None:
        self.graphs += 1
        # A group may contain itself: bind refuses it, and here it must only end.
        if self.graphs > MOST_GRAPHS or scope.depth > LIMITS.depth:
            self.exact = False
            self.sites |= {(frozenset(self.dimensions), frozenset())}
            return
        for node in graph.nodes:
            self._site(scope.depends([node.repeat, node.bypass, node.mute]), guard)
            if node.choice is None:
                self._part(node, scope, guard)
                continue
            for alternative, inner in self._alternatives(node, key, scope, guard):
                self._part(node.choice[alternative], scope, inner)

    def _part(self, part: Node | Alternative, scope: _Scope, guard: Guard) -> None:
        group = self.design.groups.get(part.group or "")
        if group is None:
            self._site(scope.depends(part.params), guard)
            return
        defaults = {name: param.default for name, param in group.params.items()}
        self._graph(group, part.group, _Scope(self, defaults, part.params, scope), guard)

    def _alternatives(self, node: Node, key: str | None, scope: _Scope, guard: Guard) -> Iterator[tuple[str, Guard]]:
        """The alternatives that can be, each with what must be set for it."""
        choice = node.choice or {}
        if not is_expression(node.pick):
            name = f"{key}/{node.id}" if key else node.id
            # A node may be called like a variable.
            name = name if name not in self.design.variables else f"/{name}"
            if len(choice) > 1:
                self.dimensions.setdefault(name, Dimension(name, tuple(choice), Place(key, node.id)))
                self._site(frozenset({name}), guard)
            for at, alternative in enumerate(choice):
                inner = _and(guard, name, frozenset({at})) if len(choice) > 1 else guard
                if inner is not None:
                    yield alternative, inner
            return
        uses = scope.depends(node.pick)
        self._site(uses, guard)
        picked = self._picked(str(node.pick), uses, scope)
        if picked is None:
            self.exact = False
            yield from ((alternative, guard) for alternative in choice)
            return
        name = next(iter(uses), "")
        for alternative, places in picked.items():
            inner = _and(guard, name, places) if uses else guard
            if alternative in choice and inner is not None:
                yield alternative, inner

    def _picked(self, pick: str, uses: frozenset[str], scope: _Scope) -> dict[Any, frozenset[int]] | None:
        """Which values of the one dimension that decides pick what; None where that cannot be told."""
        values: Any = (None,)
        if uses:
            values = () if UNKNOWN in uses or len(uses) > 1 else self.dimensions[next(iter(uses))].values
            if not values or len(values) > MOST_VALUES:
                return None
        found: dict[Any, set[int]] = {}
        for at, value in enumerate(values):
            try:
                picked = resolve(pick, scope.names(dict.fromkeys(uses, value)))
                found.setdefault(picked, set()).add(at)
            except (ExpressionError, TypeError):
                continue
        return {picked: frozenset(places) for picked, places in found.items()}

    # -- counting ------------------------------------------------------------------------------------------------

    def _when(self, name: str) -> str | None:
        variable = self.design.variables.get(name)
        return variable.when if variable else None

    def _together(self, used: set[str], guards: Mapping[str, set[Guard]]) -> list[list[str]]:
        """The used dimensions in parts, each of those that decide over one another."""
        part = {name: {name} for name in used}
        for name in used:
            over = {other for guard in guards[name] for other, _ in guard}
            when = self._when(name)
            over |= self.root.depends(when) - {UNKNOWN} if when else set()
            for other in over & used:
                if part[other] is not part[name]:
                    part[name] |= part[other]
                    for one in part[other]:
                        part[one] = part[name]
        seen: dict[int, list[str]] = {}
        for name in self.dimensions:
            if name in part:
                seen.setdefault(id(part[name]), []).append(name)
        return list(seen.values())

    def _count(self, name: str) -> int:
        values = self.dimensions[name].values
        return 1 if values is None else len(values)

    def _settings(self, part: list[str], guards: Mapping[str, set[Guard]]) -> int:
        """The number of different settings of dimensions that hang together."""
        deciding = {other for name in part for guard in guards[name] for other, _ in guard}
        for name in part:
            deciding |= self.root.depends(self._when(name))
        if any(name not in self.dimensions or self.dimensions[name].values is None for name in deciding):
            self.exact = False
            deciding = {
                name for name in deciding if name in self.dimensions and self.dimensions[name].values is not None
            }
        order = [name for name in part if name in deciding]
        if math.prod(map(self._count, order)) > MOST_SETTINGS:
            self.exact = False
            return math.prod(map(self._count, part))
        found: dict[tuple[int | None, ...], int] = {}
        for places in itertools.product(*(range(self._count(name)) for name in order)):
            setting = dict(zip(order, places, strict=True))
            matters = {name for name in part if self._matters(name, setting, guards[name])}
            key = tuple(setting[name] if name in matters else None for name in order)
            rest = math.prod(self._count(name) for name in matters if name not in setting)
            found[key] = max(found.get(key, 0), rest)
        return sum(found.values())

    def _matters(self, name: str, setting: Mapping[str, int], guards: set[Guard]) -> bool:
        when = self._when(name)
        if when:
            values = {one: (self.dimensions[one].values or ())[at] for one, at in setting.items()}
            try:
                if not resolve(when, self.root.names(values)):
                    return False
            except ExpressionError:
                pass
        return not guards or any(
            all(setting[other] in places for other, places in guard if other in setting) for guard in guards
        )


def _and(guard: Guard, name: str, places: frozenset[int]) -> Guard | None:
    """The guard with one more condition; None where nothing fulfils it."""
    known = dict(guard)
    known[name] = known.get(name, places) & places
    return frozenset(known.items()) if known[name] else None
