"""Black-box conformance suites and the harness that judges them."""
