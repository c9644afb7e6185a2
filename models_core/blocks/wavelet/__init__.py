"""Wavelet transforms."""
