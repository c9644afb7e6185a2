"""Schedules, kind "schedule": callables from (step, total steps) to the factor on the learning rate."""
