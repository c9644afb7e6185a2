"""Training: the recipe and its parts, and the loop that carries it out."""
