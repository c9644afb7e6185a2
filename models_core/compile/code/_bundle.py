"""The source of a block's class, taken along so that generated code runs without this package.

What only serves the registry goes (decorator, ports, bounds, figures); what it uses from `models_core` comes with it.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from ._text import LINE, OCCUPIED, literal, unique

PACKAGE = "models_core"
DROPPED_METHODS = {"window", "cost", "as_torch", "as_expression", "inverse", "init_state", "step"}
DROPPED_ATTRIBUTES = {"mixes_positions", "axes", "traits"}
Statement = ast.stmt
Definition = ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef


class CannotBundle(ValueError):
    """A block's source uses something that cannot be taken along."""


@dataclass(frozen=True)
class Import:
    """One bound name: `import module as name`, or `from module import what as name`."""

    module: str
    what: str | None
    name: str

    def text(self) -> str:
        if self.what is None:
            return f"import {self.module}" + (f" as {self.name}" if self.name != self.module else "")
        return self.what + (f" as {self.name}" if self.name != self.what else "")


class Source:
    """A module's text and what its top level binds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.module = importlib.import_module(name)
        self.text = inspect.getsource(self.module).encode()
        self.starts = [0, *(match.end() for match in re.finditer(rb"\n", self.text))]
        tree = ast.parse(self.text)
        self.bindings: dict[str, tuple[Statement, Any]] = {}
        for statement in _top(tree.body):
            for bound, origin in _bound_by(statement, self):
                self.bindings[bound] = (statement, origin)

    def offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)


@functools.lru_cache(maxsize=1024)
def _source(name: str) -> Source:
    return Source(name)


def _top(body: list[Statement]) -> Iterator[Statement]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try):
            yield from _top(statement.body)
            yield from _top(statement.orelse)


def _bound_by(statement: Statement, source: Source) -> Iterator[tuple[str, Any]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0], ("module", alias.name)
    elif isinstance(statement, ast.ImportFrom):
        module = statement.module or ""
        if statement.level:
            package = source.module.__package__ or ""
            parents = package.split(".")[: len(package.split(".")) - statement.level + 1]
            module = ".".join([*parents, *([module] if module else [])])
        for alias in statement.names:
            yield alias.asname or alias.name, ("from", module, alias.name)
    elif isinstance(statement, Definition):
        yield statement.name, ("here",)
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, ("here",)
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id, ("here",)


@dataclass
class Bundle:
    """Definitions collected for one file, each once, each after what it needs at definition time."""

    taken: set[str] = field(default_factory=set)
    imports: set[Import] = field(default_factory=set)
    definitions: list[str] = field(default_factory=list)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    imported: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def add(self, cls: type) -> str:
        """Take a class along; gives the name it has in the file."""
        return self._define(cls.__module__, cls.__qualname__)

    def use(self, module: str, what: str | None, name: str) -> str:
        """Import something from outside this package; gives the name it is bound to."""
        key = (module, what)
        if key not in self.imported:
            usual = name in OCCUPIED or name == (what or module).rpartition(".")[2]
            bound = name if usual and name not in self.taken else unique(name, self.taken)
            self.imported[key] = bound
            self.taken.add(bound)
            self.imports.add(Import(module, what, bound))
        return self.imported[key]

    def text_of_imports(self) -> list[str]:
        """The import lines, as isort orders them: the standard library first, then torch."""
        sections: list[list[str]] = []
        for standard in (True, False):
            chosen = [one for one in self.imports if (one.module.split(".")[0] in sys.stdlib_module_names) is standard]
            whole = sorted(one.text() for one in chosen if one.what is None)
            parts: dict[str, list[Import]] = {}
            for one in chosen:
                if one.what is not None:
                    parts.setdefault(one.module, []).append(one)
            lines = whole + [
                f"from {module} import {', '.join(one.text() for one in sorted(parts[module], key=_import_order))}"
                for module in sorted(parts)
            ]
            if lines:
                sections.append(lines)
        return [line for index, lines in enumerate(sections) for line in ([""] if index else []) + lines]

    def _define(self, module: str, name: str) -> str:
        key = (module, name)
        if key in self.names:
            return self.names[key]
        if module == f"{PACKAGE}.registry":
            raise CannotBundle(f"{module}.{name} is part of the registry and cannot be taken along")
        source = _source(module)
        if name not in source.bindings:
            raise CannotBundle(f"{module} does not define {name} at its top level")
        statement, origin = source.bindings[name]
        if origin[0] != "here":
            return self._resolve(source, name)
        bound = unique(name, self.taken)
        self.names[key] = bound
        self.taken.add(bound)
        text = _Rewrite(self, source, statement, name, bound).run()
        self.definitions.append(text)
        return bound

    def _resolve(self, source: Source, name: str) -> str:
        """The name in the file for what `name` means at the top level of a module."""
        _, origin = source.bindings[name]
        if origin[0] == "here":
            return self._define(source.name, name)
        if origin[0] == "module":
            module = origin[1]
            if module.split(".")[0] == PACKAGE:
                raise CannotBundle(f"{source.name} imports {module} whole; import what it uses by name")
            if name == module.split(".")[0] and name != module:
                raise CannotBundle(f"{source.name} imports {module} without a name of its own; give it one with `as`")
            return self.use(module, None, name)
        _, module, what = origin
        if module.split(".")[0] != PACKAGE:
            return self.use(module, what, name)
        if isinstance(getattr(importlib.import_module(module), what, None), types.ModuleType):
            raise CannotBundle(f"{source.name} imports the module {module}.{what}; import what it uses by name")
        return self._define(module, what)


class _Rewrite(ast.NodeVisitor):
    """One definition's text with edits: dropped parts, plain annotations, names as they are in the file."""

    def __init__(self, bundle: Bundle, source: Source, statement: Statement, name: str, bound: str) -> None:
        self.bundle = bundle
        self.source = source
        self.statement = statement
        self.name = name
        self.bound = bound
        self.edits: list[tuple[int, int, str]] = []
        self.locals: list[set[str]] = []

    def run(self) -> str:
        statement = self.statement
        start, end = self.source.span(statement)
        if isinstance(statement, Definition):
            head = self.source.text[start:end]
            at = start + re.search(rb"(?:class|def)\s+(\w+)", head).start(1)  # type: ignore[union-attr]  # a definition has it
            self._replace(at, at + len(self.name.encode()), self.bound)
            for decorator in statement.decorator_list:
                if not self._of_registry(decorator):
                    start = min(start, self.source.offset(decorator.lineno, 0))
        self.visit(statement)
        return self._edited(start, end)

    def _edited(self, start: int, end: int) -> str:
        text, at = b"", start
        for low, high, new in sorted(set(self.edits)):
            if low < at:
                continue
            text += self.source.text[at:low] + new.encode()
            at = high
        whole = (text + self.source.text[at:end]).decode()
        lines = [re.sub(r"\s+# type: ignore.*", "", line).rstrip() for line in whole.split("\n")]
        return _short_signatures(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"))

    def _replace(self, low: int, high: int, new: str) -> None:
        if self.source.text[low:high] != new.encode():
            self.edits.append((low, high, new))

    def _of_registry(self, decorator: ast.expr) -> bool:
        root = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(root, ast.Name) or root.id not in self.source.bindings:
            return False
        origin = self.source.bindings[root.id][1]
        return origin[0] == "from" and origin[1].startswith("models_core.registry")

    # -- what is dropped -----------------------------------------------------------------------------------------

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.bases, *node.keywords):
            self.visit(part)
        for index, item in enumerate(node.body):
            if self._dropped(item):
                low = item.decorator_list[0].lineno if getattr(item, "decorator_list", None) else item.lineno  # type: ignore[attr-defined]  # has it
                before = node.body[index - 1].end_lineno if index else node.lineno
                while low - 1 > (before or 0) and self._line(low - 1).startswith(b"#"):
                    low -= 1
                self._cut(low, item.end_lineno or item.lineno)
            else:
                self.visit(item)
        if all(self._dropped(item) for item in node.body):
            low = self.source.offset(node.body[0].lineno, node.body[0].col_offset)
            self.edits = [edit for edit in self.edits if not edit[0] <= low < edit[1]]
            self._replace(low, self.source.span(node)[1], "pass")

    def _dropped(self, item: Statement) -> bool:
        if isinstance(item, ast.FunctionDef):
            return item.name in DROPPED_METHODS
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            return item.target.id in DROPPED_ATTRIBUTES
        return isinstance(item, ast.Assign) and all(
            isinstance(target, ast.Name) and target.id in DROPPED_ATTRIBUTES for target in item.targets
        )

    def _line(self, number: int) -> bytes:
        return self.source.text[self.source.starts[number - 1] : self.source.starts[number]].strip()

    def _cut(self, first: int, last: int) -> None:
        low, high = self.source.starts[first - 1], self.source.starts[last]
        self.edits.append((low, high, ""))

    # -- annotations ---------------------------------------------------------------------------------------------

    def _annotation(self, node: ast.expr) -> None:
        """Leave of an annotation what a type checker would read."""
        if isinstance(node, ast.Name | ast.Attribute):
            value = self._value(node)
            text = self._type_text(value) if value is not None and _is_alias(value) else ""
            if text and (len(text) <= 40 or isinstance(node, ast.Attribute)):
                self._replace(*self.source.span(node), text)
            else:
                # A long alias keeps its name and comes along.
                self.visit(node)
        elif isinstance(node, ast.Subscript) and self._value(node.value) is Annotated:
            inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
            low, high = self.source.span(node)
            inner_low, inner_high = self.source.span(inner)
            self._replace(low, inner_low, "")
            self._annotation(inner)
            self._replace(inner_high, high, "")
        elif isinstance(node, ast.Subscript) and self._value(node.value) is Literal:
            self.visit(node.value)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self._annotation(child)

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            return getattr(self.source.module, node.id, None)
        if isinstance(node, ast.Attribute):
            return getattr(self._value(node.value), node.attr, None)
        return None

    def _type_text(self, hint: Any) -> str:
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin is Annotated:
            return self._type_text(args[0])
        if hint is None or hint is type(None):
            return "None"
        if hint is Ellipsis:
            return "..."
        if origin in (typing.Union, types.UnionType):
            return " | ".join(dict.fromkeys(self._type_text(arm) for arm in args))
        if origin is Literal:
            return f"{self.bundle.use('typing', 'Literal', 'Literal')}[{', '.join(map(literal, args))}]"
        if origin in (tuple, list, dict):
            return f"{origin.__name__}[{', '.join(self._type_text(arm) for arm in args)}]"
        if isinstance(hint, type):
            if hint.__module__ == "builtins":
                return hint.__name__
            if hint.__module__.split(".")[0] == PACKAGE:
                return self.bundle._define(hint.__module__, hint.__qualname__)
            module = "torch" if hint.__module__.startswith("torch") and hint.__name__ == "Tensor" else hint.__module__
            return self.bundle.use(module, hint.__name__, hint.__name__)
        raise CannotBundle(f"{self.source.name}: the type {hint} cannot be written out")

    # -- names ---------------------------------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            if not self._of_registry(decorator):
                self.visit(decorator)
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [one for one in (arguments.vararg, arguments.kwarg) if one]
        for argument in every:
            if argument.annotation:
                self._annotation(argument.annotation)
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default:
                self.visit(default)
        if node.returns:
            self._annotation(node.returns)
        self.locals.append({argument.arg for argument in every} | _assigned(node))
        for item in node.body:
            self.visit(item)
        self.locals.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.locals.append({argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)})
        self.visit(node.body)
        self.locals.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.visit(node.target)
        if node.value:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        value = self._value(node.targets[0]) if not self.locals else None
        if value is not None and _is_alias(value):
            self._annotation(node.value)
        else:
            self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_Name(self, node: ast.Name) -> None:
        if any(node.id in names for names in self.locals) or node.id not in self.source.bindings:
            return
        bound = self.bound if node.id == self.name else self.bundle._resolve(self.source, node.id)
        if bound == node.id:
            return
        low, high = self.source.span(node)
        if self.source.text[low:high] != node.id.encode():
            # Before Python 3.12 the places of names inside f-strings are not to be relied on.
            raise CannotBundle(f"{self.source.name}: {node.id} would have to be renamed inside an f-string")
        self._replace(low, high, bound)


