"""Stories that hold for every vendor: what a device says is what its cloud shows."""
