"""Frame families, one module each."""
