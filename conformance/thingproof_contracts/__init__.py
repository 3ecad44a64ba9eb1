"""The vendors' documented interfaces as contracts: operations, events, rules and errors.

`load("gizwits")` gives a Contract: `match` a request to an operation, `check_request` and
`check_response` judge what goes over the wire, `register` lists all the vendor documents.
"""

from thingproof_contracts.checking import Problem
from thingproof_contracts.contract import (
    Alias,
    BodySchema,
    Code,
    Contradiction,
    ErrorEntry,
    Event,
    Operation,
    Parameter,
    Register,
    Rule,
)
from thingproof_contracts.loading import VENDORS, Contract, load

__all__ = [
    "VENDORS",
    "Alias",
    "BodySchema",
    "Code",
    "Contract",
    "Contradiction",
    "ErrorEntry",
    "Event",
    "Operation",
    "Parameter",
    "Problem",
    "Register",
    "Rule",
    "load",
]
