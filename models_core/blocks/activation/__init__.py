"""Activation functions, element by element, and softmax."""
