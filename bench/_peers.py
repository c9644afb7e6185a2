"""The same model behind others' servers, run by an interpreter that has them: `python _peers.py NAME MODEL PORT`."""

from __future__ import annotations

import base64
import io
import sys
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

LABELS = [str(digit) for digit in range(10)]


class Model:
    """A picture in, the probability of each label out; with one thread, as a demo here has it."""

    def __init__(self, path: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options)
        self.name = self.session.get_inputs()[0].name

    def __call__(self, image: str) -> dict[str, float]:
        picture = Image.open(io.BytesIO(base64.b64decode(image.partition(",")[2]))).convert("L").resize((28, 28))
        pixels = np.asarray(picture, dtype=np.float32)[None, None] / 255
        logits = self.session.run(None, {self.name: pixels})[0][0]
        odds = np.exp(logits - logits.max())
        return dict(zip(LABELS, (odds / odds.sum()).tolist(), strict=True))


def fastapi(model: Model, port: int) -> None:
    """What one writes in a minute: one typed endpoint."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    app = FastAPI()

    class Given(BaseModel):
        image: str

    def predict(given: Given) -> dict[str, float]:
        return model(given.image)

    predict.__annotations__["given"] = Given
    app.post("/predict")(predict)
    uvicorn.run(app, port=port, log_level="warning")


def gradio(model: Model, port: int) -> None:
    """An interface as its first page shows one."""
    import gradio as gr

    interface: Any = gr.Interface(model, gr.Textbox(), gr.Label(), api_name="predict")
    interface.launch(server_port=port, quiet=True, share=False)


if __name__ == "__main__":
    {"fastapi": fastapi, "gradio": gradio}[sys.argv[1]](Model(sys.argv[2]), int(sys.argv[3]))
