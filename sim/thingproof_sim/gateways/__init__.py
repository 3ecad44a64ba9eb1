"""Gateways and the embedded network server of a LoRaWAN: sans-IO machines."""
