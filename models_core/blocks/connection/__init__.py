"""Blocks that connect a layer to more than the one before it."""
