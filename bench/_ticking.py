"""Speaks as the engine does and trains nothing: TICKS metric events a second for SECONDS, each with its own time."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

TICKS, SECONDS = 10, 60


def emit(type: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"type": type, "t": time.time(), **fields}) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    given, _ = parser.parse_known_args()
    Path(given.out, "run.json").write_text("{}")
    total = TICKS * SECONDS
    emit("start", total_steps=total, total_epochs=1, device="cpu", threads=1, params=1, facts={}, notes=[])
    began = time.monotonic()
    for step in range(1, total + 1):
        time.sleep(max(0.0, began + step / TICKS - time.monotonic()))
        emit("metrics", step=step, epoch=0, values={"train/loss": 1 / step, "lr": 0.1})
    emit("result", metrics={"accuracy": 0.5}, seconds=float(SECONDS), samples_per_s=1.0, onnx=None)
    emit("end", state="done")


if __name__ == "__main__":
    main()
