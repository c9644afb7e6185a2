"""What looks at every operation of a forward."""

from __future__ import annotations

from torch.utils._python_dispatch import TorchDispatchMode


class Mode(TorchDispatchMode):
    """A dispatch mode that is never compiled; one that may be has torch load its compiler when it is first used."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False
