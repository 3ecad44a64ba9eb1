"""Radio models: an attempt goes in, an outcome with its cause comes out. Pure, seeded."""
