"""The demo's board as a screen of rich, or as plain lines."""

from collections import deque
from dataclasses import dataclass

from rich import box
from rich.console import Console, Group
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from thingproof_scenarios.demo.board import Board, DeviceRow, Line, write_values

HELP = "p pause   f inject a fault   q quit"
BORDER_ROWS = 2
HEADER_ROWS = 6
AGREEMENT = {True: Text("✓", style="green"), False: Text("≠", style="yellow"), None: Text("·", style="dim")}


@dataclass(frozen=True, slots=True)
class Status:
    """The demo's own state, for the title."""

    at: float
    paused: bool
    address: str


def devices_table(board: Board) -> Table:
    """One row a device."""
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    for name, ratio in (
        ("device", 3),
        ("product", 3),
        ("", 1),
        ("device says", 6),
        ("cloud says", 6),
        ("", 1),
    ):
        table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
    table.add_column("readings", justify="right", no_wrap=True)
    for row in list(board.rows.values()):
        table.add_row(*device_cells(row))
    return table


def device_cells(row: DeviceRow) -> tuple[str | Text, ...]:
    """The cells of a device."""
    names = row.shown()
    online = Text("●", style="green") if row.online else Text("○", style="red")
    return (
        row.name,
        row.product,
        online,
        write_values(row.truth, names),
        write_values(row.cloud, names),
        AGREEMENT[row.agrees],
        str(row.readings),
    )


def newest(lines: deque[Line], height: int, style: str) -> Group:
    """The last lines that fit, newest last."""
    shown = list(lines)[-max(height, 1) :]
    texts = [
        Text.assemble((f"{line.at:6.1f} s  ", "dim"), (f"{line.device}  ", style), line.text)
        for line in shown
    ]
    for text in texts:
        text.no_wrap, text.overflow = True, "ellipsis"
    return Group(*texts)


def screen(board: Board, status: Status, console: Console) -> Layout:
    """The whole screen."""
    top = min(len(board.rows) + HEADER_ROWS, max(console.height * 2 // 3, HEADER_ROWS + 1))
    rest = console.height - top - BORDER_ROWS
    layout = Layout()
    title = f"thingproof demo  {status.at:.0f} s  {status.address}"
    title += "  PAUSED" if status.paused else ""
    lower = Layout(name="lower")
    lower.split_row(
        Layout(
            Panel(
                newest(board.readings, rest, "cyan"),
                title=f"readings {board.total_readings}",
                title_align="left",
            )
        ),
        Layout(
            Panel(
                newest(board.events, rest, "magenta"),
                title=f"events {board.total_events}",
                title_align="left",
            )
        ),
    )
    devices = Panel(
        devices_table(board), title=title, title_align="left", subtitle=HELP, subtitle_align="right"
    )
    layout.split_column(Layout(devices, size=top), lower)
    return layout


class PlainLines:
    """Prints what is new, one line each, where nobody can see a screen."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._printed = {"reading": 0, "event": 0}

    def print_new(self) -> None:
        """Print readings and events since the last time, by time."""
        fresh: list[tuple[Line, str]] = []
        counted = (
            ("reading", self._board.readings, self._board.total_readings),
            ("event", self._board.events, self._board.total_events),
        )
        for kind, lines, total in counted:
            count = total - self._printed[kind]
            self._printed[kind] = total
            fresh += [(line, kind) for line in list(lines)[-count:]] if count else []
        for line, kind in sorted(fresh, key=lambda pair: pair[0].at):
            text = f"{line.at:7.1f} s  {kind:8} {line.device:18} {line.text}"
            self._console.print(text, markup=False, soft_wrap=True)
