"""State spaces: linear recurrences over time, worked out for a whole sequence at once or step by step."""
