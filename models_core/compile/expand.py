"""Unfolding: each node of a graph becomes a leaf, or once per repetition the scope of its group, with every shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from models_core import registry
from models_core.design import generate
from models_core.design.expressions import ExpressionError, evaluate, is_expression, resolve
from models_core.design.issues import Fix, Issue, Place
from models_core.design.schema import Alternative, Design, Group, Node
from models_core.limits import LIMITS
from models_core.registry import BadParams, Entry, UnknownEntry

from .bound import ABSENT, UNKNOWN, Arg, BoundNode, Home, Item, Scope, Value
from .measure import Fault, Ins, Spec, measure
from .order import CUT, order
from .overrides import Overrides

ONNX = "onnx."
"""Begins the names of blocks that stand for what an imported model has and no block does."""


class TooLarge(Exception):
    """The design unfolds into more blocks than there may be."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A group about to be unfolded: `given` are its parameters, `own` those of the generator that made it."""

    name: str
    key: str
    group: Group
    home: Home
    given: dict[str, Any]
    own: dict[str, Any] = field(default_factory=dict)


class Expander:
    """Unfolds the graphs of one design into a flat list of leaves, and notes what is wrong at which node."""

    def __init__(self, design: Design, names: dict[str, Any]) -> None:
        self.design = design
        self.names = names
        """What every expression may use: the facts and the variables."""
        self.issues: list[Issue] = []
        self.nodes: list[BoundNode] = []
        self.lost: list[Value] = []
        """What feeds nodes that could not be bound."""
        self.muted = False
        """Whether a node was muted already: only from then on may ABSENT be among what flows."""
        self.overrides = Overrides(design.overrides)
        self.orders: dict[int, tuple[list[Node], dict[str, dict[str, list[tuple[str, str]]]]]] = {}

    def graph(self, scope: Scope, names: dict[str, Any], stack: tuple[str, ...] = ()) -> None:
        """Bind the nodes of a scope's graph into it; raises TooLarge when there are too many."""
        graph = scope.graph
        key = id(graph)
        ordered = self.orders.get(key)
        if ordered is None:
            prefix = scope.path + "." if scope.path else ""
            nodes, wires, issues = order(graph, list(scope.inputs), scope.group, prefix)
            self.issues += issues
            ordered = self.orders[key] = (nodes, wires)
        nodes, wires = ordered
        produced = {("input", name): scope.given(name) for name in scope.inputs}
        failed = {CUT[0]}
        muted: set[str] = set()
        for node in nodes:
            fed = {
                port: tuple(
                    value
                    for source in sources
                    for value in produced.get(source, (ABSENT if source[0] in muted else UNKNOWN,))
                )
                for port, sources in wires.get(node.id, {}).items()
            }
            item = self._node(node, fed, scope, names, stack)
            scope.items.append(item)
            if item.muted:
                muted.add(node.id)
                self.muted = True
                continue
            if not item.outputs:
                failed.add(node.id)
                self.lost += [value for values in fed.values() for value in values]
            for port, value in item.outputs.items():
                produced[node.id, port] = item.all.get(port, (value,))
            for port, sources in wires.get(node.id, {}).items():
                for source in sources:
                    if source not in produced and source[0] not in failed | muted:
                        text = f"{source[0]} has no output {source[1]}"
                        self.issue(item.path, item.at, "unknown_port", text, "connect another output", port)
        for end in graph.outputs:
            sources = wires.get("output", {}).get(end.name, [])
            path = f"{scope.path}.output.{end.name}".lstrip(".")
            if not sources:
                place = Place(scope.group, "output")
                text = f"output {end.name} has nothing connected"
                self.issue(path, place, "open_output", text, "connect the node whose result this is")
                scope.outputs[end.name] = UNKNOWN
            elif sources[0][0] in muted:
                scope.outputs[end.name] = ABSENT
            elif sources[0] not in produced:
                if sources[0][0] not in failed:
                    text = f"{sources[0][0]} has no output {sources[0][1]}"
                    self.issue(path, Place(scope.group, "output"), "unknown_port", text, "connect another output")
                scope.outputs[end.name] = UNKNOWN
            else:
                given = produced[sources[0]]
                if len(given) > 1:
                    place, text = Place(scope.group, "output"), f"output {end.name} takes one value, gets {len(given)}"
                    self.issue(path, place, "too_many_wires", text, "join them first, with add or concat")
                scope.outputs[end.name] = given[0]

    def _node(
        self, node: Node, fed: dict[str, tuple[Value, ...]], scope: Scope, names: dict[str, Any], stack: tuple[str, ...]
    ) -> Item:
        path = f"{scope.path}.{node.id}" if scope.path else node.id
        node = self.overrides.apply(node, path)
        present = {port: _without_absent(values) for port, values in fed.items()} if self.muted else fed
        item = Item(node.id, path, Place(scope.group, node.id), present, {})
        mute = self._switch("mute", node.mute, item, path, names)
        if mute is not False:
            item.muted = mute is True
            return item
        if node.repeat is None and node.history is None:
            if self._one(node, item, path, fed, names, scope.home, stack):
                item.muted = _is_absent(item)
            return item
        repeat = self._repeat(node, item, names)
        if repeat is None and node.repeat is not None:
            return item
        item.repeat = repeat
        count = 1 if repeat is None else repeat
        ports = fed
        inputs, outputs = self._ends(node, scope.home)
        first = next(iter(inputs), "")
        if count > 1 and not (first and outputs):
            text = f"cannot be repeated {count} times: it needs an input and an output to be chained by"
            self.issue(item.path, item.at, "no_chain", text, "take the repeat away")
            return item
        begun = fed.get(first, (UNKNOWN,))[0]
        past = [begun]
        if node.history is not None and not self._may_remember(node, item, inputs, fed):
            return item
        for i in range(count):
            inner = {**names, "i": i, "n": count} if node.repeat is not None else names
            where = path if repeat is None else f"{path}.{i}"
            one = node if repeat is None else self.overrides.apply(node, where)
            if one.mute != node.mute:
                text = f"one repetition of {node.id} cannot be muted: what follows it would get nothing"
                self.issue(where, item.at, "bad_override", text, "bypass it", param="mute")
                return item
            if node.history is not None:
                ports = {**ports, node.history: tuple(past)}
            if not self._one(one, item, where, ports, inner, scope.home, stack):
                return item
            item.muted = _is_absent(item)
            chained = next(iter(item.outputs.values()), UNKNOWN)
            past.append(item.outputs.get(node.history or "", chained))
            ports = {**ports, first: (chained,)}
        if count == 0:
            item.outputs = dict.fromkeys(outputs, begun)
        if node.history in outputs:
            item.all[node.history] = tuple(past)
        return item

    def _may_remember(self, node: Node, item: Item, inputs: list[str], fed: dict[str, tuple[Value, ...]]) -> bool:
        port, text, remedy = node.history, "", "name another input port"
        if port == next(iter(inputs), ""):
            text = f"{port} carries the chain itself, and cannot carry its history, too"
        elif port not in inputs:
            text = f"there is no input {port} to carry earlier values"
        elif port in fed:
            text, remedy = f"{port} carries earlier values, but is wired as well", "take the wire away"
        if text:
            self.issue(item.path, item.at, "bad_history", text, remedy, port, "history")
        return not text

    def _ends(self, node: Node, home: Home) -> tuple[list[str], list[str]]:
        """The names of a node's inputs and of its outputs; of a choice, those of its first alternative."""
        part = node if node.choice is None else next(iter(node.choice.values()))
        if part.group is not None:
            group = home.groups.get(part.group)
            return ([end.name for end in group.inputs], [end.name for end in group.outputs]) if group else ([], [])
        kind, id = ("block", part.block) if part.generator is None else ("generator", part.generator)
        entry = registry.find(kind, id or "")
        return ([port.name for port in entry.inputs], [port.name for port in entry.outputs]) if entry else ([], [])

    def _repeat(self, node: Node, item: Item, names: dict[str, Any]) -> int | None:
        if node.repeat is None:
            return None
        try:
            count = resolve(node.repeat, names)
        except ExpressionError as error:
            self.issue(item.path, item.at, "bad_expression", f"repeat: {error}", param="repeat")
            return None
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= LIMITS.repeat:
            text = f"repeat is {count!r}"
            remedy = f"give a whole number from 0 to {LIMITS.repeat}"
            self.issue(item.path, item.at, "bad_repeat", text, remedy, param="repeat")
            return None
        return count

    def _one(
        self,
        node: Node,
        item: Item,
        path: str,
        fed: dict[str, tuple[Value, ...]],
        names: dict[str, Any],
        home: Home,
        stack: tuple[str, ...],
    ) -> bool:
        """Bind one repetition of a node; its outputs become the item's. False when it cannot be."""
        part = self._picked(node, item, path, names)
        bypass = self._switch("bypass", node.bypass, item, path, names)
        if part is None or bypass is None:
            return False
        params = {}
        for name, value in part.params.items():
            try:
                params[name] = resolve(value, names)
            except ExpressionError as error:
                self.issue(path, item.at, "bad_expression", f"{name}: {error}", param=name)
                return False
        if part.group is not None or part.generator is not None:
            if part.group is not None:
                opened = self._defined(part.group, params, item, path, home)
            else:
                opened = self._generated(part.generator or "", params, item, path, home)
            return opened is not None and self._instance(opened, item, path, fed, names, stack, bypass)
        try:
            entry = registry.get("block", part.block or "")
        except UnknownEntry as error:
            text, remedy = str(error), "choose a block from the palette"
            if part.block and part.block.startswith(ONNX):
                operator = part.block.removeprefix(ONNX)
                text = f"{operator} came with an ONNX model, and no block stands for it"
                remedy = "put other blocks in its place, or take it out"
            self.issue(path, item.at, "unknown_block", text, remedy)
            return False
        self._leaf(entry, params, item, path, fed, bypass)
        return True

    def _picked(self, node: Node, item: Item, path: str, names: dict[str, Any]) -> Node | Alternative | None:
        if node.choice is None:
            return node
        try:
            name = resolve(node.pick if node.pick is not None else next(iter(node.choice)), names)
        except ExpressionError as error:
            self.issue(path, item.at, "bad_expression", f"pick: {error}", param="pick")
            return None
        if name not in node.choice:
            text = f"pick is {name!r}, which is none of {', '.join(node.choice)}"
            self.issue(path, item.at, "bad_pick", text, "pick one of those", param="pick")
            return None
        return node.choice[name]

    def _switch(self, name: str, value: bool | str, item: Item, path: str, names: dict[str, Any]) -> bool | None:
        if not is_expression(value):
            return bool(value)
        try:
            return bool(evaluate(str(value), names))
        except ExpressionError as error:
            self.issue(path, item.at, "bad_expression", f"{name}: {error}", param=name)
            return None

    def _defined(self, id: str, params: dict[str, Any], item: Item, path: str, home: Home) -> _Opened | None:
        group = home.groups.get(id)
        if group is None:
            known = ", ".join(home.groups) or "none"
            self.issue(path, item.at, "unknown_group", f"there is no group {id}; there are: {known}")
            return None
        return _Opened(id, home.key(id), group, home, params)

    def _generated(self, id: str, params: dict[str, Any], item: Item, path: str, home: Home) -> _Opened | None:
        try:
            own, given = generate.split(id, params)
            made = generate.make(id, own)
        except UnknownEntry as error:
            self.issue(path, item.at, "unknown_generator", str(error), "choose a generator from the palette")
            return None
        except BadParams as error:
            for name, fault in error.faults.items():
                param = name if name in params else None
                text = f"{name}: {fault}" if param else fault
                self.issue(path, item.at, "bad_param", text, "set another value or take it away", param=param)
            return None
        item.generator = id
        return _Opened(id, made.key, made.group, home.of_made(made), given, own)

    def _instance(
        self,
        opened: _Opened,
        item: Item,
        path: str,
        fed: dict[str, tuple[Value, ...]],
        names: dict[str, Any],
        stack: tuple[str, ...],
        bypass: bool,
    ) -> bool:
        group = opened.group
        if opened.key in stack:
            text = f"group {opened.name} contains itself: {' > '.join((*stack, opened.key))}"
            self.issue(path, item.at, "recursive_group", text, "take it out of itself")
            return False
        if len(stack) >= LIMITS.depth:
            self.issue(path, item.at, "too_deep", f"groups are nested more than {LIMITS.depth} deep")
            return False
        params = self._group_params(opened, item, path)
        if params is None:
            return False
        for end in group.inputs:
            if end.name not in fed and not bypass:
                text = f"input {end.name} of {opened.name} has nothing connected"
                self.issue(item.path, item.at, "missing_input", text, f"connect something to {end.name}", end.name)
        for port in fed:
            if port not in {end.name for end in group.inputs}:
                text = f"{opened.name} has no input {port}"
                self.issue(item.path, item.at, "unknown_port", text, "take this wire away", port)
        item.group = opened.key
        if bypass:
            item.bypassed = True
            first = group.inputs[0].name if group.inputs else ""
            item.outputs = {end.name: fed.get(first, (UNKNOWN,))[0] for end in group.outputs}
            return True
        counters: dict[str, Any] = {key: names[key] for key in ("i", "n") if key in names}
        inner: dict[str, Any] = {**opened.home.names, **counters, **params}
        # What is muted among several values is left out; where nothing is left, the input gets nothing.
        given = {end.name: _present(fed.get(end.name, (UNKNOWN,))) for end in group.inputs}
        inputs = {name: values[0] for name, values in given.items()}
        more = {name: values[1:] for name, values in given.items() if len(values) > 1}
        scope = Scope(path, opened.key, group, opened.home, {**opened.own, **params}, inputs, more=more)
        item.scopes.append(scope)
        self.graph(scope, inner, (*stack, opened.key))
        item.outputs = dict(scope.outputs)
        return True

    def _group_params(self, opened: _Opened, item: Item, path: str) -> dict[str, Any] | None:
        group, given = opened.group, opened.given
        for name in given:
            if name not in group.params:
                known = ", ".join([*opened.own, *group.params]) or "none"
                what = f"group {opened.name}" if item.generator is None else f"generator {opened.name}"
                text = f"{what} has no parameter {name}; it has: {known}"
                self.issue(path, item.at, "bad_param", text, "take it away", param=name)
                return None
        params: dict[str, Any] = {}
        for name, param in group.params.items():
            try:
                params[name] = (
                    given[name]
                    if given.get(name) is not None
                    else resolve(param.default, {**opened.home.names, **params})
                )
            except ExpressionError as error:
                self.issue(path, item.at, "bad_expression", f"{name}: {error}", param=name)
                return None
        return params

    def _leaf(
        self,
        entry: Entry,
        params: dict[str, Any],
        item: Item,
        path: str,
        fed: dict[str, tuple[Value, ...]],
        bypass: bool,
    ) -> None:
        if len(self.nodes) >= LIMITS.expanded_nodes:
            raise TooLarge
        if self.muted:
            present = {port: _without_absent(values) for port, values in fed.items()}
            emptied = {port for port, values in present.items() if not values and fed[port]}
            if emptied - {port.name for port in entry.inputs if port.optional}:
                item.outputs = {port.name: ABSENT for port in entry.outputs}
                return
            fed = {port: values for port, values in present.items() if values}
        args, ins, complete = self._args(entry, item, fed, bypass)
        index = len(self.nodes)
        leaf = BoundNode(index, path, item.at, entry, params, args, None, bypassed=bypass)
        self.nodes.append(leaf)
        item.leaves.append(leaf)
        if bypass:
            item.bypassed = True
            value = leaf.fed[0] if leaf.fed else UNKNOWN
            item.outputs = {port.name: value for port in entry.outputs}
            return
        specs: tuple[Spec | None, ...] = (None,) * len(entry.outputs)
        if complete:
            measured = measure(entry, params, ins)
            leaf.params, leaf.figures, leaf.written = measured.params, measured.figures, measured.written
            for fault in measured.faults:
                self._fault(fault, leaf)
            if measured.figures:
                specs = measured.figures.outputs
        item.outputs = {
            port.name: Value(index, at, spec) for at, (port, spec) in enumerate(zip(entry.outputs, specs, strict=True))
        }

    def _args(
        self, entry: Entry, item: Item, fed: dict[str, tuple[Value, ...]], bypass: bool
    ) -> tuple[tuple[Arg, ...], Ins, bool]:
        args: list[Arg] = []
        ins: list[Any] = []
        complete = True
        for port in entry.inputs:
            values = fed.get(port.name, ())
            if not values:
                if port.optional:
                    args.append(None)
                    ins.append(None)
                    continue
                complete = False
                if not bypass:
                    text = f"input {port.name} has nothing connected"
                    self.issue(
                        item.path, item.at, "missing_input", text, f"connect something to {port.name}", port.name
                    )
            complete = complete and all(value.spec is not None for value in values)
            args.append(values if port.variadic else values[0] if values else None)
            specs = tuple(value.spec for value in values)
            ins.append(specs if port.variadic else specs[0] if specs else None)
        known = {port.name for port in entry.inputs}
        for name in fed:
            if name not in known:
                text = f"{entry.id} has no input {name}; it has: {', '.join(sorted(known)) or 'none'}"
                self.issue(item.path, item.at, "unknown_port", text, "take this wire away", name)
        for port in entry.inputs:
            if not port.variadic and len(fed.get(port.name, ())) > 1:
                text = f"input {port.name} takes one wire, but has {len(fed[port.name])}"
                self.issue(item.path, item.at, "too_many_wires", text, "join them first, with add or concat", port.name)
        return tuple(args), tuple(ins), complete

    def _fault(self, fault: Fault, leaf: BoundNode) -> None:
        fix, said = None, self._by_override(leaf.path, fault.param)
        if fault.unfix and not said and generate.SEPARATOR not in (leaf.at.group or ""):
            fix = Fix(leaf.at, {fault.unfix: None}, f"let {fault.unfix} follow the input")
        self.issues.append(
            Issue(leaf.path, fault.code, fault.message + said, fault.remedy, fault.port, fault.param, leaf.at, fix)
        )

    def issue(
        self,
        path: str,
        at: Place | None,
        code: str,
        message: str,
        remedy: str = "",
        port: str | None = None,
        param: str | None = None,
    ) -> None:
        """Note what is wrong at a node."""
        message += self._by_override(path, param)
        self.issues.append(Issue(path, code, message, remedy, port, param, at))

    def _by_override(self, path: str, param: str | None) -> str:
        at = self.overrides.behind(path, param)
        return f" (as the override at {at} has it)" if at else ""


def _is_absent(item: Item) -> bool:
    """Whether nothing comes out, because all that feeds it is muted."""
    return bool(item.outputs) and all(value is ABSENT for value in item.outputs.values())


def _present(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return _without_absent(values) or (ABSENT,)


def _without_absent(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(value for value in values if value is not ABSENT)
