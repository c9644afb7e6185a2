"""Binding: a Design, facts of the data and values of its variables become a flat network with every shape known.

Faults are collected, each at its node; what does not lie downstream of one still gets its shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models_core import registry
from models_core.design.expressions import ExpressionError, evaluate, is_expression, resolve
from models_core.design.issues import Fix, Issue, Place
from models_core.design.kinds import KINDS
from models_core.design.schema import Alternative, Design, Graph, Group, Node, Tie
from models_core.limits import LIMITS
from models_core.registry import Entry, UnknownEntry

from .bound import ABSENT, UNKNOWN, Arg, Bound, BoundInput, BoundNode, Item, Scope, Value
from .measure import Fault, Ins, Spec, measure
from .order import CUT, order
from .ties import expanded
from .told import told_once


def bind(
    design: Design,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Bound:
    """Expand a design and find every shape; never raises for a fault of the design, see `Bound.errors`."""
    return _Binder(design, facts or {}, variables or {}).run()


ONNX = "onnx."
"""Begins the names of blocks that stand for what an imported model has and no block does."""


class _TooLarge(Exception):
    pass


class _Binder:
    def __init__(self, design: Design, facts: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any]) -> None:
        self.design = design
        self.issues: list[Issue] = []
        self.nodes: list[BoundNode] = []
        self.lost: list[Value] = []
        self.facts = {name: dict(value) for name, value in design.facts.items()}
        for name, value in facts.items():
            self.facts[name] = {**self.facts.get(name, {}), **value}
        self.names: dict[str, Any] = {"facts": self.facts}
        self.variables = self._variables(variables)
        self.names.update(self.variables)
        self.orders: dict[int, tuple[list[Node], dict[str, dict[str, list[tuple[str, str]]]]]] = {}

    def run(self) -> Bound:
        inputs, values = self._inputs()
        root = Scope("", None, {}, values)
        try:
            self._graph(self.design, root, self.names, ())
        except _TooLarge:
            text = f"the design unfolds into more than {LIMITS.expanded_nodes:,} blocks"
            self.issues.append(Issue("", "too_large", text, "lower a repeat or a depth"))
        self._leave_out(root)
        weights = self._weights()
        auxiliary = {name: (root.outputs[name], weight) for name, weight in weights.items() if name in root.outputs}
        root.outputs = {name: value for name, value in root.outputs.items() if name not in auxiliary}
        if auxiliary and not root.outputs:
            text = "every output is there for training alone"
            self._issue("output", Place(None, "output"), "no_output", text, "take the weight of one away")
        auxiliary = {name: pair for name, pair in auxiliary.items() if pair[1] > 0}
        self._mark_live(root, [value for value, _ in auxiliary.values()])
        ties = self._ties()
        issues = told_once(self.issues, self.nodes)
        outputs = dict(root.outputs)
        return Bound(
            self.design, self.facts, self.variables, inputs, self.nodes, outputs, root, issues, ties, auxiliary
        )

    # -- names ---------------------------------------------------------------------------------------------------

    def _variables(self, given: Mapping[str, Any]) -> dict[str, Any]:
        declared = self.design.variables
        for name in given:
            if name not in declared:
                known = ", ".join(declared) or "none"
                self._issue("", None, "unknown_variable", f"there is no variable {name}; there are: {known}")
        raw = {name: given.get(name, variable.value) for name, variable in declared.items()}
        values: dict[str, Any] = {}
        # A variable may lean on others wherever they stand, so go round until nothing more can be resolved.
        waiting, fault = list(raw), dict.fromkeys(raw, "")
        names = dict(self.names)
        while waiting:
            left = []
            for name in waiting:
                try:
                    names[name] = values[name] = resolve(raw[name], names)
                except ExpressionError as error:
                    fault[name] = str(error)
                    left.append(name)
            if len(left) == len(waiting):
                for name in left:
                    self._issue("", None, "bad_expression", f"variable {name}: {fault[name]}")
                break
            # The other way round, so that a chain is done in two rounds whichever way it is written.
            waiting = left[::-1]
        return {name: values[name] for name in raw if name in values}

    def _inputs(self) -> tuple[list[BoundInput], dict[str, Value]]:
        inputs, values = [], {}
        for index, given in enumerate(self.design.inputs):
            spec = self._input_spec(given.name, given.kind, given.dims)
            inputs.append(BoundInput(given.name, given.kind, spec))
            if given.name in values:
                self._issue("input", None, "duplicate", f"there are two inputs called {given.name}", "rename one")
            values[given.name] = Value(-1 - index, 0, spec)
        return inputs, values

    def _input_spec(self, name: str, kind: str, dims: Mapping[str, int | str]) -> Spec | None:
        where = f"input.{name}"
        if kind not in KINDS:
            self._issue(where, None, "unknown_kind", f"there is no input kind {kind}", f"use {', '.join(KINDS)}")
            return None
        shape = []
        for dim in KINDS[kind].dims:
            if dim not in dims:
                self._issue(where, None, "missing_dim", f"{kind} {name} has no {dim}", f"set {dim}, the input's size")
                return None
            try:
                size = resolve(dims[dim], self.names)
            except ExpressionError as error:
                self._issue(where, None, "bad_expression", f"{dim}: {error}")
                return None
            if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 2**24:
                self._issue(where, None, "bad_dim", f"{dim} is {size!r}", "give a whole number from 1 to 16,777,216")
                return None
            shape.append(size)
        for dim in dims:
            if dim not in KINDS[kind].dims:
                known = ", ".join(KINDS[kind].dims)
                self._issue(where, None, "unknown_dim", f"{kind} has no dim {dim}; it has {known}")
        return Spec(tuple(shape), KINDS[kind].dtype)

    # -- graphs --------------------------------------------------------------------------------------------------

    def _graph(self, graph: Graph, scope: Scope, names: dict[str, Any], stack: tuple[str, ...]) -> None:
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
                        self._issue(item.path, item.at, "unknown_port", text, "connect another output", port)
        for end in graph.outputs:
            sources = wires.get("output", {}).get(end.name, [])
            path = f"{scope.path}.output.{end.name}".lstrip(".")
            if not sources:
                place = Place(scope.group, "output")
                text = f"output {end.name} has nothing connected"
                self._issue(path, place, "open_output", text, "connect the node whose result this is")
                scope.outputs[end.name] = UNKNOWN
            elif sources[0][0] in muted:
                scope.outputs[end.name] = ABSENT
            elif sources[0] not in produced:
                if sources[0][0] not in failed:
                    text = f"{sources[0][0]} has no output {sources[0][1]}"
                    self._issue(path, Place(scope.group, "output"), "unknown_port", text, "connect another output")
                scope.outputs[end.name] = UNKNOWN
            else:
                given = produced[sources[0]]
                if len(given) > 1:
                    place, text = Place(scope.group, "output"), f"output {end.name} takes one value, gets {len(given)}"
                    self._issue(path, place, "too_many_wires", text, "join them first, with add or concat")
                scope.outputs[end.name] = given[0]

    def _node(
        self, node: Node, fed: dict[str, tuple[Value, ...]], scope: Scope, names: dict[str, Any], stack: tuple[str, ...]
    ) -> Item:
        path = f"{scope.path}.{node.id}" if scope.path else node.id
        present = {port: tuple(value for value in values if value is not ABSENT) for port, values in fed.items()}
        item = Item(node.id, path, Place(scope.group, node.id), present, {})
        mute = self._switch("mute", node.mute, item, path, names)
        if mute is not False:
            item.muted = mute is True
            return item
        repeat = self._repeat(node, item, names)
        if repeat is None and node.repeat is not None:
            return item
        item.repeat = repeat
        count = 1 if repeat is None else repeat
        ports = fed
        first, outputs = self._ends(node)
        if count > 1 and not (first and outputs):
            text = f"cannot be repeated {count} times: it needs an input and an output to be chained by"
            self._issue(item.path, item.at, "no_chain", text, "take the repeat away")
            return item
        begun = fed.get(first, (UNKNOWN,))[0]
        past = [begun]
        if node.history is not None and not self._may_remember(node, item, first, fed):
            return item
        for i in range(count):
            inner = {**names, "i": i, "n": count} if node.repeat is not None else names
            where = path if repeat is None else f"{path}.{i}"
            if node.history is not None:
                ports = {**ports, node.history: tuple(past)}
            if not self._one(node, item, where, ports, inner, stack):
                return item
            item.muted = all(value is ABSENT for value in item.outputs.values()) and bool(item.outputs)
            chained = next(iter(item.outputs.values()), UNKNOWN)
            past.append(item.outputs.get(node.history or "", chained))
            ports = {**ports, first: (chained,)}
        if count == 0:
            item.outputs = dict.fromkeys(outputs, begun)
        if node.history in outputs:
            item.all[node.history] = tuple(past)
        return item

    def _may_remember(self, node: Node, item: Item, first: str, fed: dict[str, tuple[Value, ...]]) -> bool:
        port, text, remedy = node.history, "", "name another input port"
        if port == first:
            text = f"{port} carries the chain itself, and cannot carry its history, too"
        elif port not in self._inputs_of(node):
            text = f"there is no input {port} to carry earlier values"
        elif port in fed:
            text, remedy = f"{port} carries earlier values, but is wired as well", "take the wire away"
        if text:
            self._issue(item.path, item.at, "bad_history", text, remedy, port, "history")
        return not text

    def _ends(self, node: Node) -> tuple[str, list[str]]:
        """The name of a node's first input, empty if it has none, and those of its outputs."""
        if node.group is not None:
            group = self.design.groups.get(node.group)
            outputs = [end.name for end in group.outputs] if group else []
        else:
            entry = self._entry_of(node)
            outputs = [port.name for port in entry.outputs] if entry else []
        return next(iter(self._inputs_of(node)), ""), outputs

    def _inputs_of(self, node: Node) -> list[str]:
        if node.group is not None:
            group = self.design.groups.get(node.group)
            return [end.name for end in group.inputs] if group else []
        entry = self._entry_of(node)
        return [port.name for port in entry.inputs] if entry else []

    def _entry_of(self, node: Node) -> Entry | None:
        block = node.block if node.choice is None else next(iter(node.choice.values())).block
        return registry.find("block", block or "")

    def _repeat(self, node: Node, item: Item, names: dict[str, Any]) -> int | None:
        if node.repeat is None:
            return None
        try:
            count = resolve(node.repeat, names)
        except ExpressionError as error:
            self._issue(item.path, item.at, "bad_expression", f"repeat: {error}", param="repeat")
            return None
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= LIMITS.repeat:
            text = f"repeat is {count!r}"
            remedy = f"give a whole number from 0 to {LIMITS.repeat}"
            self._issue(item.path, item.at, "bad_repeat", text, remedy, param="repeat")
            return None
        return count

    def _one(
        self,
        node: Node,
        item: Item,
        path: str,
        fed: dict[str, tuple[Value, ...]],
        names: dict[str, Any],
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
                self._issue(path, item.at, "bad_expression", f"{name}: {error}", param=name)
                return False
        if part.group is not None:
            return self._instance(part.group, params, item, path, fed, names, stack, bypass)
        try:
            entry = registry.get("block", part.block or "")
        except UnknownEntry as error:
            text, remedy = str(error), "choose a block from the palette"
            if part.block and part.block.startswith(ONNX):
                operator = part.block.removeprefix(ONNX)
                text = f"{operator} came with an ONNX model, and no block stands for it"
                remedy = "put other blocks in its place, or take it out"
            self._issue(path, item.at, "unknown_block", text, remedy)
            return False
        self._leaf(entry, params, item, path, fed, bypass)
        return True

    def _picked(self, node: Node, item: Item, path: str, names: dict[str, Any]) -> Node | Alternative | None:
        if node.choice is None:
            return node
        try:
            name = resolve(node.pick if node.pick is not None else next(iter(node.choice)), names)
        except ExpressionError as error:
            self._issue(path, item.at, "bad_expression", f"pick: {error}", param="pick")
            return None
        if name not in node.choice:
            text = f"pick is {name!r}, which is none of {', '.join(node.choice)}"
            self._issue(path, item.at, "bad_pick", text, "pick one of those", param="pick")
            return None
        return node.choice[name]

    def _switch(self, name: str, value: bool | str, item: Item, path: str, names: dict[str, Any]) -> bool | None:
        if not is_expression(value):
            return bool(value)
        try:
            return bool(evaluate(str(value), names))
        except ExpressionError as error:
            self._issue(path, item.at, "bad_expression", f"{name}: {error}", param=name)
            return None

    def _instance(
        self,
        group_id: str,
        given: dict[str, Any],
        item: Item,
        path: str,
        fed: dict[str, tuple[Value, ...]],
        names: dict[str, Any],
        stack: tuple[str, ...],
        bypass: bool,
    ) -> bool:
        group = self.design.groups.get(group_id)
        if group is None:
            known = ", ".join(self.design.groups) or "none"
            self._issue(path, item.at, "unknown_group", f"there is no group {group_id}; there are: {known}")
            return False
        if group_id in stack:
            text = f"group {group_id} contains itself: {' > '.join((*stack, group_id))}"
            self._issue(path, item.at, "recursive_group", text, "take it out of itself")
            return False
        if len(stack) >= LIMITS.depth:
            self._issue(path, item.at, "too_deep", f"groups are nested more than {LIMITS.depth} deep")
            return False
        params = self._group_params(group_id, group, given, item, path, names)
        if params is None:
            return False
        for end in group.inputs:
            if end.name not in fed and not bypass:
                text = f"input {end.name} of {group_id} has nothing connected"
                self._issue(item.path, item.at, "missing_input", text, f"connect something to {end.name}", end.name)
        for port in fed:
            if port not in {end.name for end in group.inputs}:
                text = f"{group_id} has no input {port}"
                self._issue(item.path, item.at, "unknown_port", text, "take this wire away", port)
        item.group = group_id
        if bypass:
            item.bypassed = True
            first = group.inputs[0].name if group.inputs else ""
            item.outputs = {end.name: fed.get(first, (UNKNOWN,))[0] for end in group.outputs}
            return True
        counters: dict[str, Any] = {key: names[key] for key in ("i", "n") if key in names}
        inner: dict[str, Any] = {**self.names, **counters, **params}
        # What is muted among several values is left out; where nothing is left, the input gets nothing.
        given = {end.name: _present(fed.get(end.name, (UNKNOWN,))) for end in group.inputs}
        inputs = {name: values[0] for name, values in given.items()}
        more = {name: values[1:] for name, values in given.items() if len(values) > 1}
        scope = Scope(path, group_id, params, inputs, more=more)
        item.scopes.append(scope)
        self._graph(group, scope, inner, (*stack, group_id))
        item.outputs = dict(scope.outputs)
        return True

    def _group_params(
        self, group_id: str, group: Group, given: dict[str, Any], item: Item, path: str, names: dict[str, Any]
    ) -> dict[str, Any] | None:
        for name in given:
            if name not in group.params:
                known = ", ".join(group.params) or "none"
                text = f"group {group_id} has no parameter {name}; it has: {known}"
                self._issue(path, item.at, "bad_param", text, "take it away", param=name)
                return None
        params: dict[str, Any] = {}
        for name, param in group.params.items():
            try:
                params[name] = (
                    given[name] if given.get(name) is not None else resolve(param.default, {**self.names, **params})
                )
            except ExpressionError as error:
                self._issue(path, item.at, "bad_expression", f"{name}: {error}", param=name)
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
            raise _TooLarge
        present = {port: tuple(value for value in values if value is not ABSENT) for port, values in fed.items()}
        optional = {port.name for port in entry.inputs if port.optional}
        if any(fed[port] and not values and port not in optional for port, values in present.items()):
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
            value = next(leaf.values(), UNKNOWN)
            item.outputs = {port.name: value for port in entry.outputs}
            return
        specs: tuple[Spec | None, ...] = (None,) * len(entry.outputs)
        if complete:
            measured = measure(entry, params, ins)
            leaf.params, leaf.figures = measured.params, measured.figures
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
                    self._issue(
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
                self._issue(item.path, item.at, "unknown_port", text, "take this wire away", name)
        for port in entry.inputs:
            if not port.variadic and len(fed.get(port.name, ())) > 1:
                text = f"input {port.name} takes one wire, but has {len(fed[port.name])}"
                self._issue(
                    item.path, item.at, "too_many_wires", text, "join them first, with add or concat", port.name
                )
        return tuple(args), tuple(ins), complete

    # -- faults --------------------------------------------------------------------------------------------------

    def _fault(self, fault: Fault, leaf: BoundNode) -> None:
        fix = None
        if fault.unfix:
            fix = Fix(leaf.at, {fault.unfix: None}, f"let {fault.unfix} follow the input")
        self.issues.append(
            Issue(leaf.path, fault.code, fault.message, fault.remedy, fault.port, fault.param, leaf.at, fix)
        )

    def _issue(
        self,
        path: str,
        at: Place | None,
        code: str,
        message: str,
        remedy: str = "",
        port: str | None = None,
        param: str | None = None,
    ) -> None:
        self.issues.append(Issue(path, code, message, remedy, port, param, at))

    def _leave_out(self, root: Scope) -> None:
        """The design gives what is not muted; if nothing is left, that is a fault."""
        kept = {name: value for name, value in root.outputs.items() if value is not ABSENT}
        for name in [] if kept else root.outputs:
            text = f"output {name} gets nothing: all that leads to it is muted"
            self._issue(f"output.{name}", Place(None, "output"), "muted_output", text, "use what feeds it again")
        root.outputs = kept

    def _weights(self) -> dict[str, float]:
        """Of the auxiliary outputs what each counts; where that cannot be told, 1."""
        weights = {}
        for end in self.design.outputs:
            if end.weight is None:
                continue
            place, weights[end.name] = Place(None, "output"), 1.0
            try:
                weight = resolve(end.weight, self.names)
            except ExpressionError as error:
                self._issue(f"output.{end.name}", place, "bad_expression", f"weight: {error}", param="weight")
                continue
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight >= 0:
                text, remedy = f"the weight of output {end.name} is {weight!r}", "give a number from 0 on"
                self._issue(f"output.{end.name}", place, "bad_weight", text, remedy, param="weight")
                continue
            weights[end.name] = float(weight)
        return weights

    def _mark_live(self, root: Scope, auxiliary: list[Value]) -> None:
        """Live is what an output depends on, or what feeds a faulty node; while an output is open, everything is.

        What else an auxiliary output depends on, or a node that gives losses and the like alone, training needs.
        """
        if any(value is UNKNOWN for value in root.outputs.values()) or not root.outputs:
            for node in self.nodes:
                node.live = True
            return
        for node in self._behind([*root.outputs.values(), *self.lost]):
            node.live = True
        sinks = [node.index for node in self.nodes if all(port.role != "data" for port in node.entry.outputs)]
        for node in self._behind([*auxiliary, *(Value(index, 0, None) for index in sinks)]):
            node.training = not node.live

    def _behind(self, values: Iterable[Value]) -> Iterator[BoundNode]:
        """The nodes that these values depend on."""
        todo = [value.node for value in values if value.node >= 0]
        seen: set[int] = set()
        while todo:
            index = todo.pop()
            if index not in seen:
                seen.add(index)
                yield self.nodes[index]
                todo += [value.node for value in self.nodes[index].values() if value.node >= 0]

    def _ties(self) -> list[Tie]:
        shapes = {
            f"{leaf.path}.{name}": shape
            for leaf in self.nodes
            if (leaf.live or leaf.training) and leaf.figures
            for name, shape in leaf.figures.param_shapes.items()
        }
        faulty = any(issue.severity == "error" for issue in self.issues)
        ties, faults = expanded(self.design.ties, shapes)
        for text in faults:
            # Where nodes are at fault, their parameters are not known yet.
            if not faulty or "no parameter" not in text:
                remedy = "name parameters of one shape, or nodes of one make: head.weight, blocks.*.attn"
                self._issue("", None, "bad_tie", text, remedy)
        return ties


def _present(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(value for value in values if value is not ABSENT) or (ABSENT,)
