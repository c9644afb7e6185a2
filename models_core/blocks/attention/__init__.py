"""Attention between tokens."""
