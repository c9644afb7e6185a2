"""The engine works where no web framework, queue or cache is installed."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys

class Forbidden:
    names = ("django", "celery", "channels", "redis", "ninja", "playground", "kombu")
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.names:
            raise ImportError(f"the engine imports {name}")

sys.meta_path.insert(0, Forbidden())
import models_core
for module in pkgutil.walk_packages(models_core.__path__, "models_core."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("fine")
"""


def test_no_module_of_the_engine_imports_the_site() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().endswith("fine"), done.stderr[-2000:]
