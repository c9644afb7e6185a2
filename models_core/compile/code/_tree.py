"""A bound design as the tree of modules its code will make: one body per graph, makers for what a body is made of.

Wires become numbers: inside a body, a value is 0, 1, ... in the order of its inputs and then of its steps' results, so
that two bodies of one structure are equal whatever flows through them.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from models_core.compile.bound import Bound, BoundNode, Item, Scope, Value
from models_core.declare import torch_call
from models_core.design.generate import SEPARATOR, content
from models_core.design.schema import Graph

from ._bundle import Bundle
from ._text import literal

Ref = int | None
MISSING = object()


@dataclass
class Slot:
    """One value in the making of a module, which may differ from instance to instance of a group."""

    name: str
    value: Any
    default: Any = MISSING
    positional: bool = False

    @property
    def text(self) -> str:
        return literal(self.value)

    @property
    def is_default(self) -> bool:
        return self.default is not MISSING and literal(self.default) == self.text


@dataclass
class Call:
    """A module made by one constructor call."""

    name: str
    slots: list[Slot]

    def key(self) -> Any:
        return ("call", self.name, tuple(slot.name for slot in self.slots))


@dataclass
class Sub:
    """A module that is an instance of a group; `made` is filled in once the group's classes are known."""

    body: Body
    made: Made | None = None

    def __post_init__(self) -> None:
        self.body.users.append(self)

    def key(self) -> Any:
        assert self.made is not None
        return ("sub", self.made.name)


@dataclass
class Made:
    """The class an instance got, and what it is called with."""

    name: str
    slots: list[Slot]


@dataclass
class Run:
    """A module and how often it stands in a row, made anew each time."""

    maker: Maker
    count: int = 1


@dataclass
class Row:
    """An nn.Sequential or nn.ModuleList of modules named 0, 1, 2, ..."""

    container: str
    items: list[Maker]
    runs: list[Run] = field(default_factory=list)

    def key(self) -> Any:
        return ("row", self.container, tuple(run.maker.key() for run in self.runs))


Maker = Call | Sub | Row


@dataclass
class Member:
    """A named part of a body."""

    id: str
    maker: Maker


@dataclass
class Step:
    """One line of a forward: a member called, a loop over one, or an expression."""

    kind: str
    id: str
    args: tuple[Ref, ...]
    results: tuple[int, ...]
    template: str = ""
    index: int | None = None

    def key(self) -> Any:
        return (self.kind, self.id, self.args, self.results, self.template, self.index)


Definition = tuple[str, str]
"""A group by its name and a digest of what it is: what a design and a generator define alike is one class."""


@dataclass
class Body:
    """What one graph becomes: its inputs in use, its parts in order, its forward, what it returns."""

    scope: Scope
    definition: Definition
    inputs: list[str] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    taken: list[Value] = field(default_factory=list)
    given: list[Value] = field(default_factory=list)
    raw: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: list[Sub] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.scope.path

    @property
    def params(self) -> dict[str, Any]:
        """The values of the group's parameters."""
        return self.scope.params

    def key(self) -> Any:
        return (
            tuple(self.inputs),
            tuple((member.id, member.maker.key()) for member in self.members),
            tuple(step.key() for step in self.steps),
            tuple(self.returns),
        )


def tree(bound: Bound, bundle: Bundle) -> Body:
    """The body of a bound design without errors, with those of its groups' instances inside."""
    return _Reader(bound, bundle).body(bound.root)


