"""The catalogue: papers on architecture design, what each is here, what it claims, and how that is checked.

One file, one paper: a subclass of `Paper`, registered under kind "paper". Its checks are methods marked `@check`. The
results of those that take minutes are kept in `results`, a JSON file per check.
"""

from ._lab import Lab, NoData, Trained, compared, compared_on_text, no_worse
from ._outcome import Outcome, agree, counted
from ._paper import Check, Level, Paper, check
from ._results import KEPT, Result, card, fingerprint, run_check, stored
from ._variants import by_hand, names_text, swapped

__all__ = [
    "KEPT",
    "Check",
    "Lab",
    "Level",
    "NoData",
    "Outcome",
    "Paper",
    "Result",
    "Trained",
    "agree",
    "by_hand",
    "card",
    "check",
    "compared",
    "compared_on_text",
    "counted",
    "fingerprint",
    "names_text",
    "no_worse",
    "run_check",
    "stored",
    "swapped",
]
