"""A stage for the scenarios: the platform as a child process with a seeded fleet, live if wanted."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from thingproof_conformance.control import ControlClient
from thingproof_conformance.launcher import LaunchError, Running, start_platform
from thingproof_scenarios.gizwits_application import GizwitsApplication
from thingproof_scenarios.live_fleet import OnEvent, live_fleet
from thingproof_scenarios.problems import Broken, Misuse
from thingproof_scenarios.seeding import Seeded, seed_fleet
from thingproof_sim.api import FleetPlan, LiveFleet

MISUSE_MARK = "(exit code 2):"
"""How the launcher's message tells that the platform refused its options; what the platform said follows."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is up: the platform, its control surface, what was seeded, and the live fleet if there is one."""

    platform: Running
    control: ControlClient
    seeded: Seeded
    fleet: LiveFleet | None

    def address(self, name: str) -> str:
        """An address of the Gizwits servers: ``url``, ``ws``, ``mqtt``."""
        return str(self.platform.info["vendors"]["gizwits"][name])

    def application(self) -> GizwitsApplication:
        """The first account's application, logged in."""
        application = GizwitsApplication(self.address("url"), self.seeded.app_id)
        application.login(self.seeded.accounts[0].username, self.seeded.accounts[0].password)
        return application


def launch(arguments: Sequence[str] = ()) -> Running:
    """Start the platform.

    Raises:
        Misuse: the platform refused its arguments; a busy port, most of the time.
        Broken: it did not start.
    """
    try:
        return start_platform(arguments)
    except LaunchError as error:
        _, refused, said = str(error).partition(MISUSE_MARK)
        if refused:
            line = said.strip().splitlines()[-1].removeprefix("thingproof_platform: ")
            raise Misuse("the platform cannot start", line) from error
        raise Broken(str(error)) from error


@contextmanager
def open_stage(
    plan: FleetPlan,
    *,
    seed: int,
    arguments: Sequence[str] = (),
    live: bool = True,
    on_event: OnEvent | None = None,
) -> Iterator[Stage]:
    """Platform up, fleet seeded, devices online; everything down again when the block is left.

    Args:
        plan: the fleet.
        seed: root of every random stream of fleet and platform.
        arguments: more arguments for the platform.
        live: whether the devices log in.
        on_event: called for everything that happens to a live device.
    """
    with ExitStack() as stack:
        platform = stack.enter_context(launch([*arguments, "--seed", str(seed)]))
        control = ControlClient(platform.info["control"]["url"], platform.info["control"]["token"])
        stack.callback(control.close)
        seeded = seed_fleet(control, plan)
        fleet = None
        if live:
            mqtt = str(platform.info["vendors"]["gizwits"]["mqtt"])
            fleet = stack.enter_context(live_fleet(plan, seeded.devices, mqtt, seed=seed, on_event=on_event))
        yield Stage(platform, control, seeded, fleet)