class _Reader:
    def __init__(self, bound: Bound, bundle: Bundle) -> None:
        self.bound = bound
        self.bundle = bundle
        self.digests: dict[str, str] = {}
        self.shapes: dict[tuple[int, int], tuple[int, ...]] = {}
        for index, given in enumerate(bound.inputs):
            assert given.spec is not None
            self.shapes[-1 - index, 0] = given.spec.shape
        for leaf in bound.nodes:
            if leaf.figures:
                for port, spec in enumerate(leaf.figures.outputs):
                    self.shapes[leaf.index, port] = spec.shape

    # -- graphs --------------------------------------------------------------------------------------------------

    def body(self, scope: Scope) -> Body:
        body = Body(scope, self._definition(scope), raw=_raw_params(scope.graph))
        steps: list[tuple[str, str, list[Value | None], list[Value], str, int | None]] = []
        entering = list(_entering(scope))
        known = {_key(value) for _, value in entering}
        for item in scope.items:
            self._item(item, body, steps, known)
        returned: list[Value] = []
        for value in scope.outputs.values():
            produced = _key(value) not in {_key(given) for _, given in entering}
            again = any(_same(value, other) for other in returned)
            if not scope.path or (produced and _key(value) in known and not again):
                returned.append(value)
        body.given = returned
        self._number(scope, body, steps, returned)
        return body

    def _definition(self, scope: Scope) -> Definition:
        if scope.group is None:
            return "", ""
        if SEPARATOR in scope.group:
            _, name, digest = scope.group.split(SEPARATOR)
            return name, digest
        return scope.group, content(scope.home.groups.get, scope.group, self.digests)

    def _number(self, scope: Scope, body: Body, steps: list[Any], returned: list[Value]) -> None:
        used = {_key(value) for step in steps for value in step[2] if value is not None}
        used |= {_key(value) for value in returned}
        numbers: dict[tuple[int, int], int] = {}
        for name, value in _entering(scope):
            if not scope.path or (_key(value) in used and _key(value) not in numbers):
                numbers[_key(value)] = len(body.inputs)
                body.inputs.append(name)
                body.taken.append(value)
        count = len(body.inputs)
        for kind, id, args, results, template, index in steps:
            refs = tuple(None if value is None else numbers[_key(value)] for value in args)
            if kind == "expression" and not template:
                numbers[_key(results[0])] = refs[0]  # type: ignore[assignment]  # an alias has its argument
                continue
            outs = []
            for value in results:
                numbers[_key(value)] = count
                outs.append(count)
                count += 1
            body.steps.append(Step(kind, id, refs, tuple(outs), template, index))
        body.returns = [numbers[_key(value)] for value in returned]

    # -- nodes ---------------------------------------------------------------------------------------------------

    def _item(self, item: Item, body: Body, steps: list[Any], known: set[tuple[int, int]]) -> None:
        leaves = [leaf for leaf in item.leaves if leaf.live and not leaf.bypassed]
        parts: list[tuple[int, BoundNode | Body]] = [(self._place(item, leaf.path), leaf) for leaf in leaves]
        for scope in item.scopes:
            inner = self.body(scope)
            if inner.members or inner.given:
                parts.append((self._place(item, scope.path), inner))
        parts.sort(key=lambda part: part[0])
        if not parts:
            return
        if item.repeat is None:
            part = parts[0][1]
            if isinstance(part, BoundNode):
                template = self._expression(part)
                if template is not None:
                    results = _results(part)
                    steps.append(("expression", item.id, list(part.fed), results, template, None))
                    known.update(map(_key, results))
                    return
            maker, args, results = self._part(part)
            body.members.append(Member(item.id, maker))
            steps.append(("call", item.id, args, results, "", None))
        else:
            self._chain(item, parts, body, steps)
        for kept in (part for _, part in parts):
            known.update(map(_key, kept.given if isinstance(kept, Body) else _results(kept)))

    def _chain(self, item: Item, parts: list[tuple[int, BoundNode | Body]], body: Body, steps: list[Any]) -> None:
        made = [(place, *self._part(part)) for place, part in parts]
        items: list[Maker] = [Call("nn.Identity", []) for _ in range(made[-1][0] + 1)]
        for place, maker, _, _ in made:
            items[place] = maker
        first, last = made[0], made[-1]
        chained = all(
            len(after[3]) == len(first[3]) and after[2] and before[3] and _same(after[2][0], before[3][0])
            for before, after in itertools.pairwise(made)
        )
        others = all(_all_same(one[2][1:], first[2][1:]) for one in made)
        single = all(len(one[2]) == 1 and len(one[3]) == 1 for one in made)
        inner = {_key(value) for one in made[:-1] for value in one[3]}
        leaving = [*item.outputs.values(), *itertools.chain(*item.all.values())]
        leaks = any(_key(value) in inner for value in leaving)
        if chained and single and not leaks:
            body.members.append(Member(item.id, Row("nn.Sequential", items)))
            steps.append(("call", item.id, first[2], last[3], "", None))
            return
        body.members.append(Member(item.id, Row("nn.ModuleList", items)))
        gaps = len(made) < len(items)
        if chained and others and first[2] and first[3] and not leaks and not gaps and len(made) > 1:
            steps.append(("loop", item.id, first[2], last[3], "", None))
            return
        for place, _, args, results in made:
            steps.append(("call", item.id, args, results, "", place))

    def _place(self, item: Item, path: str) -> int:
        return 0 if item.repeat is None else int(path[len(item.path) + 1 :].split(".")[0])

    def _part(self, part: BoundNode | Body) -> tuple[Maker, list[Value | None], list[Value]]:
        if isinstance(part, BoundNode):
            args = _args(part)
            return self._call(part), args, _results(part)
        return _sequential(part) or Sub(part), list(part.taken), part.given

    # -- blocks --------------------------------------------------------------------------------------------------

    def _module(self, leaf: BoundNode) -> nn.Module:
        with torch.device("meta"):
            return leaf.entry.obj(**leaf.params)

    def _expression(self, leaf: BoundNode) -> str | None:
        """The template of a block without parameters as an expression, `{0} + {1}`, or None."""
        if not hasattr(leaf.entry.obj, "as_expression"):
            return None
        values = list(leaf.fed)
        if len(values) == 1 and leaf.entry.inputs[0].variadic:
            return ""
        write: Callable[..., str] = self._module(leaf).as_expression  # type: ignore[assignment]  # nn.Module says Tensor
        return write(*(f"{{{index}}}" for index in range(len(values))))

    def _call(self, leaf: BoundNode) -> Call:
        shapes = [(2, *self.shapes[_key(value)]) for value in leaf.fed]
        module = self._module(leaf)
        plain = torch_call(module, shapes)
        if plain is not None:
            function: Callable[..., Any] = getattr(nn, plain.name.removeprefix("nn."))
            return Call(plain.name, _slots(function, plain.kwargs, 2))
        name = self.bundle.add(leaf.entry.obj)
        return Call(name, _slots(leaf.entry.obj, leaf.params, 9))


