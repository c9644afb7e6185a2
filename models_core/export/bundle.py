"""A bundle: everything that is needed to run a trained model elsewhere, in one folder or one zip.

`model.onnx`, `manifest.json` (inputs, outputs, labels, preprocessing, task, figures, checksums), `weights.safetensors`,
`model.py` (source that makes the network and takes these weights) and `design.json`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from models_core.analysis import analyze
from models_core.compile import identify
from models_core.compile.code import CannotBundle, source
from models_core.model import Model, unshared, write_json, write_text
from models_core.model.model import write_weights

from .onnx import Exported, ExportError, export

FORMAT = "blockyard.bundle"
VERSION = 1
ONNX, MANIFEST, WEIGHTS, SOURCE, DESIGN = (
    "model.onnx",
    "manifest.json",
    "weights.safetensors",
    "model.py",
    "design.json",
)


def write_bundle(model: Model, place: str | Path) -> dict[str, Any]:
    """Write a model's bundle into a new folder, or into a zip if `place` ends with .zip; gives the manifest.

    Raises ExportError if the model cannot be exported or the folder holds something else already.
    """
    place = Path(place)
    if place.suffix == ".zip":
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            manifest = _fill(model, Path(folder))
            unfinished = Path(folder) / "bundle.zip"
            with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in [MANIFEST, *manifest["files"]]:
                    archive.write(Path(folder) / name, name)
            shutil.move(unfinished, place)
        return manifest
    if place.exists() and (not place.is_dir() or (any(place.iterdir()) and not (place / MANIFEST).is_file())):
        raise ExportError(f"{place} holds something that is no bundle; name a new folder")
    place.mkdir(parents=True, exist_ok=True)
    return _fill(model, place)


def _fill(model: Model, folder: Path) -> dict[str, Any]:
    exported = export(model.module, model.bound, folder / ONNX, model.preprocess, notes={"task": model.task})
    write_json(folder / DESIGN, model.design.to_json())
    write_weights(folder / WEIGHTS, model.module)
    names = [ONNX, DESIGN, WEIGHTS]
    try:
        write_text(folder / SOURCE, source(model.bound))
        names.append(SOURCE)
    except CannotBundle:
        # The rest of the bundle does not need it.
        pass
    manifest = manifest_of(model, exported)
    manifest["files"] = {name: _file(folder / name) for name in sorted(names)}
    write_json(folder / MANIFEST, manifest)
    return manifest


def manifest_of(model: Model, exported: Exported) -> dict[str, Any]:
    """What a bundle says of itself, without its files."""
    bound = model.bound
    total = analyze(bound.design, bound.facts, bound.variables).to_json()["total"]
    inputs = [
        {"name": given.name, "kind": given.kind, "shape": ["N", *given.spec.shape], "dtype": _dtype(given.spec.dtype)}
        for given in bound.inputs
        if given.spec
    ]
    taken = {given.name for given in bound.inputs}
    outputs = [
        {
            "name": name if name not in taken else f"{name}_out",
            "shape": ["N", *value.spec.shape],
            "dtype": _dtype(value.spec.dtype),
        }
        for name, value in bound.outputs.items()
        if value.spec
    ]
    preprocess = model.preprocess
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": bound.design.name,
        "design_hash": identify(bound).hash,
        "task": model.task,
        "graphs": {"full": {"file": ONNX, "opset": exported.opset, "inputs": inputs, "outputs": outputs}},
        "tied_weights": unshared(model.module.state_dict())[1],
        "labels": list(preprocess.target.names) if preprocess else [],
        "preprocess": preprocess.model_dump(mode="json") if preprocess else None,
        "figures": {**total, "metrics": _plain(model.run.get("metrics"))},
        "parity": {
            "max_relative_error": exported.max_error,
            "tolerance": exported.tolerance,
            "batches": list(exported.batches),
        },
    }


def _plain(metrics: Any) -> dict[str, float]:
    """The metrics that are one number each."""
    found = metrics if isinstance(metrics, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def _dtype(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _file(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def check_bundle(folder: str | Path) -> dict[str, Any]:
    """The manifest of a bundle's folder whose files are as it says; raises ValueError naming the one that is not."""
    folder = Path(folder)
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
            raise ValueError(f"{MANIFEST} is no manifest of version {VERSION}")
        files = {str(name): dict(facts) for name, facts in manifest["files"].items()}
    except (OSError, TypeError, KeyError, AttributeError, ValueError) as error:
        raise ValueError(f"{folder} is no bundle: {error}") from error
    for name, facts in files.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise ValueError(f"{name} is missing from the bundle")
        if _file(path) != facts:
            raise ValueError(f"{name} is not the file the bundle was written with")
    return manifest
