"""The recipe: the document that says how a design is trained, and the form the browser makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pydantic
from pydantic import ConfigDict, Field

from models_core import registry
from models_core.registry import BadParams, Entry, UnknownEntry

FORMAT: Literal["blockyard.recipe"] = "blockyard.recipe"
VERSION: Literal[1] = 1
PARTS = {"optimizer": "optimizer", "schedule": "schedule", "augmentations": "augmentation", "callbacks": "callback"}
"""The fields of a recipe that hold registry entries, and the kind of each."""

Part = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a recipe: the field (`optimizer.lr`), what, and what to do."""

    field: str
    message: str
    remedy: str

    def to_json(self) -> dict[str, str]:
        return dict(vars(self))

    def __str__(self) -> str:
        text = f"{self.field}: {self.message}" if self.field else self.message
        return f"{text}; {self.remedy}" if self.remedy else text


class RecipeError(ValueError):
    """A recipe cannot be used; `faults` has everything that was found."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"the recipe's {faults[0]}{more}" if faults[0].field else f"{faults[0]}{more}")


class Change(pydantic.BaseModel):
    """A setting that was changed while training ran: from `step` on, the learning rate is `lr`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    step: Annotated[int, Field(ge=0)]
    lr: Annotated[float, Field(ge=0, le=100)]


class Recipe(pydantic.BaseModel):
    """How a model is trained; with the design, the data's version and the device's kind it makes a run repeatable."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: Literal["blockyard.recipe"] = FORMAT
    version: Literal[1] = VERSION
    method: Annotated[str, Field(title="method", description="How training goes")] = "supervised"
    optimizer: Annotated[Part, Field(title="optimizer", description="How gradients become steps")] = Field(
        default_factory=lambda: {"id": "adamw"}
    )
    schedule: Annotated[Part, Field(title="schedule", description="How the learning rate moves over time")] = Field(
        default_factory=lambda: {"id": "cosine"}
    )
    epochs: Annotated[
        int | None, Field(ge=1, le=100_000, title="epochs", description="Passes over the training data")
    ] = 5
    seconds: Annotated[
        float | None,
        Field(gt=0, le=30 * 86_400, title="seconds", description="Time for training; ends it where epochs do not"),
    ] = None
    batch_size: Annotated[int, Field(ge=1, le=65_536, title="batch size", description="Samples per step")] = 64
    label_smoothing: Annotated[
        float, Field(ge=0, le=0.9, title="label smoothing", description="Share of the target spread over all classes")
    ] = 0.0
    augmentations: Annotated[
        list[Part], Field(max_length=20, title="augmentations", description="Random changes of the training pictures")
    ] = Field(default_factory=list)
    clip: Annotated[
        float | None,
        Field(gt=0, le=1e6, title="gradient clipping", description="Largest norm of all gradients together"),
    ] = None
    ema: Annotated[
        float | None,
        Field(ge=0, lt=1, title="weight averaging", description="Decay of the running mean of weights that is kept"),
    ] = None
    norm_decay: Annotated[
        bool, Field(title="decay norms and biases", description="Weight decay also pulls on norms and biases")
    ] = False
    mixed_precision: Annotated[
        bool | Literal["bf16", "fp16"],
        Field(title="mixed precision", description="16-bit arithmetic on a GPU; a CPU stays with 32"),
    ] = True
    channels_last: Annotated[
        bool, Field(title="channels last", description="Keep pictures as N H W C in memory, which is faster")
    ] = True
    compile: Annotated[bool, Field(title="compile", description="Translate the model with torch.compile first")] = False
    reversible: Annotated[
        bool,
        Field(
            title="reversible",
            description="Compute activations again going backwards, where the design's links can give them back",
        ),
    ] = False
    deterministic: Annotated[
        bool, Field(title="deterministic", description="Only algorithms that give the same result every time")
    ] = True
    on_divergence: Annotated[
        Literal["stop", "continue"],
        Field(title="on divergence", description="What to do when the loss is no longer a number"),
    ] = "stop"
    callbacks: Annotated[
        list[Part],
        Field(max_length=20, title="callbacks", description="What happens beside the steps: ending early, annealing"),
    ] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, title="seed", description="Start of all random numbers")] = 0
    device: Annotated[
        str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$", title="device", description="auto, cpu, cuda or cuda:1")
    ] = "auto"
    threads: Annotated[
        int | None,
        Field(ge=1, le=1024, title="threads", description="CPU threads; empty takes as many as the work can use"),
    ] = None
    eval_every_epochs: Annotated[
        int, Field(ge=1, le=100_000, title="evaluate every", description="Epochs between tests")
    ] = 1
    checkpoint_seconds: Annotated[
        float, Field(gt=0, le=86_400, title="checkpoint every", description="Longest time between checkpoints, in s")
    ] = 30.0
    checkpoint_steps: Annotated[
        int | None, Field(ge=1, title="checkpoint steps", description="Steps between checkpoints, besides the time")
    ] = None
    watch_seconds: Annotated[
        float | None,
        Field(
            gt=0,
            le=86_400,
            title="watch nodes every",
            description="Seconds between looks at each node's gradients, weights and dead units; empty for none",
        ),
    ] = 2.0
    changes: Annotated[
        list[Change], Field(max_length=10_000, title="changes", description="Settings that change at a step")
    ] = Field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The whole document, with every default filled in."""
        return self.model_dump(mode="json")

    def part(self, field: str, part: Mapping[str, Any]) -> tuple[Entry, dict[str, Any]]:
        """The registry entry of a part and its checked parameters."""
        entry = registry.get(PARTS[field], part["id"])
        return entry, entry.check({name: value for name, value in part.items() if name != "id"})


