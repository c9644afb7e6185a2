"""What one block does to shapes and what it costs: measured by running it on the meta device, where nothing is stored.

Answers are kept by meaning (block, parameters, shapes), so that an edit recomputes only what it touches.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import flop_registry

from models_core import registry
from models_core.declare import Cost, Window
from models_core.registry import BadParams, Entry

from . import quick
from .mode import Mode
from .workspace import Workspace, shared_with

aten = torch.ops.aten

NOMINAL_BATCH = 2
"""Two, so that batch norm has statistics to take and a block that mixes samples up is noticed."""


@dataclass(frozen=True)
class Spec:
    """A tensor's shape without the batch, and its dtype."""

    shape: tuple[int, ...]
    dtype: torch.dtype

    @functools.cached_property
    def json(self) -> Mapping[str, Any]:
        """Both as JSON; made once, for a report repeats a few specs hundreds of times."""
        return {"shape": list(self.shape), "dtype": str(self.dtype).removeprefix("torch.")}

    def __str__(self) -> str:
        return " × ".join(map(str, self.shape)) or "a single number"


@dataclass(frozen=True)
class Figures:
    """What one block costs: parameters, and per sample its MACs and the bytes its forward makes.

    `active_params` are those that one position uses, fewer than all where experts are picked.

    `activation_bytes` are all tensors of a training forward; `peak_bytes` the most that an evaluation holds at once of
    what it makes, outputs included, in so many `operations`. `shared` says which argument an output is only another
    view of.
    """

    outputs: tuple[Spec, ...]
    param_shapes: dict[str, tuple[int, ...]]
    params: int
    trainable_params: int
    weight_bytes: int
    active_params: int
    macs: int
    activation_bytes: int
    peak_bytes: int
    operations: int
    shared: tuple[int | None, ...]
    uncounted: tuple[str, ...]
    window: Window | None
    mixes_positions: bool


@dataclass(frozen=True)
class Fault:
    """Why a block cannot be used as asked, without its place, so that it can be kept by meaning."""

    code: str
    message: str
    remedy: str = ""
    port: str | None = None
    param: str | None = None
    unfix: str | None = None


@dataclass(frozen=True)
class Measured:
    """A block's complete parameters and its figures, or its faults."""

    params: dict[str, Any]
    figures: Figures | None
    faults: tuple[Fault, ...] = ()

    @functools.cached_property
    def written(self) -> str:
        """The parameters as a hash takes them: writing them is what costs most of it."""
        return written(self.params)


def written(params: Mapping[str, Any]) -> str:
    """Parameters as JSON, by name."""
    return json.dumps(sorted(params.items()), separators=(",", ":"), default=str)


_PLAIN = frozenset((int, str, float, bool, type(None)))
Ins = tuple[Spec | tuple[Spec, ...] | None, ...]
Frozen = tuple[Any, ...]


def measure(entry: Entry, params: Mapping[str, Any], ins: Ins) -> Measured:
    """The block's figures for inputs of these shapes, port by port; a variadic port has a tuple of them."""
    return _measure(entry.id, entry.version, freeze(params), ins)


def freeze(value: Any) -> Any:
    """A hashable form of plain values that tells 1, 1.0 and True apart."""
    if type(value) in _PLAIN:
        return (type(value), value)
    if isinstance(value, Mapping):
        return (dict, *((name, freeze(value[name])) for name in sorted(value)))
    if isinstance(value, list | tuple):
        return (list, *map(freeze, value))
    return (type(value), value)


def _thaw(value: Any) -> Any:
    if value[0] is dict:
        return {name: _thaw(item) for name, item in value[1:]}
    return [_thaw(item) for item in value[1:]] if value[0] is list else value[1]


