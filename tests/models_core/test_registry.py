"""The registry: forms from signatures, refusals at import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from torch import Tensor, nn

from models_core import registry
from models_core.ports import Image
from models_core.registry import BadParams, Doc, Follows, Range, UnknownEntry, register


@pytest.fixture(autouse=True)
def leave_no_trace() -> Iterator[None]:
    registry.load("block")
    before = dict(registry._entries["block"])
    yield
    registry._entries["block"].clear()
    registry._entries["block"].update(before)


def make(id: str = "sample_block", **names: Any) -> type[nn.Module]:
    @register("block", id=id, **names)
    class Sample(nn.Module):
        """Do something to an image. And a second sentence.

        More about it.
        """

        def __init__(
            self,
            channels: Annotated[int, Range(1, 64), Follows("x", "C")],
            kernel: int | tuple[int, int] = 3,
            mode: Annotated[Literal["a", "b"], Doc("which way")] = "a",
            bias: bool = True,
        ) -> None:
            super().__init__()

        def forward(self, x: Image) -> Image:
            return x

    return Sample


def test_the_signature_is_the_form() -> None:
    make()
    entry = registry.get("block", "sample_block")
    schema = entry.schema()
    assert schema["properties"]["mode"] == {
        "default": "a",
        "description": "which way",
        "enum": ["a", "b"],
        "title": "mode",
        "type": "string",
    }
    assert schema["properties"]["channels"]["x-follows"] == {"port": "x", "dim": "C"}
    assert "required" not in schema
    assert entry.help == "Do something to an image."
    assert [port.name for port in entry.inputs + entry.outputs] == ["x", "out"]
    assert entry.to_json()["ports"]["inputs"][0]["dims"] == "N C H W"


def test_checking_fills_defaults_and_takes_a_list_for_a_tuple() -> None:
    make()
    values = registry.get("block", "sample_block").check({"kernel": [3, 5]})
    assert values == {"channels": None, "kernel": (3, 5), "mode": "a", "bias": True}


@pytest.mark.parametrize(
    ("params", "name", "word"),
    [
        ({"kernel": "3"}, "kernel", "'3'"),
        ({"kernel": 2.5}, "kernel", "2.5"),
        ({"bias": 1}, "bias", "boolean"),
        ({"channels": 65}, "channels", "65"),
        ({"mode": "c"}, "mode", "'c'"),
        ({"colour": 1}, "colour", "no parameter colour"),
        ({"kernel": True}, "kernel", "True"),
        ({"kernel": float("nan")}, "kernel", "nan"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value(params: dict[str, Any], name: str, word: str) -> None:
    make()
    with pytest.raises(BadParams) as caught:
        registry.get("block", "sample_block").check(params)
    assert name in caught.value.faults
    assert word in caught.value.faults[name]


def test_an_unknown_entry_names_the_nearest() -> None:
    with pytest.raises(UnknownEntry, match="conv2d"):
        registry.get("block", "conv2")
    with pytest.raises(UnknownEntry, match="no kind"):
        registry.load("bloc")


def test_what_cannot_be_a_form_is_refused_at_import() -> None:
    with pytest.raises(ValueError, match="parameter size has no annotation"):

        @register("block", id="bad_block")
        class NoAnnotation(nn.Module):
            """Something."""

            def __init__(self, size=3) -> None:  # type: ignore[no-untyped-def]  # the fault under test
                super().__init__()

            def forward(self, x: Image) -> Image:
                return x

    with pytest.raises(ValueError, match="default of size is refused"):

        @register("block", id="bad_block")
        class BadDefault(nn.Module):
            """Something."""

            def __init__(self, size: Annotated[int, Range(1, 5)] = 9) -> None:
                super().__init__()

            def forward(self, x: Image) -> Image:
                return x

    with pytest.raises(ValueError, match="input x of forward is not annotated with a Port"):

        @register("block", id="bad_block")
        class NoPort(nn.Module):
            """Something."""

            def __init__(self) -> None:
                super().__init__()

            def forward(self, x: Tensor) -> Image:
                return x

    with pytest.raises(ValueError, match="no docstring"):

        @register("block", id="bad_block")
        class NoDoc(nn.Module):
            def __init__(self) -> None:
                super().__init__()

            def forward(self, x: Image) -> Image:
                return x

    with pytest.raises(ValueError, match="follows port y"):

        @register("block", id="bad_block")
        class FollowsNothing(nn.Module):
            """Something."""

            def __init__(self, size: Annotated[int, Follows("y", "C")]) -> None:
                super().__init__()

            def forward(self, x: Image) -> Image:
                return x


def test_a_block_without_a_constructor_has_an_empty_form() -> None:
    @register("block", id="plain_block")
    class Plain(nn.Module):
        """Pass an image on."""

        def forward(self, x: Image) -> Image:
            return x

    assert registry.get("block", "plain_block").params == ()


def test_an_id_belongs_to_one_module() -> None:
    with pytest.raises(ValueError, match="has registered that id already"):
        make("conv2d")
