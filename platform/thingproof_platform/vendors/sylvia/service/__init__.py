"""The concepts of this vendor: rows, look-ups, rights, lists and what calls do."""
