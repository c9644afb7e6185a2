"""`python -m models_core`: the command line."""

import sys

from models_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
