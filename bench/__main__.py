"""Run benchmarks and print a table; the exit status is 1 when a bar is missed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import platform
import sys
import time

import bench

MARKS = {True: "ok  ", False: "MISS", None: "    "}


def main() -> int:
    """Run the named benchmarks, or all of them, each in this process one after another."""
    known = [module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_")]
    names = sys.argv[1:] or known
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"there is no benchmark {unknown[0]}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"a plain loop of ten million turns: {_loop():.2f} s (how quick this machine is just now)")
    missed = 0
    for name in names:
        for row in importlib.import_module(f"bench.{name}").run():
            missed += row.met is False
            print(f"{MARKS[row.met]}  {row.what:<78} {row.value:>14}   {row.bar}", flush=True)
    return 1 if missed else 0


def _loop() -> float:
    """Seconds of work that never changes: without it the milliseconds of two runs cannot be compared."""
    began, total = time.perf_counter(), 0
    for turn in range(10_000_000):
        total += turn * turn
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