@functools.lru_cache(maxsize=16_384)
def _measure(id: str, version: int, frozen: Frozen, ins: Ins) -> Measured:
    entry = registry.get("block", id)
    raw = _thaw(frozen)
    try:
        params = entry.check(raw)
    except BadParams as error:
        return Measured(
            raw, None, tuple(Fault("bad_param", f"{n}: {text}", param=n) for n, text in error.faults.items())
        )
    faults = [*_ports(entry, ins), *_follow(entry, params, ins)]
    if faults:
        return Measured(params, None, tuple(faults))
    try:
        return Measured(params, _run(entry, params, ins))
    except _Refused as refused:
        return Measured(params, None, (refused.fault,))


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def _ports(entry: Entry, ins: Ins) -> list[Fault]:
    faults = []
    for port, given in zip(entry.inputs, ins, strict=True):
        for spec in given if isinstance(given, tuple) else (given,):
            if spec is None:
                continue
            if not port.rank_fits(len(spec.shape) + 1):
                text = f"{port.name} takes {_dims(port.dims)}, but gets {spec}"
                faults.append(Fault("wrong_rank", text, _rank_remedy(port.dims, len(spec.shape)), port.name))
            elif port.dtype == "int" and spec.dtype.is_floating_point:
                text = f"{port.name} takes whole numbers such as token ids, but gets {_dtype(spec.dtype)}"
                faults.append(Fault("wrong_dtype", text, "connect an input of kind tokens", port.name))
            elif port.dtype == "float" and not spec.dtype.is_floating_point:
                text = f"{port.name} takes real numbers, but gets {_dtype(spec.dtype)}"
                faults.append(Fault("wrong_dtype", text, "put an embedding in between", port.name))
    return faults


def _follow(entry: Entry, params: dict[str, Any], ins: Ins) -> list[Fault]:
    """Fill in sizes that follow an input; a size the user fixed otherwise is a fault with a way back."""
    faults = []
    specs = {port.name: given for port, given in zip(entry.inputs, ins, strict=True)}
    ports = {port.name: port for port in entry.inputs}
    for name, follows in entry.followed.items():
        given = specs[follows.port]
        all_given = given if isinstance(given, tuple) else (given,)
        spec = all_given[0]
        if spec is None or not ports[follows.port].rank_fits(len(spec.shape) + 1):
            continue
        size = ports[follows.port].size(
            follows.dim, [(NOMINAL_BATCH, *one.shape) for one in all_given if one is not None]
        )
        if params[name] is None:
            params[name] = size
        elif params[name] != size:
            text = f"expects {name} {params[name]}, but gets {size} from {follows.port} ({spec})"
            remedy = f"let {name} follow the input, or give {follows.port} {params[name]}"
            faults.append(Fault("size_mismatch", text, remedy, follows.port, name, unfix=name))
    return faults


def _run(entry: Entry, params: dict[str, Any], ins: Ins) -> Figures:
    try:
        with torch.device("meta"), _Unfilled():
            module = entry.obj(**params)
    except (ValueError, RuntimeError, TypeError, ArithmeticError, AssertionError) as error:
        raise _Refused(Fault("bad_param", _sentence(error))) from None
    module.train()
    args: list[Any] = []
    for given in ins:
        args += [_empty(spec) for spec in given] if isinstance(given, tuple) else [_empty(given)]
    counter, workspace = _Counter(), Workspace([*args, *module.parameters(), *module.buffers()])
    try:
        with torch.no_grad(), counter:
            out = module(*args)
        module.eval()
        with torch.no_grad(), workspace:
            evaluated = module(*args)
    except Exception as error:
        shapes = " and ".join(
            str(spec) for given in ins for spec in (given if isinstance(given, tuple) else (given,)) if spec
        )
        text = f"cannot take {shapes}: {_sentence(error)}"
        raise _Refused(Fault("shape_mismatch", text, "change what comes in, or the parameters of this node")) from None
    outs = tuple(out) if isinstance(out, tuple) else (out,)
    for port, tensor in zip(entry.outputs, outs, strict=True):
        if port.role == "data" and (tensor.dim() == 0 or tensor.shape[0] != NOMINAL_BATCH):
            raise _Refused(Fault("lost_batch", f"{port.name} does not keep samples apart", "keep the first dim"))
    named = dict(module.named_parameters())
    sizes = [(p.numel(), p.requires_grad, p.element_size()) for p in named.values()]
    buffers = sum(b.numel() * b.element_size() for b in module.buffers())
    macs = counter.flops // (2 * NOMINAL_BATCH)
    uncounted = tuple(sorted(counter.uncounted))
    active = sum(n for n, _, _ in sizes)
    if hasattr(module, "cost"):
        told, uncounted = module.cost(_batched(ins)), ()
        macs, active = (told.macs, told.active_params) if isinstance(told, Cost) else (int(told), active)
    return Figures(
        tuple(Spec(tuple(t.shape[1:]), t.dtype) for t in outs),
        {name: tuple(p.shape) for name, p in named.items()},
        sum(n for n, _, _ in sizes),
        sum(n for n, trainable, _ in sizes if trainable),
        sum(n * width for n, _, width in sizes) + buffers,
        active,
        macs,
        counter.bytes // NOMINAL_BATCH,
        workspace.peak_bytes // NOMINAL_BATCH,
        workspace.operations,
        shared_with(evaluated if isinstance(evaluated, tuple) else (evaluated,), args),
        uncounted,
        module.window() if hasattr(module, "window") else None,
        bool(getattr(module, "mixes_positions", False)),
    )


