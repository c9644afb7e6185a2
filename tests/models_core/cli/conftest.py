"""One short trained run for all tests of the command line, and ways to call it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from models_core import cli


@dataclass
class Done:
    """What one command did: exit status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


Call = Callable[..., Done]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def call(cache: Path) -> Call:
    """Run a command in this process."""

    def command(*arguments: object) -> Done:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
            patch.setenv("BLOCKYARD_CACHE", str(cache))
            patch.setattr("models_core.training.control.Control.catch_signals", lambda self: None)
            try:
                status = cli.main([str(argument) for argument in arguments])
            except SystemExit as end:
                status = int(end.code or 0)
        return Done(status, out.getvalue(), err.getvalue())

    return command


@pytest.fixture(scope="session")
def trained(call: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LeNet-5 after three epochs on digits."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    done = call("train", "lenet5", "--data", "digits", "--set", "epochs=3", "--out", folder, "--no-onnx", "--json")
    assert done.status == 0, done.err
    return folder
