"""The virtual device: its machine, what its datapoints do by themselves, and its faults."""
