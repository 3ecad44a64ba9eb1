"""Input and output: devices on real sockets."""
