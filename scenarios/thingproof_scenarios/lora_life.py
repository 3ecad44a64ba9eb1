"""A LoRa fleet that reports to a Sylvia broker, and its ledger against what the application received."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter, sleep

from thingproof_scenarios.accounting import Account, balance
from thingproof_scenarios.ledger_check import ACCEPTED, sent_by
from thingproof_scenarios.live_fleet import OnEvent
from thingproof_scenarios.problems import Broken
from thingproof_scenarios.queue_listener import QueueListener
from thingproof_scenarios.sylvia_seeding import NETWORK, SylviaGround
from thingproof_sim.api import FleetPlan, LedgerEntry, LiveLora, QueueAddress

READY_TIMEOUT_S = 30.0
ARRIVAL_TIMEOUT_S = 5.0
POLL_S = 0.05


@contextmanager
def on_the_air(
    plan: FleetPlan, standing: SylviaGround, mqtt: str, *, seed: int, on_event: OnEvent | None = None
) -> Iterator[LiveLora]:
    """The fleet's devices, gateways and network server; devices join as they do and report into the queues.

    Raises:
        Broken: gateways or queues do not connect, or the fleet's thread hangs.
    """
    queues = QueueAddress(mqtt, network_code=NETWORK, unit_code=standing.code)
    try:
        with LiveLora(plan, seed=seed, queues=queues, on_event=on_event) as fleet:
            if not fleet.wait_ready(READY_TIMEOUT_S):
                raise Broken(
                    f"{plan.name}: gateways or queues are not connected after {READY_TIMEOUT_S:.0f} s"
                )
            yield fleet
    except TimeoutError as error:
        raise Broken(f"{plan.name}: the fleet does not answer any more") from error


@dataclass(slots=True)
class LoraLife:
    """A fleet that lives beside a job."""

    fleet: LiveLora
    listener: QueueListener

    @property
    def name(self) -> str:
        """The fleet's."""
        return self.fleet.plan.name

    @property
    def devices(self) -> int:
        """How many."""
        return len(self.fleet.devices)

    def balance(self) -> Account:
        """What the network server has accepted by now has to arrive; then stop the fleet and compare.

        What is accepted while this waits may stop with the fleet, so it is not asked for.

        Raises:
            Broken: the fleet's thread hangs.
        """
        try:
            return self._balance()
        except TimeoutError as error:
            raise Broken(f"{self.name}: the fleet does not answer any more") from error

    def _balance(self) -> Account:
        accepted = {
            device.network_addr: [row.hex for row in device.sent if row.outcome in ACCEPTED]
            for device in self.fleet.devices
        }
        began = perf_counter()
        while perf_counter() - began < ARRIVAL_TIMEOUT_S and not self._arrived(accepted):
            sleep(POLL_S)
        addresses = {device.name: device.network_addr for device in self.fleet.devices}
        self.fleet.stop()
        ledgers: defaultdict[str, list[LedgerEntry]] = defaultdict(list)
        for entry in self.fleet.ledger.entries:
            ledgers[entry.thing].append(entry)
        return balance(
            (
                replace(sent_by(ledgers[name], numbered=True), acknowledged=tuple(accepted[address])),
                self.listener.data(address),
            )
            for name, address in addresses.items()
        )

    def _arrived(self, accepted: Mapping[str, Sequence[str]]) -> bool:
        return all(not Counter(data) - Counter(self.listener.data(name)) for name, data in accepted.items())
