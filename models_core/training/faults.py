"""What can go wrong in a training that its user can mend."""

from __future__ import annotations


class TrainingFault(ValueError):
    """Training cannot begin or go on; `remedy` says what to do about it."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


class Diverged(TrainingFault):
    """The loss is no longer a number."""

    def __init__(self, step: int, lr: float) -> None:
        super().__init__(
            f"training diverged: by step {step:,} the loss is no longer a number",
            f"lower the learning rate (it was {lr:.3g}), set gradient clipping to 1, or add a warm-up",
        )


def translate(error: Exception, batch_size: int) -> TrainingFault | None:
    """A fault in words from what torch raised in a step, where its cause is known."""
    text = str(error)
    lowered = text.lower()
    if "out of memory" in lowered or "not enough memory" in lowered or "can't allocate memory" in lowered:
        smaller = f"set batch_size below {batch_size:,} or " if batch_size > 1 else ""
        return TrainingFault("memory ran out", f"{smaller}make the design smaller")
    if "more than 1 value per channel" in lowered:
        return TrainingFault(
            f"a batch norm cannot learn from {batch_size:,} samples of one position each",
            "set batch_size to 2 or more, or use a layer norm",
        )
    return None
