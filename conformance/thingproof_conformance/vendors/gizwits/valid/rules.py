"""Valid calls of the operations on linkage rules."""
