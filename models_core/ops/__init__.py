"""What several blocks share."""
