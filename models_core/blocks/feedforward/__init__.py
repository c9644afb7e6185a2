"""Small networks inside a layer."""
