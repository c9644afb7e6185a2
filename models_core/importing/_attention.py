"""Attention put together again, however an exporter laid out its heads.

What counts is not how queries, keys and values were cut out of linear layers, but which of their features came where:
following the numbers of elements gives that, and with it the order of the weights' rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ._layout import back, numbered, onward, origin
from ._match import match
from ._net import BROKEN, OWN, Net, Op, Unknown, Weight

PASSED = ("Dropout", "Cast", "Identity")
HIDDEN = -1e3
"""A score below this is taken to be one that hides."""


@dataclass(frozen=True)
class Heads:
    """Queries, keys or values: the tokens they were made of, by which linear layer, and the features of each head."""

    tokens: str
    linear: Op
    owner: np.ndarray
    """The sample of each product of matrices."""
    features: np.ndarray
    """Heads x features: their numbers among the linear layer's."""
    length: int
    scale: float


def recognise(net: Net) -> None:
    """Replace attention by one operator of our own domain wherever it is found."""
    for op in list(net.ops):
        if op.type == "MatMul" and not any(net.is_constant(name) for name in op.inputs):
            try:
                made = _attention(net, op)
            except BROKEN:
                continue
            if made is not None:
                net.replace(made.outputs[0], made)
    net.prune()


def _attention(net: Net, op: Op) -> Op | None:
    softmax = _passed(net, op.inputs[0])
    if softmax is None or softmax.type != "Softmax":
        return None
    scores = net.shape(softmax.inputs[0])
    if not scores or softmax.get("axis", -1) % len(scores) != len(scores) - 1:
        return None
    product, scale, biases = _scores(net, softmax.inputs[0])
    if product is None:
        return None
    query = next(_heads(net, product.inputs[0], False), None)
    keys, values = list(_heads(net, product.inputs[1], True)), list(_heads(net, op.inputs[1], False))
    pair = next(((k, v) for k in keys for v in values if k.tokens == v.tokens), None)
    if query is None or pair is None:
        return None
    key, value = pair
    same = all(np.array_equal(query.owner, other.owner) for other in pair)
    heads, size = query.features.shape
    if not same or key.features.shape != (heads, size) or value.features.shape != (heads, size):
        return None
    if not math.isclose(scale * query.scale * key.scale, size**-0.5, rel_tol=1e-3) or value.scale != 1:
        return None
    causal, mask = _bias(net, biases, query.length, key)
    out = _projection(net, op.outputs[0], query)
    if out is None:
        return None
    result, proj, columns = out
    width = (net.shape(query.tokens) or (0,))[-1]
    if heads * size != width or proj.get("weight").shape != (width, width):
        return None
    itself = query.tokens == key.tokens
    if not itself and causal:
        return None
    attributes = {"heads": heads, "causal": causal, **_weights(query, key, value, proj, columns, itself)}
    inputs = [query.tokens, *([] if itself else [key.tokens]), *([mask] if mask else [])]
    scope = _common([query.linear.scope, proj.scope])
    kind = "SelfAttention" if itself else "CrossAttention"
    return Op(kind, inputs, [result], attributes, op.name, OWN, scope or op.scope)


def _passed(net: Net, tensor: str) -> Op | None:
    """Who made a tensor, leaving out what changes nothing in use."""
    op = net.producer.get(tensor)
    while op is not None and op.type in PASSED:
        op = net.producer.get(op.inputs[0])
    return op


def _scores(net: Net, tensor: str) -> tuple[Op | None, float, list[str | np.ndarray]]:
    """The product of queries and keys behind some scores, what it is multiplied with, and what is added to it."""
    scale = 1.0
    biases: list[str | np.ndarray] = []
    while (op := _passed(net, tensor)) is not None:
        if op.type == "MatMul":
            return op, scale, biases
        if op.type in ("Mul", "Div"):
            constants = [net.scalar(name) for name in op.inputs if net.is_constant(name)]
            if len(constants) != 1 or not constants[0]:
                break
            scale *= 1 / constants[0] if op.type == "Div" else constants[0]
            tensor = next(name for name in op.inputs if not net.is_constant(name))
        elif op.type == "Add":
            inner = [name for name in op.inputs if _reaches_product(net, name)]
            if len(inner) != 1 or scale != 1:
                break
            biases.append(next(name for name in op.inputs if name != inner[0]))
            tensor = inner[0]
        elif op.type == "Where" and net.is_constant(op.inputs[0]) and scale == 1:
            # Scores where the condition holds and something low elsewhere, or the other way round.
            condition, there, elsewhere = op.inputs
            turned = net.is_constant(there)
            hidden = net.scalar(there if turned else elsewhere)
            if hidden is None or hidden > HIDDEN:
                break
            seen = net.array(condition).astype(bool) ^ turned
            biases.append(np.where(seen, 0.0, hidden))
            tensor = elsewhere if turned else there
        elif op.type in ("Reshape", "Squeeze", "Unsqueeze"):
            tensor = op.inputs[0]
        else:
            break
    return None, scale, biases


