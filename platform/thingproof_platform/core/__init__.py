"""What every vendor shares: things, readings, commands, accounts, clock. No I/O and no vendor words."""
