"""Noise and scaling that make training steadier."""
