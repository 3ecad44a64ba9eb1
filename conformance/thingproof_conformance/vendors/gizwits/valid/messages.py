"""Valid calls of the operations on the message center."""
