"""The conformance suites: one folder per vendor, and the stories all vendors share."""
