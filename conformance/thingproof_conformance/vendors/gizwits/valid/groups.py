"""Valid calls of the operations on groups."""