def _reaches_product(net: Net, tensor: str) -> bool:
    op = _passed(net, tensor)
    while op is not None and op.type in ("Mul", "Div", "Reshape", "Add", "Where"):
        inner = [name for name in op.inputs if not net.is_constant(name)]
        op = _passed(net, inner[0]) if inner else None
    return op is not None and op.type == "MatMul"


def _heads(net: Net, tensor: str, turned: bool) -> Iterator[Heads]:
    """What a factor of a product is made of; more than one answer where it is not clear where its tokens begin."""
    trace = origin(net, tensor)
    linear = net.producer.get(trace.root) if trace else None
    if trace is None or linear is None or linear.type != "Linear":
        return
    index = np.swapaxes(trace.index, -1, -2) if turned else trace.index
    index = index.reshape(-1, *index.shape[-2:])
    rows, features = np.divmod(index, linear.get("weight").shape[0])
    # Each row of the linear layer is one token, every head has its features at the same places for all tokens.
    if not (rows == rows[:, :, :1]).all() or not (features == features[:, :1]).all():
        return
    for tokens, samples, places in _tokens(net, linear.inputs[0]):
        of, at = samples[rows[:, :, 0]], places[rows[:, :, 0]]
        owner = of[:, 0]
        if not (of == owner[:, None]).all() or not (at == np.arange(at.shape[1])).all():
            continue
        first = features[:, 0][owner == 0]
        if all(np.array_equal(features[:, 0][owner == sample], first) for sample in range(net.batch)):
            yield Heads(tokens, linear, owner, first, index.shape[1], trace.scale)


def _tokens(net: Net, tensor: str) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Sequences N L D that the rows of a tensor are: their name, and each row's sample and place."""
    width = (net.shape(tensor) or (0,))[-1]
    for trace in back(net, tensor):
        shape = net.shape(trace.root) or ()
        if len(shape) != 3 or shape[0] != net.batch or shape[2] != width or trace.scale != 1:
            continue
        rows, columns = np.divmod(trace.index.reshape(-1, width), width)
        if (columns == np.arange(width)).all() and (rows == rows[:, :1]).all():
            samples, places = np.divmod(rows[:, 0], shape[1])
            yield trace.root, samples, places


def _projection(net: Net, tensor: str, query: Heads) -> tuple[str, Op, np.ndarray] | None:
    """The linear layer that joins the heads: its result as N L D, the layer, and the order of its columns."""
    heads, size = query.features.shape
    linear, rows, columns = None, np.zeros(0), np.zeros(0)
    for _name, index, user in onward(net, tensor, numbered(net, tensor)):
        if user is not None and user.type == "Linear":
            product, rest = np.divmod(index.reshape(-1, index.shape[-1]), query.length * size)
            place, feature = np.divmod(rest, size)
            head = np.zeros(len(query.owner), np.int64)
            for sample in range(net.batch):
                head[query.owner == sample] = np.arange(heads)
            of, column = query.owner[product] * query.length + place, head[product] * size + feature
            if not (of == of[:, :1]).all() or not (column == column[:1]).all():
                return None
            linear, rows, columns = user, of[:, 0], column[0]
    if linear is None:
        return None
    width = linear.get("weight").shape[0]
    wanted = (net.batch, query.length, width)
    numbers = np.arange(math.prod(wanted)).reshape(-1, width)[rows]
    made = net.shape(linear.outputs[0])
    if made is None or math.prod(made) != numbers.size:
        return None
    for name, index, _user in onward(net, linear.outputs[0], numbers.reshape(made)):
        if index.shape == wanted and (index.reshape(-1) == np.arange(index.size)).all():
            return name, linear, columns
    return None


