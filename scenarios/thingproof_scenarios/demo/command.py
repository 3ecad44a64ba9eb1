"""``thingproof demo``: a house on a platform of its own, shown live."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import cycle
from time import perf_counter, sleep
from typing import Any

from rich.console import Console
from rich.live import Live

from thingproof_scenarios.demo.board import Board
from thingproof_scenarios.demo.keys import Keys, key_presses
from thingproof_scenarios.demo.person import Person
from thingproof_scenarios.demo.view import PlainLines, Status, screen
from thingproof_scenarios.fleet_files import read_fleet
from thingproof_scenarios.gizwits_socket import GizwitsSocket
from thingproof_scenarios.stage import Stage, open_stage
from thingproof_sim.api import FAULT_KINDS, Fault, FleetPlan, LiveFleet

TICK_S = 0.2
PERSON_EVERY_S = 2.0
