"""Torch modules as designs: their tree as groups, their parameters by their own names, equal outputs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models_core.compile import bind, identify
from models_core.export.onnx import difference
from models_core.importing import CannotImport, Imported, import_module
from models_core.registry import Entry
from tests.models_core.zoo.small import ALL, COVERING, bound_of, make

from .compare import TOLERANCE
from .nets import NETS, Odd
from .test_torch import made


def distance(net: nn.Module, found: Imported, inputs: tuple[Tensor, ...] | list[Tensor]) -> float:
    """How far the design's outputs are from the module's, as a part of the largest."""
    with torch.inference_mode():
        want, have = net.eval()(*inputs), found.model().module(*inputs)
    pairs = zip(*((one if isinstance(one, tuple) else (one,)) for one in (want, have)), strict=True)
    return max(difference(one.numpy(), other.numpy()) for one, other in pairs)


def graph(found: Imported, group: str = "") -> dict[str, str]:
    """The nodes of a graph: their blocks, or their groups and how often they are repeated."""
    nodes = found.design.groups[group].nodes if group else found.design.nodes
    return {node.id: node.block or f"{node.group} x{node.repeat or 1}" for node in nodes}


@pytest.mark.parametrize("entry", COVERING, ids=lambda entry: entry.id)
def test_what_was_built_of_blocks_is_the_same_design_again(entry: Entry) -> None:
    module, inputs = make(entry)
    found = import_module(module, inputs)
    assert not found.problems
    bound = bound_of(entry)
    # Outputs that training alone has are in the design, not in the module.
    assert bound.auxiliary or identify(bind(found.design)).hash == identify(bound).hash
    assert set(found.model().module.state_dict()) == set(module.state_dict())
    assert distance(module, found, inputs) <= 1e-6


def test_the_tree_of_modules_becomes_groups_and_parameters_keep_their_names() -> None:
    net, inputs = made("resnet")
    found = import_module(net, inputs)
    assert not found.problems
    assert graph(found) == {
        "conv1": "conv2d",
        "bn1": "batch_norm",
        "relu": "relu",
        "maxpool": "max_pool2d",
        "layer1": "Block x2",
        "layer2": "Sequential_2 x1",
        "avgpool": "global_avg_pool",
        "fc": "linear",
    }
    assert list(graph(found, "Sequential_2")) == ["0", "1"]
    assert graph(found, "Block_2")["downsample"] == "Sequential x1"
    assert set(found.model().module.state_dict()) == set(net.state_dict())
    assert distance(net, found, inputs) <= 1e-6


def test_composites_are_one_block_and_equal_layers_are_one_group() -> None:
    net, inputs = made("encoder")
    found = import_module(net, inputs)
    assert not found.problems
    assert graph(found)["layers"] == "TransformerEncoderLayer x2"
    assert graph(found, "TransformerEncoderLayer")["self_attn"] == "self_attention"
    assert any("Dropout" in note and "layers.0.dropout (0.1)" in note for note in found.notes)
    assert distance(net, found, inputs) <= 1e-6


class Classifier(nn.Module):
    """An LSTM's last step, and one layer that is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 6)
        self.lstm = nn.LSTM(6, 5, 2, batch_first=True)
        self.twice = nn.Linear(5, 5)
        self.head = nn.Linear(5, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.lstm(self.embed(tokens))[0][:, -1]
        return self.head(self.twice(torch.relu(self.twice(x))))


def test_a_layer_that_is_used_twice_has_its_parameters_once() -> None:
    torch.manual_seed(0)
    net, tokens = Classifier().eval(), torch.randint(0, 20, (1, 9))
    found = import_module(net, tokens)
    assert not found.problems
    assert graph(found)["lstm"] == "lstm"
    assert [tie.to for tie in found.design.ties] == ["twice.weight", "twice.bias"]
    module = found.model().module
    assert sum(one.numel() for one in module.parameters()) == sum(one.numel() for one in net.parameters())
    assert set(net.state_dict()) <= set(module.state_dict())
    assert distance(net, found, (tokens,)) <= 1e-6


@pytest.mark.skipif(not ALL, reason="test_torch has them as files; BLOCKYARD_TEST_ALL=1 asks for it")
@pytest.mark.parametrize("name", [name for name in NETS if name not in ("rnn", "gated", "cross")])
def test_networks_as_people_write_them(name: str) -> None:
    net, inputs = made(name)
    found = import_module(net, inputs)
    assert not found.problems
    assert distance(net, found, inputs) <= TOLERANCE


def test_what_no_block_does_is_named_and_the_module_is_left_as_it_is() -> None:
    net = Odd().double().train()
    weight = net.conv.weight
    found = import_module(net, torch.randn(2, 3, 4, 4))
    assert net.training
    assert net.conv.weight is weight
    assert weight.dtype == torch.float64
    assert np.allclose(found.state_dict()["conv.weight"], weight.detach().numpy(), atol=1e-6)
    assert [problem.op for problem in found.problems] == ["Einsum", "Sin", "CumSum"]
    assert [problem.node for problem in found.problems] == ["einsum", "sin", "cumsum"]
    with pytest.raises(CannotImport, match=r"no model yet, because of Einsum.* and 2 more"):
        found.model()


class Branching(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("net", "inputs", "said"),
    [
        (Branching(), torch.randn(2, 3), "Branching cannot be traced"),
        (nn.ReLU(), torch.randn(3), "its first is that of the samples"),
        (nn.ReLU(), ("x",), "example input 1 is str, not a tensor"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(net: nn.Module, inputs: Tensor, said: str) -> None:
    with pytest.raises(CannotImport, match=said):
        import_module(net, inputs)
