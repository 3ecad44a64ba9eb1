"""The SIGKILL experiment: what was acknowledged survives, exactly once."""
