"""Virtual devices, radios and gateways in simulated or real time."""
