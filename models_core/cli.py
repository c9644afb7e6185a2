"""The command line: `python -m models_core COMMAND`, or `blockyard COMMAND`.

Exit status 0 fine, 2 bad input with one line on stderr, 1 a fault of ours, 3 stopped on request. This module imports
nothing heavy: a command's own module, and with it torch, is loaded when the command runs.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from models_core.environment import BadSetting

OK, FAULT, BAD_INPUT, STOPPED = 0, 1, 2, 3

_DESIGN = "a design's file, or a name of the zoo with variables: resnet50, vit:depth=6,width=192"
_DATA = "a built-in data set (digits, mnist, ...) or a file"
_RECIPE = "a recipe's file, or a preset: quick, standard, sgd"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, as for every other bad input."""
        self.exit(BAD_INPUT, f"error: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = parser().parse_args(argv)
    # OpenMP threads that wait for one another by spinning starve whatever shares the cores, themselves included; read
    # by libgomp when torch is loaded. Sleeping after some microseconds costs nothing where cores are free.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        command = importlib.import_module(f"models_core.commands.{arguments.module}")
        status: int = command.run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader (head, less) has gone; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return STOPPED
    except Exception as error:
        return fail(error)


def fail(error: Exception) -> int:
    """Say what went wrong: one line for bad input; a traceback as well for what is a fault of ours."""
    if _of_the_input(error):
        print(f"error: {one_line(error)}", file=sys.stderr)
        return BAD_INPUT
    import traceback

    traceback.print_exc()
    print(f"error: a fault of Blockyard: {one_line(error)}; please report it", file=sys.stderr)
    return FAULT


def _of_the_input(error: Exception) -> bool:
    if isinstance(error, BadSetting):
        # Such a setting may keep the modules that are named below from being imported.
        return True
    from models_core.commands._common import BAD

    return isinstance(error, BAD)


def one_line(error: Exception) -> str:
    """An exception's message on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(prog="python -m models_core", description="Designs of neural networks: cost, code, training, export.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, module: str, help: str) -> Any:
        one = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        one.set_defaults(module=module)
        one.add_argument("--json", action="store_true", help="one JSON document on stdout")
        return one

    def cache(one: Any) -> None:
        given = os.environ.get("BLOCKYARD_CACHE") or None
        one.add_argument("--cache", metavar="DIR", default=given, help="where prepared data is kept")

    def with_data(one: Any, required: bool) -> None:
        one.add_argument("--data", required=required, metavar="NAME|PATH", help=_DATA)
        one.add_argument("--data-options", default="{}", metavar="JSON", help='how a file is read: {"label": "class"}')
        cache(one)

    def with_training(one: Any) -> None:
        one.add_argument("design", metavar="DESIGN", help=_DESIGN)
        with_data(one, required=True)
        one.add_argument("--recipe", metavar="FILE|NAME", help=f"{_RECIPE}; quick, fitted to the data, unless given")
        one.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="set a field of the recipe")

    one = add("registry", "registry", "what there is to choose from: blocks, optimizers, data sets, ...")
    one.add_argument("kind", nargs="?", metavar="KIND", help="one kind only, such as block or optimizer")

    add("zoo", "zoo", "published architectures with their parameters and multiply-adds")

    one = add("papers", "papers", "the catalogue of papers: what each is here, its claim, and what checks of it found")
    one.add_argument("action", nargs="?", choices=["list", "show", "check"], default="list")
    one.add_argument("ids", nargs="*", metavar="ID", help="papers to show or check; all unless given")
    one.add_argument("--level", choices=["exact", "small", "study"], help="checks of this level only")
    one.add_argument("--check", metavar="NAME", help="the check of this name only")
    one.add_argument(
        "--data", action="append", default=[], metavar="NAME=PATH", help="where data that a check needs lies"
    )
    one.add_argument(
        "--seeds", type=_counts, default=[0, 1, 2], metavar="N,N", help="random states of what is measured"
    )
    one.add_argument("--threads", type=_positive, metavar="N", help="CPU threads")
    one.add_argument("--results", metavar="DIR", help="write what small checks and studies found there")
    one.add_argument("--events", choices=["-"], help="progress and results as JSON lines")
    cache(one)

    one = add("recipe", "recipe", "a preset recipe as a document, fitted to data where --data is given")
    one.add_argument("name", nargs="?", default="quick", metavar="NAME|FILE", help=_RECIPE)
    one.add_argument("--form", action="store_true", help="the form a browser makes of it: schema, parts, presets")
    with_data(one, required=False)

    one = add("analyze", "analyze", "what a design costs: shapes, parameters, multiply-adds, memory, faults")
    one.add_argument("design", metavar="DESIGN", help=_DESIGN)
    with_data(one, required=False)
    one.add_argument("--batch", type=_positive, default=1, metavar="N", help="samples for the activations' memory")
    one.add_argument("--speed", action="store_true", help="where it could be faster at equal multiply-adds, by rules")

    one = add("code", "code", "a design as one Python file that needs torch alone")
    one.add_argument("design", metavar="DESIGN", help=_DESIGN)
    with_data(one, required=False)
    one.add_argument("--out", metavar="FILE", help="write there instead of stdout")

    one = add("transform", "transform", "a design made into another one, such as make_shallow")
    one.add_argument("transform", metavar="ID", help="a transform; `registry transform` lists them")
    one.add_argument("design", metavar="DESIGN", help=_DESIGN)
    one.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="set a field of its form")
    one.add_argument("--out", metavar="FILE", help="write the design there instead of stdout")

    one = add("import", "import_", "an ONNX file, or a torch module, as a design of blocks with its weights")
    one.add_argument(
        "source",
        metavar="FILE.onnx|FILE.py:FUNCTION|PACKAGE.MODULE:FUNCTION",
        help="a file, or a function of yours, whose code is run: it gives a torch module and a tuple of example inputs",
    )
    one.add_argument("--out", metavar="FILE.json|DIR", help="write the design, or a folder with design and weights")
    with_data(one, required=False)
    one.add_argument("--name", help="what the design is called; the name of the source unless given")
    one.add_argument("--redraw", action="store_true", help="draw it from its operators even if it carries its design")

    one = add("train", "train", "train a design on data")
    with_training(one)
    one.add_argument("--out", required=True, metavar="DIR", help="folder of the run")
    one.add_argument(
        "--weights", metavar="DIR|FILE", help="begin with those of this folder or safetensors file, not fresh ones"
    )
    one.add_argument("--no-strict", action="store_true", help="what does not fit --weights begins fresh, and is named")
    one.add_argument("--events", choices=["-"], help="events as JSON lines on stdout, commands as JSON lines on stdin")
    one.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out, if there is one")
    one.add_argument("--resume-from", metavar="DIR", help="go on from the checkpoint of an earlier attempt in DIR")
    one.add_argument("--no-onnx", action="store_true", help="do not export the best weights at the end")

    one = add("resume", "train", "go on with a training that was stopped")
    one.add_argument("folder", metavar="DIR", help="folder of the run")
    one.add_argument("--events", choices=["-"], help="as for train")
    one.add_argument("--no-onnx", action="store_true", help="do not export the best weights at the end")
    cache(one)

    one = add("estimate", "estimate", "memory and time that a training will take, from a few real steps")
    with_training(one)

    one = add("evaluate", "evaluate", "judge a trained model on its test data")
    one.add_argument("folder", metavar="DIR", help="folder of the run")
    one.add_argument("--weights", choices=["best", "last"], default="best")
    one.add_argument("--split", choices=["test", "train"], default="test")
    with_data(one, required=False)

    one = add("profile", "profile", "latency of a design or a trained model, whole and per node")
    one.add_argument("design", metavar="DESIGN|DIR", help=f"{_DESIGN}; or the folder of a run")
    with_data(one, required=False)
    one.add_argument("--batch", type=_numbers, default=[1], metavar="N,N", help="batch sizes, 1 unless given")
    one.add_argument("--backend", choices=["all", "eager", "onnxruntime"], default="all")
    one.add_argument("--seconds", type=float, default=1.0, help="most time for each measurement")
    one.add_argument(
        "--repeats", type=_positive, default=500, metavar="N", help="most forwards that count, in that time"
    )
    one.add_argument("--warmup", type=_positive, default=3, metavar="N", help="forwards before those that count")
    one.add_argument(
        "--threads", type=_positive, metavar="N", help="CPU threads; as many as the work can use unless given"
    )
    one.add_argument("--device", default="cpu", help="where PyTorch runs: cpu, auto, cuda or cuda:N")
    one.add_argument("--out", metavar="DIR", help="write profile.json, latency.csv and nodes.csv there")
    one.add_argument("--events", choices=["-"], help="progress and result as JSON lines")

    one = add("rates", "rates", "how fast this machine computes, from which latencies are predicted")
    one.add_argument("--seconds", type=float, default=0.3, help="time for each measurement")
    one.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")

    one = add("export", "export", "write a trained model as ONNX")
    one.add_argument("folder", metavar="DIR", help="folder of the run")
    one.add_argument("--weights", choices=["best", "last"], default="best")
    one.add_argument("--out", metavar="FILE", help="DIR/model.onnx unless given")
    one.add_argument(
        "--bundle", metavar="PLACE", help="a new folder or a .zip for ONNX, weights, source code and a manifest"
    )

    one = add("sample", "sample", "a sample on its way through a network: figures, and what is wrong, at every node")
    one.add_argument("design", nargs="?", metavar="DESIGN", help=_DESIGN)
    with_data(one, required=False)
    one.add_argument("--split", choices=["train", "test"], default="train")
    one.add_argument("--index", type=int, default=0, metavar="N", help="the sample's number, from 0 on")
    one.add_argument("--weights", metavar="FILE", help="a checkpoint's safetensors; fresh weights unless given")
    one.add_argument("--seed", type=int, default=0, help="random state of fresh weights")
    one.add_argument(
        "--serve", action="store_true", help="answer requests, a line of JSON each on stdin, until it ends"
    )

    one = add("predict", "predict", "what a trained model says of one input")
    one.add_argument("folder", metavar="DIR", help="folder of the run")
    one.add_argument("input", metavar="INPUT", help="a picture's file, a text, a row as JSON, or a prompt")
    one.add_argument("--weights", choices=["best", "last"], default="best")
    one.add_argument("--top", type=_positive, default=5, metavar="N", help="answers shown")
    one.add_argument("--bytes", type=_positive, default=200, metavar="N", help="length of a generated text")
    one.add_argument("--temperature", type=float, default=0.8, help="0 writes what is likeliest")
    one.add_argument("--seed", type=int, default=0)

    one = add("data-check", "data_check", "read and prepare a data set, and say what it holds")
    one.add_argument("source", metavar="NAME|PATH", help=_DATA)
    one.add_argument("--data-options", default="{}", metavar="JSON", help='how a file is read: {"label": "class"}')
    one.add_argument("--name", help="what the file is called, where its path does not tell")
    cache(one)
    one.add_argument("--events", choices=["-"], help="progress and result as JSON lines")

    one = add(
        "forkserver", "forkserver", "load PyTorch once, and fork a process for each command asked for on a socket"
    )
    one.add_argument("socket", metavar="PATH", help="a unix socket in a folder that is yours alone")
    one.add_argument(
        "--idle", type=float, default=600.0, metavar="SECONDS", help="let go of what is loaded after as long unused"
    )
    return top


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return number


def _counts(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not whole numbers with commas between") from None


def _numbers(text: str) -> list[int]:
    return [_positive(part) for part in text.split(",")]
