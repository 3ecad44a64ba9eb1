"""Time, chance, and the record of what happened."""
