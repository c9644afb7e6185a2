"""Expressions in parameters, such as `=width * 4` or `=facts.label.classes`: a small whitelisted language.

A text is parsed by Python's parser and walked by hand; nothing is ever evaluated by Python itself.
"""

from __future__ import annotations

import ast
import functools
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from models_core.limits import LIMITS


class ExpressionError(ValueError):
    """An expression cannot be read or has no value; the message says why."""


def is_expression(value: Any) -> bool:
    """Whether a parameter's value is an expression: a text that begins with `=`."""
    return isinstance(value, str) and value.startswith("=")


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression (with or without its `=`) where `names` gives variables, parameters and facts."""
    try:
        return _checked(_walk(_parse(text), names), text)
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply; split it into variables") from None


def resolve(value: Any, names: Mapping[str, Any]) -> Any:
    """The value with every expression in it, also inside lists and mappings, replaced by what it evaluates to."""
    if isinstance(value, str):
        return evaluate(value, names) if value.startswith("=") else value
    if isinstance(value, list | tuple):
        return [resolve(item, names) for item in value]
    if isinstance(value, dict):
        return {key: resolve(item, names) for key, item in value.items()}
    return value


def names_in(value: Any) -> set[str]:
    """The names that the expressions in a value refer to; empty where there is none or it cannot be read."""
    return set(_names(value))


def _names(value: Any) -> Iterator[str]:
    if is_expression(value):
        yield from _named(value)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _names(item)


@functools.lru_cache(maxsize=4096)
def _named(text: str) -> tuple[str, ...]:
    try:
        tree = _parse(text)
    except ExpressionError:
        return ()
    return tuple(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


@functools.lru_cache(maxsize=4096)
def _parse(text: str) -> ast.expr:
    source = text.removeprefix("=").strip()
    if len(source) > LIMITS.expression_chars:
        raise ExpressionError(f"an expression may have {LIMITS.expression_chars} characters, this has {len(source)}")
    if not source:
        raise ExpressionError("the expression is empty; write something after the = sign")
    try:
        return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"cannot read the expression ={source}") from None


def _power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > 64 or abs(base) > LIMITS.integer:
        raise ExpressionError(f"{base} ** {exponent} is too large; exponents go to 64")
    return base**exponent


def _round(value: Any, digits: Any = None) -> Any:
    # Rounding a whole number to -n digits computes 10 ** n.
    if digits is not None and not -15 <= digits <= 15:
        raise ExpressionError(f"cannot round to {digits} digits; use -15 to 15")
    return round(value, digits)


_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_COMPARE: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
_UNARY: dict[type[ast.AST], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": _round,
    "int": int,
    "len": len,
    "ceil": math.ceil,
    "floor": math.floor,
}


def _walk(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float | str | bool):
            return value
        case ast.Name(id=name):
            if name in names:
                return names[name]
            known = ", ".join(sorted(names)) or "none"
            raise ExpressionError(f"there is no variable or parameter {name} here; known are: {known}")
        case ast.Attribute(value=inner, attr=name):
            owner = _walk(inner, names)
            if not isinstance(owner, Mapping):
                raise ExpressionError(f"{ast.unparse(inner)} has no parts, so .{name} means nothing")
            if name not in owner:
                raise ExpressionError(f"{ast.unparse(inner)} has no {name}; it has: {', '.join(map(str, owner))}")
            return owner[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            a, b = _walk(left, names), _walk(right, names)
            if not (_is_number(a) and _is_number(b)):
                raise ExpressionError(f"{ast.unparse(node)} calculates with something that is no number")
            return _checked(_calculated(_BINARY[type(op)], node, a, b), node)
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
            return _calculated(_UNARY[type(sign)], node, _walk(operand, names))
        case ast.BoolOp(op=joint, values=operands):
            stop_at = isinstance(joint, ast.Or)
            result: Any = None
            for operand in operands:
                result = _walk(operand, names)
                if bool(result) is stop_at:
                    break
            return result
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            a = _walk(left, names)
            for comparison, comparator in zip(ops, comparators, strict=True):
                b = _walk(comparator, names)
                if type(comparison) not in _COMPARE:
                    raise ExpressionError(f"{ast.unparse(node)} is not allowed in an expression")
                if not _calculated(_COMPARE[type(comparison)], node, a, b):
                    return False
                a = b
            return True
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _walk(body if _walk(test, names) else orelse, names)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_walk(item, names) for item in items]
        case ast.Subscript(value=inner, slice=index):
            return _calculated(_item, node, _walk(inner, names), _walk(index, names))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _calculated(_FUNCTIONS[name], node, *(_walk(arg, names) for arg in args))
    raise ExpressionError(
        f"{ast.unparse(node)} is not allowed in an expression; use numbers, names, + - * / // % **, comparisons,"
        f" a if c else b, [..] and {', '.join(_FUNCTIONS)}"
    )


def _item(owner: Any, index: Any) -> Any:
    return owner[index]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _calculated(function: Callable[..., Any], node: ast.expr, *args: Any) -> Any:
    try:
        return function(*args)
    except ExpressionError:
        raise
    except (ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise ExpressionError(f"{ast.unparse(node)} has no value: {error}") from None


def _checked(value: Any, source: str | ast.expr) -> Any:
    fault = ""
    if isinstance(value, float) and not math.isfinite(value):
        fault = "is not a finite number"
    elif isinstance(value, int | float) and abs(value) > LIMITS.integer:
        fault = f"is larger than {LIMITS.integer}"
    elif isinstance(value, complex):
        fault = "is not a real number"
    if fault:
        raise ExpressionError(f"{source if isinstance(source, str) else ast.unparse(source)} {fault}")
    return value
