"""Generated code: it needs torch alone, has the keys and the outputs of the built module, and reads well."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from models_core import registry
from models_core.compile import DesignError, bind, build
from models_core.compile.code import source, source_map
from models_core.compile.code._bundle import Bundle
from models_core.compile.code._text import Bracket, docstring, identifier, layout, literal, quoted
from models_core.declare import torch_call
from models_core.design import Builder, Design, read
from models_core.export.onnx import example_inputs
from tests.models_core.blocks.samples import BLOCKS, IDS, inputs_of, make, params_of
from tests.models_core.compile.random_designs import random_design
from tests.models_core.sample import small_design

SMALL_PARAMS = 3_000_000

# Runs in a Python that cannot import models_core: makes each file's network, loads the weights, compares outputs.
RUNNER = """
import json, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("models_core", "playground"):
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Block())
import torch
from safetensors.torch import load_file
torch.set_num_threads(1)
answers = {}
for name in json.loads(sys.argv[1]):
    try:
        names = {"__name__": "generated"}
        exec(compile(open(name + ".py").read(), name, "exec"), names)
        # The network is the class that was defined last.
        model = [v for v in names.values() if isinstance(v, type) and issubclass(v, torch.nn.Module)][-1]()
        keys = list(model.state_dict())
        saved = load_file(name + ".safetensors")
        # Copied, because where a tensor lies in memory decides which kernels are used.
        inputs = [saved.pop("input.%d" % i).clone() for i in range(100) if "input.%d" % i in saved]
        expected = {mode: [saved.pop("%s.%d" % (mode, i)) for i in range(100) if "%s.%d" % (mode, i) in saved]
                    for mode in ("eval", "train")}
        model.load_state_dict({key[6:]: value for key, value in saved.items()}, strict=True)
        equal = {}
        for mode in ("eval", "train"):
            model.train(mode == "train")
            torch.manual_seed(1)
            with torch.no_grad():
                outputs = model(*inputs)
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            equal[mode] = len(outputs) == len(expected[mode]) and all(map(torch.equal, outputs, expected[mode]))
        answers[name] = {"keys": keys, "equal": equal}
    except Exception as error:
        answers[name] = {"error": repr(error)}
print(json.dumps(answers))
"""


def run_generated(designs: dict[str, Design], folder: Path) -> dict[str, Any]:
    """Write each design's code, weights and outputs, run all in one foreign process; keys and equality by name."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for name, design in designs.items():
            bound = bind(design)
            torch.manual_seed(0)
            module = build(bound)
            inputs = example_inputs(bound, 3)
            tensors = {f"input.{index}": tensor for index, tensor in enumerate(inputs)}
            tensors |= {f"state.{key}": tensor.clone() for key, tensor in module.state_dict().items()}
            for mode in ("eval", "train"):
                module.train(mode == "train")
                torch.manual_seed(1)
                with torch.no_grad():
                    outputs = module(*inputs)
                outputs = outputs if isinstance(outputs, tuple) else (outputs,)
                tensors |= {f"{mode}.{index}": tensor.clone() for index, tensor in enumerate(outputs)}
            (folder / f"{name}.py").write_text(source(bound), encoding="utf-8")
            save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / f"{name}.safetensors")
    finally:
        torch.set_num_threads(threads)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps(list(designs))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def assert_equal(answers: dict[str, Any], designs: dict[str, Design]) -> None:
    for name, design in designs.items():
        answer = answers[name]
        assert "error" not in answer, f"{name}: {answer['error']}"
        assert answer["keys"] == list(build(bind(design), device="meta").state_dict()), name
        assert answer["equal"] == {"eval": True, "train": True}, name


ZOO = [entry.id for entry in registry.all("design")]


@pytest.fixture(scope="module")
def zoo() -> dict[str, Design]:
    return {id: registry.get("design", id).obj() for id in ZOO}


def test_small_designs_of_the_zoo_run_without_blockyard(zoo: dict[str, Design], tmp_path: Path) -> None:
    small = {}
    for id, design in zoo.items():
        module = build(bind(design), device="meta")
        if sum(parameter.numel() for parameter in module.parameters()) < SMALL_PARAMS:
            small[id] = design
    assert len(small) >= 6
    assert_equal(run_generated(small, tmp_path), small)


