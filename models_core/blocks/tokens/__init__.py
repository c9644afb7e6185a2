"""Making, marking and pooling tokens."""