def _bias(net: Net, biases: list[str | np.ndarray], length: int, key: Heads) -> tuple[bool, str]:
    """Whether what is added to the scores hides later tokens, and the mask it hides padding by."""
    causal, mask = False, ""
    for bias in biases:
        if isinstance(bias, str) and not net.is_constant(bias):
            mask = _mask(net, bias, key)
            if not mask:
                raise Unknown("what is added to the scores is no mask")
            continue
        values = net.array(bias) if isinstance(bias, str) else bias
        full = np.broadcast_to(values, np.broadcast_shapes(values.shape, (length, key.length)))
        table = full.reshape(-1, length, key.length)
        later = np.triu(np.ones((length, key.length), bool), 1)
        if not (table == table[:1]).all():
            raise Unknown("what is added to the scores differs from head to head")
        if (table[0] == 0).all():
            continue
        if not (table[0][later] < HIDDEN).all() or not (table[0][~later] == 0).all():
            raise Unknown("what is added to the scores is no mask")
        causal = True
    if causal and (length != key.length):
        raise Unknown("later tokens are hidden between sequences of two lengths")
    return causal, mask


_CASTS = ("m", ("Cast", "m"))


def _mask(net: Net, bias: str, key: Heads) -> str:
    """The tensor N L whose zeros a bias hides, or an empty text."""
    tokens = (net.batch, key.length)
    found = match(net, bias, ("Where", "hidden", "low", 0.0))
    if found and (net.scalar(found["low"]) or 0) < HIDDEN:
        for trace in back(net, found["hidden"]):
            equal = match(net, trace.root, ("Equal", "m", 0))
            if equal and net.shape(equal["m"]) == tokens and _in_order(trace.index):
                return equal["m"]
    found = match(net, bias, ("Mul", ("Sub", 1.0, "seen"), "low"))
    if found and (net.scalar(found["low"]) or 0) < HIDDEN:
        tensor = found["seen"]
        while (op := _passed(net, tensor)) is not None and op.type in ("Unsqueeze", "Reshape", "Expand"):
            tensor = op.inputs[0]
        while (op := net.producer.get(tensor)) is not None and op.type in PASSED:
            tensor = op.inputs[0]
        if net.shape(tensor) == tokens:
            return tensor
    return ""


def _in_order(index: np.ndarray) -> bool:
    return bool((index.reshape(-1) == np.arange(index.size)).all())


def _weights(
    query: Heads, key: Heads, value: Heads, proj: Op, columns: np.ndarray, itself: bool
) -> dict[str, Weight | None]:
    """The weights as the blocks have them: heads one after the other, queries before keys before values."""
    parts = [(part.linear, part.features.reshape(-1)) for part in (query, key, value)]

    def rows(chosen: list[tuple[Op, np.ndarray]]) -> Weight:
        width = chosen[0][0].get("weight").shape[1]
        count = sum(len(order) for _, order in chosen)
        return Weight((count, width), lambda: np.concatenate([op.get("weight").load()[order] for op, order in chosen]))

    def offsets(chosen: list[tuple[Op, np.ndarray]]) -> Weight | None:
        if all(op.get("bias") is None for op, _ in chosen):
            return None

        def load() -> np.ndarray:
            return np.concatenate(
                [
                    op.get("bias").load()[order] if op.get("bias") is not None else np.zeros(len(order), np.float32)
                    for op, order in chosen
                ]
            )

        return Weight((sum(len(order) for _, order in chosen),), load)

    def joined() -> np.ndarray:
        given = proj.get("weight").load()
        out = np.empty_like(given)
        out[:, columns] = given
        return out

    made: dict[str, Weight | None] = {
        "proj.weight": Weight(proj.get("weight").shape, joined),
        "proj.bias": proj.get("bias"),
    }
    if itself:
        return {**made, "qkv.weight": rows(parts), "qkv.bias": offsets(parts)}
    any_bias = offsets(parts) is not None
    for name, chosen in (("q", parts[:1]), ("kv", parts[1:])):
        bias = offsets(chosen)
        if bias is None and any_bias:
            size = sum(len(order) for _, order in chosen)
            bias = Weight((size,), lambda size=size: np.zeros(size, np.float32))  # type: ignore[misc]
        made |= {f"{name}.weight": rows(chosen), f"{name}.bias": bias}
    return made


def _common(scopes: list[str]) -> str:
    """The module that both belong to: that of `blocks.0.attn.qkv` and `blocks.0.attn.proj` is `blocks.0.attn`."""
    common = []
    for parts in zip(*(scope.split(".") for scope in scopes), strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return ".".join(common)
