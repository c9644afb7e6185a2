"""A demo's answer over HTTP against onnxruntime alone, LeNet-5, one client."""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime

from bench import Row, at_most
from bench._site import site

N = 400


def run() -> list[Row]:
    """Both in turn, on the same input, with one thread each."""
    with site() as running, tempfile.TemporaryDirectory() as folder:
        preset = running.get("/api/recipes")["presets"]["quick"]["recipe"]
        run_id = running.train("lenet5", "digits", {**preset, "epochs": 1})
        running.wait(run_id)
        slug = running.post("/api/demos", {"run": run_id})["slug"]
        image = running.get(f"/api/demos/{slug}/samples?n=1")["items"][0]["image"]
        model = Path(folder, "model.onnx")
        model.write_bytes(running.client.get(f"/api/runs/{run_id}/artifacts/model.onnx").raise_for_status().content)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(model, options)
        feed = {session.get_inputs()[0].name: np.zeros((1, 1, 28, 28), dtype=np.float32)}
        # The plainest client there is: what a heavier one costs is not the site's.
        line = http.client.HTTPConnection(running.url.removeprefix("http://"))
        body = json.dumps({"image": image})
        headers = {**running.writing, "Cookie": running.cookies, "Content-Type": "application/json"}
        served, raw = [], []
        for turn in range(N):
            began = time.perf_counter()
            line.request("POST", f"/api/demos/{slug}/predict", body, headers)
            answer = line.getresponse()
            text = answer.read()
            served.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            session.run(None, feed)
            raw.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, text
            if turn == 20:
                served.clear()
                raw.clear()
    difference = statistics.median(served) - statistics.median(raw)
    return [at_most("demo over HTTP minus raw onnxruntime, LeNet-5, p50", difference, 3, "ms")]
