"""Analysis of ResNet-50: after one edit, whole in a warm process, as the first in a process; of 1,000 nodes cold."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time

from bench import Row, at_most
from bench._dense import dense

FIRST = """
import time
import torch
began = time.perf_counter()
from models_core import registry
from models_core.analysis import analyze
analyze(registry.get("design", "resnet50").obj()).to_json()
print(time.perf_counter() - began)
"""


def run() -> list[Row]:
    """Server time from the JSON text that came in to the JSON text that goes out, read and written as the site does."""
    from pydantic_core import to_json

    from models_core import registry
    from models_core.analysis import analyze
    from models_core.compile import measure
    from models_core.design import read

    text = json.dumps(registry.get("design", "resnet50").obj().to_json())

    def answer(text: str) -> float:
        began = time.perf_counter()
        to_json(analyze(read(text)).to_json(), inf_nan_mode="null")
        return (time.perf_counter() - began) * 1000

    answer(text)
    # As the web server does once it is up: what was imported is not gone through for garbage again and again.
    gc.freeze()
    edits, whole = [], []
    for _ in range(7):
        measure._measure.cache_clear()
        whole.append(answer(text))
    for turn in range(40):
        document = json.loads(text)
        document["nodes"][-1]["params"]["out_features"] = 100 + turn
        edits.append(answer(json.dumps(document)))
    wide = []
    for turn in range(20):
        document = json.loads(text)
        inner = next(iter(document["groups"].values()))["nodes"]
        convolution = next(node for node in inner if node.get("block") == "conv2d")
        convolution["params"]["dilation"] = 1
        convolution["params"]["bias"] = bool(turn % 2)
        measure._measure.cache_clear()
        answer(text)
        wide.append(answer(json.dumps(document)))
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    large = json.dumps(dense(1000))
    cold = []
    for _ in range(3):
        measure._measure.cache_clear()
        cold.append(answer(large) / 1000)
    return [
        at_most("re-analysis of ResNet-50 after an edit of its head, p50", statistics.median(edits), 10, "ms"),
        at_most("re-analysis after an edit inside the repeated group, p50", statistics.median(wide), 60, "ms"),
        at_most("the whole of ResNet-50 analysed in a warm process, nothing kept", statistics.median(whole), 60, "ms"),
        at_most("as the first analysis in a process that has imported torch", float(done.stdout), 1.5, "s"),
        at_most("a design of 1,000 nodes, nothing kept", statistics.median(cold), 1.5, "s"),
    ]
