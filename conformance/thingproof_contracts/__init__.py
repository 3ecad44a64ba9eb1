"""The vendors' documented interfaces as contracts: operations, events, rules and errors."""
