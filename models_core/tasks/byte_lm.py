"""Language modelling by bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models_core.data.preprocess import Preprocess, Target
from models_core.registry import register

from ._base import Demo, Evaluator, Task, first
from ._classification import accuracy
from ._generate import stream_bytes
from ._perplexity import LanguageEvaluator


@register("task", id="byte_lm", family="language", title="Language modelling by bytes")
class ByteLanguageModel(Task):
    """Which byte comes next, at every place of a window of text; tried out by letting it write on from a prompt.

    The design must be causal: what it gives at a place may depend on that place and those before only.
    """

    id = "byte_lm"
    field = "text"
    input_kind = "tokens"
    target_kind = "bytes"
    metric = "bits_per_byte"
    direction = "min"
    objectives = ("cross_entropy",)

    def evaluator(self, target: Target) -> Evaluator:
        return LanguageEvaluator()

    def step_metrics(self, outputs: Any, target: Tensor, of: Target) -> dict[str, Tensor]:
        return accuracy(outputs, target)

    def output_shape(self, facts: Mapping[str, Any], inputs: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        length = next(iter(inputs.values()))[0]
        return (length, int(facts.get("text", {}).get("vocab", 256)))

    def _remedy(self, wanted: tuple[int, ...]) -> str:
        return f"keep the length of {wanted[0]} and let the last layer's size be =facts.text.vocab"

    def demo(self, preprocess: Preprocess) -> Demo:
        return "generate"


def generate(
    module: nn.Module,
    prompt: bytes,
    n: int,
    temperature: float = 0.8,
    top_k: int | None = 40,
    seed: int = 0,
    length: int = 128,
) -> bytes:
    """`n` bytes that follow the prompt, written by a causal module of int64 (N L) to logits (N L 256).

    The module is left in the mode it was in. See `stream_bytes` for the settings.
    """
    device = next((tensor.device for tensor in module.parameters()), torch.device("cpu"))
    training = module.training
    module.eval()

    def predict(ids: np.ndarray) -> np.ndarray:
        logits = first(module(torch.from_numpy(ids).to(device)))
        return np.asarray(logits.float().cpu().numpy())

    try:
        with torch.no_grad():
            following = stream_bytes(predict, prompt, n, length=length, temperature=temperature, top_k=top_k, seed=seed)
            return bytes(following)
    finally:
        module.train(training)
