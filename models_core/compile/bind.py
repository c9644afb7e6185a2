"""Binding: a Design, facts of the data and values of its variables become a flat network with every shape known.

Faults are collected, each at its node; what does not lie downstream of one still gets its shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from models_core.design.expressions import ExpressionError, resolve
from models_core.design.issues import Place
from models_core.design.kinds import KINDS
from models_core.design.schema import Design, Tie
from models_core.limits import LIMITS

from .bound import ABSENT, UNKNOWN, Bound, BoundInput, BoundNode, Home, Scope, Value
from .expand import Expander, TooLarge
from .measure import Spec
from .ties import expanded
from .told import told_once


def bind(
    design: Design,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Bound:
    """Expand a design and find every shape; never raises for a fault of the design, see `Bound.errors`."""
    return _Binder(design, facts or {}, variables or {}).run()


class _Binder:
    def __init__(self, design: Design, facts: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any]) -> None:
        self.design = design
        self.facts = {name: dict(value) for name, value in design.facts.items()}
        for name, value in facts.items():
            self.facts[name] = {**self.facts.get(name, {}), **value}
        self.names: dict[str, Any] = {"facts": self.facts}
        self.expander = Expander(design, self.names)
        self.issue = self.expander.issue
        self.variables = self._variables(variables)
        self.names.update(self.variables)

    def run(self) -> Bound:
        inputs, values = self._inputs()
        root = Scope("", None, self.design, Home(self.design.groups, self.names), {}, values)
        try:
            self.expander.graph(root, self.names)
        except TooLarge:
            text = f"the design unfolds into more than {LIMITS.expanded_nodes:,} blocks"
            self.issue("", None, "too_large", text, "lower a repeat or a depth")
        self.expander.issues += self.expander.overrides.unmet(self.design, root)
        self._leave_out(root)
        weights = self._weights()
        auxiliary = {name: (root.outputs[name], weight) for name, weight in weights.items() if name in root.outputs}
        root.outputs = {name: value for name, value in root.outputs.items() if name not in auxiliary}
        if auxiliary and not root.outputs:
            text = "every output is there for training alone"
            self.issue("output", Place(None, "output"), "no_output", text, "take the weight of one away")
        auxiliary = {name: pair for name, pair in auxiliary.items() if pair[1] > 0}
        self._mark_live(root, [value for value, _ in auxiliary.values()])
        ties = self._ties()
        issues = told_once(self.expander.issues, self.expander.nodes)
        outputs = dict(root.outputs)
        return Bound(
            self.design, self.facts, self.variables, inputs, self.expander.nodes, outputs, root, issues, ties, auxiliary
        )

    # -- names ---------------------------------------------------------------------------------------------------

    def _variables(self, given: Mapping[str, Any]) -> dict[str, Any]:
        declared = self.design.variables
        for name in given:
            if name not in declared:
                known = ", ".join(declared) or "none"
                text = f"there is no variable {name}; there are: {known}"
                self.issue("", None, "unknown_variable", text, param=name)
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
                    text, remedy = f"variable {name}: {fault[name]}", "give it a value, or take it away"
                    self.issue("", None, "bad_expression", text, remedy, param=name)
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
                self.issue("input", None, "duplicate", f"there are two inputs called {given.name}", "rename one")
            values[given.name] = Value(-1 - index, 0, spec)
        return inputs, values

    def _input_spec(self, name: str, kind: str, dims: Mapping[str, int | str]) -> Spec | None:
        where = f"input.{name}"
        if kind not in KINDS:
            self.issue(where, None, "unknown_kind", f"there is no input kind {kind}", f"use {', '.join(KINDS)}")
            return None
        shape = []
        for dim in KINDS[kind].dims:
            if dim not in dims:
                self.issue(where, None, "missing_dim", f"{kind} {name} has no {dim}", f"set {dim}, the input's size")
                return None
            try:
                size = resolve(dims[dim], self.names)
            except ExpressionError as error:
                self.issue(where, None, "bad_expression", f"{dim}: {error}")
                return None
            if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 2**24:
                self.issue(where, None, "bad_dim", f"{dim} is {size!r}", "give a whole number from 1 to 16,777,216")
                return None
            shape.append(size)
        for dim in dims:
            if dim not in KINDS[kind].dims:
                known = ", ".join(KINDS[kind].dims)
                self.issue(where, None, "unknown_dim", f"{kind} has no dim {dim}; it has {known}")
        return Spec(tuple(shape), KINDS[kind].dtype)

    # -- outputs and ties -----------------------------------------------------------------------------------------

    def _leave_out(self, root: Scope) -> None:
        """The design gives what is not muted; if nothing is left, that is a fault."""
        kept = {name: value for name, value in root.outputs.items() if value is not ABSENT}
        for name in [] if kept else root.outputs:
            text = f"output {name} gets nothing: all that leads to it is muted"
            self.issue(f"output.{name}", Place(None, "output"), "muted_output", text, "use what feeds it again")
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
                self.issue(f"output.{end.name}", place, "bad_expression", f"weight: {error}", param="weight")
                continue
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight >= 0:
                text, remedy = f"the weight of output {end.name} is {weight!r}", "give a number from 0 on"
                self.issue(f"output.{end.name}", place, "bad_weight", text, remedy, param="weight")
                continue
            weights[end.name] = float(weight)
        return weights

    def _mark_live(self, root: Scope, auxiliary: list[Value]) -> None:
        """Live is what an output depends on, or what feeds a faulty node; while an output is open, everything is.

        What else an auxiliary output depends on, or a node that gives losses and the like alone, training needs.
        """
        if any(value is UNKNOWN for value in root.outputs.values()) or not root.outputs:
            for node in self.expander.nodes:
                node.live = True
            return
        for node in self._behind([*root.outputs.values(), *self.expander.lost]):
            node.live = True
        sinks = [node.index for node in self.expander.nodes if all(port.role != "data" for port in node.entry.outputs)]
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
                yield self.expander.nodes[index]
                todo += [value.node for value in self.expander.nodes[index].fed if value.node >= 0]

    def _ties(self) -> list[Tie]:
        if not self.design.ties:
            return []
        shapes = {
            f"{leaf.path}.{name}": shape
            for leaf in self.expander.nodes
            if (leaf.live or leaf.training) and leaf.figures
            for name, shape in leaf.figures.param_shapes.items()
        }
        faulty = any(issue.severity == "error" for issue in self.expander.issues)
        ties, faults = expanded(self.design.ties, shapes)
        for text in faults:
            # Where nodes are at fault, their parameters are not known yet.
            if not faulty or "no parameter" not in text:
                remedy = "name parameters of one shape, or nodes of one make: head.weight, blocks.*.attn"
                self.issue("", None, "bad_tie", text, remedy)
        return ties
