"""`manage.py up`: everything on this machine, embedded."""

from __future__ import annotations

import sys


def main(arguments: list[str]) -> int:
    """Run until stopped; the exit status. What hinders a start is one line, settings that cannot be read included."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        from .main import main as run
    except ImproperlyConfigured as error:
        print(f"Blockyard cannot run: {error}", file=sys.stderr)
        return 1
    return run(arguments)
