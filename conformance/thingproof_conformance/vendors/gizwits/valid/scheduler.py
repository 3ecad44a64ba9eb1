"""Valid calls of the operations on device schedulers."""
