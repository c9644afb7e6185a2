"""Optimizers, kind "optimizer": functions from parameter groups to a torch optimizer.

What an optimizer keeps beside the weights is declared by `state_per_weight`, so that memory is known before training.
"""
