"""Bytes in, one call into the pure half, bytes out: HTTP, WebSocket, MQTT, and the clock's alarm."""
