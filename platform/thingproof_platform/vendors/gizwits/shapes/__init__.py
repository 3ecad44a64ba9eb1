"""Core objects as this vendor shows them: rows of data where it can be."""
