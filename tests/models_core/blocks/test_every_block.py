"""What every registered block must do; a new one is tested by existing."""

from __future__ import annotations

import ast
import importlib
import inspect

import pytest
import torch

from models_core import registry
from models_core.declare import torch_call
from models_core.registry import Entry
from tests.models_core.zoo.small import ALL

from .samples import BLOCKS, IDS, inputs_of, make, params_of, tensors

each_block = pytest.mark.parametrize("entry", BLOCKS, ids=IDS)
NO_PAPER = {
    "adaptive_avg_pool2d", "add", "avg_pool2d", "concat", "constant", "flatten", "global_max_pool", "identity",
    "linear", "max_over", "max_pool2d", "mean_over", "multiply", "permute", "reshape", "sigmoid", "softmax", "split",
    "tanh", "token_pool", "upsample",
}  # fmt: skip
"""Plain arithmetic without a paper that introduced it."""


def test_all_blocks_of_the_first_edition_are_there() -> None:
    wanted = """linear conv1d conv2d depthwise_conv2d separable_conv2d conv_transpose2d max_pool2d avg_pool2d
    adaptive_avg_pool2d global_avg_pool global_max_pool upsample flatten reshape permute split concat add multiply
    channel_shuffle embedding learned_positions sinusoidal_positions patch_embed class_token token_pool attention_pool
    batch_norm layer_norm group_norm instance_norm rms_norm relu leaky_relu gelu silu mish sigmoid tanh hardswish
    softmax dropout drop_path layer_scale self_attention cross_attention mlp glu_mlp squeeze_excite rnn gru lstm
    constant mean_over max_over identity"""
    assert set(wanted.split()) <= set(IDS)


@each_block
def test_form(entry: Entry) -> None:
    schema = entry.schema()
    for name, field in schema["properties"].items():
        assert field.get("description"), f"{name} has no description"
        assert field.get("title"), f"{name} has no title"
    assert entry.help.endswith(".")
    assert len(entry.help) <= 130
    assert entry.family


@each_block
def test_source(entry: Entry) -> None:
    assert (entry.source is None) == (entry.id in NO_PAPER)
    if entry.source:
        assert entry.source.authors
        assert entry.source.title
        assert 1900 < entry.source.year < 2100


@each_block
def test_every_number_of_the_form_is_bounded(entry: Entry) -> None:
    def numbers(schema: dict) -> list[dict]:
        found = [schema] if schema.get("type") in ("integer", "number") else []
        for part in [*schema.get("anyOf", ()), *schema.get("prefixItems", ())]:
            found += numbers(part)
        return found + (numbers(schema["items"]) if isinstance(schema.get("items"), dict) else [])

    for name, field in entry.schema()["properties"].items():
        for number in numbers(field):
            assert {"minimum", "maximum"} <= set(number), f"{name} is unbounded: {number}"


@each_block
@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("training", [True, False])
def test_forward(entry: Entry, training: bool, optional: bool) -> None:
    if optional and not any(port.optional for port in entry.inputs):
        return
    module = make(entry.id).train(training)
    args = inputs_of(entry, optional=optional)
    outs = tensors(module(*args))
    assert len(outs) == len(entry.outputs)
    for port, out in zip(entry.outputs, outs, strict=True):
        assert out.isfinite().all()
        if port.role in ("loss", "metric"):
            assert out.dim() == 0
            continue
        assert port.role == "aux" or out.shape[0] == 3
        assert port.rank_fits(out.dim())
        if port.dtype == "float":
            assert out.is_floating_point()
    with torch.device("meta"):
        ghost = entry.obj(**params_of(entry)).train(training)
    ghosts = tensors(ghost(*[None if arg is None else arg.to("meta") for arg in args]))
    assert [(g.shape, g.dtype) for g in ghosts] == [(o.shape, o.dtype) for o in outs]


@each_block
def test_samples_do_not_see_each_other_in_evaluation(entry: Entry) -> None:
    module = make(entry.id).eval()
    args = inputs_of(entry)
    alone = [None if arg is None else arg[:1] for arg in args]
    outs = zip(entry.outputs, tensors(module(*args)), tensors(module(*alone)), strict=True)
    for port, whole, first in outs:
        # A loss or a figure is of the batch.
        if port.role == "data":
            torch.testing.assert_close(whole[:1], first)


