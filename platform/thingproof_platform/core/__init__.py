"""The core every vendor shares: things, readings, commands, accounts, clock. No I/O, no HTTP, no vendor words."""
