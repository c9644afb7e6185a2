"""One class for all instances of a group that have the same structure.

What is equal in all of them stays a literal; what differs becomes a parameter of the constructor, named after the
group's own parameter where their values coincide, written as the group's own expression where that gives the values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from models_core.design.expressions import ExpressionError, evaluate, is_expression, names_in
from models_core.design.schema import Group

from ._text import class_name, clean, identifier, literal, unique
from ._tree import MISSING, Body, Call, Definition, Made, Maker, Row, Run, Slot, Sub, makers


@dataclass
class Param:
    """A parameter of a generated constructor and the value each instance gives it."""

    name: str
    values: list[Any]
    default: Any = MISSING


@dataclass
class Class:
    """A class to write: one body stands for all; `texts` has the text of each of its slots, None where left out."""

    name: str
    body: Body
    doc: str
    params: list[Param] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    uses_math: bool = False


def classes(root: Body, name: str, taken: set[str]) -> list[Class]:
    """Every class of the file, each after those it uses, the design's own last."""
    made: list[Class] = []
    taken.add(name)
    bodies: dict[Definition, list[Body]] = {}
    for body in _inside(root):
        bodies.setdefault(body.definition, []).append(body)
    for group in _inner_first(bodies):
        variants: dict[Any, list[Body]] = {}
        for body in bodies[group]:
            _settle(body)
            variants.setdefault(body.key(), []).append(body)
        # The variant used most is the one that bears the group's plain name.
        ranked = sorted(variants.values(), key=lambda instances: -len(instances))
        for index, instances in enumerate(ranked):
            stem = class_name(group[0])
            if index:
                stem += _difference(ranked[0][0], instances[0])
            graph = instances[0].scope.graph
            assert isinstance(graph, Group)
            cls = Class(unique(stem, taken), instances[0], docline(graph.doc or "") or f"The group {group[0]}.")
            taken.add(cls.name)
            _unify(cls, instances, graph, taken)
            made.append(cls)
    _settle(root)
    top = Class(name, root, "")
    _unify(top, [root], None, taken)
    return [*made, top]


def _inside(body: Body) -> Iterator[Body]:
    for member in body.members:
        for maker in makers(member.maker):
            if isinstance(maker, Sub):
                yield maker.body
                yield from _inside(maker.body)


def _inner_first(bodies: dict[Definition, list[Body]]) -> list[Definition]:
    order: list[Definition] = []

    def visit(group: Definition) -> None:
        if group in order:
            return
        for body in bodies[group]:
            for inner in _inside(body):
                visit(inner.definition)
        order.append(group)

    for group in bodies:
        visit(group)
    return order


def _settle(body: Body) -> None:
    """Count equal neighbours in rows, now that the classes inside are known."""
    for member in body.members:
        _settle_maker(member.maker)


def _settle_maker(maker: Maker) -> None:
    if not isinstance(maker, Row):
        return
    maker.runs = []
    last = None
    for item in maker.items:
        _settle_maker(item)
        meaning = (item.key(), [slot.text for slot in slots(item)])
        if meaning == last:
            maker.runs[-1].count += 1
        else:
            maker.runs.append(Run(item))
        last = meaning


def slots(maker: Maker) -> Iterator[Slot]:
    """The values that go into the making of a module, in the order they are written."""
    if isinstance(maker, Call):
        yield from maker.slots
    elif isinstance(maker, Sub):
        assert maker.made is not None
        yield from maker.made.slots
    else:
        for run in maker.runs:
            yield Slot("depth", run.count)
            yield from slots(run.maker)


def _unify(cls: Class, instances: list[Body], group: Group | None, taken: set[str]) -> None:
    """Find the class's parameters and the text of every slot; tell each instance what to call it with."""
    columns: list[tuple[str, list[Slot]]] = []
    per_instance = [[(m.id, slot) for m in body.members for slot in slots(m.maker)] for body in instances]
    for row in zip(*per_instance, strict=True):
        columns.append((row[0][0], [slot for _, slot in row]))
    namer = _Namer(instances, group, cls, taken)
    for member, column in columns:
        first = column[0]
        if all(slot.is_default for slot in column):
            cls.texts.append(None)
        elif len({slot.text for slot in column}) == 1:
            cls.texts.append(first.text)
        else:
            cls.texts.append(namer.text(member, first.name, column))
    cls.params = namer.ordered()
    for index, body in enumerate(instances):
        given = [Slot(param.name, param.values[index], param.default, param.default is MISSING) for param in cls.params]
        for maker in body.users:
            maker.made = Made(cls.name, given)