def _empty(spec: Spec | None) -> torch.Tensor | None:
    return None if spec is None else torch.empty((NOMINAL_BATCH, *spec.shape), dtype=spec.dtype, device="meta")


def _batched(ins: Ins) -> tuple[Any, ...]:
    """The shapes one sample has, batch of one in front, as `cost` wants them."""
    return tuple(
        tuple((1, *spec.shape) for spec in given) if isinstance(given, tuple) else given and (1, *given.shape)
        for given in ins
    )


class _Unfilled(Mode):
    """Random numbers are not drawn where there is no memory for them."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags:
            if func._schema.is_mutable:
                return args[0]
            if func in (aten.rand.default, aten.randn.default):
                return torch.empty(*args, **kwargs)
        return quick.run(func, args, kwargs)


class _Counter(Mode):
    """Counts multiply-adds by torch's own formulas and the bytes of new tensors; names what it cannot judge."""

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0
        self.bytes = 0
        self.uncounted: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = quick.run(func, args, kwargs)
        packet = func._overloadpacket
        if packet in flop_registry:
            self.flops += flop_registry[packet](*args, **kwargs, out_val=out)
        elif not _free(func):
            self.uncounted.add(str(packet))
        if not (func.is_view or func._schema.is_mutable):
            for tensor in out if isinstance(out, tuple | list) else (out,):
                if isinstance(tensor, torch.Tensor):
                    self.bytes += tensor.numel() * tensor.element_size()
        return out


_FREE = frozenset(
    """_adaptive_avg_pool2d _adaptive_avg_pool2d_backward _softmax _log_softmax _native_batch_norm_legit
    _native_batch_norm_legit_functional native_batch_norm native_layer_norm native_group_norm _fused_rms_norm
    adaptive_max_pool2d avg_pool2d avg_pool1d avg_pool3d max_pool2d_with_indices max_pool3d_with_indices
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d cudnn_batch_norm
    mean sum amax amin max min argmax argmin var var_mean std std_mean any all prod norm linalg_vector_norm logsumexp
    cumsum cumprod cummax sort topk cat stack clone copy_ _to_copy contiguous empty empty_like empty_strided zeros
    zeros_like ones ones_like full full_like new_empty new_zeros new_ones new_full arange linspace scalar_tensor
    lift_fresh lift_fresh_copy embedding index index_select gather scatter scatter_add index_put index_add
    constant_pad_nd reflection_pad1d reflection_pad2d replication_pad2d roll flip repeat repeat_interleave
    upsample_nearest2d upsample_nearest1d upsample_bilinear2d upsample_bicubic2d _upsample_bilinear2d_aa
    _upsample_nearest_exact2d native_dropout bernoulli bernoulli_ uniform_ normal_ rand rand_like randn randn_like
    native_channel_shuffle pixel_shuffle pixel_unshuffle tril triu one_hot _reshape_alias reshape _unsafe_view
    view_as_complex view_as_real im2col col2im where masked_fill unique_consecutive nonzero tril_ triu_
    fill_ zero_ hardswish""".split()
)
"""Operators that move, compare, average or normalise: no multiply-adds by the convention of published figures."""


@functools.lru_cache(maxsize=4096)
def _free(func: Any) -> bool:
    if func.is_view or torch.Tag.pointwise in func.tags:
        return True
    return func._schema.name.removeprefix("aten::") in _FREE


def _dims(dims: str) -> str:
    names = [name for name in dims.split() if name != "N"]
    if names == ["..."]:
        return "anything"
    known = {"C H W": "an image (C × H × W)", "L D": "a sequence (L × D)", "D": "a vector (D)", "L": "tokens (L)"}
    return known.get(" ".join(names), " × ".join(names))


def _rank_remedy(dims: str, rank: int) -> str:
    names = [name for name in dims.split() if name != "N"]
    if names == ["D"]:
        return "flatten or pool it first"
    if names == ["C", "H", "W"] and rank == 1:
        return "reshape it to channels × height × width first"
    if names == ["L", "D"] and rank == 3:
        return "turn the image into a sequence first, with patch_embed or reshape"
    return "reshape or permute it first"


def _dtype(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _sentence(error: Exception) -> str:
    text = str(error).strip().split("\n")[0].strip()
    return text or type(error).__name__
