"""Load by locust: its users, and the child processes they run in.

Nothing here but the ``*_user`` modules and ``recording`` imports locust, and those are loaded by locust's own
processes only: importing locust patches the whole interpreter.
"""
