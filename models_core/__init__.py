"""Blockyard's engine: designs of neural networks, what they cost, how they are trained, and what becomes of them."""
