"""The blocks designs are made of: one class, one block, one file; a folder per family."""
