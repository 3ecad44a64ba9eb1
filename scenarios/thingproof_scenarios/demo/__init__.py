"""``thingproof demo``: devices, readings and events, live."""
