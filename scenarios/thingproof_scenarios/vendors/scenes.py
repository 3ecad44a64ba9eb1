"""The form of a vendor's row: what a command needs of a vendor is a field here, never a branch there."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from thingproof_conformance.control import ControlClient
from thingproof_conformance.target import VendorPart
from thingproof_scenarios.accounting import Account
from thingproof_scenarios.demo.playing import Demo, Shown
from thingproof_scenarios.load.plan import Crowd, LoadPlan
from thingproof_sim.api import FleetPlan

Values = Mapping[str, str]


class Seeder(Protocol):
    """The one method of the control client that seeding needs."""

    def seed(self, vendor: str, data: dict[str, Any]) -> dict[str, Any]:
        """Create what the data lists; the same lists, completed."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a scene stands on: a running platform.

    Attributes:
        control: its control surface.
        addresses: the vendor's servers by name: ``url``, ``mqtt``, ``ws`` ...
        seed: root of every random stream.
        stack: closes what the scene opens.
    """

    control: ControlClient
    addresses: Values
    seed: int
    stack: ExitStack


class Life(Protocol):
    """A fleet that lives while a job runs, and can be judged afterwards."""

    @property
    def name(self) -> str:
        """The fleet's."""

    @property
    def devices(self) -> int:
        """How many."""

    def balance(self) -> Account:
        """Stop it and compare what its devices sent with what the cloud has."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What fuzzing needs to get behind the first refusal.

    Attributes:
        headers: sent with every request.
        path: ids that exist, by the contract's names of path parameters.
        apart: other ids for single operations, by operation: what they destroy the others still need.
        named: ids for query parameters and members of bodies of these names, beside whatever is made up.
    """

    headers: Values
    path: Values
    apart: Mapping[str, Values] = field(default_factory=dict)
    named: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VendorScenes:
    """One vendor as the commands play it.

    Attributes:
        name: the vendor.
        fleet: the fleet that ``serve`` brings online unless another is named.
        plays: whether this vendor's devices are those of a fleet.
        printed: addresses ``serve`` prints, beside what `ready` gives.
        alive: seed a fleet and let it live beside a job.
        ready: seed one of everything and bring a fleet online; what clients need, as a target file names it.
        example: a command line that works at once, from what ``serve`` prints.
        show: seed a fleet, let it live and be used, for ``demo``.
        subjects: seed what requests may name, for ``fuzz``.
        crowd: seed accounts and hardware for a load, under a label; the plan of locust's processes.
        crowd_of_target: the plan against a server without control surface, from its target file.
        wrong_code: an error code the vendor never sends, for the defect of that name.
        near_suites: suites that are tried early for defects of a tag, beside those named after the tag.
        variants: parameters of defects that need some and concern no single operation.
        untouched: defects any vendor may have that break nothing this vendor shows.
    """

    name: str
    fleet: str
    plays: Callable[[FleetPlan], bool]
    printed: tuple[str, ...]
    alive: Callable[[Ground], Life]
    ready: Callable[[Ground, str], dict[str, str]]
    example: Callable[[Values], str]
    show: Callable[[Ground, FleetPlan, Demo], Shown]
    subjects: Callable[[Ground], Subjects]
    crowd: Callable[[Seeder, Values, Crowd, str], LoadPlan]
    crowd_of_target: Callable[[VendorPart], LoadPlan]
    wrong_code: str
    near_suites: Mapping[str, Sequence[str]] = field(default_factory=dict)
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()
