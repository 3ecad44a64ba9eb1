"""Load by locust: its users, and the child processes they run in.

Nothing here but ``gizwits_user``, ``gizwits_device_user`` and ``recording`` imports locust, and those
three are loaded by locust's own processes only: importing locust patches the whole interpreter.
"""
