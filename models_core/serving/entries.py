"""The runners in the registry. Serving itself does not import this: the registry needs PyTorch, serving must not."""

from __future__ import annotations

from models_core.registry import register

from .generate import GenerateRunner
from .single import SingleRunner

register("runner", id="single", family="serving", title="Single answer")(SingleRunner)
register("runner", id="generate", family="serving", title="Text generation")(GenerateRunner)
