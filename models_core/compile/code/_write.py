"""Writing classes as text, remembering on which lines each node stands."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field

from torch import nn

from models_core.design.schema import Tie

from ._classes import Class, docline
from ._text import LINE, Bracket, Text, docstring, identifier, layout, literal, quoted, type_of, unique
from ._tree import MISSING, Call, Maker, Row, Slot, Step, Sub

LETTERS = ("x", "y", "z", "u", "v", "w", "r", "s", "t")


@dataclass
class Written:
    """Lines of a class, and those of each of its nodes: first and last, counted from 0, where it is made and used."""

    lines: list[str]
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def note(self, id: str, start: int) -> None:
        """The lines written since `start` are about a node."""
        self.spans.setdefault(id, []).append((start, len(self.lines) - 1))


def write(cls: Class, doc: str = "", ties: list[Tie] | None = None) -> Written:
    """The text of a class: docstring, constructor, forward."""
    out = Written([f"class {cls.name}(nn.Module):"])
    described = docstring(doc or docline(cls.doc), 4)
    if described:
        out.lines += [*described, ""]
    params: list[Text] = ["self"]
    for param in cls.params:
        default = "" if param.default is MISSING else f" = {literal(param.default)}"
        values = param.values if param.default is MISSING else [*param.values, param.default]
        params.append(f"{param.name}: {type_of(values)}{default}")
    out.lines += layout(Bracket("(", tuple(params)), 4, "def __init__", " -> None:")
    out.lines.append("        super().__init__()")
    texts = iter(cls.texts)
    for member in cls.body.members:
        made = _made(member.maker, texts)
        start = len(out.lines)
        if _is_attribute(member.id):
            out.lines += layout(made, 8, f"self.{member.id} = ")
        else:
            out.lines += layout(Bracket("self.add_module(", (quoted(member.id), made)), 8)
        out.note(member.id, start)
    for tie in ties or []:
        out.lines.append(f"        {_path(tie.param)} = {_path(tie.to)}")
    out.lines.append("")
    _Forward(cls, out).write()
    return out


def _made(maker: Maker, texts: Iterator[str | None]) -> Text:
    if isinstance(maker, Call):
        return _called(maker.name, maker.slots, texts)
    if isinstance(maker, Sub):
        assert maker.made is not None
        return _called(maker.made.name, maker.made.slots, texts)
    items: list[Text] = []
    for run in maker.runs:
        count = next(texts)
        made = _made(run.maker, texts)
        if count == "1":
            items.append(made)
        else:
            items.append(Bracket("*(", (made, f"for _ in range({count})"), comma=False))
    if maker.container == "nn.Sequential":
        return Bracket("nn.Sequential(", tuple(items))
    if len(items) == 1 and isinstance(items[0], Bracket) and items[0].opening == "*(":
        return Bracket("nn.ModuleList(", items[0].items, comma=False)
    return Bracket("nn.ModuleList(", (Bracket("[", tuple(items), "]"),))


def _called(name: str, slots: list[Slot], texts: Iterator[str | None]) -> Text:
    given: list[Text] = []
    for slot in slots:
        text = next(texts)
        if text is not None:
            given.append(text if slot.positional else f"{slot.name}={text}")
    return Bracket(f"{name}(", tuple(given)) if given else f"{name}()"


def _is_attribute(id: str) -> bool:
    """Whether a node's id can be written as an attribute of a module without meaning something else."""
    return id.isidentifier() and not keyword.iskeyword(id) and not id.startswith("__") and not hasattr(nn.Module, id)


def _attribute(id: str, owner: str = "self") -> str:
    return f"{owner}.{id}" if _is_attribute(id) else f"getattr({owner}, {quoted(id)})"


def _path(path: str) -> str:
    *parents, name = path.split(".")
    text = "self"
    for parent in parents:
        text = _attribute(parent, text)
    return f"{text}.{name}" if _is_attribute(name) else f"{text}._parameters[{quoted(name)}]"


