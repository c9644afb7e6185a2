"""Speaks as the engine does, but does what its recipe's `script` says: for faults whose moment must be chosen.

Its "weights" are a chain of hashes over the steps, so a step left out or done twice shows at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

given = argparse.ArgumentParser()
given.add_argument("command")
given.add_argument("design", nargs="?")
given.add_argument("--data")
given.add_argument("--data-options")
given.add_argument("--cache")
given.add_argument("--recipe")
given.add_argument("--out")
given.add_argument("--events")
given.add_argument("--resume-from")
args = given.parse_args()
out = Path(args.out)
script: dict[str, Any] = json.loads(Path(args.recipe).read_text()).get("script", {})
stop = threading.Event()


def emit(type: str, **fields: Any) -> None:
    try:
        sys.stdout.write(json.dumps({"type": type, "t": time.time(), **fields}) + "\n")
        sys.stdout.flush()
    except OSError:
        pass


def listen() -> None:
    for line in sys.stdin:
        if json.loads(line).get("cmd") == "stop" and not script.get("deaf"):
            stop.set()
    if script.get("outlive"):
        return
    stop.set()
    time.sleep(5)
    os._exit(3)


def write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def checkpoint(step: int, weights: str, evaluated: int) -> None:
    state = json.dumps({"step": step, "evaluated": evaluated, "weights": weights})
    header = json.dumps({"__metadata__": {"state": state}}).encode()
    write(out / "state.safetensors", struct.pack("<Q", len(header)) + header)
    write(out / "last.safetensors", weights.encode())
    write(out / "best.safetensors", weights.encode())
    emit("checkpoint", step=step, epoch=step // 10, file="last.safetensors", best=True, metric=0.5)


def main() -> int:
    threading.Thread(target=listen, daemon=True).start()
    step, weights, evaluated = 0, "start", 0
    if args.resume_from:
        raw = (Path(args.resume_from) / "state.safetensors").read_bytes()
        (size,) = struct.unpack("<Q", raw[:8])
        state = json.loads(json.loads(raw[8 : 8 + size])["__metadata__"]["state"])
        step, weights, evaluated = state["step"], state["weights"], state["evaluated"]
    (out / "run.json").write_text(json.dumps({"pid": os.getpid()}))
    total = script.get("steps", 20)
    emit("start", total_steps=total, total_epochs=1, device="cpu", threads=1, params=1, facts={}, notes=[])
    if args.resume_from:
        emit("rewind", step=step)
    for line in script.get("say", []):
        sys.stderr.write(line + "\n")
    sys.stderr.flush()
    if "error" in script:
        emit("error", **script["error"])
    if "exit" in script:
        return int(script["exit"])
    if "die" in script and not (args.resume_from):
        os.kill(os.getpid(), script["die"])
    while step < total:
        if stop.is_set():
            checkpoint(step, weights, evaluated)
            emit("end", state="cancelled")
            return 3
        step += 1
        weights = hashlib.sha256(f"{weights}{step}".encode()).hexdigest()
        emit("metrics", step=step, epoch=0, values={"train/loss": 1 / step, "lr": 0.1})
        emit("progress", step=step, total_steps=total, epoch=0, eta_s=1.0)
        every = script.get("checkpoint_every", 5)
        if every and step % every == 0:
            emit("metrics", step=step, epoch=0, values={"test/accuracy": step / total})
            evaluated = step
            checkpoint(step, weights, evaluated)
        time.sleep(script.get("delay", 0.02))
    checkpoint(step, weights, evaluated)
    emit("result", metrics={"accuracy": 0.75, "loss": float("nan")}, seconds=1.0, samples_per_s=1.0, onnx=None)
    emit("end", state="done")
    return 0


sys.exit(main())
