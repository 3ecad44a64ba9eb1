"""The Gizwits Open API: openapi.yaml with openapi/, asyncapi.yaml and register.yaml are the sources."""