@each_block
def test_gradients_reach_every_parameter_and_input(entry: Entry) -> None:
    module = make(entry.id).train()
    args = [arg.requires_grad_() if arg is not None and arg.is_floating_point() else arg for arg in inputs_of(entry)]
    outs = [out for out in tensors(module(*args)) if out.is_floating_point()]
    loss = sum((out * torch.linspace(-1, 1, out.numel()).view_as(out)).square().sum() for out in outs)
    if not loss.requires_grad:
        assert not list(module.parameters())
        return
    loss.backward()
    for name, param in module.named_parameters():
        assert param.grad is not None, f"{name} has no gradient"
        assert param.grad.isfinite().all(), f"the gradient of {name} is not finite"
        assert param.grad.abs().sum() > 0, f"the gradient of {name} is zero"
    for arg in args:
        if arg is not None and arg.is_floating_point() and entry.id != "constant":
            assert arg.grad is not None
            assert arg.grad.isfinite().all()


@each_block
def test_evaluation_is_repeatable(entry: Entry) -> None:
    module = make(entry.id).eval()
    args = inputs_of(entry)
    for one, two in zip(tensors(module(*args)), tensors(module(*args)), strict=True):
        assert torch.equal(one, two)


@each_block
def test_declared_torch_call_makes_an_equal_module(entry: Entry) -> None:
    module = make(entry.id)
    args = [arg for arg in inputs_of(entry) if arg is not None]
    call = torch_call(module, [arg.shape for arg in args])
    if call is None:
        return
    twin = call.build()
    assert twin.state_dict().keys() == module.state_dict().keys()
    twin.load_state_dict(module.state_dict())
    for training in (True, False):
        torch.manual_seed(1)
        want = twin.train(training)(*args)
        torch.manual_seed(1)
        assert torch.equal(module.train(training)(*args), want)


@each_block
def test_declared_expression_is_the_forward(entry: Entry) -> None:
    module = make(entry.id)
    if not hasattr(module, "as_expression"):
        return
    assert not list(module.parameters())
    args = [arg for arg in inputs_of(entry) if arg is not None]
    names = [f"x{index}" for index in range(len(args))]
    code = module.as_expression(*names)
    value = eval(code, {"torch": torch}, dict(zip(names, args, strict=True)))
    assert torch.equal(value, module(*args))


@each_block
def test_deployed_form_is_equal_in_evaluation(entry: Entry) -> None:
    module = make(entry.id)
    if not hasattr(module, "deploy"):
        return
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for param in module.parameters():
            param.add_(0.2 * torch.randn(param.shape, generator=random))
        for seed in (1, 2):
            module.train()(*inputs_of(entry, seed=seed))
    module.eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    merged = module.deploy()
    assert not merged.training
    assert sum(p.numel() for p in merged.parameters()) < sum(p.numel() for p in module.parameters())
    args = inputs_of(entry, seed=3)
    for got, want in zip(tensors(merged(*args)), tensors(module(*args)), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        for param in merged.parameters():
            param.zero_()
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name]), f"deploying shares or changes {name}"


@each_block
def test_declared_inverse_gives_the_first_input_back(entry: Entry) -> None:
    module = make(entry.id).eval()
    if not hasattr(module, "inverse"):
        return
    with torch.no_grad():
        for param in module.parameters():
            param.mul_(torch.linspace(-1, 1, param.numel()).view_as(param))
    x, *others = inputs_of(entry)
    torch.testing.assert_close(module.inverse(module(x, *others), *others), x, rtol=1e-3, atol=1e-3)


@each_block
@pytest.mark.skipif(not ALL, reason="the way to ONNX leads through this, and is walked for every block")
def test_exports_with_a_dynamic_batch(entry: Entry) -> None:
    module = make(entry.id).eval()
    batch = torch.export.Dim("batch", min=2, max=64)
    args = tuple(inputs_of(entry, 3))
    if any(port.variadic for port in entry.inputs):
        shapes = (tuple({0: batch} for _ in args),)
    else:
        shapes = tuple(None if arg is None else {0: batch} for arg in args)
    program = torch.export.export(module, args, dynamic_shapes=shapes)
    more = inputs_of(entry, 5, seed=1)
    for got, want in zip(tensors(program.module()(*more)), tensors(module(*more)), strict=True):
        torch.testing.assert_close(got, want)


@each_block
def test_source_imports_only_what_can_be_bundled(entry: Entry) -> None:
    tree = ast.parse(inspect.getsource(importlib.import_module(entry.obj.__module__)))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            root = name.split(".")[0]
            assert root in {"__future__", "torch", "math", "typing", "collections", "models_core"}, name


def test_titles_and_ids_agree_with_the_registry() -> None:
    assert len(IDS) == len(set(IDS))
    for entry in BLOCKS:
        assert registry.get("block", entry.id) is entry
