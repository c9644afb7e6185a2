#!/usr/bin/env python
"""`manage.py up` starts everything on this machine; all other commands are Django's."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    if sys.argv[1:2] == ["up"]:
        # Not a Django command: the data folder is locked and Redis is starting before Django is loaded.
        from playground.up import main as up

        sys.exit(up(sys.argv[2:]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
