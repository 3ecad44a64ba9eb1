"""Valid calls of the operations on device sharing."""
