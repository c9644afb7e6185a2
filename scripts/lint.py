"""Everything that is checked without running a test: format, lint, types, migrations, generated API types.

python scripts/lint.py                  check
python scripts/lint.py --write-types    write static/src/shared/api/schema.d.ts anew
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TYPES = ROOT / "static/src/shared/api/schema.d.ts"
PYTHON = sys.executable
NPM = [PYTHON, "scripts/prepare.py", "npm"]

COMPOSE = ["docker/compose.yml", "docker/compose.gpu.yml"]
HADOLINT = shutil.which("hadolint", path=Path(PYTHON).parent)

CHECKS: dict[str, list[str]] = {
    "lint": [PYTHON, "-m", "ruff", "check", "."],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "types of the engine": [PYTHON, "-m", "mypy"],
    "settings": [PYTHON, "manage.py", "check"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "compose files": [PYTHON, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *COMPOSE],
    "types of the browser code": [*NPM, "run", "--silent", "types"],
}
if HADOLINT:  # there is a wheel with it for Linux on x86-64
    CHECKS["Dockerfile"] = [HADOLINT, "docker/Dockerfile"]


def main() -> int:
    """Run every check, also after one has failed; the exit status is the number of failures."""
    if "--write-types" in sys.argv[1:]:
        TYPES.write_text(generated())
        return 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        current = pool.submit(lambda: TYPES.read_text() == generated())
        passed = dict(zip(CHECKS, pool.map(passes, CHECKS, CHECKS.values()), strict=True))
    failed = [name for name, fine in passed.items() if not fine]
    if not current.result():
        print("generated API types: not current; run `make types`")
        failed.append("generated API types")
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all fine")
    return len(failed)


def passes(name: str, command: list[str]) -> bool:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"--- {name}\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def generated() -> str:
    """The browser's API types as the OpenAPI document of this checkout gives them."""
    with tempfile.TemporaryDirectory() as folder:
        document, types = Path(folder, "openapi.json"), Path(folder, "schema.d.ts")
        with document.open("w") as file:
            subprocess.run([PYTHON, "manage.py", "openapi"], cwd=ROOT, stdout=file, check=True)
        command = [*NPM, "exec", "--", "openapi-typescript", str(document), "-o", str(types)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return types.read_text()


if __name__ == "__main__":
    sys.exit(main())
