"""The harness judged by liars: servers and suites built to be wrong."""
