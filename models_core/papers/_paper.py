"""What a catalogue entry declares, and how its checks are found."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from ._outcome import Outcome

if TYPE_CHECKING:
    from ._lab import Lab

Level = Literal["exact", "small", "study"]
"""`exact`: at most two seconds, in CI. `small`: a measurement of minutes. `study`: of more."""

_MARK = "_blockyard_check"
F = TypeVar("F", bound=Callable[..., Any])


def check(level: Level, *, minutes: float = 0.0, data: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Mark a method of a Paper as a check; its docstring is the sentence it stands for.

    An exact check takes no argument; the others take a `Lab`. `data` names the data sets it needs.
    """

    def mark(function: F) -> F:
        if not function.__doc__:
            raise ValueError(f"check {function.__qualname__} has no docstring; it is what the check says")
        takes = len(inspect.signature(function).parameters)
        if takes != (1 if level == "exact" else 2):
            raise ValueError(f"check {function.__qualname__}: an exact check takes self alone, others self and a Lab")
        setattr(function, _MARK, (level, minutes, data))
        return function

    return mark


@dataclass(frozen=True)
class Check:
    """One check of a paper."""

    paper: str
    name: str
    level: Level
    doc: str
    minutes: float
    data: tuple[str, ...]
    function: Callable[..., Outcome]

    def run(self, lab: Lab | None = None) -> Outcome:
        """What the check finds; an assertion that fails in it is one that is not confirmed."""
        try:
            return self.function() if self.level == "exact" else self.function(lab)
        except AssertionError as error:
            text = " ".join(str(error).split())
            return Outcome(False, text[:300] or "an assertion of the check failed")


class Paper:
    """A paper of the catalogue; the class's docstring says in a sentence or two what it is here."""

    claim: ClassVar[str] = ""
    """What the paper says, as near to its own words and figures as one line allows."""
    entries: ClassVar[tuple[str, ...]] = ()
    """What there is of it here: `block/res2_conv2d`, `design/res2net50_26w_4s`."""
    empirical: ClassVar[bool] = True
    """Whether the claim is one that only a measurement can confirm; then there is a small check or a study."""
    notes: ClassVar[str] = ""
    """What remains uncertain, or differs from the paper, and why."""

    @classmethod
    def checks(cls, id: str) -> list[Check]:
        """The checks, in the order in which they are written."""
        found = []
        self = cls()
        for name, function in vars(cls).items():
            if hasattr(function, _MARK):
                level, minutes, data = getattr(function, _MARK)
                found.append(
                    Check(id, name, level, inspect.cleandoc(function.__doc__), minutes, data, getattr(self, name))
                )
        return found
