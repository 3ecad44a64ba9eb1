"""Where a fleet file is found: the path as given, else the fleets that come with the package."""

from pathlib import Path

from thingproof_scenarios.problems import Misuse
from thingproof_sim.api import FleetError, FleetPlan, load_fleet

PACKAGED = Path(__file__).parent / "fleets"


def packaged_fleets() -> list[str]:
    """The names under which the fleets of the package can be asked for."""
    return sorted(f"fleets/{path.name}" for path in PACKAGED.glob("*.yaml"))


def find_fleet(name: str) -> Path:
    """The file behind a fleet's name.

    A file in the working directory comes first; then ``fleets/house.yaml``, ``house.yaml`` or ``house``
    means the packaged one.

    Raises:
        Misuse: no such file.
    """
    path = Path(name)
    if path.is_file():
        return path
    if path.parent in (Path(), Path("fleets")):
        packaged = PACKAGED / f"{path.stem}.yaml"
        if packaged.is_file():
            return packaged
    raise Misuse(f"no fleet file {name}", f"give a path, or one of {', '.join(packaged_fleets())}")


def read_fleet(name: str) -> FleetPlan:
    """The typed plan of a fleet.

    Raises:
        Misuse: no such file, or the file's own error with line, field and remedy.
    """
    path = find_fleet(name)
    try:
        return load_fleet(path)
    except FleetError as error:
        raise Misuse("malformed fleet file", str(error)) from error