def _slots(function: Callable[..., Any], given: Mapping[str, Any], positional: int) -> list[Slot]:
    signature = inspect.signature(function).parameters
    empty = inspect.Parameter.empty
    fixed = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    open_ended = any(parameter.kind in fixed for parameter in signature.values())
    skipped = {"device", "dtype"}
    slots: list[Slot] = []
    for name, parameter in signature.items():
        if parameter.kind in fixed or name in skipped:
            continue
        default = MISSING if parameter.default is empty else parameter.default
        if name in given or (default is not MISSING and not open_ended and _plain(default)):
            leads = default is MISSING and len(slots) < positional and all(slot.positional for slot in slots)
            slots.append(Slot(name, given.get(name, default), default, leads))
    slots += [Slot(name, value) for name, value in given.items() if name not in {slot.name for slot in slots}]
    return slots


def _plain(value: Any) -> bool:
    try:
        literal(value)
    except TypeError:
        return False
    return True


def _sequential(body: Body) -> Row | None:
    """The row a body comes to if its parts are a chain named 0, 1, 2, ..., which needs no class of its own."""
    ids = [member.id for member in body.members]
    chain = [("call", str(index), (index,), (index + 1,), "", None) for index in range(len(ids))]
    whole = len(body.inputs) == 1 and body.returns == [len(ids)]
    if ids and whole and [step.key() for step in body.steps] == chain and ids == [str(i) for i in range(len(ids))]:
        return Row("nn.Sequential", [member.maker for member in body.members])
    return None


def makers(maker: Maker) -> Iterator[Maker]:
    """A maker and those inside it, as far as the body it belongs to reaches."""
    yield maker
    if isinstance(maker, Row):
        for item in maker.items:
            yield from makers(item)


def _raw_params(graph: Graph) -> dict[str, dict[str, Any]]:
    raw: dict[str, dict[str, Any]] = {}
    for node in graph.nodes:
        raw[node.id] = {"depth": node.repeat, **node.params}
        for alternative in (node.choice or {}).values():
            raw[node.id].update(alternative.params)
    return raw


def _entering(scope: Scope) -> Iterator[tuple[str, Value]]:
    """Each value that a scope is given and a name for it; of several at one port, the others are numbered."""
    for name in scope.inputs:
        for at, value in enumerate(scope.given(name)):
            yield name if at == 0 else f"{name}_{at}", value


def _results(leaf: BoundNode) -> list[Value]:
    return [Value(leaf.index, port, None) for port in range(len(leaf.entry.outputs))]


def _args(leaf: BoundNode) -> list[Value | None]:
    args: list[Value | None] = []
    for arg in leaf.args:
        args += arg if isinstance(arg, tuple) else [arg]
    while args and args[-1] is None:
        args.pop()
    return args


def _key(value: Value) -> tuple[int, int]:
    return value.node, value.port


def _same(one: Value | None, other: Value | None) -> bool:
    return one is other if one is None or other is None else _key(one) == _key(other)


def _all_same(some: list[Value | None], others: list[Value | None]) -> bool:
    return len(some) == len(others) and all(_same(*pair) for pair in zip(some, others, strict=True))
