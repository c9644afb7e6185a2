"""Time of each node in onnxruntime: its profiler counts operators of a graph it has rewritten, and these are led back.

onnxruntime merges operators (a convolution with its norm, activation and residual), changes memory layouts, and folds
what is constant. Operators are found again by the names of the values they make; the time of merged ones is put down to
the node with the most multiply-adds, and the others name it.
"""

from __future__ import annotations

import ast
import json
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from models_core.export.onnx import SCOPES

EVENT = "_kernel_time"
# They move numbers into the order that a kernel wants, for no node in particular.
LAYOUT = frozenset({"ReorderInput", "ReorderOutput"})
# Their result is their input's memory in another shape.
VIEWS = frozenset({"Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Shape"})


@dataclass
class OnnxNode:
    """What a node takes in onnxruntime: median milliseconds, and the bytes that its operators write.

    `into` names the node that it was merged with, whose time has its own; empty where the graph does without it.
    """

    ms: float = 0.0
    bytes: int = 0
    into: str | None = None


@dataclass
class OnnxCosts:
    """Nodes by their paths, and milliseconds by operator of what belongs to no node, such as changes of layout."""

    nodes: dict[str, OnnxNode]
    other: dict[str, float] = field(default_factory=dict)


def onnx_node_costs(
    path: str | Path,
    inputs: Mapping[str, np.ndarray],
    macs: Mapping[str, int],
    *,
    threads: int,
    seconds: float = 1.0,
    max_runs: int = 50,
) -> OnnxCosts:
    """Time and memory of each node of an exported design in onnxruntime on the CPU; `macs` has its nodes' paths.

    Measured by onnxruntime's own profiler, in microseconds, after one run that does not count.
    """
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        options.optimized_model_filepath = str(Path(folder) / "rewritten.onnx")
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        feed = {item.name: inputs[item.name] for item in session.get_inputs()}
        session.run(None, feed)
        began, runs = time.perf_counter(), 0
        while runs < max_runs and (runs < 3 or time.perf_counter() - began < seconds):
            session.run(None, feed)
            runs += 1
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        rewritten = onnx.load(options.optimized_model_filepath, load_external_data=False).graph
    drawn = onnx.load(str(path), load_external_data=False).graph
    return _costs(_by_operator(events, runs), owners(drawn, rewritten, macs), rewritten, macs)


def _by_operator(events: Iterable[Mapping[str, Any]], runs: int) -> dict[str, tuple[float, int]]:
    """Median milliseconds and bytes written of each operator that ran once in every run, the first run left out."""
    times: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for event in events:
        name = str(event.get("name", ""))
        if event.get("cat") == "Node" and name.endswith(EVENT):
            name = name.removesuffix(EVENT)
            times.setdefault(name, []).append(event["dur"] / 1000)
            sizes[name] = int(event["args"].get("output_size", 0))
    whole = {}
    for name, took in times.items():
        # What stands in a loop's body runs many times; its time is the loop's as well.
        if len(took) == runs + 1:
            whole[name] = (statistics.median(took[1:]), sizes[name])
    return whole


def _costs(
    operators: Mapping[str, tuple[float, int]],
    owner: Mapping[str, list[str]],
    graph: onnx.GraphProto,
    macs: Mapping[str, int],
) -> OnnxCosts:
    found = OnnxCosts({path: OnnxNode(into="") for path in macs})
    merged: dict[str, str] = {}
    for operator in graph.node:
        if operator.name not in operators:
            continue
        ms, size = operators[operator.name]
        paths = owner.get(operator.name, [])
        if not paths:
            found.other[operator.op_type] = round(found.other.get(operator.op_type, 0.0) + ms, 4)
            continue
        first = max(paths, key=lambda path: (macs[path], -paths.index(path)))
        node = found.nodes[first]
        node.into = None
        node.ms += ms
        node.bytes += 0 if operator.op_type in VIEWS else size
        merged.update((path, first) for path in paths if path != first)
    for path, into in merged.items():
        if found.nodes[path].into is not None:
            found.nodes[path].into = into
    return found


def owners(drawn: onnx.GraphProto, rewritten: onnx.GraphProto, macs: Mapping[str, int]) -> dict[str, list[str]]:
    """For each operator of a rewritten graph the paths of the nodes whose work it does, in running order.

    `drawn` is the graph as it was exported, whose operators note the modules they were traced in.
    """
    makers = {name: node for node in drawn.node for name in node.output if name}
    named = {node.name: node for node in drawn.node}
    ends: dict[str, list[onnx.NodeProto]] = {}
    for operator in rewritten.node:
        if operator.op_type not in LAYOUT:
            ends[operator.name] = _ends(operator, makers, named)
    made = {id(node) for found in ends.values() for node in found}
    kinds = {operator.name: operator.op_type.removeprefix("Fused") for operator in rewritten.node}
    done: dict[int, str] = {}
    covered: dict[str, list[onnx.NodeProto]] = {}
    for name, found in ends.items():
        covered[name] = _behind(found, makers, made, kinds[name])
        done.update((id(node), name) for node in covered[name])
    # What follows an operator and is nobody's work was merged into it: the sum and activation after a convolution.
    place = {id(node): at for at, node in enumerate(drawn.node)}
    for node in drawn.node:
        before = [id(makers[name]) for name in node.input if name in makers and id(makers[name]) in done]
        if id(node) not in done and before:
            done[id(node)] = done[max(before, key=lambda one: place[one])]
            covered[done[id(node)]].append(node)
    paths = {}
    for name, nodes in covered.items():
        found_paths = [path for node in nodes if (path := _path(node, macs)) is not None]
        paths[name] = list(dict.fromkeys(found_paths))
    return paths


def _ends(
    operator: onnx.NodeProto, makers: Mapping[str, onnx.NodeProto], named: Mapping[str, onnx.NodeProto]
) -> list[onnx.NodeProto]:
    """The drawn operators whose results this one gives: by the names of its values, else by its own."""
    found = [makers[name] for name in operator.output if name in makers]
    name = operator.name.removeprefix("fused ").partition("/")[0].removesuffix("_nchwc")
    if not found and (name in makers or name in named):
        found = [makers[name] if name in makers else named[name]]
    return found


def _behind(
    ends: list[onnx.NodeProto], makers: Mapping[str, onnx.NodeProto], made: set[int], kind: str
) -> list[onnx.NodeProto]:
    """These and what leads to them, up to the operator of this kind or to another's result; first to last."""
    seen: dict[int, onnx.NodeProto] = {}
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen[id(node)] = node
        if node.op_type != kind:
            waiting += [makers[name] for name in node.input if name in makers and id(makers[name]) not in made]
    return list(reversed(seen.values()))


def _path(node: onnx.NodeProto, macs: Mapping[str, int]) -> str | None:
    """The path of the node that an operator was traced in."""
    noted = next((entry.value for entry in node.metadata_props if entry.key == SCOPES), "[]")
    for scope in reversed(ast.literal_eval(noted)[:-1]):
        parts = str(scope).split(".")
        for end in range(len(parts), 0, -1):
            if (path := ".".join(parts[:end])) in macs:
                return path
    return None
