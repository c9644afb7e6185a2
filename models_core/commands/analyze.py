"""`analyze DESIGN`: what a design costs."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from models_core.analysis import analyze, speed
from models_core.training.memory import size_text

from ._common import design_of, facts_of, show, table


def run(arguments: argparse.Namespace) -> int:
    """Print shapes, parameters, multiply-adds, memory per node and in total; status 2 where there are faults."""
    design, variables = design_of(arguments.design)
    report = analyze(design, facts_of(arguments), variables, batch=arguments.batch)
    document = report.to_json()
    if arguments.speed and not report.errors:
        document["speed"] = speed(report.bound).to_json()
    if arguments.json:
        show(document)
    else:
        _print(document)
    if report.errors:
        more = f" (and {len(report.errors) - 1} more)" if len(report.errors) > 1 else ""
        print(f"error: {' '.join(str(report.errors[0]).split())}{more}", file=sys.stderr)
        return 2
    return 0


def _print(document: dict[str, Any]) -> None:
    rows = []
    for path, node in document["nodes"].items():
        outputs = ", ".join(_shape(value["shape"]) for value in (node.get("outputs") or {}).values())
        what = "muted" if node.get("muted") else node.get("block") or f"group {node.get('group')}"
        figures = (node.get("params") or 0, node.get("macs") or 0, node.get("activation_bytes") or 0)
        rows.append((path, what, outputs, f"{figures[0]:,}", f"{figures[1]:,}", size_text(figures[2])))
    table(rows, ("node", "block", "output", "parameters", "MACs", "activations"), right=(3, 4, 5))
    total = document["total"]
    active = f", {total['active_params']:,} active" if total["active_params"] != total["params"] else ""
    print(
        f"\nin total {total['params']:,} parameters ({total['trainable_params']:,} trained{active}), "
        f"{total['macs']:,} MACs per sample, weights {size_text(total['weight_bytes'])}, "
        f"activations {size_text(total['activation_bytes'])} at batch {document['batch']}"
    )
    for item in document["uncounted"]:
        print(f"not counted: {item['op']} in {item['path']}")
    for note in document["notes"]:
        print(f"note: {note}")
    if "speed" in document:
        for finding in document["speed"]["findings"]:
            print(f"{finding['rule']}: {finding['path']}: {finding['message']}")
        share = document["speed"]["elementwise_share"]
        print(
            f"few element-wise steps: {share:.0%} of what is read and written is for steps of single values or channels"
        )


def _shape(shape: list[int] | None) -> str:
    return "?" if shape is None else "×".join(map(str, shape)) or "1"