@pytest.mark.parametrize("id", ZOO)
def test_code_of_every_design_has_the_same_keys(id: str, zoo: dict[str, Design]) -> None:
    bound = bind(zoo[id])
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source(bound), id, "exec"), names)
    network = [value for value in names.values() if isinstance(value, type) and issubclass(value, nn.Module)][-1]
    with torch.device("meta"):
        generated = network()
    expected = build(bound, device="meta")
    assert list(generated.state_dict()) == list(expected.state_dict())
    shapes = {key: tensor.shape for key, tensor in expected.state_dict().items()}
    assert {key: tensor.shape for key, tensor in generated.state_dict().items()} == shapes


def test_random_designs_run_without_blockyard(tmp_path: Path) -> None:
    designs = {f"random{seed}": random_design(seed) for seed in range(60)}
    assert_equal(run_generated(designs, tmp_path), designs)


def tied() -> Design:
    b = Builder("tied", task="byte_lm")
    x = b.input("tokens", "tokens", L=6)
    x = b.add("embed", "embedding", x, num_embeddings=20, embedding_dim=8)
    b.output("logits", b.add("head", "linear", x, out_features=20, bias=False))
    b.tie("head.weight", "embed.weight")
    return b.build()


def context_chain() -> Design:
    """A repeated group with a second input that every repetition gets, and a second output."""
    b = Builder("context")
    g = b.group("step", scale=1)
    x, context = g.input("x"), g.input("context")
    y = g.add("fc", "linear", x, out_features=8)
    g.output("out", g.add("add", "add", y, context))
    g.output("raw", y)
    x, other = b.input("x", "table", F=8), b.input("other", "table", F=8)
    out = b.add_group("steps", "step", x, other, repeat=3)
    b.output("out", out)
    b.output("raw", out["raw"])
    b.output("same", x)
    return b.build()


def odd_names() -> Design:
    b = Builder("1 odd!", doc='A doc that ends it: """ + "\\" \\N{DEGREE SIGN} and \u202e turns, \x00 too.')
    g = b.group("class", doc='"""', torch=4, nn=2)
    x = g.input("nn")
    x = g.add("__fc", "linear", x, out_features="=torch")
    x = g.add("0", "linear", x, out_features="=nn * 2")
    g.output("torch", x)
    x = b.input("self", "table", F=4)
    x = b.add_group("Linear", "class", x)
    x = b.add_group("Tensor", "class", x, torch=5, nn=3)
    b.output("print", x)
    return b.build()


def test_ties_context_and_odd_names_run_without_blockyard(tmp_path: Path) -> None:
    designs = {"tied": tied(), "context": context_chain(), "odd": odd_names(), "small": small_design()}
    assert_equal(run_generated(designs, tmp_path), designs)


def test_the_tied_parameter_is_one() -> None:
    names: dict[str, Any] = {"__name__": "generated"}
    exec(source(bind(tied())), names)
    network = names["Tied"]()
    assert network.head.weight is network.embed.weight


