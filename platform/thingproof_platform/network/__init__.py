"""The network side of the clouds, sans-IO: what frames and topics mean to a cloud."""
