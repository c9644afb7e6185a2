"""Mixing in the frequency domain, and convolutions as long as the sequence."""