def read(document: str | bytes | Mapping[str, Any]) -> Recipe:
    """Read a recipe from JSON text or plain values; raises RecipeError with every fault that it has."""
    if isinstance(document, str | bytes):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise RecipeError([Fault("", f"the recipe is not JSON: {error}", "correct the file")]) from None
    if not isinstance(document, Mapping):
        raise RecipeError([Fault("", "the recipe is not a JSON object", 'write {"optimizer": {"id": "adamw"}, ...}')])
    values = dict(document)
    if values.get("format", FORMAT) != FORMAT:
        raise RecipeError([Fault("format", f"{values['format']!r} is no recipe", f'it must be "{FORMAT}"')])
    if values.get("version", VERSION) != VERSION:
        text = f"this reads version {VERSION}, not {values['version']!r}"
        raise RecipeError([Fault("version", text, "update Blockyard, or write the recipe anew")])
    faults: list[Fault] = []
    checked: Recipe | None = None
    try:
        # Through JSON, so that strict validation refuses "3" for a 3 and yet takes 1 for a float.
        checked = Recipe.model_validate_json(json.dumps(values), strict=True)
    except pydantic.ValidationError as error:
        faults += [_fault(item) for item in error.errors()[:100]]
    except (TypeError, ValueError) as error:
        raise RecipeError([Fault("", f"the recipe cannot be written as JSON: {error}", "use plain values")]) from None
    broken = {fault.field.split(".")[0] for fault in faults}
    filled: dict[str, Any] = {}
    for field in PARTS:
        if field in values and field not in broken:
            filled[field] = _check_parts(field, values[field], faults)
    if "method" in values and "method" not in broken:
        try:
            registry.get("method", values["method"])
        except UnknownEntry as error:
            faults.append(Fault("method", str(error), _known("method")))
    if checked is not None and checked.epochs is None and checked.seconds is None:
        faults.append(Fault("epochs", "neither epochs nor seconds say when training ends", "give one of them"))
    if checked is not None and checked.reversible and checked.compile:
        faults.append(Fault("reversible", "does not go with compile", "choose one of the two"))
    if faults or checked is None:
        raise RecipeError(faults)
    for field in PARTS:
        if field not in filled:
            filled[field] = _check_parts(field, getattr(checked, field), faults)
    recipe = checked.model_copy(update=filled)
    recipe.changes.sort(key=lambda change: change.step)
    return recipe


def _check_parts(field: str, given: Any, faults: list[Fault]) -> Any:
    if isinstance(given, list):
        return [_check_part(field, part, f"{field}.{index}", faults) for index, part in enumerate(given)]
    return _check_part(field, given, field, faults)


def _check_part(field: str, part: Any, where: str, faults: list[Fault]) -> Part:
    kind = PARTS[field]
    if not isinstance(part, Mapping) or not isinstance(part.get("id"), str):
        faults.append(Fault(where, f"names no {kind}", f'write {{"id": ...}}; {_known(kind)}'))
        return {}
    try:
        entry = registry.get(kind, part["id"])
    except UnknownEntry as error:
        faults.append(Fault(f"{where}.id", str(error), _known(kind)))
        return {}
    try:
        params = entry.check({name: value for name, value in part.items() if name != "id"})
        # Built once for its own checks, such as a combination that its form cannot forbid.
        if kind == "optimizer":
            import torch

            entry.obj([{"params": [torch.nn.Parameter(torch.zeros(1))]}], **params)
        else:
            entry.obj(**params)
    except BadParams as error:
        faults += [Fault(f"{where}.{name}", text, "") for name, text in error.faults.items()]
        return {}
    except ValueError as error:
        faults.append(Fault(where, str(error), ""))
        return {}
    return {"id": entry.id, **params}


def _known(kind: str) -> str:
    return f"there are {', '.join(entry.id for entry in registry.all(kind))}"


def _fault(item: Any) -> Fault:
    where = ".".join(str(part) for part in item["loc"] if not str(part).startswith(("function-", "constrained-")))
    if item["type"] == "extra_forbidden":
        import difflib

        near = difflib.get_close_matches(str(item["loc"][-1]), Recipe.model_fields, n=1)
        return Fault(where, "is not a field of a recipe", f"did you mean {near[0]}?" if near else "take it out")
    got = json.dumps(item["input"])
    got = got if len(got) <= 60 else got[:59] + "…"
    return Fault(where, f"is {got}", item["msg"][0].lower() + item["msg"][1:])


def form() -> dict[str, Any]:
    """What the browser makes its form of: the schema of the scalar fields, the choices for each part, the presets."""
    from .presets import PRESETS

    schema = Recipe.model_json_schema()
    hidden = {"format", "version", "changes", "method", *PARTS}
    schema["properties"] = {name: value for name, value in schema["properties"].items() if name not in hidden}
    schema.pop("$defs", None)
    return {
        "schema": schema,
        "parts": {
            field: {"kind": kind, "many": field in ("augmentations", "callbacks"), "entries": _entries(kind)}
            for field, kind in PARTS.items()
        },
        "methods": _entries("method"),
        "presets": {
            name: {"title": preset.title, "help": preset.help, "recipe": preset.recipe().to_json()}
            for name, preset in PRESETS.items()
        },
    }


def _entries(kind: str) -> list[dict[str, Any]]:
    return [entry.to_json() for entry in registry.all(kind)]
