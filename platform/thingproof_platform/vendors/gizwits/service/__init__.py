"""Gizwits concepts of their own: registration, binding roles, control, product definition, seeding."""
