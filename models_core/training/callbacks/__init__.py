"""Callbacks, kind "callback": asked after every evaluation whether training should end, and why.

`after_evaluation(step, epoch, metrics, better)` returns a reason in words or None; `metrics` are the evaluator's
(`accuracy`, `loss`, ...), `better` says whether this was the best so far. `state()` and `load_state(...)` are plain
JSON values: they are part of a checkpoint.
"""
