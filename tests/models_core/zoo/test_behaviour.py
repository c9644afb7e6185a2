"""What single zoo designs promise."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models_core import registry
from models_core.compile import build

from .small import make


def test_residual_networks_name_their_parameters_as_timm() -> None:
    module = build(registry.get("design", "resnet50").obj(), variables={"width": 16}, device="meta")
    keys = set(module.state_dict())
    want = """conv1.weight bn1.running_mean layer1.0.conv1.weight layer1.0.downsample.0.weight
    layer1.0.downsample.1.running_var layer1.2.bn3.bias layer4.2.conv3.weight fc.weight fc.bias"""
    assert set(want.split()) <= keys
    assert not any(key.startswith("layer1.1.downsample") for key in keys)
    assert len(keys) == 320


def test_byte_transformer_is_causal_and_tied() -> None:
    module, (tokens,) = make(registry.get("design", "byte_transformer"))
    before = module(tokens)
    tokens[:, 12] = (tokens[:, 12] + 1) % 256
    after = module(tokens)
    torch.testing.assert_close(before[:, :12], after[:, :12])
    assert (before[:, 12:] - after[:, 12:]).abs().amax((0, 2)).min() > 0
    assert module.get_submodule("head").weight is module.get_submodule("embed").weight


def test_transformer_text_does_not_look_at_padding() -> None:
    module, (tokens,) = make(registry.get("design", "transformer_text"))
    tokens[0, 8:] = 0
    before = module(tokens)
    with torch.no_grad():
        module.get_submodule("positions").weight[:, 2:] += torch.randn(6, 128)
    after = module(tokens)
    torch.testing.assert_close(before[0], after[0])
    assert (before[1] - after[1]).abs().max() > 1e-3


def test_identity_shortcuts_of_resnet20() -> None:
    """With the second batch norm of each pair at zero, a stage passes its input on: subsampled, padded, rectified."""
    module, (image,) = make(registry.get("design", "resnet20_cifar"))
    for name, part in module.named_modules():
        if name.endswith("bn2"):
            nn.init.zeros_(part.weight)
    stem = module.get_submodule("bn1")(module.get_submodule("conv1")(image)).relu()
    want = nn.functional.pad(stem[:, :, ::4, ::4], (0, 0, 0, 0, 24, 24)).mean((2, 3))
    torch.testing.assert_close(module(image), module.get_submodule("fc")(want))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_lenet_learns_digits_within_seconds(activation: str) -> None:
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    x = torch.tensor(pixels, dtype=torch.float32).view(-1, 1, 8, 8)
    x = nn.functional.interpolate(x, size=(28, 28), mode="bilinear")
    x, y = (x - x.mean()) / x.std(), torch.tensor(labels)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    test, train = order[:360], order[360:]
    torch.manual_seed(0)
    module = build(registry.get("design", "lenet5").obj(), variables={"activation": activation})
    optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3)
    epochs, steps = 15, -(-len(train) // 64)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * steps)
    for _ in range(epochs):
        for batch in train[torch.randperm(len(train))].split(64):
            loss = nn.functional.cross_entropy(module(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    module.eval()
    with torch.no_grad():
        accuracy = (module(x[test]).argmax(1) == y[test]).double().mean().item()
    assert accuracy >= 0.97
