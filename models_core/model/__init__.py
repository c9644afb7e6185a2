"""Model: a bound Design with weights and its lineage; reading and writing it.

A run's folder holds `design.json`, `run.json` (recipe, data, preprocessing, results, lineage), `best.safetensors` and
`last.safetensors` (weights by the names that the design's module gives them) and `state.safetensors` (what a resumed
training needs besides). No pickle anywhere.
"""

from ._files import FileFault, pack, read_json, read_tensors, unpack, unshared, write_json, write_tensors, write_text
from .model import BEST, DESIGN, LAST, ONNX, RUN, STATE, Model

__all__ = [
    "BEST",
    "DESIGN",
    "LAST",
    "ONNX",
    "RUN",
    "STATE",
    "FileFault",
    "Model",
    "pack",
    "read_json",
    "read_tensors",
    "unpack",
    "unshared",
    "write_json",
    "write_tensors",
    "write_text",
]
