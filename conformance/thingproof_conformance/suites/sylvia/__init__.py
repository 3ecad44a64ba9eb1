"""The cases of Sylvia: one or more modules per tag of its contract."""
