"""Blocks that rearrange and join tensors."""