class _Namer:
    """Gives a text to each column of values that differ between instances."""

    def __init__(self, instances: list[Body], group: Group | None, cls: Class, taken: set[str]) -> None:
        self.taken = taken
        self.instances = instances
        self.group = group
        self.cls = cls
        self.params: dict[str, Param] = {}
        self.own: dict[str, str] = {}
        self.columns = {
            name: [literal(_tupled(body.params.get(name))) for body in instances]
            for name in (group.params if group else {})
        }
        for name in self.columns:
            self.own[name] = identifier(name, taken | set(self.own.values()))
        self.expressions = list(dict.fromkeys(self._expressions()))

    def text(self, member: str, name: str, column: list[Slot]) -> str:
        texts = [slot.text for slot in column]
        own = [param for param, values in self.columns.items() if values == texts]
        if own:
            return self._own(name if name in own else own[0])
        written = self.instances[0].raw.get(member, {}).get(name)
        for expression in ([written] if written in self.expressions else []) + self.expressions:
            if self._values(expression) == texts:
                return self._expression(expression)
        for param in self.params.values():
            if [literal(value) for value in param.values] == texts:
                return param.name
        taken = self.taken | set(self.params) | set(self.own.values())
        chosen = identifier(name)
        if chosen in taken:
            chosen = identifier(f"{member}_{name}", taken)
        self.params[chosen] = Param(chosen, [slot.value for slot in column])
        return chosen

    def ordered(self) -> list[Param]:
        """The parameters, those without a default first."""
        return sorted(self.params.values(), key=lambda param: param.default is not MISSING)

    def _own(self, name: str) -> str:
        assert self.group is not None
        written = self.own[name]
        if written not in self.params:
            values = [_tupled(body.params[name]) for body in self.instances]
            default = _tupled(self.group.params[name].default)
            usable = default is not None and not is_expression(default) and literal(default) in self.columns[name]
            self.params[written] = Param(written, values, default if usable else MISSING)
        return written

    def _expressions(self) -> Iterator[str]:
        for params in self.instances[0].raw.values():
            for value in params.values():
                if is_expression(value) and self._is_plain(value) and self._values(value):
                    yield value

    def _is_plain(self, expression: str) -> bool:
        """Whether every part of it, evaluated or not, is arithmetic on the group's parameters: it becomes code."""
        try:
            tree = ast.parse(expression.removeprefix("=").strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                if node.id not in (_FUNCTIONS if id(node) in functions else self.columns):
                    return False
            elif isinstance(node, ast.Constant):
                if not isinstance(node.value, int | float | str):
                    return False
            elif isinstance(node, ast.Call):
                if node.keywords or not isinstance(node.func, ast.Name):
                    return False
            elif not isinstance(node, _ARITHMETIC):
                return False
        return True

    def _values(self, expression: str) -> list[str]:
        try:
            return [literal(_tupled(evaluate(expression, body.params))) for body in self.instances]
        except (ExpressionError, TypeError):
            return []

    def _expression(self, expression: str) -> str:
        tree = ast.parse(expression.removeprefix("=").strip(), mode="eval").body
        for name in names_in(expression) & set(self.columns):
            self._own(name)
        return ast.unparse(_Written(self).visit(tree))


_ARITHMETIC = (
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.List,
    ast.Tuple,
    ast.Subscript,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
)
_FUNCTIONS = {"min", "max", "abs", "round", "int", "len", "ceil", "floor"}


class _Written(ast.NodeTransformer):
    """A design's expression as Python: the class's parameter names, math's functions, tuples for lists."""

    def __init__(self, namer: _Namer) -> None:
        self.namer = namer

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        function: ast.expr = node.func
        if node.func.id in ("ceil", "floor"):
            self.namer.cls.uses_math = True
            function = ast.Attribute(ast.Name("math"), node.func.id)
        return ast.Call(function, [self.visit(arg) for arg in node.args], [])

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.namer.own.get(node.id, node.id))

    def visit_List(self, node: ast.List) -> ast.expr:
        return ast.Tuple([self.visit(item) for item in node.elts], ast.Load())


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list | tuple) else value


def _difference(base: Body, other: Body) -> str:
    """A word for how a variant differs from the usual one, where that can be said in one."""
    usual = {member.id for member in base.members}
    here = {member.id for member in other.members}
    more, less = sorted(here - usual), sorted(usual - here)
    if len(more) == 1 and not less:
        return f"With{class_name(more[0])}"
    if len(less) == 1 and not more:
        return f"Without{class_name(less[0])}"
    return ""


def docline(text: str) -> str:
    """A user's text as one paragraph that ends like a sentence."""
    line = clean(text)
    return line if not line or line[-1] in ".!?:" else f"{line}."
