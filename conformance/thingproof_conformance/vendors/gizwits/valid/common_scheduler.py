"""Valid calls of the operations on common schedulers."""
