"""Child process of the benchmark: hold a fleet online and say what it costs.

``python -m thingproof_scenarios.bench.connected FILE`` with a JSON file {devices, seed, links}; prints one
JSON line when all devices are online and stays until it is ended.
"""

import json
import sys
import threading
from pathlib import Path
from typing import Any

from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.live_fleet import wait_online
from thingproof_scenarios.plans import multiply
from thingproof_scenarios.processes import resident_kib
from thingproof_sim.api import Connection, LiveFleet

FLEET = "fleets/single.yaml"


def hold(order: dict[str, Any]) -> None:
    """Bring the devices online, measure, say so and wait for the end."""
    plan = multiply(read_fleet(FLEET), int(order["devices"]))
    links = {name: Connection(**link) for name, link in order["links"].items()}
    before = resident_kib()
    with LiveFleet(plan, seed=int(order["seed"]), connections=links) as fleet:
        wait_online(fleet)
        print(json.dumps({"devices": len(plan.devices), "kib": resident_kib() - before}), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    hold(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
