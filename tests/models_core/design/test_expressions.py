"""The expression language: what it can say, and that it can say nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from models_core.design.expressions import ExpressionError, evaluate, names_in, resolve

NAMES: dict[str, Any] = {"width": 64, "i": 2, "depths": [3, 4, 6], "facts": {"label": {"classes": 10}}, "act": "gelu"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=width*4", 256),
        ("= width // 3 % 5", 1),
        ("=-width + 2**3", -56),
        ("=facts.label.classes", 10),
        ("=depths[i]", 6),
        ("=2 if i == 0 else 1", 1),
        ("=min(width, 32, 48)", 32),
        ("=round(width / 3)", 21),
        ("=round(1234, -2)", 1200),
        ("='relu' if act != 'gelu' else act", "gelu"),
        ("=1 < i <= 2 and not i == 5", True),
        ("=len(depths) or 7", 3),
        ("=[width, width*2]", [64, 128]),
        ("=i in [1, 2]", True),
        ("=ceil(5 / 2)", 3),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert evaluate(text, NAMES) == value


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("=heigth", "no variable or parameter heigth"),
        ("=facts.label.clases", "it has: classes"),
        ("=width.real", "has no parts"),
        ("=1/0", "no value"),
        ("=9**9**9", "too large"),
        ("=2**65", "too large"),
        ("=(2**40)*(2**40)", "larger"),
        ("=depths[7]", "no value"),
        ("='a' + " + "-" * 470 + "1", "nested too deeply"),
        ("=round(10 ** 12, -99999999)", "-15 to 15"),
        ("=round(1.5, '2')", "no value"),
        ("=", "empty"),
        ("=1 +", "cannot read"),
        ("=__import__('os')", "not allowed"),
        ("=(lambda: 1)()", "not allowed"),
        ("=[x for x in depths]", "not allowed"),
        ("=f'{width}'", "not allowed"),
        ("='a' * 1000000000", "no number"),
        ("=depths * 1000000000", "no number"),
        ("=1e308 * 10", "finite"),
        ("=().__class__", "no parts"),
        ("=open('x')", "not allowed"),
        ("=(-1) ** 0.5", "real"),
        ("=" + "(" * 400 + "1" + ")" * 400, "characters|cannot read"),
    ],
)
def test_refusals(text: str, word: str) -> None:
    with pytest.raises(ExpressionError, match=word):
        evaluate(text, NAMES)


def test_resolving_goes_into_lists_and_leaves_the_rest_alone() -> None:
    assert resolve({"a": ["=i", 3], "b": "text"}, NAMES) == {"a": [2, 3], "b": "text"}


def test_names_in_a_value() -> None:
    assert names_in(["=width + i", "width"]) == {"width", "i"}
