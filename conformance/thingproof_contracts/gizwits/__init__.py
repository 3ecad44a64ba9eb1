"""The Gizwits Open API: openapi.yaml, asyncapi.yaml and register.yaml are the sources."""
