"""Linear maps, lookup, constants."""