@pytest.mark.parametrize("id", ["resnet20_cifar"])
def test_the_file_runs_as_a_script(id: str, zoo: dict[str, Design], tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(source(bind(zoo[id])), encoding="utf-8")
    done = subprocess.run([sys.executable, path], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(2, 10)"


def test_code_imports_nothing_but_torch_and_the_standard_library(zoo: dict[str, Design]) -> None:
    for design in zoo.values():
        for node in ast.walk(ast.parse(source(bind(design)))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] == "torch" or name.split(".")[0] in sys.stdlib_module_names


@pytest.mark.skipif(shutil.which("ruff", path=str(Path(sys.executable).parent)) is None, reason="ruff is not installed")
def test_code_is_formatted_and_without_lint(zoo: dict[str, Design], tmp_path: Path) -> None:
    ruff = Path(sys.executable).parent / "ruff"
    designs = {**zoo, **{f"random{seed}": random_design(seed) for seed in range(30)}}
    for name, design in designs.items():
        (tmp_path / f"{name}.py").write_text(source(bind(design)), encoding="utf-8")
    check = [str(ruff), "check", "--isolated", "--line-length=120", "--select=E,F,I,UP", "--target-version=py311", "."]
    formatted = [str(ruff), "format", "--isolated", "--check", "--line-length=120", "--target-version=py311", "."]
    for command in (check, formatted):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:]


def test_resnet50_reads_like_written_by_hand(zoo: dict[str, Design]) -> None:
    text = source(bind(zoo["resnet50"]))
    assert "self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)" in text
    assert "nn.Conv2d(width, width * 4, kernel_size=1, bias=False)" in text
    assert "for _ in range(5)" in text
    assert "y = y + x" in text
    # One class for each of the two structures a bottleneck has, whatever their sizes.
    assert [line for line in text.splitlines() if line.startswith("class Bottleneck")] == [
        "class Bottleneck(nn.Module):",
        "class BottleneckWithDownsample(nn.Module):",
    ]
    assert len(text.splitlines()) < 160


def test_every_line_of_the_map_shows_its_node(zoo: dict[str, Design]) -> None:
    bound = bind(zoo["resnet50"])
    text, spans = source_map(bound)
    lines = text.splitlines()
    for leaf in bound.leaves:
        shown = "\n".join(line for first, last in spans[leaf.path] for line in lines[first - 1 : last])
        # A node inside a sequence without names, such as downsample.0, is on the lines of the sequence.
        name = next(part for part in reversed(leaf.path.split(".")) if not part.isdigit())
        assert name in shown or hasattr(leaf.entry.obj, "as_expression"), leaf.path
    made, used = ([line.strip() for line in lines[first - 1 : last]] for first, last in spans["layer2.0.conv2"])
    assert made == ["self.conv2 = nn.Conv2d(width, width, kernel_size=3, stride=stride, padding=1, bias=False)"]
    assert used == ["y = self.conv2(y)"]
    assert spans["layer2.1.conv2"] == spans["layer3.4.conv2"] != spans["layer2.0.conv2"]
    assert [lines[first - 1].strip() for first, _ in spans["layer1.0.add"]] == ["y = y + x"]
    # A row of groups: where they are made, and the one line that runs them all.
    assert [lines[first - 1].strip() for first, _ in spans["layer3"]] == [
        "self.layer3 = nn.Sequential(",
        "x = self.layer3(x)",
    ]


def test_a_design_with_faults_is_refused() -> None:
    b = Builder("bad")
    x = b.input("x", "table", F=8)
    b.output("out", b.add("norm", "conv2d", x, out_channels=4))
    with pytest.raises(DesignError):
        source(bind(b.build()))


# -- what users write is data ---------------------------------------------------------------------------------------


HOSTILE = [
    '"""\nimport os\nos.system("echo broken > broken")\n"""',
    "\\",
    'a\\"""',
    "x\nimport os",
    "x\r\nimport os",
    "\u2028import os\x0cimport os\x00",
    '"' * 7,
    "{0}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_users_stay_texts(text: str) -> None:
    document = small_design().to_json()
    document["name"] = text
    document["description"] = text
    document["groups"]["unit"]["doc"] = text
    for node in document["nodes"]:
        node["label"] = text
    generated = source(bind(read(document)))
    tree = ast.parse(generated)
    assert generated.isprintable() or all(line.isprintable() for line in generated.split("\n"))
    allowed = (ast.Expr, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.If)
    assert all(isinstance(node, allowed) for node in tree.body)
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert "os" not in imported
    assert "system" not in {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize(
    "expression",
    [
        "=width if True else __import__('os').system('echo')",
        "=width if width else width.__class__",
        "=width or (lambda: 1)",
        "=width if True else [x for x in (1,)]",
        "=width if True else max(*[1])",
        "=width if True else facts.label.classes",
    ],
)
def test_an_expression_becomes_code_only_if_all_of_it_is_arithmetic(expression: str) -> None:
    b = Builder("hostile")
    g = b.group("unit", width=4)
    g.output("out", g.add("fc", "linear", g.input("x"), out_features=expression))
    x = b.input("x", "table", F=4)
    x = b.add_group("one", "unit", x, width=5)
    b.output("out", b.add_group("two", "unit", x, width=6))
    bound = bind(b.build())
    assert not bound.errors
    text = source(bound)
    # The values are found all the same; only the expression is not taken over.
    assert "nn.Linear(in_features, width)" in text
    for word in ("__", "import(", "lambda", "for x", "facts", "max("):
        assert word not in text.replace("__init__", "").replace("__name__", "").replace("__main__", "")


def test_an_expression_of_the_group_is_kept() -> None:
    b = Builder("kept")
    g = b.group("unit", width=4, name="'a'")
    x = g.input("x")
    x = g.add("wide", "linear", x, out_features="=ceil(width * 1.5) if width > 4 else [1, 2][0]")
    g.output("out", g.add("narrow", "linear", x, out_features="=width"))
    x = b.input("x", "table", F=4)
    for index, width in enumerate((4, 5, 8)):
        x = b.add_group(f"u{index}", "unit", x, width=width)
    b.output("out", x)
    text = source(bind(b.build()))
    assert "math.ceil(width * 1.5) if width > 4 else (1, 2)[0]" in text
    assert "\nimport math\n" in text


# -- blocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", BLOCKS, ids=IDS)
def test_every_class_is_taken_along_whole(entry: registry.Entry) -> None:
    bundle = Bundle()
    name = bundle.add(entry.obj)
    text = "\n".join(["from __future__ import annotations", *bundle.text_of_imports(), *bundle.definitions])
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, entry.id, "exec"), names)
    taken = names[name]
    assert taken.__doc__ == entry.obj.__doc__
    for gone in ("models_core", "Annotated", "register(", "def window", "def as_torch", "def cost", "mixes_positions"):
        assert gone not in text
    block = make(entry.id).eval()
    copy = taken(**params_of(entry)).eval()
    copy.load_state_dict(block.state_dict())
    assert list(copy.state_dict()) == list(block.state_dict())
    inputs = inputs_of(entry, optional=True)
    assert all(map(torch.equal, tupled(copy(*inputs)), tupled(block(*inputs))))


@pytest.mark.parametrize("entry", BLOCKS, ids=IDS)
def test_every_torch_call_is_its_block(entry: registry.Entry) -> None:
    block = make(entry.id).eval()
    inputs = inputs_of(entry)
    call = torch_call(block, [tensor.shape for tensor in inputs if tensor is not None])
    if call is None:
        return
    copy = call.build().eval()
    copy.load_state_dict(block.state_dict())
    assert list(copy.state_dict()) == list(block.state_dict())
    assert all(map(torch.equal, tupled(copy(*inputs)), tupled(block(*inputs))))


def tupled(outputs: Any) -> tuple[torch.Tensor, ...]:
    return tuple(outputs) if isinstance(outputs, tuple) else (outputs,)


# -- pieces of text ------------------------------------------------------------------------------------------------


def test_identifiers_are_valid_and_free() -> None:
    assert identifier("conv1") == "conv1"
    assert identifier("class") == "class_"
    assert identifier("1x1") == "n1x1"
    assert identifier("a b-c") == "a_b_c"
    assert identifier("torch") == "torch_"
    assert identifier("x", ["x", "x2"]) == "x3"
    assert identifier("__secret") == "_secret"


@pytest.mark.parametrize(
    "value", [1, -1, True, None, 0.1, 1e-5, float("inf"), "a'b\"c\n", (1,), (1, (2, 3)), [1.5, None], {"a": [1]}]
)
def test_literals_are_what_they_were(value: Any) -> None:
    assert eval(literal(value)) == value


def test_nothing_but_data_is_written() -> None:
    with pytest.raises(TypeError):
        literal(nn.ReLU)


@pytest.mark.parametrize("text", ["it's", 'say "it"', "both ' and \"", "\\n", "é"])
def test_quotes(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text


@pytest.mark.parametrize("text", [*HOSTILE, "\ud800"])
def test_a_docstring_cannot_be_left(text: str) -> None:
    tree = ast.parse("\n".join(docstring(text, 0)))
    assert len(tree.body) <= 1
    assert all(isinstance(node.value, ast.Constant) for node in tree.body)  # type: ignore[attr-defined]


def test_long_calls_are_broken_like_ruff_does() -> None:
    arguments = tuple(f"argument_{index}={index}" for index in range(9))
    lines = layout(Bracket("make(", arguments), 8, "x = ")
    assert lines[0] == "        x = make("
    assert lines[-1] == "        )"
    assert lines[1].strip() == "argument_0=0,"
    assert layout(Bracket("make(", ("a", "b")), 0) == ["make(a, b)"]


@pytest.mark.parametrize("entry", BLOCKS, ids=IDS)
def test_expressions_equal_their_block(entry: registry.Entry) -> None:
    if not hasattr(entry.obj, "as_expression"):
        return
    block = make(entry.id)
    inputs = inputs_of(entry)
    names = {f"input_{index}": tensor for index, tensor in enumerate(inputs)}
    written = eval(block.as_expression(*names), {"torch": torch}, names)
    assert torch.equal(written, block(*inputs))
    assert not list(block.state_dict())
