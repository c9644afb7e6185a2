"""Source code of a design: one readable Python file that needs torch alone.

It has a class for each group, the same parameter names and bit for bit the same outputs as `models_core.compile.build`.
"""

from __future__ import annotations

from collections.abc import Iterator

from models_core.compile.bound import Bound, Item, Scope
from models_core.compile.identity import identify
from models_core.design.issues import DesignError, Issue

from ._bundle import Bundle, CannotBundle
from ._classes import classes, docline
from ._text import class_name, clean, docstring, identifier
from ._tree import Body, Sub, makers, tree
from ._write import write

__all__ = ["CannotBundle", "source", "source_map"]

Spans = dict[str, list[tuple[int, int]]]
"""First and last lines, counted from 1: where a node is made, then where it is used."""


def source(bound: Bound) -> str:
    """One Python file that makes and runs the network of a bound design; raises DesignError if that has faults."""
    return source_map(bound)[0]


def source_map(bound: Bound) -> tuple[str, Spans]:
    """The file, and for each node's path the lines there that are about it; raises as `source`."""
    if bound.errors:
        raise DesignError(bound.errors)
    if not bound.outputs:
        raise DesignError([Issue("output", "no_output", "the design has no output", "add one and connect it")])
    bundle = Bundle()
    for module, what, name in (("torch", None, "torch"), ("torch", "Tensor", "Tensor"), ("torch", "nn", "nn")):
        bundle.use(module, what, name)
    root = tree(bound, bundle)
    name = class_name(bound.design.name, bundle.taken)
    made = classes(root, name, bundle.taken)
    if any(cls.uses_math for cls in made):
        bundle.use("math", None, "math")
    lines = [*docstring(_about(bound), 0), ""]
    if bundle.definitions:
        lines += ["from __future__ import annotations", ""]
    lines += bundle.text_of_imports()
    for at, definition in enumerate(bundle.definitions):
        # One line apart from the imports is a value, two are what is defined.
        value = at == 0 and not definition.startswith(("class ", "def ", "@"))
        lines += ["", *([] if value else [""]), *definition.split("\n")]
    inside: dict[str, Spans] = {}
    for cls in made:
        last = cls is made[-1]
        doc = f"{docline(bound.design.name)}\n\n{docline(bound.design.description or '')}" if last else cls.doc
        written = write(cls, doc, bound.live_ties if last else [])
        lines += ["", ""]
        start = len(lines) + 1
        inside[cls.name] = {
            id: [(low + start, high + start) for low, high in spans] for id, spans in written.spans.items()
        }
        lines += written.lines
    lines += ["", "", *_main(bound, name)]
    spans = dict(_spans(root, name, inside))
    for path in _paths(bound.root):
        parent = path
        while parent and parent not in spans:
            parent = parent.rpartition(".")[0]
        if parent:
            spans.setdefault(path, spans[parent])
    return "\n".join(lines) + "\n", spans


def _about(bound: Bound) -> str:
    inputs = ", ".join(
        f"{given.name} (N x {' x '.join(map(str, given.spec.shape))})" for given in bound.inputs if given.spec
    )
    outputs = ", ".join(
        f"{name} (N x {' x '.join(map(str, value.spec.shape))})" for name, value in bound.outputs.items() if value.spec
    )
    title = clean(bound.design.name) or "A network"
    return f"{title}, written out from a Blockyard design.\n\n{inputs} -> {outputs}. Design {identify(bound).hash}."


def _spans(body: Body, cls: str, inside: dict[str, Spans]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    prefix = f"{body.path}." if body.path else ""
    for id, found in inside[cls].items():
        yield prefix + id, found
    for member in body.members:
        for maker in makers(member.maker):
            if isinstance(maker, Sub):
                assert maker.made is not None
                yield from _spans(maker.body, maker.made.name, inside)


def _paths(scope: Scope) -> Iterator[str]:
    def of(item: Item) -> Iterator[str]:
        yield item.path
        for leaf in item.leaves:
            yield leaf.path
        for inner in item.scopes:
            yield inner.path
            yield from _paths(inner)

    for item in scope.items:
        yield from of(item)


def _main(bound: Bound, name: str) -> list[str]:
    """A run on random inputs, printing the shapes that come out."""
    lines = ['if __name__ == "__main__":', "    torch.manual_seed(0)", f"    model = {name}().eval()"]
    names: list[str] = []
    for index, given in enumerate(bound.inputs):
        assert given.spec is not None
        chosen = identifier(given.name, [*names, "model", "outputs", "output"])
        names.append(chosen)
        shape = ", ".join(map(str, (2, *given.spec.shape)))
        if given.spec.dtype.is_floating_point:
            lines.append(f"    {chosen} = torch.randn({shape})")
        else:
            lines.append(f"    {chosen} = torch.randint({_vocabulary(bound, index)}, ({shape}))")
    call = f"model({', '.join(names)})"
    lines.append("    with torch.no_grad():")
    if len(bound.outputs) == 1:
        lines += [f"        output = {call}", "    print(tuple(output.shape))"]
    else:
        lines += [f"        outputs = {call}", "    print([tuple(output.shape) for output in outputs])"]
    return lines


def _vocabulary(bound: Bound, index: int) -> int:
    """How many different tokens an input may hold, as the embeddings it feeds say."""
    sizes = [
        leaf.params["num_embeddings"]
        for leaf in bound.leaves
        if "num_embeddings" in leaf.params and any(value.node == -1 - index for value in leaf.fed)
    ]
    return min(sizes, default=2)
