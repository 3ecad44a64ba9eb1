"""``--fault drop_field:gizwits.users.login:expire_at``: a defect of the platform, as people write it."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from thingproof_scenarios.problems import Misuse


def harness_fault(text: str, catalogue: Sequence[Mapping[str, Any]]) -> str:
    """The form the conformance run takes, ``drop_field:operation=gizwits.users.login,field=expire_at``.

    Args:
        text: the fault's name, then its parameters in the catalogue's order, or as ``name=value``.
        catalogue: the platform's own: rows with ``name`` and ``parameters`` (name to type).

    Raises:
        Misuse: no such fault, or a number of parameters it does not take.
    """
    name, *given = text.split(":")
    row = next((row for row in catalogue if row["name"] == name), None)
    if row is None:
        names = [str(row["name"]) for row in catalogue]
        remedy = (
            f"did you mean {close[0]}?" if (close := get_close_matches(name, names, 1)) else ", ".join(names)
        )
        raise Misuse(f"--fault: {name!r} is no fault of the platform", remedy)
    parameters = list(row["parameters"])
    if len(given) > len(parameters):
        form = ":".join([name, *(parameter.upper() for parameter in parameters)])
        raise Misuse(f"--fault: {text!r} has too many parts", f"write {form}")
    pairs = [
        part if part.partition("=")[0] in parameters else f"{parameter}={part}"
        for part, parameter in zip(given, parameters, strict=False)
    ]
    missing = [parameter for parameter in parameters[len(given) :] if parameter != "operation"]
    if missing:
        form = ":".join([name, *(parameter.upper() for parameter in parameters)])
        raise Misuse(f"--fault: {text!r} lacks {', '.join(missing)}", f"write {form}")
    return f"{name}:{','.join(pairs)}" if pairs else name
