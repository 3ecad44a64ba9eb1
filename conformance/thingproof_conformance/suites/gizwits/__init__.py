"""The Gizwits Open API: one module per tag, events and the wire in modules of their own."""
