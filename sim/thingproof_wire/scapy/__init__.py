"""The frames as scapy layers: the readable definition, a dissector and a witness for the precompiled codecs.

Needs the extra `scapy`; nothing else in the package imports this sub-package.
"""
