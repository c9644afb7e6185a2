"""Pooling over positions."""