class _Forward:
    """The forward of a class: values get names, a name is used again when what it held is used up."""

    def __init__(self, cls: Class, out: Written) -> None:
        self.body = cls.body
        self.out = out
        self.names: dict[int, str] = {}
        self.last: dict[int, int] = {}
        for index, step in enumerate(self.body.steps):
            for ref in step.args:
                if ref is not None:
                    self.last[ref] = index
        for ref in self.body.returns:
            self.last[ref] = len(self.body.steps)

    def write(self) -> None:
        for number, name in enumerate(self.body.inputs):
            self.names[number] = identifier(name, self.names.values())
        params = ["self", *(f"{name}: Tensor" for name in self.names.values())]
        several = len(self.body.returns) != 1
        returned = f"tuple[{', '.join(['Tensor'] * len(self.body.returns))}]" if several else "Tensor"
        self.out.lines += layout(Bracket("(", tuple(params)), 4, "def forward", f" -> {returned}:")
        for index, step in enumerate(self.body.steps):
            start = len(self.out.lines)
            final = index == len(self.body.steps) - 1 and list(step.results) == self.body.returns
            self._step(index, step, final and step.kind != "loop")
            self.out.note(step.id, start)
            if final and step.kind != "loop":
                return
        self.out.lines.append(f"        return {', '.join(self.names[ref] for ref in self.body.returns)}")

    def _step(self, index: int, step: Step, final: bool) -> None:
        args = ["None" if ref is None else self.names[ref] for ref in step.args]
        if step.kind == "loop":
            self._loop(index, step, args)
            return
        text: Text
        if step.kind == "expression":
            text = step.template
            for number, arg in enumerate(args):
                text = text.replace(f"{{{number}}}", arg)
        else:
            called = _attribute(step.id) + ("" if step.index is None else f"[{step.index}]")
            text = Bracket(f"{called}(", tuple(args))
        target = "return " if final else f"{', '.join(self._targets(index, step))} = "
        self.out.lines += layout(text, 8, target)

    def _loop(self, index: int, step: Step, args: list[str]) -> None:
        targets = self._targets(index, step, first="_" not in args[:1])
        carried = targets[0]
        if carried != args[0]:
            self.out.lines.append(f"        {carried} = {args[0]}")
        each = unique("block", self.names.values())
        self.out.lines.append(f"        for {each} in {_attribute(step.id)}:")
        called = Bracket(f"{each}(", (carried, *args[1:]))
        self.out.lines += layout(called, 12, f"{', '.join(targets)} = ")

    def _targets(self, index: int, step: Step, first: bool = False) -> list[str]:
        """Names for a step's results; what nobody uses is `_`, except the first of a loop, which carries on."""
        live = {self.names[ref] for ref, last in self.last.items() if ref in self.names and last > index}
        dying = [
            self.names[ref]
            for ref in step.args
            if ref is not None and self.last[ref] == index and self.names[ref] in LETTERS
        ]
        if step.kind == "loop":
            # The other arguments of a loop are read in every round.
            live |= {self.names[ref] for ref in step.args[1:] if ref is not None}
            dying = dying[:1] if step.args[0] is not None and self.last[step.args[0]] == index else []
        targets = []
        for position, ref in enumerate(step.results):
            if ref not in self.last and not (first and position == 0):
                targets.append("_")
                continue
            free = [name for name in dying if name not in live]
            name = free[0] if free else self._fresh(live)
            live.add(name)
            self.names[ref] = name
            targets.append(name)
        return targets

    def _fresh(self, live: set[str]) -> str:
        inputs = {self.names[number] for number in range(len(self.body.inputs))}
        for letter in LETTERS:
            if letter not in live and (letter not in inputs or letter == "x"):
                return letter
        return unique("x", live | inputs)


__all__ = ["LINE", "Row", "Written", "write"]