def _short_signatures(text: str) -> str:
    """The text with every signature that now fits on one line written on one."""
    lines = text.split("\n")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(functions, key=lambda node: -node.lineno):
        first, last = node.lineno - 1, node.body[0].lineno - 1
        head = lines[first:last]
        if len(head) < 2 or any("#" in line for line in head):
            continue
        indent = head[0][: len(head[0]) - len(head[0].lstrip())]
        joined = " ".join(line.strip() for line in head).replace("( ", "(").replace(", )", ")").replace(" )", ")")
        if len(indent + joined) <= LINE and _same_head(node, joined):
            lines[first:last] = [indent + joined]
    return "\n".join(lines)


def _same_head(node: ast.FunctionDef, head: str) -> bool:
    try:
        other = ast.parse(f"{head} ...").body[0]
    except SyntaxError:
        return False
    return isinstance(other, ast.FunctionDef) and ast.dump(other.args) == ast.dump(node.args)


def _is_alias(value: Any) -> bool:
    return typing.get_origin(value) is not None and not isinstance(value, type)


def _assigned(node: ast.FunctionDef) -> set[str]:
    names: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names.add(part.id)
        elif isinstance(part, ast.FunctionDef) and part is not node:
            names.add(part.name)
    return names


def _import_order(one: Import) -> tuple[int, str]:
    """Constants, then classes, then the rest, as isort has it."""
    what = one.what or ""
    kind = 0 if what.isupper() and len(what) > 1 else 1 if what[:1].isupper() else 2
    return kind, what
