"""The commands of `python -m models_core`, one module each, with a function `run(arguments) -> exit status`."""
