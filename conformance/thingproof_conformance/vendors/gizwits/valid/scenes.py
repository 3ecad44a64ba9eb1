"""Valid calls of the operations on scenes."""
